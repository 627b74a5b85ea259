"""What Telegram hands over while the database is away is kept as soon as it is back."""

import asyncio

from sandbox.driver import text_of
from storage import sqlite
from tests.bot.conftest import write_locked


async def test_a_database_that_is_away_costs_nothing_but_time(bot, ada):
    """Another program holds the write lock for longer than a writer waits for it."""
    async with write_locked(bot):
        for number in range(3):
            await ada.say(f"/prompt number {number}")
        await asyncio.sleep(sqlite._SETTINGS["connect_args"]["timeout"] + 1)
    for number in range(3):
        kept = await ada.wait_for(lambda message: "Kept" in text_of(message))
        assert f"number {number}" in text_of(kept)
    await asyncio.sleep(1)
    assert len([message for message in await ada.messages() if message["from"]["is_bot"]]) == 3
