"""The feed: every update is worked on, in order in a chat, chats in turn, whatever happens to the database."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from bench.postgresql import PostgreSQL
from storage.errors import StorageDown
from storage.inbox import ALBUM_SETTLES_AFTER
from storage.jobs import Jobs
from storage.lanes import patiently
from storage.records import Arrival
from storage.store import Store

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
STOPS_WITHIN_S, TAKEN_UP_WITHIN_S = 10, 30
"""What operators are promised, of a stop and of a process that was killed."""
Work = Callable[[Arrival], Awaitable[None]]

only_postgresql = pytest.mark.parametrize("url", ["postgresql"], indirect=True)


@pytest.fixture
async def store(url: str, pictures: Path) -> AsyncIterator[Store]:
    """By the true clock: a shared database has its own."""
    async with Store.open(url, pictures) as store:
        yield store


def photo(chat: int, number: int) -> dict[str, object]:
    return {"update_id": number, "message": {"message_id": number, "chat": {"id": chat}}}


def number_of(arrival: Arrival) -> int:
    return int(arrival.body["message"]["message_id"])


async def add(store: Store, photos: Iterable[tuple[int, int]]) -> None:
    async def keep() -> None:
        async with store.write() as records:
            for chat, number in photos:
                await records.inbox.add(1, photo(chat, number))

    await patiently(keep)
    store.feed.wake()


async def done(store: Store, arrival: Arrival) -> bool:
    async def settle() -> bool:
        async with store.write() as records:
            return await records.inbox.done(arrival)

    return await patiently(settle)


async def unfinished(store: Store) -> int:
    async def count() -> int:
        async with store.read() as records:
            depth = await records.inbox.depth()
            return depth["waiting"] + depth["running"]

    return await patiently(count)


async def until_all_is_done(*stores: Store, within: float = 30) -> None:
    async with asyncio.timeout(within):
        while await unfinished(stores[0]):  # noqa: ASYNC110 - what is waited for happens in the database
            await asyncio.sleep(0.02)


@asynccontextmanager
async def fed(store: Store, do: Work, *, at_once: int = 4) -> AsyncIterator[None]:
    task = asyncio.create_task(store.feed.run(do, at_once=at_once))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class Watcher:
    """Works on photos for a moment each, and sees that no two of a chat are in work at once."""

    def __init__(self, seed: int = 0) -> None:
        self.chance = random.Random(seed)
        self.settled: defaultdict[int, list[int]] = defaultdict(list)
        self.by: Counter[str] = Counter()
        self.inside: set[int] = set()
        self.most_at_once = 0

    def by_the_name_of(self, name: str, store: Store) -> Work:
        async def do(arrival: Arrival) -> None:
            assert arrival.chat not in self.inside
            self.inside.add(arrival.chat)
            try:
                self.most_at_once = max(self.most_at_once, len(self.inside))
                await asyncio.sleep(self.chance.uniform(0, 0.01))
                if await done(store, arrival):
                    self.settled[arrival.chat].append(number_of(arrival))
                    self.by[name] += 1
            finally:
                self.inside.discard(arrival.chat)

        return do


@asynccontextmanager
async def side_by_side(feeds: int, url: str, pictures: Path, watcher: Watcher) -> AsyncIterator[list[Store]]:
    """Stores of their own over one database, as several processes would have them, and their feeds at work."""
    async with AsyncExitStack() as stack:
        stores = [await stack.enter_async_context(Store.open(url, pictures)) for _ in range(feeds)]
        for number, store in enumerate(stores):
            await stack.enter_async_context(fed(store, watcher.by_the_name_of(str(number), store), at_once=3))
        yield stores


def many_photos(seed: int, *, chats: int, photos: int) -> list[tuple[int, int]]:
    """Of many chats in any order, numbered within each."""
    chance = random.Random(seed)
    order = [chat for chat in range(chats) for _ in range(photos)]
    chance.shuffle(order)
    seen: Counter[int] = Counter()
    numbered = []
    for chat in order:
        numbered.append((chat, seen[chat]))
        seen[chat] += 1
    return numbered


def in_order(chats: int, photos: int) -> dict[int, list[int]]:
    return {chat: list(range(photos)) for chat in range(chats)}


async def test_every_update_is_worked_on_once_and_in_order(store):
    watcher = Watcher()
    photos = many_photos(1, chats=8, photos=6)
    await add(store, photos[:20])
    async with fed(store, watcher.by_the_name_of("one", store), at_once=3):
        await add(store, photos[20:])
        await until_all_is_done(store)
    assert watcher.settled == in_order(8, 6)
    assert watcher.most_at_once <= 3


async def test_as_many_chats_as_are_allowed_are_worked_on_side_by_side(store):
    """Each update waits for two others: with fewer at once none would be done."""
    three = asyncio.Barrier(3)
    inside: list[int] = []

    async def do(arrival: Arrival) -> None:
        inside.append(three.n_waiting)
        await three.wait()
        await done(store, arrival)

    await add(store, [(chat, 1) for chat in range(6)])
    async with fed(store, do, at_once=3):
        await until_all_is_done(store)
    assert sorted(inside) == [0, 0, 1, 1, 2, 2]


async def test_an_update_put_off_holds_its_chat_up_and_nobody_else(store):
    order = []

    async def do(arrival: Arrival) -> None:
        which = (arrival.chat, number_of(arrival), arrival.attempts)
        order.append(which)
        async with store.write() as records:
            if which == (1, 1, 1):
                await records.inbox.retry(arrival, after=timedelta(seconds=0.5), error="away")
            else:
                await records.inbox.done(arrival)

    await add(store, [(1, 1), (1, 2), (2, 1)])
    start = time.monotonic()
    async with fed(store, do):
        await until_all_is_done(store)
    assert time.monotonic() - start >= 0.5
    assert order == [(1, 1, 1), (2, 1, 1), (1, 1, 2), (1, 2, 1)]


@only_postgresql
@pytest.mark.parametrize("hours", [-1, 1])
async def test_what_is_put_off_is_so_by_its_length_where_the_clocks_differ(url, pictures, hours):
    """A machine's clock is an hour behind the database's, or ahead of it."""
    order = []

    def wrong() -> datetime:
        return datetime.now(UTC) + timedelta(hours=hours)

    async with Store.open(url, pictures, clock=wrong) as store:

        async def do(arrival: Arrival) -> None:
            order.append((arrival.chat, arrival.attempts))
            async with store.write() as records:
                if order == [(1, 1)]:
                    await records.inbox.retry(arrival, after=timedelta(seconds=1.5), error="away")
                else:
                    await records.inbox.done(arrival)

        await add(store, [(1, 1), (2, 1)])
        async with store.write() as records:
            album = {"message_id": 1, "chat": {"id": 3}, "media_group_id": "a"}
            await records.inbox.add(1, {"update_id": 9, "message": album})
        async with fed(store, do, at_once=1):
            await until_all_is_done(store)
    assert order[:2] == [(1, 1), (2, 1)]
    assert sorted(order[2:]) == [(1, 2), (3, 1)]


async def test_an_album_is_worked_on_once_with_all_its_parts(store):
    """They come over more time than an album is waited for, and something else comes between and after them."""
    seen: list[list[int]] = []

    async def do(arrival: Arrival) -> None:
        seen.append([part.body["message"]["message_id"] for part in arrival.parts] or [number_of(arrival)])
        async with store.write() as records:
            await records.inbox.done(arrival)
            await records.inbox.finish_parts(arrival)

    async def come(number: int, **more: str) -> None:
        message = {"message_id": number, "chat": {"id": 1}, **more}
        async with store.write() as records:
            await records.inbox.add(1, {"update_id": number, "message": message})
        store.feed.wake()

    async with fed(store, do):
        for number in (1, 2, 3):
            await come(number, media_group_id="a")
            await asyncio.sleep(0.6 * ALBUM_SETTLES_AFTER.total_seconds())
        await come(4)
        await come(5, media_group_id="a")
        await add(store, [(2, 9)])
        await until_all_is_done(store)
    assert [one for one in seen if one != [9]] == [[1, 2, 3, 5], [4]]
    assert seen.index([9]) == 0


async def test_a_failed_update_lets_its_chat_go_on(store):
    seen = []

    async def do(arrival: Arrival) -> None:
        seen.append(number_of(arrival))
        async with store.write() as records:
            await records.inbox.fail(arrival, "no")

    await add(store, [(1, 1), (1, 2)])
    async with fed(store, do):
        await until_all_is_done(store)
    assert seen == [1, 2]


async def test_what_is_under_way_when_the_feed_stops_waits_again_and_costs_no_attempt(store):
    begun = asyncio.Event()

    async def never(arrival: Arrival) -> None:
        begun.set()
        await asyncio.Event().wait()

    await add(store, [(1, 1)])
    async with fed(store, never):
        await begun.wait()
    async with store.read() as records:
        assert await records.inbox.depth() == {"waiting": 1, "running": 0, "failed": 0}
    attempts = []

    async def do(arrival: Arrival) -> None:
        attempts.append(arrival.attempts)
        await done(store, arrival)

    async with fed(store, do):
        await until_all_is_done(store)
    assert attempts == [1]


@pytest.mark.parametrize("at_once", [1, 4])
async def test_a_flood_of_one_chat_lets_another_wait_for_one_of_its_updates_at_most(store, at_once):
    await add(store, [(1, number) for number in range(200)])
    begun: list[int] = []
    came = None

    async def do(arrival: Arrival) -> None:
        nonlocal came
        begun.append(arrival.chat)
        if len(begun) == 10:
            await add(store, [(2, 1), (3, 1)])
            came = len(begun)
        await done(store, arrival)

    async with fed(store, do, at_once=at_once):
        async with asyncio.timeout(30):
            while not {2, 3} <= set(begun):  # noqa: ASYNC110 - any of the tasks may be it
                await asyncio.sleep(0.01)
    assert came is not None
    assert begun[came:].index(2) <= 1
    assert begun[came:].index(3) <= 2


async def test_work_that_is_settled_already_is_told_so(store):
    await add(store, [(1, 1)])
    async with store.write() as records:
        arrival = await records.inbox.take()
        assert await records.inbox.done(arrival)
        assert not await records.inbox.done(arrival)
        assert not await records.inbox.fail(arrival, "too late")


@only_postgresql
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_feeds_side_by_side_share_the_work_and_keep_the_order(url, pictures, seed):
    chats, photos, feeds = 15, 6, 3
    watcher = Watcher(seed)
    async with side_by_side(feeds, url, pictures, watcher) as stores:
        for start in range(0, chats * photos, 10):
            await add(stores[start % feeds], many_photos(seed, chats=chats, photos=photos)[start : start + 10])
        await until_all_is_done(*stores)
    assert watcher.settled == in_order(chats, photos)
    assert len(watcher.by) == feeds


@only_postgresql
async def test_connections_that_are_cut_again_and_again_lose_nothing(url, pictures, postgresql: PostgreSQL):
    chats, photos = 10, 8
    watcher = Watcher()
    cuts = 0
    async with side_by_side(2, url, pictures, watcher) as stores:
        for chat, number in many_photos(4, chats=chats, photos=photos):
            if watcher.chance.random() < 0.15:
                cuts += await asyncio.to_thread(postgresql.cut, url)
            await add(stores[0], [(chat, number)])
        await until_all_is_done(*stores)
    assert cuts > 20
    assert watcher.settled == in_order(chats, photos)


@only_postgresql
async def test_a_server_that_crashes_and_comes_back_costs_time_only(url, pictures, postgresql: PostgreSQL):
    chats, photos = 6, 10
    watcher = Watcher()
    async with side_by_side(2, url, pictures, watcher) as stores:
        await add(stores[0], many_photos(5, chats=chats, photos=photos))
        await asyncio.sleep(0.1)
        await asyncio.to_thread(postgresql.crash)
        left = chats * photos - sum(watcher.by.values())
        await asyncio.sleep(2)
        await asyncio.to_thread(postgresql.start)
        await until_all_is_done(*stores)
    assert left > 10
    assert watcher.settled == in_order(chats, photos)


@only_postgresql
async def test_a_stop_while_the_server_is_away_is_quick_and_loses_nothing(url, pictures, postgresql: PostgreSQL):
    begun = asyncio.Event()

    async def never(arrival: Arrival) -> None:
        begun.set()
        await asyncio.Event().wait()

    async with Store.open(url, pictures) as store:
        await add(store, [(1, 1)])
        try:
            async with fed(store, never):
                await begun.wait()
                await asyncio.to_thread(postgresql.crash)
                start = time.monotonic()
            assert time.monotonic() - start < STOPS_WITHIN_S
        finally:
            await asyncio.to_thread(postgresql.start)
        assert await unfinished(store) == 1


@only_postgresql
async def test_the_work_of_a_killed_process_is_taken_up_by_another(url, pictures):
    watcher = Watcher()
    async with Store.open(url, pictures) as store:
        await add(store, [(1, 1), (1, 2), (2, 1)])
        command = [sys.executable, str(HERE / "stuck.py"), url, str(pictures)]
        env = {"PYTHONPATH": str(ROOT)}
        with subprocess.Popen(  # noqa: ASYNC220 - it starts at once
            command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True
        ) as process:
            try:
                assert process.stdout
                assert {await asyncio.to_thread(process.stdout.readline) for _ in range(2)} == {"1\n", "2\n"}
            finally:
                process.kill()
            killed = time.monotonic()
        async with fed(store, watcher.by_the_name_of("other", store)):
            await add(store, [(3, 1)])
            await until_all_is_done(store)
    assert time.monotonic() - killed < TAKEN_UP_WITHIN_S
    assert watcher.settled == {1: [1, 2], 2: [1], 3: [1]}


@only_postgresql
async def test_an_update_whose_job_was_lost_gets_another(store, url, postgresql: PostgreSQL):
    await add(store, [(1, 1), (1, 2), (2, 1)])
    postgresql.ask("DELETE FROM procrastinate_jobs", url)
    watcher = Watcher()
    async with fed(store, watcher.by_the_name_of("one", store)):
        await until_all_is_done(store)
    assert watcher.settled == {1: [1, 2], 2: [1]}


@only_postgresql
async def test_finished_work_leaves_no_job_behind(store, url, postgresql: PostgreSQL):
    watcher = Watcher()
    await add(store, many_photos(6, chats=3, photos=3))
    async with fed(store, watcher.by_the_name_of("one", store)):
        await until_all_is_done(store)
    for table in ("jobs", "events", "workers"):
        assert postgresql.ask(f"SELECT count(*) FROM procrastinate_{table}", url) == [(0,)]


@only_postgresql
async def test_the_log_names_no_update_that_is_worked_on(store, caplog):
    caplog.set_level("DEBUG")
    watcher = Watcher()
    async with store.write() as records:
        await records.inbox.add(
            1, {"update_id": 1, "message": {"message_id": 1, "text": "my secret", "chat": {"id": 5}}}
        )
    async with fed(store, watcher.by_the_name_of("one", store)):
        await until_all_is_done(store)
    assert "my secret" not in caplog.text
    assert "update=" not in caplog.text


@only_postgresql
async def test_what_is_next_in_a_chat_starts_as_soon_as_the_one_before_is_done(store, monkeypatch):
    """Nobody finds it by looking again: that is far off."""
    monkeypatch.setattr("storage.lanes.LOOK_AGAIN_AFTER_S", 3600.0)
    watcher = Watcher()
    await add(store, [(1, number) for number in range(30)])
    async with fed(store, watcher.by_the_name_of("one", store)):
        await until_all_is_done(store)
    assert watcher.settled == {1: list(range(30))}


@only_postgresql
async def test_a_process_that_seemed_dead_settles_nothing_a_second_time(url, pictures, monkeypatch):
    monkeypatch.setattr("storage.jobs.DEAD_AFTER_S", 1.0)
    settled: list[tuple[str, int, bool]] = []

    async def silence(_worker: int) -> None:
        pass

    async with Store.open(url, pictures) as silent, Store.open(url, pictures) as alive:
        monkeypatch.setattr(silent._jobs, "beat", silence)
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def slow(arrival: Arrival) -> None:
            begun.set()
            await go_on.wait()
            settled.append(("silent", number_of(arrival), await done(silent, arrival)))

        async def quick(arrival: Arrival) -> None:
            settled.append(("alive", number_of(arrival), await done(alive, arrival)))

        await add(silent, [(1, 1), (1, 2)])
        async with fed(silent, slow, at_once=1):
            await begun.wait()
            async with fed(alive, quick):
                await until_all_is_done(alive)
                go_on.set()
                await add(silent, [(1, 3)])
                await until_all_is_done(alive)
                await asyncio.sleep(0.2)
    assert settled[:2] == [("alive", 1, True), ("alive", 2, True)]
    assert ("silent", 1, False) in settled
    assert [number for _, number, fresh in settled if fresh] == [1, 2, 3]


def jobs_of(store: Store) -> Jobs:
    assert store._jobs
    return store._jobs


async def fetched(jobs: Jobs, worker: int) -> list[int]:
    """All jobs that a process is given, one after the other."""
    taken = []
    while job := await jobs.fetch(worker):
        taken.append(job.job)
    return taken


async def die_with(updates: int, store: Store) -> None:
    """Leave the jobs of so many updates in the hands of a process that is no more."""
    await add(store, [(chat, 1) for chat in range(updates)])
    dead = await jobs_of(store).enlist()
    assert len(await fetched(jobs_of(store), dead)) == updates
    await jobs_of(store).dismiss(dead)


@only_postgresql
async def test_two_that_look_after_the_dead_at_once_take_over_each_job_once(store, url, pictures):
    await die_with(20, store)
    async with Store.open(url, pictures) as second:
        one, other = jobs_of(store), jobs_of(second)
        its, others = await one.enlist(), await other.enlist()
        assert sum(await asyncio.gather(one.take_over(its), other.take_over(others))) == 20
        taken = [*await fetched(one, its), *await fetched(other, others)]
    assert len(set(taken)) == len(taken) == 20


@only_postgresql
async def test_what_a_living_process_has_taken_up_meanwhile_stays_in_its_hands(store, postgresql: PostgreSQL):
    await die_with(1, store)
    jobs = jobs_of(store)
    living, late = await jobs.enlist(), await jobs.enlist()
    async with store._database.write() as taking_up:
        await taking_up.execute(text("UPDATE procrastinate_jobs SET worker_id = :living"), {"living": living})
        taking_over = asyncio.create_task(jobs.take_over(late))
        while not (taking_over.done() or postgresql.ask("SELECT 1 FROM pg_locks WHERE NOT granted")):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert await taking_over == 0
    assert await fetched(jobs, late) == []


@only_postgresql
async def test_a_job_whose_handing_over_was_not_heard_is_taken_all_the_same(store, monkeypatch):
    fetch = store.feed._jobs.fetch
    heard: list[object] = []

    async def not_heard(worker: int) -> object:
        fetched = await fetch(worker)
        if fetched and not heard:
            heard.append(fetched)
            raise StorageDown("the connection broke before the answer came")
        return fetched

    monkeypatch.setattr(store.feed._jobs, "fetch", not_heard)
    watcher = Watcher()
    await add(store, [(1, 1), (1, 2)])
    async with fed(store, watcher.by_the_name_of("one", store)):
        await until_all_is_done(store)
    assert heard
    assert watcher.settled == {1: [1, 2]}


async def test_a_failed_update_is_replayed_before_what_waits_of_its_chat(store):
    seen = []

    async def fail(arrival: Arrival) -> None:
        async with store.write() as records:
            await records.inbox.fail(arrival, "no")

    async def do(arrival: Arrival) -> None:
        seen.append((arrival.chat, number_of(arrival), arrival.attempts))
        await done(store, arrival)

    await add(store, [(1, 1)])
    async with fed(store, fail):
        await until_all_is_done(store)
    await add(store, [(1, 2), (1, 3)])
    async with store.write() as records:
        assert await records.failures.replay(updates=[1, 99], replies=[]) == 1
        assert await records.failures.replay(updates=[1], replies=[]) == 0
    async with fed(store, do):
        await until_all_is_done(store)
    assert seen == [(1, 1, 1), (1, 2, 1), (1, 3, 1)]


async def test_a_chat_that_moved_stays_in_order(store):
    watcher = Watcher()
    await add(store, [(1, 1), (1, 2)])
    async with store.write() as records:
        await records.chats.moved(1, 7)
    await add(store, [(7, 3), (7, 4)])
    async with fed(store, watcher.by_the_name_of("one", store)):
        await until_all_is_done(store)
    assert watcher.settled == {7: [1, 2, 3, 4]}
