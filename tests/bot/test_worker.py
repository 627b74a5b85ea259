"""One update that goes wrong stops neither its chat nor the bot."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.patience import MOST_DEATHS
from sandbox.driver import text_of
from storage.errors import StorageDown
from storage.schema import inbox

HELLO = {
    "message_id": 1,
    "date": 1,
    "from": {"id": 101, "is_bot": False, "first_name": "Ada"},
    "chat": {"id": 101, "type": "private", "first_name": "Ada"},
    "entities": [{"type": "bot_command", "offset": 0, "length": 7}],
}


@pytest.fixture
def hurried(monkeypatch):
    """Pauses between attempts take no time."""
    monkeypatch.setattr("bot.patience.pause", lambda _: timedelta(0))


async def failed(bot) -> int:
    async with bot.store.read() as records:
        failures: int = (await records.inbox.depth())["failed"]
    return failures


async def bot_messages(ada) -> list[str]:
    return [text_of(message) for message in await ada.messages() if message["from"]["is_bot"]]


async def test_an_update_that_cannot_be_read_is_set_aside_and_the_next_is_answered(bot, ada, hurried):
    async with bot.store.write() as records:
        await records.inbox.add(bot.bot.id, {"update_id": 1, "message": {"message_id": 1, "chat": {"id": 101}}})
    bot.worker.wake()
    await ada.say("/prompt")
    assert "no instruction" in text_of(await ada.reply())
    assert await failed(bot) == 1


async def test_a_fault_of_the_program_is_apologised_for_once_and_kept(bot, ada, hurried, monkeypatch):
    tries = []

    async def broken(*_, **__):
        tries.append(1)
        raise ZeroDivisionError

    monkeypatch.setattr("storage.chats.Chats.set", broken)
    await ada.say("/prompt Be brief.")
    assert "Something went wrong on my side" in text_of(await ada.reply())
    await ada.say("/prompt")
    assert "no instruction" in text_of(await ada.reply())
    assert len(tries) == 3
    assert await failed(bot) == 1


async def test_what_fails_at_first_is_done_at_a_later_try_and_said_once(bot, ada, cat, hurried, monkeypatch):
    put, tries = bot.store.files.put, []

    async def full_at_first(data, suffix):
        tries.append(data)
        if len(tries) < 6:
            raise StorageDown
        return await put(data, suffix)

    monkeypatch.setattr(bot.store.files, "put", full_at_first)
    await ada.send_photo(cat)
    assert "cat" in text_of(await ada.reply())
    await ada.say("/prompt")
    await ada.wait_for(lambda message: "no instruction" in text_of(message))
    assert len(await bot_messages(ada)) == 2
    assert await failed(bot) == 0


async def test_what_does_not_pass_is_given_up_in_the_end_and_listed(bot, ada, cat, hurried, monkeypatch):
    async def full(*_):
        raise StorageDown

    monkeypatch.setattr(bot.store.files, "put", full)
    await ada.send_photo(cat)
    assert "Something went wrong on my side" in text_of(await ada.reply())
    assert await failed(bot) == 1


@pytest.mark.parametrize("deaths", [MOST_DEATHS - 1, MOST_DEATHS])
async def test_an_update_of_which_the_process_dies_again_and_again_is_left(bot, ada, deaths):
    """What such deaths leave behind is a count of attempts without an error."""
    body = {"update_id": 1, "message": {**HELLO, "text": "/prompt"}}
    async with bot.store.write() as records:
        await records.inbox.add(bot.bot.id, body)
        await records.inbox._transaction.execute(sa.update(inbox).values(attempts=deaths))
    bot.worker.wake()
    left = deaths == MOST_DEATHS
    assert ("Something went wrong on my side" if left else "no instruction") in text_of(await ada.reply())
    await ada.say("/help")
    await ada.wait_for(lambda message: "/prompt" in text_of(message))
    assert len(await bot_messages(ada)) == 2
    assert await failed(bot) == left
