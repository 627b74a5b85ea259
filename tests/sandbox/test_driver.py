"""What a person in a test takes for a message."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.driver import Driver, NoReplyError, text_of


async def test_a_message_that_holds_a_place_is_none_until_it_is_filled(api: Any, ada: Driver) -> None:
    place = await api.call("sendMessage", chat_id=101, text="…")
    with pytest.raises(NoReplyError):
        await ada.reply(timeout=0.2)
    assert await ada.messages() == []
    assert [message["message_id"] for message in await ada.placeholders()] == [place["message_id"]]
    await api.call("editMessageText", chat_id=101, message_id=place["message_id"], text="a cat")
    reply = await ada.reply()
    assert (reply["message_id"], reply["text"]) == (place["message_id"], "a cat")
    assert [message["text"] for message in await ada.messages()] == ["a cat"]
    assert await ada.placeholders() == []


async def test_a_place_that_is_never_filled_holds_up_nothing(api: Any, ada: Driver) -> None:
    await api.call("sendMessage", chat_id=101, text="…")
    await api.call("sendMessage", chat_id=101, text="a cat")
    assert (await ada.reply())["text"] == "a cat"


async def test_a_later_edit_is_an_edit(api: Any, ada: Driver) -> None:
    place = await api.call("sendMessage", chat_id=101, text="…")
    for words in ("a cat", "two cats"):
        await api.call("editMessageText", chat_id=101, message_id=place["message_id"], text=words)
    assert (await ada.reply())["text"] == "a cat"
    with pytest.raises(NoReplyError):
        await ada.reply(timeout=0.2)
    await api.call("editMessageText", chat_id=101, message_id=place["message_id"], text="three cats")
    assert text_of(await ada.wait_for(lambda message: "three" in text_of(message))) == "three cats"


async def test_a_person_may_say_three_dots(ada: Driver) -> None:
    await ada.say("…")
    assert [message["text"] for message in await ada.messages()] == ["…"]


async def test_a_newcomer_has_a_chat_of_their_own(api: Any, ada: Driver) -> None:
    eve = await ada.newcomer("Eve")
    await api.call("sendMessage", chat_id=eve.chat, text="hello")
    assert (await eve.reply())["text"] == "hello"
    assert await ada.messages() == []
