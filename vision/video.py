"""Video intake: a few frames, evenly over a film, each a JPEG file that opens as any picture does.

The decoding runs in a process of its own with bounds on its memory and its time, for the files are anybody's: one that
breaks the decoder, or keeps it busy for ever, costs that process and nothing else.
"""

from __future__ import annotations

import asyncio
import signal
import struct
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from vision.bounds import WITHOUT_MEMORY
from vision.errors import BrokenVideo, NoFrames, NoRoom, PictureError, VideoTooLarge

MOST_FRAMES: Final = 4
"""Frames that are taken of one video."""

BROKEN: Final = 3
NO_FRAMES: Final = 4
"""The statuses with which the process that decodes ends, beside OUT_OF_MEMORY."""

_WITHIN_S: Final = 60.0
_ROOT: Final = Path(__file__).resolve().parent.parent  # where `-m vision.frames` is found from
_LENGTH: Final = struct.Struct("<I")
_REFUSALS: Final[dict[int, type[PictureError]]] = {
    BROKEN: BrokenVideo,
    NO_FRAMES: NoFrames,
    **dict.fromkeys((*WITHOUT_MEMORY, -signal.SIGXCPU), VideoTooLarge),
}
# Brands of the pictures that come in the same container as MP4.
_PICTURE_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis")
_CONTAINERS = (b"\x1a\x45\xdf\xa3", b"OggS", b"FLV\x01", b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", b"\0\0\x01\xba")


def is_video(data: bytes) -> bool:
    """Whether the bytes begin as a video file does (MP4, QuickTime, Matroska, WebM, AVI, Ogg, FLV, ASF, MPEG)."""
    if data[4:8] == b"ftyp":
        return data[8:12] not in _PICTURE_BRANDS
    return data.startswith(_CONTAINERS) or (data[:4] == b"RIFF" and data[8:12] == b"AVI ")


class Videos:
    """Opens videos, one at a time."""

    def __init__(self) -> None:
        self._free = asyncio.Lock()

    async def frames(self, data: bytes, *, most: int = MOST_FRAMES) -> tuple[bytes, ...]:
        """At most `most` frames, at least one, in order, as JPEG files. Raises PictureError, NoRoom.

        Frames that are black, or like the one before, are passed over.
        """
        async with self._free:
            return await _frames(data, most)


async def _started(most: int) -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "vision.frames", str(most)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
            cwd=_ROOT,
        )
    except (OSError, RuntimeError) as error:  # the latter where a thread cannot be started to wait for it
        raise NoRoom(f"it could not be started ({error})") from error


async def _frames(data: bytes, most: int) -> tuple[bytes, ...]:
    process = await _started(most)
    try:
        async with asyncio.timeout(_WITHIN_S):
            found, _ = await process.communicate(data)
    except TimeoutError:
        raise VideoTooLarge(f"no frames of it were found in {_WITHIN_S:g} s") from None
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    if process.returncode:
        refusal = _REFUSALS.get(process.returncode, BrokenVideo)
        raise refusal(f"the process that decodes ended with {process.returncode}")
    return _unpacked(found)


def pack(frames: list[bytes]) -> bytes:
    """Frames as they travel between the processes."""
    return b"".join(_LENGTH.pack(len(frame)) + frame for frame in frames)


def _unpacked(data: bytes) -> tuple[bytes, ...]:
    frames, at = [], 0
    while at < len(data):
        (length,) = _LENGTH.unpack_from(data, at)
        frames.append(data[at + _LENGTH.size : at + _LENGTH.size + length])
        at += _LENGTH.size + length
    return tuple(frames)
