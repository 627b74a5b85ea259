"""The storage as the rest of the program holds it: transactions over the records, and the files."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Self, TypedDict

from storage.alerts import Alerts
from storage.calls import Calls
from storage.chats import Chats
from storage.database import Database
from storage.failures import Failures
from storage.feed import Feed, LocalFeed, SharedFeed
from storage.files import Files, kept_at
from storage.inbox import Inbox
from storage.jobs import Jobs
from storage.outbox import Outbox
from storage.places import Places
from storage.presets import Presets
from storage.proposals import Proposals
from storage.sightings import Sightings
from storage.sole import Role, sole
from storage.transaction import Transaction
from storage.watches import Watches

Clock = Callable[[], datetime]


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Location(TypedDict):
    """Where everything is kept: the database's URL, and the files: a folder, or s3://BUCKET/PREFIX.

    `endpoint` is where the bucket is served, if not by Amazon.
    """

    url: str
    files: str | Path
    endpoint: str | None


class Records:
    """What one transaction sees: an attribute for each noun."""

    def __init__(self, transaction: Transaction) -> None:
        self.inbox = Inbox(transaction)
        self.outbox = Outbox(transaction)
        self.calls = Calls(transaction)
        self.chats = Chats(transaction)
        self.presets = Presets(transaction)
        self.proposals = Proposals(transaction)
        self.sightings = Sightings(transaction)
        self.watches = Watches(transaction)
        self.alerts = Alerts(transaction)
        self.places = Places(transaction)
        self.failures = Failures(transaction)

    async def files(self) -> set[str]:
        """The digests of all files that a record refers to."""
        return await self.sightings.files() | await self.outbox.files()


class Store:
    """The open storage. Work that belongs together goes into one `write` block, with what it says and its `done`.

    `feed` brings the inbox's updates to the worker.
    """

    def __init__(self, database: Database, files: Files, clock: Clock) -> None:
        self.files = files
        self._database = database
        self._clock = clock
        self._jobs = Jobs(database, clock) if database.shared else None
        self.feed: Feed = SharedFeed(self._inbox, self._jobs) if self._jobs else LocalFeed(self._inbox)

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        url: str,
        files: str | Path,
        *,
        endpoint: str | None = None,
        clock: Clock = _utc_now,
        recover: bool = True,
        migrate: bool = True,
    ) -> AsyncIterator[Self]:
        """Open the database at `url`, in its newest shape, and the `files`: a folder, or s3://BUCKET/PREFIX.

        `endpoint` is where the bucket is served, if not by Amazon. `migrate` brings the database to its newest shape.
        `recover` gives back to the inbox what a dead process left running, where a database has one process at a time.
        Leave it off beside a running bot, as a command that only looks would: the rows are not a dead process's then.
        """
        async with Database.open(url, migrate=migrate) as database, kept_at(files, clock, endpoint) as kept:
            store = cls(database, kept, clock)
            if recover and not database.shared:
                async with store.write() as records:
                    await records.inbox.recover()
            yield store

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Records]:
        """One transaction: committed when the block ends, undone when it raises. Keep it short: writers queue."""
        async with self._database.write() as connection:
            yield Records(Transaction(connection, self._clock(), self._jobs))

    async def probe(self) -> None:
        """Try whether the database and the files take what is written. Raises StorageError where they do not."""
        await self._database.probe()
        await self.files.probe()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Records]:
        """One consistent view, for any number of readers side by side. Nothing can be changed through it."""
        async with self._database.read() as connection:
            yield Records(Transaction(connection, self._clock(), self._jobs))

    @asynccontextmanager
    async def sole(self, role: Role) -> AsyncIterator[None]:
        """Have a role for the block that only one process may have; wait until it is free.

        The sender and the caller find waiting what an earlier one left on its way. Where a database has one process at
        a time the role is free. Raises StorageDown, in the middle of the block, when it is lost: then wait for it
        again.
        """
        async with sole(self._database.address, role) if self._database.shared else nullcontext():
            if role in {"sender", "caller"}:
                async with self.write() as records:
                    await (records.outbox if role == "sender" else records.calls).recover()
            yield

    @asynccontextmanager
    async def _inbox(self) -> AsyncIterator[Inbox]:
        async with self.write() as records:
            yield records.inbox
