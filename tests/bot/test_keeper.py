"""Files that nothing refers to go; those that an answer may still need stay."""

import asyncio
import os
from hashlib import sha256

import pytest

from sandbox.driver import text_of
from storage.errors import FileMissing, StorageDown

TWO_DAYS_AGO = 2 * 24 * 3600


async def aged(bot, digest: str) -> None:
    """Make a kept file two days older."""
    path = await bot.store.files.path(digest)
    then = path.stat().st_mtime - TWO_DAYS_AGO
    os.utime(path, (then, then))


@pytest.fixture(autouse=True)
def often(monkeypatch):
    monkeypatch.setattr("bot.keeper.SWEEP_EVERY_S", 0.05)


async def is_kept(bot, digest: str) -> bool:
    try:
        await bot.store.files.get(digest)
    except FileMissing:
        return False
    return True


async def gone(bot, digest: str) -> None:
    """Wait until a file is no more."""
    async with asyncio.timeout(10):
        while await is_kept(bot, digest):
            pass


async def test_an_old_file_that_nothing_refers_to_is_removed_and_no_other(bot, ada, cat):
    picture = (await ada.send_photo(cat))[0]
    assert "cat" in text_of(await ada.reply())
    left, new = [await bot.store.files.put(data, ".jpg") for data in (b"left", b"new")]
    kept = sha256(await ada.file(picture["photo"][-1]["file_id"])).hexdigest()
    await aged(bot, kept)
    await aged(bot, left)
    await gone(bot, left)
    assert await bot.store.files.get(new) == b"new"
    await ada.say("Is there a cat?", reply_to=picture["message_id"])
    assert "yes" in text_of(await ada.reply()).lower()


async def test_a_storage_that_is_away_is_swept_when_it_is_back(bot, monkeypatch):
    left = await bot.store.files.put(b"left", ".jpg")
    sweep, tries = bot.store.files.remove_unreferenced, []

    async def away_at_first(*what):
        tries.append(what)
        if len(tries) == 1:
            raise StorageDown
        return await sweep(*what)

    monkeypatch.setattr(bot.store.files, "remove_unreferenced", away_at_first)
    await aged(bot, left)
    await gone(bot, left)
    assert len(tries) > 1
