"""One bot to a data folder with a SQLite database: a second one would take over what the first has in work."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import FolderInUse, FolderUnusable


@contextmanager
def opened(folder: Path, *, shared: bool) -> Iterator[None]:
    """Make the folder where it is missing, and hold it while the block runs; the system lets go however that ends.

    With others, where it is `shared`; else alone. Raises FolderUnusable or FolderInUse.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / "lock").open("w")
    except OSError as error:
        raise FolderUnusable(folder, error.strerror or type(error).__name__) from error
    with file:
        try:
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise FolderInUse(folder) from error
        yield
