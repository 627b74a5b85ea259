"""A Telegram that misbehaves costs time, not answers."""

import asyncio

import pytest

from sandbox.driver import text_of


@pytest.mark.parametrize(
    "rule",
    [
        {"method": "sendMessage", "what": "status", "status": 429, "retry_after": 1, "times": 1},
        {"method": "sendMessage", "what": "status", "status": 502, "times": 1},
        {"method": "sendMessage", "what": "drop_before", "times": 1},
        {"method": "sendMessage", "what": "drop_after", "times": 1},
        {"method": "getFile", "what": "status", "status": 500, "times": 1},
        {"method": "getUpdates", "what": "drop_after", "times": 2},
        {"method": "sendMessageDraft", "what": "status", "status": 429, "retry_after": 30, "times": None},
        {"method": "sendChatAction", "what": "status", "status": 400, "times": None},
    ],
    ids=lambda rule: f"{rule['method']}-{rule['what']}-{rule.get('status', '')}",
)
async def test_the_answer_comes_all_the_same(ada, cat, rule):
    await ada.misbehave([rule])
    await ada.send_photo(cat)
    assert "cat" in text_of(await ada.reply())
    await ada.say("/prompt")
    await ada.wait_for(lambda message: "no instruction" in text_of(message))


async def test_html_that_telegram_refuses_is_sent_plain(bot, ada, cat, monkeypatch):
    monkeypatch.setattr("handlers.answer.escape", lambda text, **_: f"<blink>{text}</blink>")
    await ada.send_photo(cat)
    answer = text_of(await ada.reply())
    assert "cat" in answer
    assert "<" not in answer


async def test_a_person_who_blocked_the_bot_stops_nobody_else(ada, cat):
    await ada.misbehave([{"method": "sendMessage", "what": "status", "status": 403, "times": 1}])
    await ada.send_photo(cat)
    async with asyncio.timeout(30):
        while not await ada.calls("sendMessage"):
            pass  # chats are answered side by side, and hers is to be refused
    ming = ada.as_person(102)
    await ming.send_photo(cat)
    assert "猫" in text_of(await ming.reply())
    await ada.say("/prompt")
    assert "no instruction" in text_of(await ada.reply())
