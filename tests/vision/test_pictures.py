"""Pictures are decoded in a process of their own: what one takes is bounded, and costs nobody else."""

from __future__ import annotations

import asyncio
import os
import signal
import struct
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from PIL import Image

from vision import pictures as intake
from vision.errors import BrokenPicture, PictureError, PictureTooLarge
from vision.picture import MAX_BYTES, open_picture
from vision.pictures import Pictures

Encode = Callable[..., bytes]


@pytest.fixture
async def pictures() -> AsyncIterator[Pictures]:
    async with Pictures() as pictures:
        yield pictures


@pytest.fixture
def small(encode: Encode) -> bytes:
    return encode(Image.new("RGB", (64, 48), "red"), "JPEG")


def process_of(decoder: intake._Decoder) -> int:
    assert decoder._child
    return decoder._child.pid


def of_many_scans(encode: Encode, scans: int) -> bytes:
    """A JPEG whose last scan, of few bytes, comes again and again: each goes over all of the picture."""
    file = encode(Image.new("L", (4000, 4000), 128), "JPEG", progressive=True, quality=50)
    scan = file[file.rindex(b"\xff\xda") : -2]
    return file[:-2] + scans * scan + file[-2:]


def tiff_with_tiles(side: int) -> bytes:
    """A grey TIFF of 100 × 100 pixels, which stand in one tile that is said to be so large."""
    tags = [
        (256, 100),
        (257, 100),
        (258, 8),
        (259, 8),
        (262, 1),
        (277, 1),
        (322, side),
        (323, side),
        (324, 8),
        (325, 8),
    ]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return b"II" + struct.pack("<HI", 42, 16) + bytes(8) + struct.pack("<H", len(tags)) + entries + bytes(4)


async def test_it_brings_what_the_decoder_saw(
    pictures: Pictures, encode: Encode, sound_pictures: dict[str, bytes]
) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "S", 2: (33.0, 51.0, 35.5), 9: b"A\0"})
    placed = encode(Image.new("RGB", (40, 30)), "JPEG", exif=exif)
    for data in (
        placed,
        sound_pictures["picture.avif"],
        sound_pictures["sixteen-bit.tiff"],
        sound_pictures["tall.png"],
    ):
        seen, expected = await pictures.open(data), open_picture(data)
        assert (seen, seen.gps) == (expected, expected.gps)
    assert [await pictures.moves(sound_pictures[name]) for name in ("moving.gif", "moving.png")] == [True, False]


async def test_errors_come_through(pictures: Pictures, unusable_files: dict[str, tuple[bytes, str]]) -> None:
    for data, code in unusable_files.values():
        assert not await pictures.moves(data)
        with pytest.raises(PictureError) as error:
            await pictures.open(data)
        assert error.value.code == code
    with pytest.raises(PictureTooLarge):
        await pictures.open(bytes(MAX_BYTES + 1))


async def test_what_takes_long_does_so_beside_the_others_and_not_for_ever(
    encode: Encode, small: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "_QUICK_S", 0)
    monkeypatch.setattr(intake, "_PATIENT_S", 0)
    async with Pictures() as pictures:
        costly = asyncio.create_task(pictures.open(of_many_scans(encode, 2000)))
        while not pictures._patient._child:  # noqa: ASYNC110 - the task sets it
            await asyncio.sleep(0.01)
        assert await pictures.open(small)
        assert not costly.done()
        with pytest.raises(PictureTooLarge):
            await costly
        assert await pictures.open(small)


async def test_what_takes_long_is_opened_in_the_end(
    pictures: Pictures, small: bytes, decoder: Callable[[str], None], tmp_path: Path
) -> None:
    first, python = tmp_path / "first", sys.executable
    decoder(
        "import os, pathlib, signal, sys\n"
        f"if not os.path.exists({str(first)!r}):\n"
        f"    pathlib.Path({str(first)!r}).touch()\n"
        "    os.kill(os.getpid(), signal.SIGXCPU)\n"
        f"os.execv({python!r}, [{python!r}, *sys.argv[1:]])\n"
    )
    assert await pictures.open(small) == open_picture(small)
    assert first.exists()
    assert process_of(pictures._patient)


async def test_a_tile_far_larger_than_its_picture_gets_no_memory(pictures: Pictures, small: bytes) -> None:
    with pytest.raises(PictureTooLarge):
        await pictures.open(tiff_with_tiles(32_000))
    assert await pictures.open(small)


async def test_the_process_is_ended_with_whoever_waits_for_it(pictures: Pictures, encode: Encode, small: bytes) -> None:
    await pictures.open(small)
    process = process_of(pictures._quick)
    costly = asyncio.create_task(pictures.open(of_many_scans(encode, 2000)))
    while not pictures._quick._free.locked():  # noqa: ASYNC110 - the task does it
        await asyncio.sleep(0)
    costly.cancel()
    with pytest.raises(asyncio.CancelledError):
        await costly
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    assert await pictures.open(small)


async def test_one_that_died_is_replaced_unnoticed(pictures: Pictures, small: bytes) -> None:
    await pictures.open(small)
    os.kill(process_of(pictures._quick), signal.SIGKILL)
    assert await pictures.open(small)


@pytest.mark.parametrize(
    ("end", "error"),
    [(signal.SIGSEGV, BrokenPicture), (signal.SIGKILL, PictureTooLarge), (signal.SIGXCPU, PictureTooLarge)],
)
async def test_a_file_at_which_a_fresh_one_dies_is_refused(
    pictures: Pictures, small: bytes, decoder: Callable[[str], None], end: signal.Signals, error: type[PictureError]
) -> None:
    await pictures.open(small)
    os.kill(process_of(pictures._quick), signal.SIGKILL)
    decoder(f"import os; os.kill(os.getpid(), {end.value})")
    with pytest.raises(error):
        await pictures.open(small)


async def test_one_that_hangs_is_ended(
    pictures: Pictures, small: bytes, decoder: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "_WITHIN_S", 0.2)
    decoder("import time; time.sleep(600)")
    with pytest.raises(PictureTooLarge):
        await pictures.open(small)
    assert pictures._quick._child is None
    assert pictures._patient._child is None
