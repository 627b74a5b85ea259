"""Pictures that come from elsewhere: forwarded, or replied to in another chat."""

from __future__ import annotations

from sandbox.driver import text_of
from tests.film import film

GROUP = -1_001_000_000_001


async def test_the_caption_of_a_forwarded_photo_is_told_but_is_not_the_question(ada, asked, cat):
    await ada.send_location(52.52, 13.405)
    await ada.reply()
    ming = ada.as_person(102).in_chat(GROUP)
    posted = await ming.send_photo(cat, caption="Is this a dog?")
    await ada.forward(posted)
    answer = await ada.reply()
    assert "📍" not in text_of(answer)
    assert asked[0].conversation[0].text == (
        'This came with the words "Is this a dog?".\n\nDescribe the image briefly and accurately.'
    )
    await ada.say("Is there a cat?", reply_to=answer["message_id"])
    await ada.reply()
    assert "Is this a dog?" in asked[1].conversation[0].text


async def test_what_somebody_forwards_of_their_own_is_asked_again(ada, asked, cat):
    group = ada.in_chat(GROUP)
    posted = await group.send_photo(cat, caption="Is this a dog?")
    await ada.forward(posted)
    await ada.reply()
    assert asked[0].conversation[0].text == "Is this a dog?"


async def test_what_a_channel_posts_is_its_own_in_the_group_of_its_readers(ada, asked, as_channel, cat):
    """Telegram forwards it there by itself."""
    group = ada.in_chat(GROUP)
    [photo] = await group.send_photo(cat)
    channel = {"id": -1002, "type": "channel", "title": "Camera"}
    origin = {"type": "channel", "date": 1, "chat": channel, "message_id": 5}
    await as_channel(-1002, location={"latitude": 52.52, "longitude": 13.405}, forward_origin=origin)
    for posted_by in (-1002, -1003):
        await as_channel(posted_by, photo=photo["photo"], caption="@lookout_bot is it a dog?", forward_origin=origin)
        await group.reply()
    own, anothers = [request.conversation[0].text for request in asked]
    assert own.startswith("The photo was taken at 52.5200, 13.4050.")
    assert own.endswith("\n\nis it a dog?")
    assert "came with the words" in anothers


async def test_a_forwarded_album_is_one_job(ada, asked, cat, fire):
    ming = ada.as_person(102).in_chat(GROUP)
    posted = await ming.send_photo([cat, fire, cat])
    await ada.forward(posted)
    await ada.reply()
    assert [len(request.conversation[0].pictures) for request in asked] == [3]


async def test_a_reply_to_a_picture_of_another_chat_is_about_that_picture(ada, asked, cat, fire):
    await ada.send_photo(fire)
    await ada.reply()
    group = ada.in_chat(GROUP)
    [posted] = await group.send_photo(cat)
    moving = await group.send_file("video", film([cat, fire]), "film.mp4")
    await ada.say_about(posted, "Is there a cat?")
    assert text_of(await ada.reply()).lower().startswith("yes")
    await ada.say_about(moving, "What happens?")
    await ada.reply()
    assert len(asked[2].conversation[0].pictures) >= 2


async def test_a_covered_or_protected_picture_is_looked_at_like_any_other(ada, cat):
    await ada.send_file("photo", cat, "cat.jpg", has_media_spoiler=True, has_protected_content=True)
    assert "cat" in text_of(await ada.reply())
