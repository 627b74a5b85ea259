"""Picture and voice files, each kept once under the SHA-256 of its content, in an S3-compatible bucket."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

import aiohttp
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore.exceptions import BotoCoreError, ClientError

from storage.digest import check_digest, digest_at, digest_of, shard
from storage.errors import FileMissing, StorageDown, StorageError

_SETTINGS: Final[dict[str, Any]] = {
    "connect_timeout": 5,
    "read_timeout": 30,
    "retries": {"mode": "standard", "max_attempts": 3},
    "max_pool_connections": 32,
    # Checksums beyond what the protocol asks for are refused by servers of other makers.
    "request_checksum_calculation": "when_required",
    "response_checksum_validation": "when_required",
}


@asynccontextmanager
async def bucket_at(address: str, clock: Callable[[], datetime], endpoint: str | None) -> AsyncIterator[Bucket]:
    """The bucket at s3://BUCKET/PREFIX, whose credentials stand in the standard variables (AWS_ACCESS_KEY_ID, …).

    Raises StorageError where these, the address or the endpoint cannot be used.
    """
    for name in ("botocore", "aiobotocore"):
        logging.getLogger(name).setLevel(logging.WARNING)  # below, they write down whole requests
    parts = urlsplit(address)
    if not parts.netloc:
        raise StorageError("A bucket's address must look like s3://bucket/prefix.")
    style = {"addressing_style": "path" if endpoint else "auto"}  # other makers' servers have no name for each bucket
    config = AioConfig(**_SETTINGS, s3=style)
    async with AsyncExitStack() as stack:
        with _set_up():
            made = get_session().create_client("s3", endpoint_url=endpoint, config=config)
            client = await stack.enter_async_context(made)
        yield Bucket(client, parts.netloc, f"{parts.path.strip('/')}/".lstrip("/"), clock)


class Bucket:
    """A bucket of files that never change."""

    def __init__(self, client: Any, name: str, prefix: str, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._name = name
        self._prefix = prefix
        self._clock = clock
        # Between looking at a file's age and removing it nobody of this process may count on the file again. Another
        # process may, in the moment between the two, if the same bytes come again after a day: that is not excluded.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def put(self, data: bytes, suffix: str) -> str:
        """Keep bytes, before anything refers to them, and return their digest. What is there already counts as new."""
        digest = digest_of(data, suffix)
        with _reached():
            async with self._lock(digest):
                await self._client.put_object(**self._at(digest), Body=data)
        return digest

    async def get(self, digest: str) -> bytes:
        """The bytes kept under a digest; FileMissing if there are none."""
        check_digest(digest)
        with _reached():
            found = await self._client.get_object(**self._at(digest))
            async with found["Body"] as body:
                data: bytes = await body.read()
        if digest_of(data, "") != digest:
            raise StorageDown("The bucket's answer is not the file: something else answers for it.")
        return data

    async def remove_unreferenced(self, referenced: Collection[str], older_than: timedelta) -> int:
        """Remove files whose digest is not in `referenced`. Returns how many."""
        kept = frozenset(referenced)
        old = await self._old(older_than)
        return sum([await self._remove(digest, older_than) for digest in old if digest not in kept])

    async def probe(self) -> None:
        """Put an object without content, always the same."""
        await self.put(b"", "")

    async def _old(self, older_than: timedelta) -> list[str]:
        before, old = self._clock() - older_than, []
        with _reached():
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._name, Prefix=self._prefix)
            async for page in pages:
                old += [item["Key"] for item in page.get("Contents", ()) if item["LastModified"] < before]
        ours = (digest_at(key.removeprefix(self._prefix)) for key in old)  # the bucket may be one that others use, too
        return [digest for digest in ours if digest]

    async def _remove(self, digest: str, older_than: timedelta) -> bool:
        with suppress(FileMissing), _reached(missing="404"):  # a HEAD has no body that would say more
            async with self._lock(digest):
                now = await self._client.head_object(**self._at(digest))
                if now["LastModified"] < self._clock() - older_than:
                    await self._client.delete_object(**self._at(digest))
                    return True
        return False

    def _lock(self, digest: str) -> asyncio.Lock:
        return self._locks.setdefault(digest, asyncio.Lock())

    def _at(self, digest: str) -> dict[str, str]:
        return {"Bucket": self._name, "Key": f"{self._prefix}{shard(digest)}/{digest}"}


@contextmanager
def _set_up() -> Iterator[None]:
    try:
        yield
    except BotoCoreError as error:
        name = type(error).__name__
        raise StorageError(
            f"The bucket cannot be set up ({name}): look at the environment's AWS_… settings."
        ) from error
    except ValueError as error:
        raise StorageError("A bucket's server (S3_ENDPOINT) must look like https://host:port.") from error


@contextmanager
def _reached(missing: str = "NoSuchKey") -> Iterator[None]:
    """Where there is no such file the bucket's code is `missing`. A mere 404 may be anybody's before the bucket."""
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code == missing:
            raise FileMissing("The bucket has no such file.") from error
        raise StorageDown(f"The bucket cannot be used at the moment ({code}).") from error
    except BotoCoreError as error:
        raise StorageDown(f"The bucket cannot be reached ({type(error).__name__}).") from error
    except (aiohttp.ClientError, TimeoutError) as error:  # what aiobotocore lets through while a body is read
        raise StorageDown(f"The bucket's answer broke off ({type(error).__name__}).") from error
