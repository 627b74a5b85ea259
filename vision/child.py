"""The engine's process as its parent holds it: started, spoken to, and ended."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from vision.wire import Frame, read_frame

_ROOT = Path(__file__).resolve().parent.parent  # where `-m vision.model.process` is found from
_FAREWELL_S = 2.0  # for a process whose socket was closed to end by itself


class ChildDied(Exception):
    """The process ended, or kept silent for so long that it was killed."""


class Child:
    """A running process and our end of the socket to it."""

    def __init__(
        self, process: asyncio.subprocess.Process, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._process = process
        self._reader = reader
        self._writer = writer
        self._exited = asyncio.create_task(process.wait())

    @classmethod
    async def start(cls, on_exit: Callable[[], None]) -> Child:
        """Start the process; `on_exit` is called when it has ended, for whatever reason."""
        ours, theirs = socket.socketpair()
        with theirs:
            # A session of its own keeps it out of the terminal's Ctrl-C, which is for the parent to handle.
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "vision.model.process", str(theirs.fileno())),
                pass_fds=(theirs.fileno(),),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                start_new_session=True,
                cwd=_ROOT,
            )
        child = cls(process, *await asyncio.open_connection(sock=ours))
        child._exited.add_done_callback(lambda _: on_exit())
        return child

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process has not ended yet."""
        return not self._exited.done()

    def send_soon(self, message: Frame) -> None:
        """Send a small frame without waiting; nothing happens where the process is gone."""
        if not self._writer.is_closing():
            self._writer.write(message.pack())

    async def send(self, message: Frame, *, within_s: float) -> None:
        """Send a frame and wait until the process has room for it. Raises ChildDied."""
        try:
            async with asyncio.timeout(within_s):
                self.send_soon(message)
                await self._writer.drain()
        except (OSError, TimeoutError) as error:
            raise ChildDied(f"it took nothing in for {within_s:g} s or is gone") from error

    async def receive(self, *, within_s: float) -> Frame:
        """The next frame. Raises ChildDied where the process ends first or says nothing for that long."""
        try:
            async with asyncio.timeout(within_s):
                return await read_frame(self._reader)
        except TimeoutError as error:
            raise ChildDied(f"it said nothing for {within_s:g} s") from error
        except (asyncio.IncompleteReadError, OSError) as error:
            raise ChildDied(await self._ending()) from error

    async def _ending(self) -> str:
        async with asyncio.timeout(_FAREWELL_S):
            code = await asyncio.shield(self._exited)
        return f"it ended by signal {-code}" if code < 0 else f"it ended with status {code}"

    async def stop(self, *, kill: bool = False) -> None:
        """End the process: by closing its socket, or by force where it does not heed that."""
        self._writer.close()
        try:
            async with asyncio.timeout(0 if kill else _FAREWELL_S):
                await asyncio.shield(self._exited)
        except TimeoutError:
            self._process.kill()
        await self._exited
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()
