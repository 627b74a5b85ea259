"""Kept files, in a folder and in a bucket alike."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from storage.bucket import Bucket, bucket_at
from storage.errors import FileMissing, StorageDown, StorageError
from storage.files import Files, kept_at
from storage.folder import Folder
from storage.records import Reply


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """A server that speaks S3."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "very-secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
async def bucket(endpoint: str, credentials: None) -> AsyncIterator[Bucket]:
    """A new one, of which only what is below some/where is ours."""
    name = f"pictures-{random.randrange(10**9)}"
    async with bucket_at(f"s3://{name}/some/where", now, endpoint) as bucket:
        await bucket._client.create_bucket(Bucket=name)
        yield bucket


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "pictures", now)


@pytest.fixture(params=["folder", "bucket"])
def files(request: pytest.FixtureRequest, folder: Folder, bucket: Bucket) -> Files:
    return folder if request.param == "folder" else bucket


async def test_what_is_put_can_be_had_again(files):
    data = bytes(range(256)) * 1000
    digest = await files.put(data, ".jpg")
    assert digest == sha256(data).hexdigest()
    assert await files.get(digest) == data


async def test_a_suffix_is_not_needed_nor_are_bytes(files):
    assert await files.get(await files.put(b"", "")) == b""


async def test_the_same_bytes_may_be_put_side_by_side(files):
    digests = await asyncio.gather(*(files.put(b"same", ".png") for _ in range(10)))
    assert len(set(digests)) == 1
    assert await files.get(digests[0]) == b"same"
    assert await files.remove_unreferenced(set(), timedelta(hours=-1)) == 1


@pytest.mark.parametrize(
    "digest", ["", "ab", "../" * 22, "a" * 63, "g" * 64, "A" * 64, "/etc/passwd", "*" * 64, "a" * 64]
)
async def test_a_digest_of_nothing_is_one_clear_error(files, digest):
    with pytest.raises(FileMissing):
        await files.get(digest)


@pytest.mark.parametrize("suffix", ["jpg", "/x", ".../x", ".JPG", ".averylongone", ".a\0"])
async def test_a_suffix_cannot_lead_elsewhere(files, suffix):
    with pytest.raises(ValueError, match="suffix"):
        await files.put(b"x", suffix)


async def test_only_old_files_that_nothing_refers_to_are_removed(files):
    kept, dropped, again = [await files.put(data, ".jpg") for data in (b"kept", b"dropped", b"again")]
    await asyncio.sleep(2.1)
    young = await files.put(b"young", ".jpg")
    await files.put(b"again", ".jpg")
    assert await files.remove_unreferenced({kept}, timedelta(seconds=1.05)) == 1
    assert [await files.get(digest) for digest in (kept, again, young)] == [b"kept", b"again", b"young"]
    with pytest.raises(FileMissing):
        await files.get(dropped)


async def test_a_probe_is_taken_and_leaves_what_is_kept(files):
    digest = await files.put(b"kept", ".jpg")
    await files.probe()
    assert await files.get(digest) == b"kept"


async def test_nothing_is_swept_where_nothing_was_put(files):
    assert await files.remove_unreferenced(set(), timedelta(0)) == 0


async def test_files_beside_ours_in_the_bucket_are_left_alone(bucket):
    for key in ("else/where", "some/where/abc/abc.txt", f"some/where/{'a' * 64}", f"some/where/bbb/{'a' * 64}"):
        await bucket._client.put_object(Bucket=bucket._name, Key=key, Body=b"another program's")
    assert await bucket.remove_unreferenced(set(), timedelta(hours=-1)) == 0


async def test_a_bucket_that_cannot_be_used_is_one_clear_error(credentials, endpoint):
    for address, served_at, why in (
        ("s3://not-there", endpoint, "NoSuchBucket"),
        ("s3://any", "http://127.0.0.1:9", "cannot be reached"),
    ):
        async with kept_at(address, now, served_at) as files:
            with pytest.raises(StorageDown, match=why) as caught:
                await files.put(b"x", "")
            assert "very-secret" not in f"{caught.value!r} {caught.value.__cause__!r}"


async def cut_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer whatever is asked with fewer bytes than announced."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nContent-Type: image/jpeg\r\n\r\nhalf")
    writer.close()


async def test_an_answer_that_breaks_off_is_one_clear_error(credentials):
    server = await asyncio.start_server(cut_off, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, kept_at("s3://any", now, f"http://127.0.0.1:{port}") as files:
        with pytest.raises(StorageDown, match="broke off"):
            await files.get("a" * 64)


@pytest.mark.parametrize(
    ("head", "asked"),
    [
        ("200 OK", lambda files: files.get("a" * 64)),
        ("404 Not Found", lambda files: files.get("a" * 64)),
        ("404 Not Found", lambda files: files.put(b"x", "")),
    ],
)
async def test_whatever_answers_in_place_of_the_bucket_is_waited_for(credentials, head, asked):
    """A proxy has a page of its own while the server behind it is away; no file is taken for lost then."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        page = "<html><body>Please come back later<br></body></html>"
        said = f"HTTP/1.1 {head}\r\nConnection: close\r\nContent-Type: text/html\r\nContent-Length: {len(page)}"
        writer.write(f"{said}\r\n\r\n{page}".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, kept_at("s3://any", now, f"http://127.0.0.1:{port}") as files:
        with pytest.raises(StorageDown):
            await asked(files)


@pytest.mark.parametrize("address", ["s3:///prefix", "gs://bucket/prefix", "S3://bucket/prefix"])
async def test_an_address_without_a_bucket_is_one_clear_error(address):
    with pytest.raises(StorageError, match="s3://bucket/prefix"):
        async with kept_at(address, now, None):
            pass


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [("AWS_SECRET_ACCESS_KEY", "", "PartialCredentialsError"), ("AWS_PROFILE", "nobody's", "ProfileNotFound")],
)
async def test_credentials_that_are_none_are_one_clear_error(credentials, monkeypatch, name, value, why):
    monkeypatch.setenv(name, value)
    with pytest.raises(StorageError, match=why):
        async with kept_at("s3://any", now, None):
            pass


async def test_an_endpoint_that_is_no_address_is_one_clear_error(credentials):
    with pytest.raises(StorageError, match="S3_ENDPOINT"):
        async with kept_at("s3://any", now, "minio:9000"):
            pass


async def test_the_log_does_not_repeat_what_is_kept(bucket, caplog):
    caplog.set_level("DEBUG")
    await bucket.get(await bucket.put(b"my secret", ""))
    assert "my secret" not in caplog.text


async def test_the_records_know_which_files_they_need(store, clock):
    seen, unsent, sent, failed, unknown = ("1" * 64, "2" * 64, "3" * 64, "4" * 64, "5" * 64)
    async with store.write() as records:
        await records.sightings.add(
            chat=1, sender=2, at=clock.now, pictures=[seen], caption=None, place=None, messages=[5]
        )
        await records.outbox.add(
            1, [Reply(chat, "voice", file=file) for chat, file in enumerate((sent, failed, unknown, unsent))]
        )
        await records.outbox.sent(await records.outbox.take(), 9)
        await records.outbox.fail(await records.outbox.take(), "blocked")
        await records.outbox.unknown(await records.outbox.take(), "TimedOut")
        assert await records.files() == {seen, unsent, failed}
