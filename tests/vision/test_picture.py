"""Any bytes become one upright picture or one clear error."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from vision.errors import PictureError, PictureTooLarge
from vision.picture import LONGEST_SIDE, MAX_BYTES, Picture, cut_out, moves, open_picture, picture_from_rgb

Encode = Callable[..., bytes]
RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
MOST_MEMORY = 700  # MB, for a process that opens nothing but pictures

OPEN_FOLDER = """
import pathlib, re, sys
from vision.errors import PictureError
from vision.picture import open_picture
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    try:
        open_picture(path.read_bytes())
    except PictureError:
        pass
print(int(re.search(r"VmHWM:\\s*(\\d+)", pathlib.Path("/proc/self/status").read_text())[1]) // 1024)
"""


def pixels(picture: Picture) -> np.ndarray:
    assert len(picture.rgb) == picture.width * picture.height * 3
    return np.frombuffer(picture.rgb, np.uint8).reshape(picture.height, picture.width, 3)


def near(pixel: np.ndarray, colour: tuple[int, int, int]) -> bool:
    return bool(np.abs(pixel.astype(int) - colour).max() < 40)


def test_every_sound_picture_opens(sound_pictures: dict[str, bytes]) -> None:
    for name, data in sound_pictures.items():
        picture = open_picture(data)
        assert min(picture.width, picture.height) >= 1, name
        assert max(picture.width, picture.height) <= LONGEST_SIDE, name
        assert pixels(picture).shape == (picture.height, picture.width, 3), name


def test_every_unusable_file_gives_its_error(unusable_files: dict[str, tuple[bytes, str]]) -> None:
    codes = {}
    for name, (data, _) in unusable_files.items():
        with pytest.raises(PictureError) as error:
            open_picture(data)
        codes[name] = error.value.code
    assert codes == {name: code for name, (_, code) in unusable_files.items()}


def test_an_unusable_file_does_not_move(unusable_files: dict[str, tuple[bytes, str]]) -> None:
    assert [name for name, (data, _) in unusable_files.items() if moves(data)] == []


def test_a_picture_with_too_much_beside_the_pixels_opens_or_is_refused(stuffed_pictures: dict[str, bytes]) -> None:
    for data in stuffed_pictures.values():
        try:
            picture = open_picture(data)
        except PictureError:
            continue
        assert picture.rgb


EDITS = st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 6), st.binary(max_size=6)), min_size=1, max_size=6)


def test_any_damage_gives_a_picture_or_our_error(sound_pictures: dict[str, bytes]) -> None:
    small = [file for _, file in sorted(sound_pictures.items()) if len(file) < 30_000]

    @settings(max_examples=300)
    @given(which=st.integers(0, len(small) - 1), edits=EDITS)
    def holds(which: int, edits: list[tuple[int, int, bytes]]) -> None:
        file = bytearray(small[which])
        for place, gone, come in edits:
            at = place % (len(file) + 1)
            file[at : at + gone] = come
        with suppress(PictureError):
            assert pixels(open_picture(bytes(file))).size

    holds()


def test_too_many_bytes_are_refused_unread() -> None:
    with pytest.raises(PictureTooLarge):
        open_picture(bytes(MAX_BYTES + 1))


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is read from /proc")
def test_memory_stays_bounded_over_all_of_them(
    tmp_path: Path,
    sound_pictures: dict[str, bytes],
    unusable_files: dict[str, tuple[bytes, str]],
    stuffed_pictures: dict[str, bytes],
) -> None:
    files = sound_pictures | stuffed_pictures | {name: data for name, (data, _) in unusable_files.items()}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    opened = subprocess.run(
        [sys.executable, "-c", OPEN_FOLDER, str(tmp_path)], check=True, capture_output=True, text=True, timeout=60
    )
    assert int(opened.stdout) < MOST_MEMORY


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_orientation_brings_the_picture_upright(encode: Encode, form: str, orientation: int) -> None:
    upright = Image.new("RGB", (96, 64), WHITE)
    upright.paste(RED, (0, 0, 48, 32))
    upright.paste(GREEN, (48, 0, 96, 32))
    upright.paste(BLUE, (0, 32, 48, 64))
    undone = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    stored = upright.transpose(Image.Transpose(undone[orientation])) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = open_picture(encode(stored, form, exif=exif))
    seen = pixels(picture)
    assert (picture.width, picture.height) == (96, 64)
    assert near(seen[16, 24], RED)
    assert near(seen[16, 72], GREEN)
    assert near(seen[48, 24], BLUE)


def test_wide_grey_is_scaled_and_not_clipped(sound_pictures: dict[str, bytes]) -> None:
    for name in ("sixteen-bit.png", "sixteen-bit.tiff", "floating.tiff"):
        grey = pixels(open_picture(sound_pictures[name]))[:, :, 0]
        assert grey.min() == 0, name
        assert grey.max() == 255, name
        assert 120 < grey.mean() < 135, name


@pytest.mark.parametrize("order", ["<u2", ">u2"])
def test_wide_grey_of_little_contrast_stays_so_in_either_order_of_bytes(encode: Encode, order: str) -> None:
    haze = np.linspace(20_000, 24_000, 64 * 64).reshape(64, 64).astype(order)
    form = "I;16" if order == "<u2" else "I;16B"
    grey = pixels(open_picture(encode(Image.frombytes(form, (64, 64), haze.tobytes()), "TIFF")))
    assert (grey.min(), grey.max()) == (20_000 // 257, 24_000 // 257)


def test_what_is_transparent_is_white(sound_pictures: dict[str, bytes]) -> None:
    assert near(pixels(open_picture(sound_pictures["alpha.png"]))[0, 0], WHITE)
    assert near(pixels(open_picture(sound_pictures["grey-alpha.png"]))[0, 0], (127, 127, 127))


def test_print_colours_come_out_right(sound_pictures: dict[str, bytes]) -> None:
    for name in ("cmyk.jpg", "cmyk.tiff"):
        seen = pixels(open_picture(sound_pictures[name]))
        assert near(seen[16, 8], (230, 20, 20)), name
        assert near(seen[16, 56], (20, 200, 20)), name


def test_the_first_frame_is_taken(sound_pictures: dict[str, bytes]) -> None:
    for name in ("moving.gif", "moving.webp", "moving.png", "many-pages.tiff", "two-in-one.mpo"):
        assert near(pixels(open_picture(sound_pictures[name]))[24, 24], (230, 20, 20)), name


def test_a_strip_keeps_both_its_ends(sound_pictures: dict[str, bytes]) -> None:
    strip = pixels(open_picture(sound_pictures["strip.png"]))
    assert strip.shape == (1, LONGEST_SIDE, 3)
    assert near(strip[0, 8], (230, 20, 20))
    assert near(strip[0, 1015], (20, 200, 20))


def test_the_longest_side_is_the_callers_choice(encode: Encode) -> None:
    picture = open_picture(encode(Image.new("RGB", (800, 400)), "JPEG"), longest_side=96)
    assert (picture.width, picture.height) == (96, 48)


def test_position_is_kept_as_it_stood(encode: Encode) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "S", 2: (33.0, 51.0, 35.5), 3: "E", 4: (151.0, 12.0, 40.0)})
    picture = open_picture(encode(Image.new("RGB", (40, 30)), "JPEG", exif=exif))
    assert picture.gps is not None
    assert picture.gps[1] == "S"
    assert picture.gps[2] == (33.0, 51.0, 35.5)
    assert all(type(degrees) is float for degrees in picture.gps[4])
    assert "151" not in repr(picture)


def test_what_no_camera_writes_about_a_position_is_left_out(encode: Encode) -> None:
    exif = Image.Exif()
    exif[0x0110] = "camera"
    exif.get_ifd(0x8825).update({1: "S", 2: (33.0, 51.0, 35.5), 7: (1.0,) * 100_000, 27: b"x" * 1_000_000, 4711: 1})
    assert open_picture(encode(Image.new("RGB", (40, 30)), "PNG", exif=exif)).gps == {1: "S", 2: (33.0, 51.0, 35.5)}


def test_the_same_pixels_have_the_same_digest(encode: Encode) -> None:
    image = Image.effect_noise((40, 30), 50).convert("RGB")
    png, bmp = (open_picture(encode(image, form)) for form in ("PNG", "BMP"))
    other = open_picture(encode(image.transpose(Image.Transpose.ROTATE_90), "PNG"))
    assert png == bmp
    assert png.digest != other.digest


def test_a_part_is_cut_out_with_a_little_around_it():
    picture = picture_from_rgb(100, 50, bytes(range(100)) * 150)
    part, whole = cut_out(picture, 400, 400, 600, 800), cut_out(picture, 0, 0, 1000, 1000)
    assert (part.width, part.height) == (34, 34)
    assert whole == picture


@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 700)])
def test_a_part_is_never_empty(width, height):
    part = cut_out(picture_from_rgb(width, height, bytes(3 * width * height)), 998, 998, 1000, 1000)
    assert part.width >= 1
    assert part.height >= 1
