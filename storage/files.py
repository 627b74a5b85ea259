"""Picture and voice files, wherever they are kept: in a folder, or in a bucket that several machines share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

from storage.bucket import bucket_at
from storage.errors import StorageError
from storage.folder import Folder

BUCKET: Final = "s3://"


class Files(Protocol):
    """Files that never change, each kept once. What `put` has returned survives a crash."""

    async def put(self, data: bytes, suffix: str) -> str:
        """Keep bytes, before anything refers to them, and return their digest. `suffix` is like ".jpg" or empty."""
        ...

    async def get(self, digest: str) -> bytes:
        """The bytes kept under a digest; FileMissing if there are none."""
        ...

    async def remove_unreferenced(self, referenced: Collection[str], older_than: timedelta) -> int:
        """Remove files whose digest is not in `referenced`. Returns how many.

        `older_than` leaves time for a file that was just put to be referred to.
        """
        ...

    async def probe(self) -> None:
        """Try whether what is written is taken, leaving nothing that grows. Raises StorageError where it is not."""
        ...


@asynccontextmanager
async def kept_at(address: str | Path, clock: Callable[[], datetime], endpoint: str | None) -> AsyncIterator[Files]:
    """The files at `address`: a folder, or s3://BUCKET/PREFIX at `endpoint` (None: Amazon's). Raises StorageError."""
    if not str(address).startswith(BUCKET):
        if "://" in str(address):
            raise StorageError(
                "Files are kept in a folder, or in a bucket whose address looks like s3://bucket/prefix."
            )
        yield Folder(Path(address), clock)
        return
    async with bucket_at(str(address), clock, endpoint) as bucket:
        yield bucket
