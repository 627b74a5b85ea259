"""Roles that one process has at a time."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from bench.postgresql import PostgreSQL
from storage.errors import StorageDown
from storage.records import Reply
from storage.store import Store

only_postgresql = pytest.mark.parametrize("url", ["postgresql"], indirect=True)


@asynccontextmanager
async def two(url, pictures):
    async with Store.open(url, pictures) as one, Store.open(url, pictures) as other:
        yield one, other


async def test_roles_that_are_free_are_had_all_together(store):
    async with asyncio.timeout(20), store.sole("poller"), store.sole("sender"), store.sole("keeper"):
        pass


async def test_whoever_becomes_the_sender_finds_waiting_what_was_on_its_way(store):
    async with store.write() as records:
        await records.outbox.add(1, [Reply(1, "text", "hello")])
        await records.outbox.take()
    async with store.sole("poller"), store.read() as records:
        assert (await records.outbox.depth())["running"] == 1
    async with store.sole("sender"), store.read() as records:
        assert (await records.outbox.depth())["waiting"] == 1


async def test_an_address_with_spaces_and_several_hosts_is_read_alike_by_all(pictures, postgresql: PostgreSQL):
    postgresql.ask('CREATE DATABASE "made with spaces"')
    url = f"{postgresql.url('made%20with%20spaces')}&host=127.0.0.1:1"
    async with Store.open(url, pictures) as store, asyncio.timeout(20), store.sole("sender"):
        pass


@only_postgresql
async def test_one_waits_until_the_other_has_done(url, pictures):
    order = []

    async def work(store: Store, name: str) -> None:
        async with store.sole("sender"):
            order.append(f"{name} begins")
            await asyncio.sleep(0.1)
            order.append(f"{name} ends")

    async with two(url, pictures) as (one, other), asyncio.timeout(10):
        await asyncio.gather(work(one, "one"), work(other, "other"))
    first, second = ("one", "other") if order[0] == "one begins" else ("other", "one")
    assert order == [f"{first} begins", f"{first} ends", f"{second} begins", f"{second} ends"]


@only_postgresql
async def test_who_loses_the_connection_loses_the_role_and_may_have_it_again(url, pictures, postgresql: PostgreSQL):
    async def lose(store: Store) -> None:
        async with store.sole("poller"):
            await asyncio.to_thread(postgresql.cut, url)
            await asyncio.sleep(3600)

    async with two(url, pictures) as (one, other), asyncio.timeout(30):
        with pytest.raises(StorageDown):
            await lose(one)
        async with other.sole("poller"):
            pass


@only_postgresql
async def test_a_role_that_cannot_be_asked_for_is_down_for_now(url, pictures, postgresql: PostgreSQL):
    async with Store.open(url, pictures) as store:
        await asyncio.to_thread(postgresql.crash)
        try:
            with pytest.raises(StorageDown):
                async with store.sole("keeper"):
                    pass
        finally:
            await asyncio.to_thread(postgresql.start)
        async with store.sole("keeper"):
            pass


@only_postgresql
async def test_what_goes_wrong_in_the_block_is_not_taken_for_a_loss(url, pictures):
    async with Store.open(url, pictures) as store:
        for error in (KeyError("mine"), TimeoutError("mine")):
            with pytest.raises(type(error), match="mine"):
                async with store.sole("keeper"):
                    raise error
        task = asyncio.create_task(_keep(store))
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def _keep(store: Store) -> None:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(store.sole("keeper"))
        await asyncio.Event().wait()
