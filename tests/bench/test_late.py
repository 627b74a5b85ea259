"""The trial finds in the inbox which parts of albums came after the answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bench.kills.database import LATE, Sqlite, photos
from bench.kills.ledger import Photo
from bench.postgresql import PostgreSQL
from storage.inbox import ALBUM_SETTLES_AFTER
from storage.store import Store

BOT = 1
CHAT = -7


def part(number: int, album: str) -> dict[str, object]:
    message = {"message_id": number, "chat": {"id": CHAT}, "media_group_id": album}
    return {"update_id": number, "message": message}


async def holds(url: str, folder: Path, late: Callable[[], set[Photo]]) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    async with Store.open(url, folder / "files", clock=lambda: now) as store:
        for body in (part(10, "a"), part(20, "b"), part(21, "b")):
            async with store.write() as records:
                await records.inbox.add(BOT, body)
        assert late() == set()
        for _ in range(2):
            now += ALBUM_SETTLES_AFTER
            async with store.write() as records:
                arrival = await records.inbox.take()
                assert arrival
                await records.inbox.done(arrival)
                await records.inbox.finish_parts(arrival)
        now += ALBUM_SETTLES_AFTER
        async with store.write() as records:
            await records.inbox.add(BOT, part(11, "a"))
        assert late() == {(CHAT, 11)}


async def test_a_part_is_late_that_came_when_another_was_done(tmp_path):
    database = Sqlite(tmp_path)
    await holds(database.url, tmp_path, lambda: photos(database._ask(LATE)))


async def test_it_is_on_postgresql_too(postgresql: PostgreSQL, tmp_path):
    url = postgresql.new()
    await holds(url, tmp_path, lambda: photos(postgresql.ask(LATE, url)))
