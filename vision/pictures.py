"""Picture intake: any bytes become one upright picture or one clear error, at a price that is bounded.

The decoding runs in processes of their own with bounds on their memory and their time, for the files are anybody's: one
that breaks a decoder, or keeps it busy for ever, costs that process and nothing else.
"""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from vision.bounds import WITHOUT_MEMORY
from vision.child import Child, ChildDied
from vision.errors import BrokenPicture, NoRoom, PictureTooLarge
from vision.picture import MAX_BYTES, Picture, is_gif
from vision.wire import Frame, frame, unpack_failure, unpack_opened

_QUICK_S: Final = 2  # of computing, while others wait: a photo as Telegram sends it takes some hundredths
_PATIENT_S: Final = 10  # of computing: six times what the dearest picture takes that is let in
_WITHIN_S: Final = 60.0


class Pictures:
    """Opens pictures, one at a time. One that takes long is begun anew beside the others, and then holds none up."""

    def __init__(self) -> None:
        self._quick = _Decoder(_QUICK_S)
        self._patient = _Decoder(_PATIENT_S)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._quick.end()
        await self._patient.end()

    async def open(self, data: bytes) -> Picture:
        """Turn bytes of any picture format into one picture, as `vision/picture` does. Raises PictureError, NoRoom."""
        if len(data) > MAX_BYTES:
            raise PictureTooLarge(f"{len(data)} bytes, at most {MAX_BYTES} are taken")
        return unpack_opened(await self._ask("open", data))

    async def moves(self, data: bytes) -> bool:
        """Whether the bytes are a GIF that shows several images, one after the other.

        Raises PictureTooLarge, NoRoom, and BrokenPicture where the process ends at it.
        """
        return is_gif(data) and bool((await self._ask("moves", data)).head["moves"])

    async def _ask(self, kind: str, data: bytes) -> Frame:
        try:
            return await self._quick.ask(kind, data)
        except _TookLong:
            return await self._patient.ask(kind, data)


class _TookLong(PictureTooLarge):
    """More computing than is allowed at a time."""


class _Decoder:
    """A process that decodes: started when there is something to do, and anew where it has ended."""

    def __init__(self, cpu_s: int) -> None:
        self._cpu_s = cpu_s
        self._free = asyncio.Lock()
        self._child: Child | None = None

    async def ask(self, kind: str, data: bytes) -> Frame:
        """What it finds in a file. Raises PictureError, NoRoom."""
        order = frame(kind, data, cpu_s=self._cpu_s)
        async with self._free:
            if self._child:
                with suppress(ChildDied):  # perhaps of a file that it opened before this one
                    return await self._asked(self._child, order)
            self._child = child = await _started()
            try:
                return await self._asked(child, order)
            except ChildDied as death:
                refusal = PictureTooLarge if child.status in WITHOUT_MEMORY else BrokenPicture
                raise refusal(f"the process that decodes did not: {death}") from death

    async def _asked(self, child: Child, order: Frame) -> Frame:
        try:
            await child.send(order, within_s=_WITHIN_S)
            answer = await _next(child)
        except BaseException as error:  # it would answer the next one with what it finds in this one
            await self.end()
            if isinstance(error, TimeoutError) or child.status == -signal.SIGXCPU:
                raise _TookLong(f"it takes more than {self._cpu_s} s to decode") from error
            raise
        if answer.kind == "failed":
            raise unpack_failure(answer)
        return answer

    async def end(self) -> None:
        """End the process, whatever it is at."""
        child, self._child = self._child, None
        if child:
            await child.stop(kill=True)


async def _started() -> Child:
    try:
        return await Child.start("vision.decoder")
    except ChildDied as error:
        raise NoRoom(str(error)) from error


async def _next(child: Child) -> Frame:
    async with asyncio.timeout(_WITHIN_S):
        while not (frames := await child.receive()):
            pass
    return frames[0]
