"""A Telegram that misbehaves costs time, not answers, and doubles none."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from sandbox.driver import Driver, text_of

CRUELTIES: dict[str, dict[str, Any]] = {
    "429": {"what": "status", "status": 429, "retry_after": 1},
    "500": {"what": "status", "status": 500},
    "502": {"what": "status", "status": 502},
    "dropped before": {"what": "drop_before"},
    "dropped after": {"what": "drop_after"},
    "late": {"what": "delay", "seconds": 0.2},
    "answered late": {"what": "delay_after", "seconds": 0.2},
}
METHODS = ("getUpdates", "getFile", "sendMessage", "editMessageText", "sendVoice")
DISORDER: tuple[dict[str, Any], ...] = (
    {"method": "getUpdates", "what": "repeat"},
    {"method": "getUpdates", "what": "renumber"},
)


@pytest.fixture
def hurried(monkeypatch):
    """Pauses of a moment: what is tried is that nothing gets lost, not how long a failing Telegram is left alone."""
    for whose in ("bot.refusals.pause", "bot.patience.pause"):
        monkeypatch.setattr(whose, lambda attempts: timedelta(seconds=0.05))
    monkeypatch.setattr("bot.poller._LONGEST_PAUSE_S", 1.0)
    monkeypatch.setattr("storage.lanes.LOOK_AGAIN_AFTER_S", 0.05)


async def spoken_to(bot, *people: Driver) -> None:
    """These people like voice notes."""
    async with bot.store.write() as records:
        for person in people:
            await records.chats.set(person.chat, voice=True)


async def settled(bot) -> dict[str, int]:
    """What became of the replies, once all updates that came are done and nothing is left to send."""
    async with asyncio.timeout(250):
        while True:
            async with bot.store.read() as records:
                inbox: dict[str, int] = await records.inbox.depth()
                outbox: dict[str, int] = await records.outbox.depth()
            if not sum(depth[state] for depth in (inbox, outbox) for state in ("waiting", "running")):
                assert inbox["failed"] == 0
                return outbox
            await asyncio.sleep(0.05)


async def answered(person: Driver, kind: str) -> list[int]:
    """The photos that texts or voice notes in a chat answer, in the order in which they stand there."""
    messages = [message for message in await person.messages() if kind in message and "reply_to_message" in message]
    return [message["reply_to_message"]["message_id"] for message in messages]


@pytest.mark.parametrize("cruelty", CRUELTIES)
async def test_each_photo_is_answered_once_in_words_and_at_most_once_aloud(bot, ada, cat, *, cruelty):
    await spoken_to(bot, ada)
    await ada.misbehave([{"method": method, "times": 1, **CRUELTIES[cruelty]} for method in METHODS])
    photos = [(await ada.send_photo(cat))[0]["message_id"] for _ in range(2)]
    for _ in photos:
        assert "cat" in text_of(await ada.wait_for(lambda message: "text" in message))
    ended = await settled(bot)
    lost = cruelty.startswith("dropped")
    assert await answered(ada, "text") == photos
    assert await answered(ada, "voice") == (photos[1:] if cruelty == "dropped before" else photos)
    assert (ended["failed"], ended["unknown"]) == (0, int(lost))
    assert all(rule["used"] for rule in await ada.misbehaved())


@pytest.mark.parametrize("rule", DISORDER, ids=lambda rule: rule["what"])
async def test_an_update_that_comes_again_or_under_a_strange_number_is_answered_once(bot, ada, cat, rule):
    await ada.misbehave([{**rule, "times": 3}])
    photos = []
    for _ in range(4):
        photos += [message["message_id"] for message in await ada.send_photo(cat)]
        assert "cat" in text_of(await ada.reply())
    await settled(bot)
    assert await answered(ada, "text") == photos
    assert [rule["used"] for rule in await ada.misbehaved()] == [3]


EACH = 6  # photos of each chat


@pytest.mark.timeout(300)
async def test_all_at_once_every_photo_is_answered_exactly_once_and_in_order(bot, ada, hurried, cat, fire):
    """Photos of three chats at the same time, one of them with voice notes; of three calls two go wrong."""
    people = [ada, ada.as_person(102), await ada.newcomer("Eve")]
    await spoken_to(bot, people[2])
    rules = [{"method": method, **rule} for method in METHODS for rule in CRUELTIES.values()]
    await ada.misbehave([{**rule, "probability": 0.2} for rule in (*DISORDER, *rules)])
    photos: dict[int, list[int]] = {person.chat: [] for person in people}
    for number in range(EACH):
        for person in people:
            [sent] = await person.send_photo((cat, fire)[number % 2])
            photos[person.chat].append(sent["message_id"])
    async with asyncio.timeout(250):
        while [len(set(await answered(person, "text"))) for person in people] != [EACH] * len(people):  # noqa: ASYNC110 - seen from outside only
            await asyncio.sleep(0.05)
    ended = await settled(bot)
    assert {person.chat: await answered(person, "text") for person in people} == photos
    heard = await answered(people[2], "voice")
    assert heard == sorted(set(heard))
    assert EACH - len(heard) <= ended["unknown"] <= EACH
    assert ended["failed"] == 0
    used = {(rule["what"], rule["status"]) for rule in await ada.misbehaved() if rule["used"]}
    assert len(used - {(rule["what"], 500) for rule in DISORDER}) == len(CRUELTIES)


@pytest.mark.parametrize("method", ["sendMessageDraft", "sendChatAction"])
async def test_signs_of_life_that_are_refused_hold_nothing_up(ada, cat, method):
    await ada.misbehave([{"method": method, "what": "status", "status": 429, "retry_after": 30}])
    await ada.send_photo(cat)
    assert "cat" in text_of(await ada.reply())


async def test_a_person_who_blocked_the_bot_stops_nobody_else(bot, ada, cat):
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
