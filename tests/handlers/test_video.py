"""Videos, animations and round video notes are looked at by a few of their frames."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from sandbox.driver import text_of
from tests.film import film, sound


@pytest.mark.parametrize("kind", ["video", "animation", "video_note", "document"])
async def test_what_moves_is_looked_at_by_frames_in_order(ada, asked, cat, fire, kind):
    sent = await ada.send_file(kind, film([cat, fire]), "film.mp4")
    answer = await ada.reply()
    assert answer["reply_to_message"]["message_id"] == sent["message_id"]
    [request] = asked
    pictures = request.conversation[0].pictures
    assert 2 <= len(pictures) <= 4
    assert request.conversation[0].text.startswith("These images are frames of one video, in order.")
    await ada.say("Is there a fire?")
    await ada.reply()
    assert asked[1].conversation[0].pictures == pictures


async def test_a_gif_sent_as_a_file_moves_and_one_that_breaks_off_shows_its_beginning(ada, asked, cat, fire):
    data = film([cat, fire], form="gif", codec="gif")
    await ada.send_document(data, "both.gif")
    await ada.reply()
    await ada.send_document(data[:13], "nothing.gif")
    assert "damaged" in text_of(await ada.reply())
    await ada.send_document(still(cat), "one.gif")
    await ada.reply()
    moving, lone = (request.conversation[0] for request in asked)
    assert len(moving.pictures) > 1
    assert moving.text.startswith("These images are frames of one video, in order.")
    assert len(lone.pictures) == 1
    assert "frames" not in lone.text


def still(picture: bytes) -> bytes:
    """A GIF of one image."""
    buffer = io.BytesIO()
    Image.open(io.BytesIO(picture)).save(buffer, "GIF")
    return buffer.getvalue()


async def test_the_caption_of_a_film_is_the_question(ada, asked, cat, fire):
    await ada.send_file("video", film([cat, fire]), "film.mp4", caption="Is there a cat?")
    await ada.reply()
    assert asked[0].conversation[0].text.endswith("\n\nIs there a cat?")


async def test_a_watch_is_judged_by_every_frame_and_alarms_once(ada, asked, cat, fire):
    group = ada.in_chat(-1_001_000_000_001)
    await group.say("/watch fire")
    await group.reply()
    sent = await group.send_file("video", film([cat, cat, cat, fire]), "film.mp4")
    alert = await group.reply()
    assert "🔔" in text_of(alert)
    assert alert["reply_to_message"]["message_id"] == sent["message_id"]
    assert {len(request.pictures or request.conversation[0].pictures) for request in asked} == {1}


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"not a film", "can't read this video"), (sound(), "nothing to see")],
    ids=["garbage", "sound"],
)
async def test_a_film_that_cannot_be_looked_at_gets_one_sentence(ada, data, words):
    await ada.send_file("video", data, "film.mp4")
    assert words in text_of(await ada.reply())
    ming = ada.as_person(102)
    await ming.send_file("video_note", data, "film.mp4")
    assert "视频" in text_of(await ming.reply())


async def test_a_film_over_telegrams_limit_gets_the_reason(ada):
    await ada.send_file("video", b"\0\0\0\x18ftypmp42" + bytes(20 * 1024 * 1024), "film.mp4")
    assert "20 MB at most. Please send a video shorter" in text_of(await ada.reply())
