"""One bot to a data folder: a second one would take over what the first has in work."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import FolderInUse


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder while the block runs; the system lets go of it however the process ends. Raises FolderInUse."""
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise FolderInUse(folder) from error
        yield
