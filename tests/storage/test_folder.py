"""The folder of files: once under their digest, never outside of it, swept with care."""

from __future__ import annotations

import asyncio
import errno
import os
from datetime import timedelta
from pathlib import Path

import pytest

from storage.errors import FileMissing, StorageDown
from tests.storage.conftest import Clock

pytestmark = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
DAY = timedelta(days=1)


def grow_old(path: Path, clock: Clock) -> None:
    then = (clock.now - 2 * DAY).timestamp()
    os.utime(path, (then, then))


async def test_the_same_bytes_are_kept_once(store, pictures):
    digests = await asyncio.gather(*(store.files.put(b"same", ".png") for _ in range(10)))
    await store.files.put(b"same", ".jpg")
    assert len(set(digests)) == 1
    assert [path.name for path in pictures.rglob("*") if path.is_file()] == [f"{digests[0]}.png"]


async def test_only_old_files_that_nothing_refers_to_are_removed(store, clock):
    kept, dropped, young = [await store.files.put(data, ".jpg") for data in (b"kept", b"dropped", b"young")]
    grow_old(await store.files.path(kept), clock)
    grow_old(await store.files.path(dropped), clock)
    os.utime(await store.files.path(young), (clock.now.timestamp(),) * 2)
    assert await store.files.remove_unreferenced({kept}, older_than=DAY) == 1
    assert await store.files.get(kept) == b"kept"
    assert await store.files.get(young) == b"young"
    with pytest.raises(FileMissing):
        await store.files.get(dropped)


async def test_a_file_that_is_swept_before_it_is_read_is_missing(store, monkeypatch):
    digest = await store.files.put(b"swept", ".jpg")
    path = await store.files.path(digest)
    monkeypatch.setattr(store.files, "_path", lambda _: path)  # the reader has found it just before it goes
    path.unlink()
    with pytest.raises(FileMissing):
        await store.files.get(digest)


async def test_a_file_that_is_put_again_counts_as_new(store):
    digest = await store.files.put(b"again", ".jpg")
    path = await store.files.path(digest)
    os.utime(path, (0, 0))
    await store.files.put(b"again", ".jpg")
    assert path.stat().st_mtime > 0


async def test_left_overs_of_a_crash_are_swept(store, pictures, clock):
    await store.files.put(b"x", "")
    left = pictures / "unfinished" / "tmph4lf"
    left.write_bytes(b"ha")
    grow_old(left, clock)
    await store.files.remove_unreferenced(set(), older_than=DAY)
    assert not left.exists()


async def test_what_others_keep_in_the_folder_stays_theirs_and_holds_nothing_up(store, pictures, clock):
    dropped = await store.files.path(await store.files.put(b"dropped", ".jpg"))
    name, other = dropped.name, "0" * 64
    theirs = [
        pictures / "Documents" / "thesis.odt",
        pictures / "unfinished" / "novel.txt",
        pictures / name[:3] / "notes.txt",
        pictures / name[:3] / f"{other}.jpg",
        pictures / "Pictures" / name,
        pictures / "000" / f"{other}.jpg" / "inside",
        pictures / "000" / f"{other}.JPEG",
        pictures / name,
    ]
    for file in theirs:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("mine")
    for file in (dropped, *theirs, *(file.parent for file in theirs)):
        grow_old(file, clock)
    assert await store.files.remove_unreferenced(set(), older_than=DAY) == 1
    assert not dropped.exists()
    assert all(file.exists() for file in theirs)


async def test_a_disk_that_is_full_is_noticed_by_each_probe_and_not_filled_further(store, pictures, monkeypatch):
    await store.probe()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr("os.fsync", full)
        for _ in range(2):
            with pytest.raises(StorageDown, match="No space left"):
                await store.probe()
            with pytest.raises(StorageDown, match="No space left"):
                await store.files.put(b"x", ".jpg")
    assert [path for path in pictures.rglob("*") if path.is_file()] == []


async def test_a_disk_that_fails_is_one_clear_error(store, pictures):
    pictures.write_text("a file where the folder should be")
    with pytest.raises(StorageDown):
        await store.files.put(b"x", ".jpg")
