"""The process that decodes a video: a file on standard input, JPEG files on standard output. Its status is what failed.

The only module of this room that imports PyAV. It trusts nothing that the file says: neither its length, nor its size,
nor where its frames are.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream
from PIL import Image

from vision.bounds import OUT_OF_MEMORY, allow, bound
from vision.picture import LONGEST_SIDE
from vision.video import BROKEN, NO_FRAMES, pack

MOST_PIXELS: Final = 9_500_000
"""Of a frame: 4K, which is 4096 × 2304 at most."""

_MEMORY_BYTES: Final = 2 << 30
_CPU_S: Final = 30
_OPTIONS: Final = {
    # Nothing that names other files or addresses, as playlists do.
    "format_whitelist": "mov,mp4,matroska,webm,avi,ogg,flv,asf,gif,mpegts,mpeg,mpegvideo,h264,hevc",
    "protocol_whitelist": "",
    "max_streams": "32",
    "max_pixels": str(MOST_PIXELS),
}
_WALK: Final = 500_000_000
"""Pixels that are decoded on the way from a key frame to the moment that is wanted: 8 s of 1080p, 18 s of 720p."""

_KEPT: Final = 4  # times as many frames as are wanted, of a film whose length is not known
_TRIES: Final = 3  # for a frame that is not black
_DARK: Final = 32  # of 255: nothing in a black frame is brighter
_ALIKE: Final = 1.0  # of 255: how much frames differ on average that count as one
_THUMBNAIL: Final = (32, 32)
_QUALITY: Final = 90


@dataclass(frozen=True, eq=False)
class Still:
    """A frame as a picture, and its thumbnail."""

    image: Image.Image
    thumbnail: np.ndarray[Any, np.dtype[np.float32]]

    @property
    def dark(self) -> bool:
        """Whether there is nothing to see in it."""
        return bool(np.percentile(self.thumbnail.max(axis=2), 98) < _DARK)

    def like(self, other: Still) -> bool:
        """Whether they show the same."""
        return float(np.abs(self.thumbnail - other.thumbnail).mean()) < _ALIKE


def stills(data: bytes, most: int) -> list[Still]:
    """At most `most` frames of a video, evenly over it. FFmpegError, or an empty list, where there are none."""
    with _opened(data) as container:
        stream = _film(container)
        if stream is None:
            return []
        found = [still for slot in _slots(container, stream, most) if (still := _seen(container, stream, slot))]
    return _told_apart(found) or _told_apart(_from_the_beginning(data, most))


def _opened(data: bytes) -> InputContainer:
    container: InputContainer = av.open(BytesIO(data), "r", options=_OPTIONS, metadata_errors="replace")
    return container


def _film(container: InputContainer) -> VideoStream | None:
    """The stream of moving pictures; the cover of a song is none."""
    covers = av.stream.Disposition.attached_pic
    stream = next((one for one in container.streams.video if not one.disposition & covers), None)
    if stream is not None:
        stream.codec_context.thread_count = 1
    return stream


def _slots(container: InputContainer, stream: VideoStream, most: int) -> list[tuple[float, float]]:
    """The film's seconds in `most` equal parts; none where it does not say how long it is."""
    tick = stream.time_base or 0
    length = float((stream.duration or 0) * tick) or (container.duration or 0) / av.time_base
    start = float((stream.start_time or 0) * tick)
    return [(start + length * n / most, start + length * (n + 1) / most) for n in range(most)] if length > 0 else []


def _seen(container: InputContainer, stream: VideoStream, slot: tuple[float, float]) -> Still | None:
    """A frame from the middle of a slot on; a black one only where no other is found."""
    start, end = slot
    found: Still | None = None
    for n in range(_TRIES):
        still = _at(container, stream, (start + end) / 2 + n * (end - start) / (2 * _TRIES))
        found = found or still
        if still is None or not still.dark:
            return still or found
    return found


def _at(container: InputContainer, stream: VideoStream, moment: float) -> Still | None:
    """The first frame from a moment on, or the last that can be reached from the key frame before it."""
    try:
        container.seek(int(moment * av.time_base), backward=True)
        last: av.VideoFrame | None = None
        for frame in _walked(container, stream, _WALK):
            last = frame
            if frame.time is None or frame.time >= moment:
                break
    except FFmpegError:
        return None
    return last and _still(last)


def _walked(container: InputContainer, stream: VideoStream, pixels: int) -> Iterator[av.VideoFrame]:
    """Frames from where the container stands, until so many pixels were decoded; damaged ones are passed over."""
    for frame in container.decode(stream):
        yield frame
        pixels -= max(frame.width * frame.height, 1 << 14)
        if pixels <= 0:
            return


def _from_the_beginning(data: bytes, most: int) -> list[Still]:
    """For a film that does not say how long it is, or where: every frame, every second, every fourth, as it goes on."""
    kept: list[Still] = []
    stride = 1
    with _opened(data) as container:
        stream = _film(container)
        if stream is None:
            return []
        try:
            for number, frame in enumerate(_walked(container, stream, 4 * _WALK)):
                if number % stride == 0:
                    kept.append(_still(frame))
                if len(kept) == _KEPT * most:
                    kept, stride = kept[::2], 2 * stride
        except FFmpegError:
            if not kept:
                raise
    bright = [still for still in kept if not still.dark] or kept[:1]
    count = min(most, len(bright))
    return [bright[(2 * n + 1) * len(bright) // (2 * count)] for n in range(count)]


def _still(frame: av.VideoFrame) -> Still:
    """The frame upright, on white where it is transparent, and no longer than a picture is."""
    if frame.width * frame.height > MOST_PIXELS:
        raise MemoryError
    shrink = min(1.0, LONGEST_SIDE / max(frame.width, frame.height))
    width, height = (max(1, round(side * shrink)) for side in (frame.width, frame.height))
    colours = Image.fromarray(frame.reformat(width, height, "rgba").to_ndarray(), "RGBA")
    image = Image.new("RGB", colours.size, "white")
    image.paste(colours, mask=colours.getchannel("A"))
    if turn := round(frame.rotation):
        image = image.rotate(turn, expand=True)
    return Still(image, np.asarray(image.resize(_THUMBNAIL, Image.Resampling.BOX), dtype=np.float32))


def _told_apart(found: list[Still]) -> list[Still]:
    """Without those that show the same as the one before, and without the black ones if others are left."""
    bright = [still for still in found if not still.dark] or found[:1]
    return [still for n, still in enumerate(bright) if n == 0 or not still.like(bright[n - 1])]


def jpeg(still: Still) -> bytes:
    """The frame as a file."""
    buffer = BytesIO()
    still.image.save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()


def main() -> int:
    """Read a file, write its frames."""
    bound(_MEMORY_BYTES)
    allow(_CPU_S)
    data = sys.stdin.buffer.read()
    try:
        frames = [jpeg(still) for still in stills(data, int(sys.argv[1]))]
    except MemoryError:
        return OUT_OF_MEMORY
    except (FFmpegError, OSError, ValueError, TypeError, LookupError, ArithmeticError):
        return BROKEN
    if not frames:
        return NO_FRAMES
    sys.stdout.buffer.write(pack(frames))
    return 0


if __name__ == "__main__":
    sys.exit(main())
