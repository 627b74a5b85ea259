"""Any bytes become one upright RGB picture or one clear error.

Sizes are read and refused before anything is decoded, and a large JPEG is decoded at a fraction of its size. That
bounds what honest files take; of others, what is decoded need not be what was declared, and only the process that does
it can be bounded: `vision/pictures`.
"""

from __future__ import annotations

import ctypes
import hashlib
import struct
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from typing import Any

import pillow_heif
from PIL import AvifImagePlugin, ExifTags, Image, TiffImagePlugin, UnidentifiedImageError

from vision.errors import BrokenPicture, NotAPicture, Pdf, PictureTooLarge, UnsupportedPicture

MAX_BYTES = 64 * 1024 * 1024
"""Of a file that is opened."""
MAX_PIXELS = 40_000_000
"""Of a picture that is decoded."""
# These decoders hold several copies of the whole picture, so less is let in for the same memory.
_FEWER_PIXELS = {"WEBP": 25_000_000, "AVIF": 25_000_000}
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8  # of mallopt(3)
_THREADS = 4  # of those decoders that have them, each with buffers of its own
LONGEST_SIDE = 1344
"""Pixels: the longest side that LLaVA 1.6 tiles, and more than Telegram's 1280, so a photo is not resampled twice."""
_AROUND = 0.35  # of its side: what shows of the surroundings of a part; boxes are off by some hundredths of a picture
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")
_LONGEST_IN_GPS = 256  # bytes, characters or numbers of one value: a coordinate has three
_PDF = b"%PDF-"
_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"GIF8", b"II*\x00", b"MM\x00*")
# What Pillow raises where more pixels are declared than may be, by how many more they are.
_BOMBS = (Image.DecompressionBombWarning, Image.DecompressionBombError)
# What Pillow's decoders raise on bytes that are damaged in one way or another.
_DAMAGE = (
    OSError,
    RuntimeError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    ArithmeticError,
    struct.error,
)
_NO_MEMORY = "decoder error -9"  # as Pillow calls it where one of its own decoders got none
# By EXIF orientation, what brings the picture upright.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Picture:
    """One upright picture: `rgb` holds height × width × 3 bytes, `digest` names its content.

    `gps` is the GPS directory of the original's EXIF as it stood, by tag number, with rationals as floats and bytes
    as characters; without what is longer than cameras write, which may be the whole file.
    """

    width: int
    height: int
    rgb: bytes = field(repr=False)
    digest: str
    gps: Mapping[int, Any] | None = field(default=None, repr=False, compare=False)


def picture_from_rgb(width: int, height: int, rgb: bytes, gps: Mapping[int, Any] | None = None) -> Picture:
    """The picture of these pixels, named by their digest."""
    digest = hashlib.sha256(f"{width}x{height}:".encode() + rgb).hexdigest()
    return Picture(width, height, rgb, digest, gps)


def cut_out(picture: Picture, left: float, top: float, right: float, bottom: float) -> Picture:
    """The part of a picture between these thousandths of its sides, with what little lies around it; never nothing."""
    first, last = _stretch(left, right, picture.width)
    rows = range(*_stretch(top, bottom, picture.height))
    starts = (3 * picture.width * row for row in rows)
    part = b"".join(picture.rgb[start + 3 * first : start + 3 * last] for start in starts)
    return picture_from_rgb(last - first, len(rows), part)


def _stretch(low: float, high: float, length: int) -> tuple[int, int]:
    around = _AROUND * (high - low)
    first = min(max(0, int((low - around) / 1000 * length)), length - 1)
    return first, max(first + 1, min(length, round((high + around) / 1000 * length)))


def is_gif(data: bytes) -> bool:
    """Whether the bytes begin as a GIF does, which alone may move."""
    return data.startswith(b"GIF8")


def moves(data: bytes) -> bool:
    """Whether the bytes are a GIF that shows several images, one after the other; what cannot be opened does not."""
    if not is_gif(data):
        return False
    _prepare_pillow()
    try:
        with Image.open(BytesIO(data), formats=("GIF",)) as image:
            return bool(getattr(image, "is_animated", False))
    except (*_BOMBS, *_DAMAGE):
        return False


def open_picture(data: bytes, *, longest_side: int = LONGEST_SIDE) -> Picture:
    """Turn bytes of any picture format into one picture, at most `longest_side` pixels long.

    Raises PictureError, and MemoryError. May take any time: for files of others, `Pictures` is the way to it.
    """
    if len(data) > MAX_BYTES:
        raise PictureTooLarge(f"{len(data)} bytes, at most {MAX_BYTES} are taken")
    _prepare_pillow()
    with _identify(data) as image:
        _check_size(image)
        with _damage_told():
            image.draft(None, (longest_side, longest_side))
            image.load()
            # Only now, for a TIFF turns itself upright while it loads.
            gps, orientation = _read_exif(image)
            upright = _upright(_to_rgb(_shrink(_blendable(image), longest_side)), orientation)
        return picture_from_rgb(upright.width, upright.height, upright.tobytes(), gps)


@cache
def _give_memory_back() -> None:
    """Have glibc return large pixel buffers when they are freed: by itself it keeps hundreds of megabytes of them.

    Nor does it need to set addresses aside for every thread.
    """
    with suppress(OSError, AttributeError):  # another system's library
        library = ctypes.CDLL("libc.so.6")
        library.mallopt(_M_MMAP_THRESHOLD, 1 << 20)
        library.mallopt(_M_ARENA_MAX, 1)


def _prepare_pillow() -> None:
    _give_memory_back()
    AvifImagePlugin.DEFAULT_MAX_THREADS = _THREADS
    pillow_heif.options.DECODE_THREADS = _THREADS
    pillow_heif.register_heif_opener()
    warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)


def _identify(data: bytes) -> Image.Image:
    try:
        return Image.open(BytesIO(data), formats=_FORMATS)
    except _BOMBS:
        raise PictureTooLarge(f"more than {MAX_PIXELS} pixels") from None
    except UnidentifiedImageError:
        if data.startswith(_BEGINNINGS):
            raise BrokenPicture("the picture ends within its head") from None
        if data.startswith(_PDF):
            raise Pdf("a PDF") from None
        raise NotAPicture("no picture format that is known") from None
    except _DAMAGE as error:
        raise BrokenPicture(f"the picture's head is damaged ({type(error).__name__})") from error


def _check_size(image: Image.Image) -> None:
    if not image.width or not image.height:
        raise UnsupportedPicture("a picture without pixels")
    limit = _FEWER_PIXELS.get(image.format or "", MAX_PIXELS)
    if image.width * image.height > limit:
        raise PictureTooLarge(f"{image.width}×{image.height} pixels, at most {limit} are decoded")


def _read_exif(image: Image.Image) -> tuple[dict[int, Any] | None, int]:
    """GPS directory and orientation; damaged EXIF counts as none, for the pixels may well be sound."""
    try:
        exif = image.getexif()
        found = exif.get_ifd(ExifTags.IFD.GPSInfo).items()
        gps = {tag: _plain(value) for tag, value in found if tag in ExifTags.GPSTAGS and _is_short(value)}
        return gps or None, exif.get(ExifTags.Base.Orientation, 1)
    except _DAMAGE:
        return None, 1


def _is_short(value: Any) -> bool:
    return not isinstance(value, bytes | str | tuple) or len(value) <= _LONGEST_IN_GPS


def _plain(value: Any) -> Any:
    if isinstance(value, TiffImagePlugin.IFDRational):
        return float(value)
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return tuple(_plain(part) for part in value) if isinstance(value, tuple) else value


@contextmanager
def _damage_told() -> Iterator[None]:
    """What Pillow raises while it decodes, as our errors."""
    try:
        yield
    except _BOMBS:
        raise PictureTooLarge(f"more than {MAX_PIXELS} pixels") from None
    except _DAMAGE as error:
        if str(error) == _NO_MEMORY:
            raise PictureTooLarge("what is coded is too large for the memory that is left") from error
        raise BrokenPicture(f"the picture is cut short or damaged ({type(error).__name__})") from error


def _blendable(image: Image.Image) -> Image.Image:
    """The picture in a mode whose neighbouring pixels Pillow can average: palettes are looked up."""
    if image.mode == "1":
        return image.convert("L")
    if image.mode.startswith("I;16"):
        return _narrowed(image)
    if image.mode in {"P", "PA"} or "transparency" in image.info:
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    return image


def _narrowed(image: Image.Image) -> Image.Image:
    """Grey of 8 bits: values of 16 keep their scale, wider ones have none and run from the least to the greatest."""
    import numpy as np  # noqa: PLC0415  it takes as long to import as all else in the process that decodes; few need it

    grey = np.asarray(image)
    wide = grey.dtype.kind == "u" and grey.dtype.itemsize == 2  # in either order of bytes
    if wide or (grey.dtype.kind == "i" and grey.min() >= 0 and 255 < grey.max() <= 65535):
        return Image.fromarray((grey // 257).astype(np.uint8))
    finite = np.nan_to_num(grey, posinf=0.0, neginf=0.0).astype(np.float64)
    low, high = float(finite.min()), float(finite.max())
    return Image.fromarray(((finite - low) * (255.0 / max(high - low, 1e-6))).astype(np.uint8))


def _shrink(image: Image.Image, longest_side: int) -> Image.Image:
    longest = max(image.size)
    if longest <= longest_side:
        return image
    width, height = (max(1, round(side * longest_side / longest)) for side in image.size)
    return image.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=2.0)


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode == "LAB":
        raise UnsupportedPicture("a picture in the LAB colour space")
    if image.mode[0] in "IF":
        image = _narrowed(image)
    if not image.has_transparency_data:
        return image.convert("RGB")
    colours = image.convert("RGBA")
    white = Image.new("RGB", image.size, "white")
    white.paste(colours, mask=colours.getchannel("A"))
    return white


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)
