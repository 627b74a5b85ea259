"""What cannot be looked at is refused kindly, in one sentence, where the bot is spoken to."""

from __future__ import annotations

import pytest

from sandbox.driver import text_of

GROUP = -1_001_000_000_001


@pytest.mark.parametrize(
    ("kind", "english", "chinese"),
    [("sticker", "sticker", "贴纸"), ("voice", "can't listen", "听"), ("audio", "can't listen", "听")],
)
async def test_files_to_hear_and_stickers_are_refused_kindly(ada, kind, english, chinese):
    ming, group = ada.as_person(102), ada.in_chat(GROUP)
    sent = await ada.send_file(kind, b"a file", "a file")
    reply = await ada.reply()
    assert english in text_of(reply)
    assert reply["reply_to_message"]["message_id"] == sent["message_id"]
    await ming.send_file(kind, b"a file", "a file")
    assert chinese in text_of(await ming.reply())
    await group.send_file(kind, b"a file", "a file")
    await group.say("/prompt")
    assert "no instruction" in text_of(await group.reply())


@pytest.mark.parametrize("kind", ["contact", "dice", "poll"])
async def test_whatever_else_is_sent_is_told_what_can_be_sent(ada, kind):
    await ada.send_other(kind)
    assert "I look at photos" in text_of(await ada.reply())


async def test_what_telegram_does_not_show_is_said_to_be_so(ada):
    await ada.send_other("paid_media", star_count=5)
    assert "cost stars" in text_of(await ada.reply())
    await ada.send_other("story")
    assert "stories" in text_of(await ada.reply())
    await ada.send_album([("audio", b"a song"), ("audio", b"another song")])
    assert "can't listen" in text_of(await ada.reply())
    await ada.say("/prompt")
    assert "no instruction" in text_of(await ada.reply())
