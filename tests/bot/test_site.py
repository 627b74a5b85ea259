"""What an operator's tools read."""

import aiohttp

from sandbox.driver import text_of
from storage.errors import StorageDown


async def get(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status, await response.text()


async def test_a_bot_at_work_is_well(bot):
    status, body = await get(f"{bot.watchtower}/healthz")
    assert status == 200
    assert '"well": true' in body


async def test_a_bot_that_cannot_see_is_not(bot, monkeypatch):
    monkeypatch.setattr("vision.engine.Engine.state", "down")
    status, _ = await get(f"{bot.watchtower}/healthz")
    assert status == 503


async def test_a_bot_without_its_database_is_not(bot, monkeypatch):
    def away(_):
        raise StorageDown

    monkeypatch.setattr("storage.store.Store.read", away)
    status, body = await get(f"{bot.watchtower}/healthz")
    assert status == 503
    assert "StorageDown" in body


async def test_what_was_done_is_counted(bot, ada, cat):
    await ada.send_photo(cat)
    assert text_of(await ada.reply())
    await ada.say("/help")
    await ada.reply()
    _, text = await get(f"{bot.watchtower}/metrics")
    assert "lookout_updates_total 2.0" in text
    assert 'lookout_replies_total{kind="text",outcome="sent"}' in text
