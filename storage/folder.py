"""Picture and voice files, each kept once under the SHA-256 of its content, in a folder."""

from __future__ import annotations

import asyncio
import os
import stat
import tempfile
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Final

from storage.digest import check_digest, digest_at, digest_of, shard
from storage.errors import FileMissing, StorageDown

_UNFINISHED: Final = "tmp"
"""How the name of a file begins that is still being written."""

_TRIAL_BYTES: Final = 16 * 1024


class Folder:
    """A folder of files that never change. What `put` has returned survives a crash of the machine."""

    def __init__(self, folder: Path, clock: Callable[[], datetime]) -> None:
        self._folder = folder
        self._unfinished = folder / "unfinished"
        self._clock = clock
        # Between looking at a file's age and removing it, nobody may count on the file again.
        self._sweep = threading.Lock()

    async def put(self, data: bytes, suffix: str) -> str:
        """Keep bytes, before anything refers to them, and return their digest. `suffix` is like ".jpg" or empty."""
        return await asyncio.to_thread(self._put, data, suffix)

    async def get(self, digest: str) -> bytes:
        """The bytes kept under a digest; FileMissing if there are none."""
        return await asyncio.to_thread(self._get, digest)

    async def path(self, digest: str) -> Path:
        """Where the file with that digest lies; FileMissing if there is none."""
        return await asyncio.to_thread(self._path, digest)

    async def remove_unreferenced(self, referenced: Collection[str], older_than: timedelta) -> int:
        """Remove files whose digest is not in `referenced`, and left-overs of crashes. Returns how many.

        `older_than` leaves time for a file that was just put to be referred to.
        """
        return await asyncio.to_thread(self._remove_unreferenced, frozenset(referenced), older_than)

    async def probe(self) -> None:
        """Try whether there is room for a small file, which does not stay. Raises StorageDown where there is none."""
        await asyncio.to_thread(self._probe)

    def _put(self, data: bytes, suffix: str) -> str:
        digest = digest_of(data, suffix)
        with _disk():
            if not self._refresh(digest):
                self._write(data, self._shard(digest) / f"{digest}{suffix}")
        return digest

    def _refresh(self, digest: str) -> bool:
        """Make a file that is there already count as new, so that it is not removed before it is referred to."""
        with self._sweep, suppress(FileMissing):
            os.utime(self._path(digest))
            return True
        return False

    def _write(self, data: bytes, target: Path) -> None:
        self._unfinished.mkdir(parents=True, exist_ok=True)
        if not target.parent.exists():
            target.parent.mkdir(exist_ok=True)
            _sync_folder(self._folder)
        with tempfile.NamedTemporaryFile(dir=self._unfinished, prefix=_UNFINISHED, delete=False) as file:
            unfinished = Path(file.name)
            try:
                _write_out(file, data)
                unfinished.replace(target)
            except OSError:
                unfinished.unlink()  # a full disk would grow fuller with each try
                raise
        _sync_folder(target.parent)

    def _probe(self) -> None:
        with _disk():
            self._unfinished.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self._unfinished) as file:
                _write_out(file, os.urandom(_TRIAL_BYTES))  # what repeats itself takes no room on some disks

    def _get(self, digest: str) -> bytes:
        with _disk():
            try:
                return self._path(digest).read_bytes()
            except FileNotFoundError as error:  # swept between being found and being read
                raise FileMissing(f"The kept file {digest} is gone.") from error

    def _path(self, digest: str) -> Path:
        check_digest(digest)
        found = next(self._shard(digest).glob(f"{digest}*"), None)
        if found is None:
            raise FileMissing(f"The kept file {digest} is gone.")
        return found

    def _shard(self, digest: str) -> Path:
        return self._folder / shard(digest)

    def _remove_unreferenced(self, referenced: frozenset[str], older_than: timedelta) -> int:
        before = (self._clock() - older_than).timestamp()
        with _disk():
            return sum(self._remove(file, before) for file in self._ours() if file.stem not in referenced)

    def _ours(self) -> Iterator[Path]:
        """What the bot has put there: the folder may be one that others use, too."""
        yield from (file for file in self._folder.glob("???/*") if digest_at(f"{file.parent.name}/{file.name}"))
        yield from self._unfinished.glob(f"{_UNFINISHED}*")

    def _remove(self, file: Path, before: float) -> bool:
        with self._sweep, suppress(FileNotFoundError):
            status = file.lstat()
            if stat.S_ISREG(status.st_mode) and status.st_mtime < before:
                file.unlink()
                return True
        return False


@contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageDown(f"The folder of pictures cannot be used at the moment ({error.strerror}).") from error


def _write_out(file: IO[bytes], data: bytes) -> None:
    file.write(data)
    file.flush()
    os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """A new name is safe only when its folder has reached the disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
