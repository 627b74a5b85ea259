"""Finished rows, however many, are not looked at by the work that goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from storage.records import Reply
from storage.store import Records, Store

QUEUES = ("inbox", "outbox", "before")
MOMENT = datetime(2030, 1, 2, tzinfo=UTC)


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
    """How the database would go through the queues' rows for a statement: each step in its own words."""
    async with store._database.read() as connection:
        if store._database.shared:
            # With so few rows it would look at all of them, if it may.
            await connection.execute(sa.text("SET LOCAL enable_seqscan = off"))
            plan = await connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
            found = [json.dumps(scan) for scan in scans(plan.scalar_one()[0]["Plan"])]
        else:
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            found = [row.detail for row in plan if any(f" {table}" in row.detail for table in QUEUES)]
    return found


def scans(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "Scan" in node["Node Type"] and node.get("Relation Name", "inbox") in QUEUES:
        yield {name: part for name, part in node.items() if name in {"Node Type", "Index Name", "Index Cond"}}
    for below in node.get("Plans", []):
        yield from scans(below)


async def work(records: Records) -> None:
    """Everything that the worker, the sender, the intake and a metric ask in passing."""
    await records.inbox.add(1, {"update_id": 1, "message": {"message_id": 1, "chat": {"id": 1}}})
    arrival = await records.inbox.take({2, 3})
    assert arrival
    await records.inbox.done(arrival)
    await records.inbox.before(arrival)
    seen = await records.sightings.add(
        chat=1, sender=1, at=MOMENT, pictures=["a"], caption=None, place=None, messages=[1]
    )
    await records.sightings.turns(seen.id, chat=1, before=arrival.id, most=20)
    for number in (2, 3):
        part = {"message_id": number, "chat": {"id": 2}, "media_group_id": "a"}
        await records.inbox.add(1, {"update_id": number, "message": part})
    await records.inbox.outgrown(replace(arrival, parts=await records.inbox.album(1, 2, "a")))
    await records.inbox.finish_parts(replace(arrival, parts=await records.inbox.album(1, 2, "a")))
    await records.outbox.add(1, [Reply(1, "text", "a"), Reply(2, "text", "b")], update=arrival.id)
    outgoing = await records.outbox.take()
    assert outgoing
    await records.outbox.sent(outgoing, 5)
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
    ]
    assert len(looked_at) > 10
    few = (
        *("ix_inbox_", "ix_outbox_", "INTEGER PRIMARY KEY (rowid=?)", '"Index Cond": "(id = ', "Bitmap Heap Scan"),
        *("(bot=? AND key>? AND key<?)", "bigint) AND (key > "),  # the updates about one message
        "_turns_",  # the conversation about one sighting, which is no queue
    )
    assert [(statement, step) for statement, step in looked_at if not any(name in step for name in few)] == []


async def test_a_question_without_an_index_would_be_noticed(store):
    (step,) = await steps(store, "SELECT id FROM inbox WHERE error = 'no'", ())
    assert step in {"SCAN inbox", '{"Node Type": "Seq Scan"}'}
