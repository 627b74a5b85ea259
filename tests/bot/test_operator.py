"""What an operator types beside a running bot: status, replay, migrate."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine

from sandbox.driver import text_of
from storage.migrate import upgrade
from storage.records import Call, Reply


@pytest.fixture(autouse=True)
def same_folder(environment, settings):
    """The commands find what the bot in the test's own process works on."""
    assert environment["DATA"] == str(settings.data)


async def replies(ada) -> list[str]:
    return [text_of(message) for message in await ada.messages() if message["from"]["is_bot"]]


async def status(lookout) -> Any:
    code, out, err = await lookout("status", "--json")
    assert code == 0, err
    return json.loads(out)


async def test_what_failed_is_listed_and_answered_once_when_it_is_replayed(bot, ada, lookout, monkeypatch):
    tries = []

    async def broken(*_, **__):
        tries.append(1)
        raise ZeroDivisionError

    monkeypatch.setattr("bot.patience.pause", lambda _: timedelta(0))
    with monkeypatch.context() as fault:
        fault.setattr("storage.chats.Chats.set", broken)
        await ada.say("/prompt Be brief.")
        assert "Something went wrong on my side" in text_of(await ada.reply())
        (failure,) = (await status(lookout))["failures"]
        assert (failure["kind"], failure["chat"], failure["reason"]) == ("update", 101, "ZeroDivisionError")
        assert failure["attempts"] == 3
        _, out, _ = await lookout("status")
        assert f"{failure['id']} " in out
        assert "1 failed" in out

        _, out, _ = await lookout("replay", failure["id"])
        assert "1 of 1" in out
        while len(tries) < 6 or (await status(lookout))["inbox"]["rows"]["failed"] != 1:  # noqa: ASYNC110
            await asyncio.sleep(0.1)  # it fails once more, and nothing is said of it that was said before
    await lookout("replay", "--all")
    await ada.wait_for(lambda message: "Be brief." in text_of(message))
    _, out, _ = await lookout("replay", failure["id"])
    assert "0 of 1" in out
    await ada.say("/help")
    await ada.wait_for(lambda message: "/prompt" in text_of(message))
    assert [text.partition(" ")[0] for text in await replies(ada)][:2] == ["Something", "Kept."]
    assert len(await replies(ada)) == 3


async def test_a_reply_that_failed_is_sent_when_it_is_replayed_but_not_one_that_may_have_arrived(bot, ada, lookout):
    async with bot.store.write() as records:
        await records.outbox.add(bot.bot.id, [Reply(101, "text", text) for text in ("failed", "unknown", "sent")])
        await records.outbox.fail(await records.outbox.take(), "Forbidden: bot was blocked by the user")
        await records.outbox.unknown(await records.outbox.take(), "TimedOut")
        watch = await records.watches.add(chat=101, condition="fire", language="en", message_id=-1)
        await records.calls.add(bot.bot.id, [Call(watch.id, 101, "{}")], update=1)
    bot.sender.lanes.wake()
    await ada.wait_for(lambda message: text_of(message) == "sent")
    rows = {failure["id"]: failure for failure in (await status(lookout))["failures"]}
    assert (rows["c1"]["kind"], rows["c1"]["reason"]) == ("call", "NoWebhook")
    assert rows["r1"]["reason"] == "Forbidden: bot was blocked by the user"
    assert rows["r2"]["state"] == "unknown"
    _, out, _ = await lookout("replay", "r1", "r2", "c1", "c2")
    assert "2 of 4" in out
    await ada.wait_for(lambda message: text_of(message) == "failed")
    assert await replies(ada) == ["sent", "failed"]


async def test_the_ages_of_what_waits_are_shown(bot, ada, lookout):
    async with bot.store.write() as records:
        await records.outbox.add(bot.bot.id, [Reply(101, "text", "later")])
        waiting = await records.outbox.take()
        await records.outbox.retry(waiting, after=timedelta(hours=1), error="TimedOut")
    outbox = (await status(lookout))["outbox"]
    assert outbox["rows"]["waiting"] == 1
    assert 0 <= outbox["oldest_s"] < 60
    _, out, _ = await lookout("status")
    assert "the oldest came" in out


@pytest.mark.parametrize("words", [(), ("--all", "u1"), ("12",), ("x1",), ("c",)])
async def test_a_replay_of_nothing_in_particular_is_refused(bot, lookout, words):
    code, _, err = await lookout("replay", *words)
    assert code == 1
    assert "u12" in err
    assert "Traceback" not in err


async def test_commands_say_that_there_is_no_database_yet_and_make_none(lookout, settings):
    for words in (("status",), ("replay", "--all")):
        code, _, err = await lookout(*words)
        assert code == 1
        assert "no database yet" in err
    assert not (settings.data / "lookout.db").exists()


async def test_migrate_says_from_where_to_where_and_the_others_ask_for_it(lookout, settings):
    settings.data.mkdir()
    engine = create_engine(f"sqlite:///{settings.data}/lookout.db")
    with engine.begin() as connection:
        upgrade(connection, "0001")
    engine.dispose()
    code, _, err = await lookout("status")
    assert code == 1
    assert "python -m bot migrate" in err
    _, out, _ = await lookout("migrate")
    assert "from 0001 to " in out
    _, again, _ = await lookout("migrate")
    assert "newest shape" in again
    code, out, _ = await lookout("status")
    assert code == 0
    assert "Inbox" in out


async def test_migrate_makes_what_is_not_there_but_leaves_a_running_bot_alone(lookout, settings, running):
    _, out, _ = await lookout("migrate")
    assert "from nothing to " in out
    async with running(settings):
        code, _, err = await lookout("migrate")
        assert code == 1
        assert "stop it" in err
