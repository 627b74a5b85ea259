"""The inbox against a list in memory, through whatever happens in whatever order."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from storage.inbox import Inbox
from storage.records import Arrival
from storage.store import Store
from storage.turn import turn

CHATS = st.integers(1, 3)


@dataclass
class Expected:
    number: int
    chat: int
    turn: int
    state: str = "waiting"
    due: datetime = datetime(2030, 1, 1, tzinfo=UTC)
    attempts: int = 0


class InboxAgainstAList(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = datetime(2030, 1, 1, tzinfo=UTC)
        self.folder = Path(tempfile.mkdtemp())
        self.rows: list[Expected] = []
        self.taken: dict[int, tuple[Arrival, Expected]] = {}
        self.lost: list[Arrival] = []
        self.runner = asyncio.Runner()
        self.start()

    def start(self) -> None:
        self.stack = AsyncExitStack()
        opening = Store.open(f"sqlite:///{self.folder}/lookout.db", self.folder, clock=lambda: self.now)
        self.store = self.runner.run(self.stack.enter_async_context(opening))

    def ask(self, question: Callable[[Inbox], Awaitable[Any]]) -> Any:
        async def transaction() -> Any:
            async with self.store.write() as records:
                return await question(records.inbox)

        return self.runner.run(transaction())

    def heads(self) -> list[Expected]:
        first: dict[int, Expected] = {}
        for row in self.rows:
            if row.state in {"waiting", "running"}:
                first.setdefault(row.chat, row)
        heads = [row for row in first.values() if row.state == "waiting" and row.due <= self.now]
        return sorted(heads, key=lambda row: (row.turn, self.rows.index(row)))

    def next_turn(self, chat: int) -> int:
        open_ = [row for row in self.rows if row.state in {"waiting", "running"}]
        return turn(
            running=max((row.turn for row in open_ if row.state == "running"), default=None),
            least=min((row.turn for row in open_), default=None),
            newest=next((row.turn for row in reversed(open_) if row.chat == chat), None),
        )

    @rule(chat=CHATS, number=st.integers(0, 8))
    def add(self, chat: int, number: int) -> None:
        body = {"update_id": 1, "message": {"message_id": number, "chat": {"id": chat}}}
        new = all((row.chat, row.number) != (chat, number) for row in self.rows)
        assert self.ask(lambda inbox: inbox.add(1, body)) == new
        if new:
            self.rows.append(Expected(number, chat, self.next_turn(chat), due=self.now))

    @rule(busy=st.sets(CHATS, max_size=2))
    def take(self, busy: set[int]) -> None:
        arrival = self.ask(lambda inbox: inbox.take(busy))
        expected = next((row for row in self.heads() if row.chat not in busy), None)
        if expected is None:
            assert arrival is None
            return
        expected.state = "running"
        expected.attempts += 1
        number = arrival.body["message"]["message_id"]
        assert (arrival.chat, number, arrival.attempts) == (expected.chat, expected.number, expected.attempts)
        self.taken[arrival.id] = arrival, expected

    @precondition(lambda self: self.taken)
    @rule(data=st.data(), end=st.sampled_from(["done", "failed", "retry"]), seconds=st.integers(0, 3))
    def settle(self, data: st.DataObject, end: str, seconds: int) -> None:
        arrival, row = self.taken.pop(data.draw(st.sampled_from(sorted(self.taken))))
        row.state = end
        if end == "retry":
            row.state, row.due = "waiting", self.now + timedelta(seconds=seconds)
        assert self.end(arrival, end, timedelta(seconds=seconds))
        self.lost.append(arrival)

    @precondition(lambda self: self.lost)
    @rule(data=st.data(), end=st.sampled_from(["done", "failed", "retry"]))
    def settle_too_late(self, data: st.DataObject, end: str) -> None:
        assert not self.end(data.draw(st.sampled_from(self.lost)), end, timedelta(0))

    def end(self, arrival: Arrival, how: str, after: timedelta) -> Any:
        match how:
            case "done":
                return self.ask(lambda inbox: inbox.done(arrival))
            case "failed":
                return self.ask(lambda inbox: inbox.fail(arrival, "no"))
        return self.ask(lambda inbox: inbox.retry(arrival, after=after, error="later"))

    @rule(seconds=st.integers(1, 3))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def restart(self) -> None:
        self.runner.run(self.stack.aclose())
        self.start()
        for arrival, row in self.taken.values():
            row.state = "waiting"
            self.lost.append(arrival)
        self.taken.clear()

    @rule()
    def count(self) -> None:
        states = [row.state for row in self.rows]
        expected = {state: states.count(state) for state in ("waiting", "running", "failed")}
        assert self.ask(lambda inbox: inbox.depth()) == expected

    def teardown(self) -> None:
        self.runner.run(self.stack.aclose())
        self.runner.close()
        shutil.rmtree(self.folder)


TestInboxAgainstAList = InboxAgainstAList.TestCase
TestInboxAgainstAList.settings = settings(max_examples=12, stateful_step_count=30, deadline=None)
