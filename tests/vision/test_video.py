"""Any bytes that call themselves a video become a few upright frames, or one clear error, in bounded time."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.film import film, sound, turned
from vision.errors import BrokenVideo, NoFrames, NoRoom, PictureError, VideoTooLarge
from vision.frames import jpeg, stills
from vision.picture import LONGEST_SIDE, Picture, moves, open_picture
from vision.video import Videos, is_video

COLOURS = ["red", "lime", "blue", "yellow"]


def frames_of(data: bytes, most: int = 4) -> list[Picture]:
    """As the process that decodes finds them."""
    return [open_picture(jpeg(still)) for still in stills(data, most)]


def colour(picture: Picture) -> str:
    """The name of the nearest of a few colours."""
    mean = np.frombuffer(picture.rgb, np.uint8).reshape(-1, 3).mean(0)
    named = {name: Image.new("RGB", (1, 1), name).getpixel((0, 0)) for name in (*COLOURS, "black", "white")}
    return min(named, key=lambda name: float(np.abs(mean - np.array(named[name])).sum()))


def test_frames_are_taken_evenly_and_in_order():
    assert [colour(frame) for frame in frames_of(film(COLOURS))] == COLOURS
    assert [colour(frame) for frame in frames_of(film(COLOURS), most=2)] == ["lime", "yellow"]


def test_a_film_that_does_not_move_is_one_picture():
    assert [colour(frame) for frame in frames_of(film(["red"]))] == ["red"]


def test_black_frames_are_passed_over_where_there_are_others():
    assert [colour(frame) for frame in frames_of(film(["black", "red", "black", "black"]))] == ["red"]
    assert [colour(frame) for frame in frames_of(film(["black"]))] == ["black"]


def test_a_film_of_one_frame_is_looked_at():
    assert [colour(frame) for frame in frames_of(film(["lime"], seconds=0.1))] == ["lime"]


FORMS = {
    "matroska": "libx264",
    "webm": "libvpx-vp9",
    "avi": "mpeg4",
    "mov": "mjpeg",
    "mpegts": "libx264",
    "gif": "gif",
}


@pytest.mark.parametrize(("form", "codec"), FORMS.items())
def test_films_come_in_many_containers(form, codec):
    data = film(COLOURS, form=form, codec=codec, seconds=0.5)
    assert [colour(frame) for frame in frames_of(data)] == COLOURS
    assert is_video(data) == (form not in {"gif", "mpegts"})
    assert moves(data) == (form == "gif")


def test_a_film_that_does_not_say_how_long_it_is_is_taken_as_it_goes_on():
    data = film(COLOURS, form="webm", codec="libvpx-vp9", seconds=0.5)
    duration = data.index(b"\x44\x89\x88")  # Matroska's Duration, a float of eight bytes
    endless = data[: duration + 3] + struct.pack(">d", 0.0) + data[duration + 11 :]
    assert [colour(frame) for frame in frames_of(endless)] == COLOURS


def test_a_film_taken_upright_is_upright():
    half = Image.new("RGB", (320, 160), "red")
    half.paste("blue", (160, 0, 320, 160))
    buffer = io.BytesIO()
    half.save(buffer, "PNG")
    [frame] = frames_of(turned(film([buffer.getvalue()], size=(320, 160))))
    assert (frame.width, frame.height) == (160, 320)
    pixels = np.frombuffer(frame.rgb, np.uint8).reshape(320, 160, 3)
    assert pixels[40, 80, 0] > 200  # what was at the left, red, is turned to the top
    assert pixels[280, 80, 2] > 200


def test_large_frames_are_made_as_small_as_pictures():
    [frame] = frames_of(film(["red"], size=(2560, 1440), seconds=0.2))
    assert (frame.width, frame.height) == (LONGEST_SIDE, LONGEST_SIDE * 9 // 16)


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def lying_about_its_size(data: bytes) -> bytes:
    """A film that says to be of 60000 × 60000 pixels, in its head; what is coded is small."""
    at = data.index(b"avc1") + 28
    return data[:at] + struct.pack(">HH", 60_000, 60_000) + data[at + 4 :]


def hostile() -> dict[str, tuple[bytes, type[PictureError]]]:
    """Files by what they are, with the error that each gives."""
    return {
        "empty": (b"", BrokenVideo),
        "text": (b"not a film", BrokenVideo),
        "noise": (b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 20, BrokenVideo),
        "zeros": (b"\x1a\x45\xdf\xa3" + bytes(5000), BrokenVideo),
        "cut": (cut(film(["red"])), BrokenVideo),
        "sound": (sound(), NoFrames),
        "sound in Matroska": (sound("matroska", "libopus"), NoFrames),
        "8K": (film(["red"], size=(7680, 4320), seconds=0.1), VideoTooLarge),
        "a playlist": (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", BrokenVideo),
        "a list of files": (b"ffconcat version 1.0\nfile /etc/passwd\n", BrokenVideo),
    }


async def outcome(data: bytes) -> object:
    """The number of frames, or the kind of error."""
    try:
        return len(await Videos().frames(data))
    except PictureError as error:
        return type(error)


async def test_what_cannot_be_looked_at_gives_its_error():
    files = hostile()
    found = await asyncio.gather(*(outcome(data) for data, _ in files.values()))
    assert dict(zip(files, found, strict=True)) == {name: error for name, (_, error) in files.items()}


async def test_films_that_are_damaged_or_lie_give_frames_or_our_error():
    films = [bytearray(lying_about_its_size(film(["red"])))]
    chance = np.random.default_rng(1)
    for _ in range(4):
        films.append(bytearray(film(COLOURS, seconds=0.3)))
        for at in chance.integers(0, len(films[-1]), 30):
            films[-1][at] = chance.integers(0, 256)
    for found in await asyncio.gather(*(outcome(bytes(data)) for data in films)):
        assert found in {1, 2, 3, 4, BrokenVideo, NoFrames, VideoTooLarge}


async def test_frames_come_through_the_process_that_decodes():
    found = await Videos().frames(film(COLOURS), most=2)
    assert [colour(open_picture(frame)) for frame in found] == ["lime", "yellow"]


def waiting(pid: Path) -> str:
    """A script that says which process it is, and then does nothing."""
    return f"import os, pathlib, time; pathlib.Path({str(pid)!r}).write_text(str(os.getpid())); time.sleep(600)"


async def test_a_decoder_that_hangs_is_ended(decoder, monkeypatch, tmp_path):
    monkeypatch.setattr("vision.video._WITHIN_S", 0.5)
    decoder(waiting(tmp_path / "pid"))
    with pytest.raises(VideoTooLarge):
        await Videos().frames(b"a film")
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


async def test_a_decoder_that_dies_is_an_unreadable_film(decoder):
    decoder(f"import os; os.kill(os.getpid(), {signal.SIGSEGV.value})")
    with pytest.raises(BrokenVideo):
        await Videos().frames(b"a film")


async def test_a_film_for_which_the_system_has_no_memory_is_too_large(decoder):
    decoder(f"import os; os.kill(os.getpid(), {signal.SIGKILL.value})")
    with pytest.raises(VideoTooLarge):
        await Videos().frames(b"a film")


@pytest.mark.parametrize("error", [BlockingIOError("no process"), RuntimeError("can't start new thread")])
async def test_without_room_for_a_process_a_film_has_to_wait(error, monkeypatch):
    async def refused(*_args, **_options):
        raise error

    monkeypatch.setattr(asyncio, "create_subprocess_exec", refused)
    with pytest.raises(NoRoom):
        await Videos().frames(b"a film")


async def test_a_decoder_is_ended_with_whoever_waits_for_it(decoder, tmp_path):
    pid = tmp_path / "pid"
    decoder(waiting(pid))
    task = asyncio.create_task(Videos().frames(b"a film"))
    async with asyncio.timeout(30):
        while not pid.exists() or not pid.read_text():  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


@pytest.mark.parametrize(
    ("data", "video"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0", False),
        (b"\0\0\0\x18ftypavif\0\0\0\0", False),
        (b"\0\0\0\x18ftypisom\0\0\0\0", True),
        (b"\0\0\0\x14ftypqt  \0\0\0\0", True),
        (b"RIFF\0\0\0\0WEBPVP8 ", False),
        (b"RIFF\0\0\0\0AVI LIST", True),
        (b"\xff\xd8\xff\xe0", False),
        (b"", False),
    ],
)
def test_videos_are_known_by_their_first_bytes(data, video):
    assert is_video(data) is video
