"""What an operator's tools read."""

import asyncio
import errno
import json
import re
import socket
import sys
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.assembly import Assembly, assembled
from sandbox.driver import text_of
from storage.errors import StorageDown
from storage.records import Reply
from tests.bot.conftest import write_locked

ROOT = Path(__file__).parents[2]


async def get(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status, await response.text()


async def test_a_bot_at_work_is_well(bot):
    status, body = await get(f"{bot.site_url}/healthz")
    assert status == 200
    assert '"well": true' in body


async def test_an_ipv6_address_is_told_as_others_take_it(settings, running):
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6 on this machine")
    async with running(settings.model_copy(update={"web_host": "::1"})) as bot:
        assert (await get(f"{bot.site_url}/healthz"))[0] == 200


async def test_while_the_model_loads_it_is_told_how_far_it_is(settings):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    told = []

    async def looked_on(engine):
        told.append(await get(f"http://127.0.0.1:{port}/healthz"))
        return await engine.loaded()

    async with assembled(settings.model_copy(update={"web_port": port}), loaded=looked_on):
        status, body = await get(f"http://127.0.0.1:{port}/healthz")
        assert status == 200
        assert "loading" not in body
    ((status, body),) = told
    assert status == 503
    assert re.search(r'"engine": "starting".*"loading": "\d+%"', body)


async def test_the_image_asks_its_bot_wherever_that_listens_and_no_proxy(bot, monkeypatch):
    command = re.search(r"^HEALTHCHECK .*\\\n +CMD (.*)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert command
    _, *arguments = json.loads(command[1])
    monkeypatch.setenv("WEB_PORT", bot.site_url.rpartition(":")[2])
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    async def healthy() -> bool:
        return await (await asyncio.create_subprocess_exec(sys.executable, *arguments)).wait() == 0

    assert await healthy()
    monkeypatch.setattr("vision.engine.Engine.state", "down")
    assert not await healthy()


async def test_a_bot_that_cannot_see_is_not(bot, monkeypatch):
    monkeypatch.setattr("vision.engine.Engine.state", "down")
    status, _ = await get(f"{bot.site_url}/healthz")
    assert status == 503


async def test_a_bot_without_its_database_is_not(bot, monkeypatch):
    def away(_):
        raise StorageDown

    monkeypatch.setattr("storage.store.Store.read", away)
    status, body = await get(f"{bot.site_url}/healthz")
    assert status == 503
    assert "StorageDown" in body


async def test_a_bot_whose_database_takes_no_write_is_not(bot, monkeypatch):
    monkeypatch.setattr("bot.vitals.LONGEST_LOOK_S", 0.2)
    monkeypatch.setattr("bot.vitals.PROBE_EVERY_S", 0.5)
    async with write_locked(bot):
        status, body = await get(f"{bot.site_url}/healthz")
        assert status == 503
        assert '"database": "StorageDown"' in body
    async with asyncio.timeout(15):
        while (await get(f"{bot.site_url}/healthz"))[0] != 200:
            pass


async def test_a_bot_whose_disk_grows_full_is_not(bot, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("bot.vitals.PROBE_EVERY_S", 0.0)
    assert (await get(f"{bot.site_url}/healthz"))[0] == 200
    monkeypatch.setattr("os.fsync", full)
    status, body = await get(f"{bot.site_url}/healthz")
    assert status == 503
    assert '"database": "StorageDown"' in body


async def test_a_trial_write_is_made_at_most_every_few_seconds(bot, monkeypatch):
    probe, probes = bot.store.probe, []

    async def counting():
        probes.append(1)
        await probe()

    monkeypatch.setattr("storage.store.Store.probe", lambda _: counting())
    answers = await asyncio.gather(*(get(f"{bot.site_url}/healthz") for _ in range(20)))
    assert {status for status, _ in answers} == {200}
    assert len(probes) == 1


async def test_what_waits_is_shown_with_its_age(bot):
    async with bot.store.write() as records:
        await records.outbox.add(bot.bot.id, [Reply(101, "text", "later")])
        waiting = await records.outbox.take()
        await records.outbox.retry(waiting, after=timedelta(hours=1), error="TimedOut")
    _, body = await get(f"{bot.site_url}/healthz")
    assert re.search(r'"outbox": "1 waiting, .*; the oldest came \d s ago"', body)
    _, text = await get(f"{bot.site_url}/metrics")
    assert 'lookout_queue_rows{queue="outbox",state="waiting"} 1.0' in text
    assert 'lookout_queue_rows{queue="inbox",state="waiting"} 0.0' in text
    assert re.search(r'lookout_queue_oldest_seconds{queue="outbox"} 0\.\d+', text)
    assert 'lookout_queue_oldest_seconds{queue="inbox"} 0.0' in text


async def test_counters_are_shown_while_the_database_is_away_but_no_stale_queues(bot, monkeypatch):
    await get(f"{bot.site_url}/metrics")

    def away(_):
        raise StorageDown

    monkeypatch.setattr("storage.store.Store.read", away)
    status, text = await get(f"{bot.site_url}/metrics")
    assert status == 200
    assert "lookout_updates_total" in text
    assert "lookout_queue_rows{" not in text


async def test_what_was_done_is_counted(bot, ada, cat):
    await ada.send_photo(cat)
    assert text_of(await ada.reply())
    await ada.say("/help")
    await ada.reply()
    _, text = await get(f"{bot.site_url}/metrics")
    assert "lookout_updates_total 2.0" in text
    assert 'lookout_replies_total{kind="text",outcome="sent"}' in text


async def test_what_several_chats_ask_about_one_picture_is_asked_once_and_told_to_each(bot, ada, fire):
    people = [ada, await ada.newcomer("Bob"), await ada.newcomer("Eve")]
    for person in people:
        for condition in ("fire", "cat"):
            await person.say(f"/watch {condition}")
            assert condition in text_of(await person.reply())
    for person in people:
        await person.send_photo(fire)
        alert = await person.wait_for(lambda message: "🔔" in text_of(message))
        assert "fire" in text_of(alert)
    told = await _told(bot)
    kept, joined = (told["lookout_questions_total", answer] for answer in ("kept", "joined"))
    assert kept + joined >= 4
    assert told["lookout_questions_total", "asked"] >= 2


async def test_what_the_model_keeps_is_shown_after_its_first_answer(bot, ada, cat):
    _, text = await get(f"{bot.site_url}/metrics")
    assert "lookout_kept_bytes{" not in text
    await ada.send_photo(cat)
    assert text_of(await ada.reply())
    told = await _told(bot)
    kept = bot.engine.shelves
    for name, shelf in vars(kept).items():
        assert told["lookout_kept_bytes", name] == shelf.held_bytes
        assert told["lookout_kept_budget_bytes", name] == shelf.budget_bytes
        assert told["lookout_kept_hits_total", name] == shelf.hits
        assert told["lookout_kept_misses_total", name] == shelf.misses
    assert kept.host.budget_bytes == 1024 << 20
    assert kept.embeddings.budget_bytes == 256 << 20


async def _told(bot: Assembly) -> dict[tuple[str, str | None], float]:
    """What the metrics say, by their names and what they tell apart."""
    _, text = await get(f"{bot.site_url}/metrics")
    return {
        (sample.name, next(iter(sample.labels.values()), None)): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
