"""Films made for tests: pictures shown one after the other, in any container."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import av
import numpy as np
from PIL import Image

RATE = 10


def film(
    pictures: Sequence[bytes | str],
    *,
    seconds: float = 1.0,
    form: str = "mp4",
    codec: str = "libx264",
    size: tuple[int, int] = (256, 256),
    options: dict[str, str] | None = None,
) -> bytes:
    """A film without sound that shows each picture (JPEG bytes, or the name of a colour) for so many seconds."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=form) as container:
        stream: Any = container.add_stream(codec, rate=RATE, options=options or _quick(codec))
        stream.width, stream.height = size
        stream.pix_fmt = "rgb8" if codec == "gif" else "yuvj420p" if codec == "mjpeg" else "yuv420p"
        for number in range(round(len(pictures) * seconds * RATE)):
            shown = pictures[min(int(number / RATE / seconds), len(pictures) - 1)]
            frame = av.VideoFrame.from_image(_image(shown, size)).reformat(format=stream.pix_fmt)
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return buffer.getvalue()


def sound(form: str = "mp4", codec: str = "aac") -> bytes:
    """A second of silence, in a container that could hold a film."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=form) as container:
        stream = container.add_stream(codec, rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 48_000), np.int16), "s16", "mono")
        frame.sample_rate = 48_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return buffer.getvalue()


def turned(mp4: bytes) -> bytes:
    """The film as a telephone held upright takes it: lying on its side, with the matrix that turns it clockwise."""
    one, upright = 1 << 16, 1 << 30
    lying = struct.pack(">9i", one, 0, 0, 0, one, 0, 0, 0, upright)
    turning = struct.pack(">9i", 0, one, 0, -one, 0, 0, 0, 0, upright)
    at = mp4.index(lying, mp4.index(b"tkhd"))
    return mp4[:at] + turning + mp4[at + len(lying) :]


def _quick(codec: str) -> dict[str, str]:
    return {"preset": "ultrafast", "crf": "18"} if codec == "libx264" else {}


def _image(shown: bytes | str, size: tuple[int, int]) -> Image.Image:
    if isinstance(shown, str):
        return Image.new("RGB", size, shown)
    return Image.open(io.BytesIO(shown)).convert("RGB").resize(size)
