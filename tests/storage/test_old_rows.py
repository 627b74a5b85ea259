"""Finished rows, however many, are not looked at by the work that goes on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from storage.records import Reply
from storage.store import Records, Store


@pytest.fixture
def asked(store: Store) -> Iterator[list[tuple[str, Any]]]:
    """Every statement that the writer was asked, with its parameters."""
    statements: list[tuple[str, Any]] = []

    def note(*event_: Any) -> None:
        statements.append((event_[2], event_[3]))

    event.listen(store._database._writer.sync_engine, "before_cursor_execute", note)
    yield statements
    event.remove(store._database._writer.sync_engine, "before_cursor_execute", note)


async def steps(store: Store, statement: str, parameters: Any) -> list[str]:
    async with store._database.read() as connection:
        plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        return [row.detail for row in plan]


async def work(records: Records) -> None:
    """Everything that the worker, the sender, the intake and a metric ask in passing."""
    await records.inbox.add(1, {"update_id": 1, "message": {"message_id": 1, "chat": {"id": 1}}})
    arrival = await records.inbox.take({2, 3})
    assert arrival
    await records.inbox.done(arrival.id)
    await records.outbox.add(1, [Reply(1, "text", "a"), Reply(2, "text", "b")], update=arrival.id)
    outgoing = await records.outbox.take()
    assert outgoing
    await records.outbox.sent(outgoing.id, 5)
    await records.outbox.about(1, 1, 5)
    await records.inbox.take()
    for queue in (records.inbox, records.outbox):
        await queue.depth()
        await queue.oldest()
        await queue.recover()


async def test_every_question_goes_through_an_index_that_leaves_them_out(store, asked):
    async with store.write() as records:
        await work(records)
    looked_at = [
        (statement, step)
        for statement, parameters in asked
        if statement.startswith(("SELECT", "UPDATE"))
        for step in await steps(store, statement, parameters)
        if any(f" {table}" in step for table in ("inbox", "outbox", "before"))
    ]
    assert len(looked_at) > 10
    few = ("ix_inbox_", "ix_outbox_", "INTEGER PRIMARY KEY (rowid=?)")
    assert [(statement, step) for statement, step in looked_at if not any(name in step for name in few)] == []


async def test_a_question_without_an_index_would_be_noticed(store, asked):
    async with store._database.write() as connection:
        await connection.execute(sa.text("DROP INDEX ix_inbox_open"))
    async with store.write() as records:
        await records.inbox.oldest()
    assert await steps(store, *asked[-1]) == ["SCAN inbox"]
