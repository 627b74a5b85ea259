"""A process of this room as its parent holds it: started, spoken to, and ended."""

from __future__ import annotations

import asyncio
import socket
import sys
from pathlib import Path

from vision.wire import Frame, FrameReader

_ROOT = Path(__file__).resolve().parent.parent  # where `-m vision.…` is found from
_FAREWELL_S = 2.0  # for a process whose socket was closed to end by itself
_PIECE = 1 << 18  # bytes read at once
_ROOM = 1 << 20  # bytes on their way to the process; macOS would start with 8 KB


class ChildDied(Exception):
    """The process ended, was killed because it kept silent for so long, or could not be started at all."""


class Child:
    """A running process and our end of the socket to it.

    The socket is used without asyncio's streams, which copy what they send: five megabytes of pixels would take them
    7 ms instead of 1.
    """

    def __init__(self, process: asyncio.subprocess.Process, connection: socket.socket) -> None:
        self._process = process
        self._socket = connection
        self._reader = FrameReader()
        self._exited = asyncio.create_task(process.wait())

    @classmethod
    async def start(cls, module: str = "vision.model.process") -> Child:
        """Start a process: a module, whose first argument says which file is its end of the socket.

        Raises ChildDied where the system has no room for it.
        """
        try:
            return await cls._start(module)
        except (OSError, RuntimeError) as error:  # the latter where a thread cannot be started to wait for it
            raise ChildDied(f"it could not be started ({error})") from error

    @classmethod
    async def _start(cls, module: str) -> Child:
        ours, theirs = socket.socketpair()
        try:
            ours.setblocking(False)
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _ROOM)
            with theirs:
                # A session of its own keeps it out of the terminal's Ctrl-C, which is for the parent to handle.
                process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", module, str(theirs.fileno())),
                    pass_fds=(theirs.fileno(),),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.DEVNULL,
                    start_new_session=True,
                    cwd=_ROOT,
                )
        except BaseException:
            ours.close()
            raise
        return cls(process, ours)

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process has not ended yet."""
        return not self._exited.done()

    @property
    def status(self) -> int | None:
        """The status that it ended with, or the signal, which is negative; None while it runs."""
        return self._process.returncode

    async def send(self, message: Frame, *, within_s: float) -> bool:
        """Send a frame, waiting until the process has taken it in; False where the process is gone.

        Raises ChildDied where it takes nothing in for that long. Only one task may send at a time.
        """
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(within_s):
                for part in message.parts():
                    await loop.sock_sendall(self._socket, part)
        except TimeoutError as error:
            raise ChildDied(f"it took nothing in for {within_s:g} s") from error
        except OSError:
            return False
        return True

    async def receive(self) -> list[Frame]:
        """The next frames, maybe none yet. Raises ChildDied when the process has ended and all it said is received."""
        try:
            data = await asyncio.get_running_loop().sock_recv(self._socket, _PIECE)
        except OSError:
            data = b""
        if not data:
            raise ChildDied(await self._ending())
        return list(self._reader.feed(data))

    async def _ending(self) -> str:
        try:
            async with asyncio.timeout(_FAREWELL_S):
                code = await asyncio.shield(self._exited)
        except TimeoutError:
            return "it closed its socket"
        return f"it ended by signal {-code}" if code < 0 else f"it ended with status {code}"

    async def stop(self, *, kill: bool = False) -> None:
        """End the process: by closing its socket, or by force where it does not heed that."""
        self._socket.close()
        try:
            async with asyncio.timeout(0 if kill else _FAREWELL_S):
                await asyncio.shield(self._exited)
        except TimeoutError:
            if self.alive:
                self._process.kill()
        await self._exited
