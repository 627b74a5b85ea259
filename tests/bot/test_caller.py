"""What a watch has to tell reaches its webhook, signed, whoever is away meanwhile, and is in nobody's way."""

import asyncio
import signal
import time
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from aiohttp import web

from bot.caller import Caller
from bot.metrics import Metrics
from sandbox.driver import Driver, text_of
from storage import schema
from storage.records import Call
from storage.store import Store
from tests.receiver import Receiver, silence
from web.dial import Dial
from web.signature import new_secret

TOKEN = "t0ken-in-the-address"


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"webhooks": "any"})


async def watch_for(store, condition, url, *, chat=101, message_id=-1):
    """A watch with a webhook."""
    async with store.write() as records:
        made = await records.watches.add(chat=chat, condition=condition, language="en", message_id=message_id)
        return await records.watches.change(chat, made.id, webhook=f"{url}?{TOKEN}", secret=new_secret())


async def row_of(store, watch):
    async with store.read() as records:
        row = sa.select(schema.calls).where(schema.calls.c.watch == watch.id)
        return (await records.calls._transaction.execute(row)).one()


# From a picture to the receiver


async def test_an_alert_is_posted_with_a_signature_that_its_receiver_can_check(bot, ada, receiver, cat, fire):
    watch = await watch_for(bot.store, "fire", receiver.url)
    async with bot.store.write() as records:
        await records.watches.change(101, watch.id, tells="both")
    await ada.send_photo(cat)
    await ada.reply()
    await ada.send_location(52.52, 13.405)
    await ada.send_photo(fire, caption="what is this?")
    call = await receiver.until_called(1)
    assert call.is_signed_with(watch.secret)
    assert not call.is_signed_with(new_secret())
    assert abs(int(call.headers["webhook-timestamp"]) - time.time()) < 60
    notice = call.notice
    assert notice["type"] == "watch.alert"
    assert datetime.now(UTC) - datetime.fromisoformat(notice["timestamp"]) < timedelta(minutes=2)
    data = notice["data"]
    assert (data["watch"], data["condition"], data["chat"], data["kind"]) == (watch.id, "fire", 101, "yes")
    assert "fire?" in data["question"]
    assert data["p_yes"] >= data["threshold"] > 0
    assert data["sender"] == {"id": 101, "name": "Ada"}
    assert data["caption"] == "what is this?"
    assert data["place"]["latitude"] == pytest.approx(52.52)
    assert "openstreetmap.org" in data["place"]["map"]
    await ada.send_photo(cat)
    over = await receiver.until_called(2)
    assert over.is_signed_with(watch.secret)
    assert (over.notice["type"], over.notice["data"]["kind"]) == ("watch.over", "over")
    assert over.name != call.name


async def test_a_receiver_that_says_nothing_holds_up_neither_the_chat_nor_another(bot, ada, receiver, fire):
    async with Receiver([silence]) as silent:
        await watch_for(bot.store, "fire", silent.url)
        await watch_for(bot.store, "a fire", receiver.url, message_id=-2)
        await ada.send_photo(fire)
        await silent.until_called(1)
        await receiver.until_called(1)
        await ada.wait_for(lambda message: "🔔" in text_of(message))
        await ada.say("/prompt")
        await ada.wait_for(lambda message: "no instruction" in text_of(message))


@pytest.mark.parametrize("policy", ["public", "off"])
async def test_where_the_operator_does_not_allow_it_nothing_is_called(running, settings, receiver, fire, policy):
    async with running(settings.model_copy(update={"webhooks": policy})) as bot, Driver(bot.page) as ada:
        await watch_for(bot.store, "fire", receiver.url)
        await ada.send_photo(fire)
        await ada.wait_for(lambda message: "🔔" in text_of(message))
        await until(bot.store, waiting=0, running=0, failed=int(policy == "public"))
    assert receiver.calls == []


async def depth(store):
    async with store.read() as records:
        return await records.calls.depth()


KILLED = """
from datetime import timedelta
from bot import redial, rests
from bot.cli import main
redial.pause = rests.pause = lambda *_: timedelta(0)
main()
"""
"""A bot that tries again at once."""


async def test_a_bot_that_is_killed_while_it_calls_calls_again_under_the_same_name(
    sandbox, process, store, receiver, fire
):
    process.program = ("-c", KILLED)
    process.environment |= {"WEBHOOKS": "any"}
    receiver.answers += [web.Response(status=500), silence]
    watch = await watch_for(store, "fire", receiver.url)
    async with Driver(sandbox.url) as ada:
        await ada.send_photo(fire)
        await process.start()
        await receiver.until_called(2)
        _, output = await process.stop(signal.SIGKILL)
        assert TOKEN not in output
        assert watch.secret not in output
        assert "HTTP 500" in output
        await process.start()
        await receiver.until_called(3)
        await until(store, waiting=0, running=0, failed=0)
    assert len(receiver.calls) == 3
    assert len({(call.name, call.body) for call in receiver.calls}) == 1
    assert all(call.is_signed_with(watch.secret) for call in receiver.calls)


# The caller by itself


@asynccontextmanager
async def at_work(store, metrics):
    async with Dial("any") as dial:
        caller = Caller(dial, store, metrics)
        task = asyncio.create_task(caller.lanes.run())
        try:
            yield caller
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


@pytest.fixture
async def store(settings):
    settings.data.mkdir()
    async with Store.open(**settings.storage) as store:
        yield store


@pytest.fixture
def hurried(monkeypatch):
    monkeypatch.setattr("bot.redial.pause", lambda *_: timedelta(0))
    monkeypatch.setattr("bot.rests.pause", lambda *_: timedelta(0))


async def call(store, watch, *bodies):
    async with store.write() as records:
        await records.calls.add(1, [Call(watch.id, watch.chat, body) for body in bodies], update=1)


async def until(store, **wanted):
    """Wait until the queue is as wanted."""
    async with asyncio.timeout(30):
        while wanted.items() - (await depth(store)).items():  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0.02)


async def test_what_a_receiver_does_not_take_is_brought_again_until_it_does(store, receiver, hurried):
    async def hang_up(request):
        request.transport.close()
        return web.Response()

    receiver.answers += [
        web.Response(status=500),
        web.Response(status=302, headers={"Location": "/elsewhere"}),
        hang_up,
        web.Response(status=404),
    ]
    watch, metrics = await watch_for(store, "fire", receiver.url), Metrics()
    async with at_work(store, metrics):
        await call(store, watch, '{"条件":"火"}')
        await receiver.until_called(5)
        await until(store, waiting=0, running=0, failed=0)
    assert {(each.name, each.path, each.body) for each in receiver.calls} == {
        (receiver.calls[0].name, "/hook", '{"条件":"火"}'.encode())
    }
    assert all(each.is_signed_with(watch.secret) for each in receiver.calls)
    assert b'lookout_calls_total{outcome="again"} 4.0' in metrics.text()
    assert b'lookout_calls_total{outcome="taken"} 1.0' in metrics.text()


async def test_a_receiver_that_asks_for_time_is_left_alone_for_so_long(store, receiver, hurried):
    receiver.answers.append(web.Response(status=429, headers={"Retry-After": "3600"}))
    watch = await watch_for(store, "fire", receiver.url)
    async with at_work(store, Metrics()):
        await call(store, watch, "{}")
        await receiver.until_called(1)
        await until(store, waiting=1)
        row = await row_of(store, watch)
    assert row.error == "HTTP 429"
    assert timedelta(minutes=55) < row.not_before - datetime.now(UTC) <= timedelta(hours=1)


async def test_a_receiver_that_is_gone_is_called_no_more_and_its_chat_is_told(store, receiver):
    receiver.answers.append(web.Response(status=410))
    watch = await watch_for(store, "fire", receiver.url)
    async with at_work(store, Metrics()):
        await call(store, watch, "1", "2")
        await until(store, failed=2)
    assert len(receiver.calls) == 1
    async with store.write() as records:
        left = await records.watches.get(watch.id)
        assert (left.webhook, left.secret) == (None, None)
        told = await records.outbox.take()
        assert (told.reply.chat, "fire" in told.reply.text) == (101, True)
        assert await records.outbox.take() is None
        assert [failure.reason for failure in await records.failures.newest(5)] == ["NoWebhook", "HTTP 410"]


async def test_a_call_that_cannot_be_settled_holds_up_no_other(store, receiver, hurried, monkeypatch):
    monkeypatch.setattr("bot.redial.MOST_ATTEMPTS", 2)
    monkeypatch.setattr("bot.caller.turned_off", lambda *_: 1 // 0)
    async with Receiver([web.Response(status=410) for _ in range(2)]) as gone:
        told = await watch_for(store, "fire", gone.url)
        watch = await watch_for(store, "a cat", receiver.url, message_id=-2)
        async with at_work(store, Metrics()) as caller:
            await call(store, told, "1")
            await until(store, failed=1)
            await call(store, watch, "2")
            caller.lanes.wake()
            await receiver.until_called(1)
            await until(store, waiting=0, running=0, failed=1)
    row = await row_of(store, told)
    assert (row.error, row.attempts) == ("ZeroDivisionError", 2)


async def test_a_webhook_that_was_set_anew_outlives_the_one_that_is_gone(store, receiver):
    watch = await watch_for(store, "fire", receiver.url)

    async def set_anew_meanwhile(_):
        async with store.write() as records:
            await records.watches.change(101, watch.id, webhook=f"{receiver.url}/new")
        return web.Response(status=410)

    receiver.answers.append(set_anew_meanwhile)
    async with at_work(store, Metrics()):
        await call(store, watch, "1")
        await until(store, failed=1)
    async with store.read() as records:
        assert (await records.watches.get(watch.id)).webhook == f"{receiver.url}/new"


async def test_what_was_tried_for_a_day_is_kept_told_of_once_and_can_be_put_back(store, receiver, hurried, monkeypatch):
    monkeypatch.setattr("bot.redial.MOST_ATTEMPTS", 2)
    receiver.answers += [web.Response(status=503) for _ in range(4)]
    watch = await watch_for(store, "fire", receiver.url)
    async with at_work(store, Metrics()) as caller:
        await call(store, watch, "1", "2")
        await until(store, failed=2)
        async with store.write() as records:
            failures = await records.failures.newest(5)
            assert [(each.kind, each.reason, each.attempts) for each in failures] == [("call", "HTTP 503", 2)] * 2
            await records.failures.replay()
            told = await records.outbox.take()
            assert (told.reply.chat, "HTTP 503" in told.reply.text) == (101, True)
            await records.outbox.sent(told, 5)
            assert await records.outbox.take() is None
        caller.lanes.wake()
        await receiver.until_called(6)
        await until(store, waiting=0, running=0, failed=0)
    assert len({each.name for each in receiver.calls}) == 2


async def test_a_receiver_that_is_away_is_left_alone_until_its_address_is_mended(store, receiver, monkeypatch):
    monkeypatch.setattr("bot.rests.pause", lambda _: timedelta(hours=1))
    watch = await watch_for(store, "fire", "http://127.0.0.1:1/typo")
    async with at_work(store, Metrics()) as caller:
        await call(store, watch, "1", "2")
        async with asyncio.timeout(30):
            while not caller._rests.failing:  # noqa: ASYNC110 - nobody tells of it
                await asyncio.sleep(0.02)
        await until(store, waiting=2, running=0)  # the second is not even tried
        await watch_for(store, "fire", receiver.url)
        caller.lanes.wake()
        assert (await receiver.until_called(1)).body == b"2"


async def test_what_waited_for_hours_comes_when_the_receiver_is_back(store, receiver, monkeypatch):
    monkeypatch.setattr("bot.redial.pause", lambda *_: timedelta(hours=5))
    monkeypatch.setattr("bot.rests.pause", lambda _: timedelta(0))
    receiver.answers += [web.Response(status=502) for _ in range(3)]
    watch = await watch_for(store, "fire", receiver.url)
    async with at_work(store, Metrics()) as caller:
        await call(store, watch, "1", "2", "3")
        await receiver.until_called(3)
        await until(store, waiting=3, running=0)
        async with store.write() as records:
            await records.calls.add(1, [Call(watch.id, 101, "4")], update=2)
        caller.lanes.wake()
        await receiver.until_called(7)
        await until(store, waiting=0, running=0, failed=0)
    assert [each.body for each in receiver.calls] == [b"1", b"2", b"3", b"4", b"1", b"2", b"3"]
