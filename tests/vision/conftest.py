"""Odd and broken pictures, made here, and engines on the tiny weights."""

from __future__ import annotations

import io
import struct
import sys
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
import pytest_asyncio
from PIL import Image, PngImagePlugin

from vision.engine import Engine, EngineSettings
from vision.picture import Picture, picture_from_rgb
from vision.request import Again, Delta, Done, Event, Score
from vision.weights import tiny_weights

RED, GREEN = (230, 20, 20), (20, 200, 20)


Encode = Callable[..., bytes]


@dataclass(frozen=True)
class Heard:
    """All that one request gave."""

    text: str
    deltas: tuple[str, ...]
    scores: dict[int, Score]
    again: int
    done: Done


Hear = Callable[[AsyncIterator[Event]], Awaitable[Heard]]


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    if form == "HEIF":
        pillow_heif.register_heif_opener()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def half_red_half_green(size: tuple[int, int] = (64, 32)) -> Image.Image:
    image = Image.new("RGB", size, RED)
    image.paste(GREEN, (size[0] // 2, 0, *size))
    return image


def png_claiming(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG of 1-bit zeros in which nothing is said that is not true, however large it says to be."""
    packer = zlib.compressobj(1)
    row = bytes(1 + (width + 7) // 8)
    data = b"".join(packer.compress(row * 100) for _ in range(height // 100)) + packer.compress(row * (height % 100))
    parts = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)), *chunks]
    parts += [(b"IDAT", data + packer.flush()), (b"IEND", b"")]
    framed = (struct.pack(">I", len(p)) + k + p + struct.pack(">I", zlib.crc32(k + p)) for k, p in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


def gif_claiming(width: int, height: int) -> bytes:
    """A GIF of one pixel on a canvas as large as it likes to say."""
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    return head + b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0;"


def _moving(form: str, **options: object) -> bytes:
    first, *rest = (Image.new("RGB", (48, 48), colour) for colour in (RED, GREEN, RED))
    return encoded(first, form, save_all=True, append_images=rest, **options)


@pytest.fixture(scope="session")
def encode() -> Encode:
    """A picture as a file of some format."""
    return encoded


@pytest.fixture(scope="session")
def sound_pictures() -> dict[str, bytes]:
    """Odd, and yet pictures: each must open."""
    photo = half_red_half_green()
    depth = np.linspace(0, 65535, 64 * 32).astype(np.uint16).reshape(32, 64)
    return {
        "wrong-suffix.png": encoded(photo, "JPEG"),
        "cmyk.jpg": encoded(photo.convert("CMYK"), "JPEG"),
        "progressive.jpg": encoded(photo, "JPEG", progressive=True),
        "grey.jpg": encoded(photo.convert("L"), "JPEG"),
        "two-in-one.mpo": _moving("MPO"),
        "sixteen-bit.png": encoded(Image.fromarray(depth), "PNG"),
        "sixteen-bit.tiff": encoded(Image.fromarray(depth), "TIFF"),
        "floating.tiff": encoded(Image.fromarray(depth.astype(np.float32)), "TIFF"),
        "cmyk.tiff": encoded(photo.convert("CMYK"), "TIFF", compression="tiff_lzw"),
        "many-pages.tiff": _moving("TIFF"),
        "moving.gif": _moving("GIF"),
        "moving.webp": _moving("WEBP", lossless=True),
        "moving.png": _moving("PNG"),
        "palette.png": encoded(photo.convert("P"), "PNG", transparency=0),
        "alpha.png": encoded(Image.new("RGBA", (20, 20), (0, 0, 0, 0)), "PNG"),
        "grey-alpha.png": encoded(Image.new("LA", (20, 20), (0, 128)), "PNG"),
        "one-bit.bmp": encoded(photo.convert("1"), "BMP"),
        "picture.heic": encoded(photo, "HEIF"),
        "picture.avif": encoded(photo, "AVIF"),
        "one-pixel.png": encoded(Image.new("RGB", (1, 1), RED), "PNG"),
        "strip.png": encoded(half_red_half_green((20_000, 10)), "PNG"),
        "tall.png": encoded(half_red_half_green((10, 20_000)), "PNG"),
        "bad-exif.jpg": encoded(photo, "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xffgarbage"),
        "large.png": encoded(Image.new("RGBA", (6300, 6300), (10, 200, 30, 128)), "PNG", compress_level=1),
    }


@pytest.fixture(scope="session")
def unusable_files() -> dict[str, tuple[bytes, str]]:
    """No pictures, or none to be decoded: bytes and the code of the error that they must give."""
    photo = half_red_half_green()
    jpeg, png = encoded(half_red_half_green((640, 480)), "JPEG"), encoded(photo, "PNG")
    return {
        "cut.jpg": (jpeg[: len(jpeg) // 2], "broken_picture"),
        "cut-in-the-head.jpg": (jpeg[:30], "broken_picture"),
        "cut.png": (png[: len(png) // 2], "broken_picture"),
        "cut.webp": (encoded(photo, "WEBP")[:-20], "broken_picture"),
        "cut.gif": (encoded(half_red_half_green((300, 300)), "GIF")[:-300], "broken_picture"),
        "cut.heic": (encoded(photo, "HEIF")[:-60], "broken_picture"),
        "cut.avif": (encoded(photo, "AVIF")[:-60], "broken_picture"),
        "damaged.png": (png[:60] + bytes(len(png) - 60), "broken_picture"),
        "bomb.png": (png_claiming(20_000, 20_000), "picture_too_large"),
        "canvas.gif": (gif_claiming(7000, 7000), "picture_too_large"),
        "bomb.gif": (gif_claiming(20_000, 20_000), "picture_too_large"),
        "canvas.webp": (
            encoded(Image.new("RGB", (5100, 5000)), "WEBP", lossless=True, quality=0, method=0),
            "picture_too_large",
        ),
        "no-size.gif": (b"GIF89a" + bytes(20), "broken_picture"),
        "text.jpg": ("这不是图片 not a picture\n".encode() * 50, "not_a_picture"),
        "drawing.svg": (b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', "not_a_picture"),
        "paper.pdf": (b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n", "pdf"),
        "page.ps": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not_a_picture"),
        "empty.jpg": (b"", "not_a_picture"),
        "lab.tiff": (encoded(Image.new("LAB", (9, 9)), "TIFF"), "unsupported_picture"),
    }


@pytest.fixture(scope="session")
def stuffed_pictures() -> dict[str, bytes]:
    """Small pictures with far too much beside the pixels: they may open or be refused, and must not take the memory."""
    zeros = zlib.compress(bytes(150_000_000), 1)
    return {
        "huge-text.png": png_claiming(9, 9, (b"zTXt", b"words\x00\x00" + zeros)),
        "huge-profile.png": png_claiming(9, 9, (b"iCCP", b"profile\x00\x00" + zeros)),
        "many-texts.png": encoded(half_red_half_green(), "PNG", pnginfo=_many_texts()),
    }


def _many_texts() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    for number in range(70):
        info.add_text(f"key{number}", "x" * 1_000_000, zip=True)
    return info


@pytest.fixture(scope="session")
def hear() -> Hear:
    """Reads a request's events to the end; what came before an Again is forgotten, as a caller must."""

    async def listen(events: AsyncIterator[Event]) -> Heard:
        deltas: list[str] = []
        scores: dict[int, Score] = {}
        again = 0
        async for event in events:
            match event:
                case Delta(text):
                    deltas.append(text)
                case Score():
                    assert not deltas, "scores come before the answer"
                    scores[event.question] = event
                case Again():
                    again += 1
                    deltas.clear()
                    scores.clear()
                case Done():
                    return Heard("".join(deltas), tuple(deltas), scores, again, event)
        raise AssertionError("the events ended without Done")

    return listen


@pytest.fixture(scope="session")
def shapes() -> tuple[Picture, Picture]:
    """A red square and a green bar, on grey."""
    pictures = []
    for colour, box in ((RED, (20, 20, 70, 70)), (GREEN, (5, 40, 90, 55))):
        image = Image.new("RGB", (96, 96), (120, 120, 120))
        image.paste(colour, box)
        pictures.append(picture_from_rgb(*image.size, image.tobytes()))
    return pictures[0], pictures[1]


@pytest.fixture
def settings() -> EngineSettings:
    """The tiny weights on one thread."""
    return EngineSettings(tiny_weights(), threads=1, load_timeout_s=60, silence_timeout_s=60)


@pytest_asyncio.fixture
async def fresh_engine(settings: EngineSettings) -> AsyncIterator[Engine]:
    """An engine for one test, which may kill it."""
    async with Engine(settings) as engine:
        yield engine


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine() -> AsyncIterator[Engine]:
    """An engine that a module's tests share; they must run in the module's loop."""
    async with Engine(EngineSettings(tiny_weights(), threads=1)) as engine:
        yield engine


@pytest.fixture
def decoder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """Lets a script stand for the process that decodes, from the next one on."""

    def replace(script: str) -> None:
        path = tmp_path / "decoder"
        path.write_text(f"#!{sys.executable}\n{script}")
        path.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(path))

    return replace
