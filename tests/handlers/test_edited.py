"""A message with a picture that is edited afterwards."""

from __future__ import annotations

import io

from PIL import Image

from sandbox.driver import text_of
from tests.film import film

GROUP = -1_001_000_000_001


def taken_at(picture: bytes, latitude: float) -> bytes:
    """The picture as a camera writes it there, on the meridian of 13° E."""
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (latitude, 0.0, 0.0), 3: "E", 4: (13.0, 0.0, 0.0)})
    buffer = io.BytesIO()
    Image.open(io.BytesIO(picture)).save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


async def test_another_caption_asks_anew_about_the_same_picture(ada, asked, cat):
    [sent] = await ada.send_photo(cat, caption="Is there a dg?")
    await ada.reply()
    await ada.edit(sent, caption="Is there a cat?")
    answer = await ada.reply()
    assert text_of(answer).lower().startswith("yes")
    assert answer["reply_to_message"]["message_id"] == sent["message_id"]
    assert asked[1].conversation[0].pictures == asked[0].conversation[0].pictures


async def test_an_edit_that_asks_nothing_new_is_left_alone(ada, asked, cat, fire):
    album = await ada.send_photo([cat, fire], caption="Is there a cat?")
    await ada.reply()
    await ada.edit(album[0], caption="Is there a cat?")
    await ada.edit(album[0], caption="")
    await ada.edit(album[1], caption="Is there a fire?")
    await ada.edit(album[1], caption="Is there a fire?")
    await ada.reply()
    assert [(r.conversation[-1].text, len(r.conversation[0].pictures)) for r in asked] == [
        ("Is there a cat?", 2),
        ("Is there a fire?", 2),
    ]


async def test_another_picture_was_taken_where_it_says_itself(ada, cat, fire):
    sent = await ada.send_document(taken_at(cat, 52.0), "cat.jpg")
    assert "📍 52.0000, 13.0000" in text_of(await ada.reply())
    await ada.replace(sent, "document", taken_at(fire, 10.0), "fire.jpg")
    assert "📍 10.0000, 13.0000" in text_of(await ada.reply())
    await ada.replace(sent, "document", fire, "fire.jpg")
    assert "📍" not in text_of(await ada.reply())


async def test_a_photo_that_becomes_a_video_is_looked_at_as_one_and_back(ada, asked, cat, fire):
    [sent] = await ada.send_photo(cat)
    await ada.reply()
    await ada.replace(sent, "video", film([cat, fire]), "film.mp4")
    await ada.reply()
    await ada.replace(sent, "photo", fire)
    await ada.reply()
    photo, video, photo_again = [request.conversation[-1].text for request in asked]
    assert "happens" in video
    assert photo == photo_again == "Describe the image briefly and accurately."


async def test_of_another_picture_nothing_is_told_that_was_said_about_the_one_before(ada, asked, cat, fire):
    [sent] = await ada.send_photo(cat)
    await ada.reply()
    await ada.replace(sent, "photo", fire)
    await ada.reply()
    await ada.say_about(sent, "Is there a cat?")
    await ada.reply()
    assert [len(request.conversation) for request in asked] == [1, 1, 3]


async def test_another_picture_in_an_album_is_asked_what_the_album_was_asked(ada, bot, asked, cat, fire):
    """Beside what earlier edits have left of the others."""
    album = await ada.send_photo([cat, cat], caption="Is there a dog?")
    await ada.reply()
    await ada.edit(album[0], caption="Is there a fire?")
    await ada.reply()
    for message in album:
        await ada.replace(message, "photo", fire)
        await ada.reply()
    assert [r.conversation[-1].text for r in asked] == ["Is there a dog?", *["Is there a fire?"] * 3]
    async with bot.store.read() as records:
        seen = await records.sightings.latest(101)
    assert (seen.caption, len(seen.pictures), len(set(seen.pictures))) == ("Is there a fire?", 2, 1)


async def test_a_caption_that_speaks_to_the_bot_only_after_an_edit_is_answered(ada, asked, cat):
    group = ada.in_chat(GROUP)
    [sent] = await group.send_photo(cat, caption="is there a cat?")
    await group.edit(sent, caption="is there really a cat?")
    await group.edit(sent, caption="@lookout_bot is there a cat?")
    answer = await group.reply()
    assert answer["reply_to_message"]["message_id"] == sent["message_id"]
    assert len(asked) == 1


async def test_an_edit_whose_work_broke_off_is_answered_when_it_is_done_again(bot, ada, monkeypatch, asked, cat):
    [sent] = await ada.send_photo(cat, caption="Is there a dg?")
    await ada.reply()
    ask, broken = bot.engine.ask, iter([True])

    def breaking(request):
        if next(broken, False):
            raise KeyError
        return ask(request)

    monkeypatch.setattr(bot.engine, "ask", breaking)
    await ada.edit(sent, caption="Is there a cat?")
    assert text_of(await ada.reply()).lower().startswith("yes")


async def test_a_caption_that_becomes_a_command_is_carried_out_about_the_same_picture(ada, asked, cat):
    await ada.say("/watch cat")
    await ada.reply()
    [sent] = await ada.send_photo(cat, caption="/fnd cat")
    _, alert, hint = [text_of(await ada.reply()) for _ in range(3)]
    assert "other commands by themselves" in hint
    assert alert.startswith("🔔")
    await ada.edit(sent, caption="/which cat, dog")
    choice = await ada.reply()
    assert "100%" in text_of(choice)
    assert choice["reply_to_message"]["message_id"] == sent["message_id"]
    described, *_, chosen = asked
    assert "fnd" not in described.conversation[-1].text
    assert chosen.pictures == described.pictures
    await ada.edit(sent, caption="/which cat, dog")
    await ada.say("Is there a cat?")
    assert text_of(await ada.reply()).lower().startswith("yes")


async def test_words_that_become_a_command_are_carried_out_once(ada, asked, cat):
    sent = await ada.say("/helpp")
    assert "don't know that command" in text_of(await ada.reply())
    await ada.edit(sent, text="/help")
    assert "/settings" in text_of(await ada.reply())
    await ada.edit(sent, text="/help")
    await ada.edit(sent, text="never mind")
    await ada.send_photo(cat)
    assert "/settings" not in text_of(await ada.reply())
