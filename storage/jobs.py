"""The jobs that spread a PostgreSQL's inbox over several processes, kept by procrastinate: one an unfinished update.

A job names its update and nothing else. The inbox is what counts: a job without an unfinished row is dropped, and a row
without a job gets one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import schema
from storage.connector import Connector
from storage.database import Database

DEAD_AFTER_S: Final = 10.0
"""A process that has shown no sign of life for so long is taken for dead, and its jobs are taken up by others."""

_QUEUE: Final = "inbox"
_TASK: Final = "work"
_UPDATE: Final = "update"
_FORGOTTEN_AFTER_S: Final = 3600.0
_LOWEST: Final = -(2**31)

# Written out, because not all of these tables are ours.
_STATE_OF_JOB: Final = sa.text(
    "SELECT inbox.finished, inbox.not_before, inbox.bot, inbox.chat FROM procrastinate_jobs AS job"
    " LEFT JOIN inbox ON inbox.id = (job.args->>'update')::bigint"
    " WHERE job.id = :job AND job.worker_id = :worker AND job.status = 'doing' FOR UPDATE OF job"
).columns(schema.inbox.c.finished, schema.inbox.c.not_before, schema.inbox.c.bot, schema.inbox.c.chat)
_DROPPED: Final = sa.text("DELETE FROM procrastinate_jobs WHERE id = :job")
_WAITS: Final = "UPDATE procrastinate_jobs SET status = 'todo', attempts = attempts + 1"
_WAITS_FOR: Final = sa.text(
    f"{_WAITS}, scheduled_at = now() + make_interval(secs => :seconds), lock = :lock WHERE id = :job"
)
_STRAYS_WAIT: Final = sa.text(
    f"{_WAITS}, scheduled_at = now() WHERE status = 'doing' AND worker_id = :worker AND id != ALL(:held)"
)
_STALLED: Final = (
    "SELECT job.id FROM procrastinate_jobs AS job"
    " WHERE job.status = 'doing' AND job.queue_name = 'inbox' AND job.worker_id IS DISTINCT FROM :worker"
    " AND NOT EXISTS (SELECT 1 FROM procrastinate_workers AS living WHERE living.id = job.worker_id"
    " AND living.last_heartbeat >= now() - make_interval(secs => :seconds))"
    " FOR UPDATE OF job SKIP LOCKED"
)
# One statement, which looks at a row again once it has it: whoever lists first and gives back then takes out of living
# hands what another one has listed, given back and fetched meanwhile.
_STALLED_WAIT: Final = sa.text(f"{_WAITS}, scheduled_at = now() WHERE id = ANY(ARRAY({_STALLED}))")
_WITHOUT_JOB: Final = sa.text(
    "SELECT id, bot, chat, turn FROM inbox WHERE finished IS NULL AND NOT EXISTS"
    " (SELECT 1 FROM procrastinate_jobs AS job WHERE job.status IN ('todo', 'doing')"
    " AND (job.args->>'update')::bigint = inbox.id) ORDER BY id"
)
_MOVED: Final = sa.text(
    "UPDATE procrastinate_jobs SET lock = split_part(lock, ':', 1) || ':' || :new"
    " WHERE status = 'todo' AND queue_name = 'inbox' AND split_part(lock, ':', 2) = :old"
)
_ONE_AT_A_TIME: Final = sa.text("SELECT pg_advisory_xact_lock(hashtextextended('lookout:sweep', 0))")


@dataclass(frozen=True, slots=True)
class Fetched:
    """A job that this process has now: its number, and its update's (inbox id)."""

    job: int
    update: int


class Jobs:
    """procrastinate's queue, as the inbox and its feed use it. `worker` is the number by which it knows a process."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        logging.getLogger("procrastinate").setLevel(logging.WARNING)  # below, it says what each job is called with
        self._database = database
        self._clock = clock
        self._manager = JobManager(Connector(database))

    async def add(self, connection: AsyncConnection, *rows: sa.Row[Any]) -> None:
        """Put jobs for rows of the inbox, which have id, bot, chat and turn, into the transaction open on `connection`.

        Each may be fetched at once: whoever does so sees by the row whether its update is due, and settles it if not.
        """
        if rows:
            await self._manager.batch_defer_jobs_async([_job(row) for row in rows], connection=connection)

    async def enlist(self) -> int:
        """Become one of those who work; forget those who have not been heard of for long."""
        await self._manager.prune_stalled_workers(_FORGOTTEN_AFTER_S)
        return await self._manager.register_worker()

    async def dismiss(self, worker: int) -> None:
        """Work no more. Jobs that are still in hand count as a dead process's from now on."""
        await self._manager.unregister_worker(worker)

    async def beat(self, worker: int) -> None:
        """Show a sign of life."""
        await self._manager.update_heartbeat(worker)

    async def fetch(self, worker: int) -> Fetched | None:
        """The job of least turn among those that are the first of a chat which has none in work."""
        job = await self._manager.fetch_job([_QUEUE], worker)
        return None if job is None else Fetched(_number(job), int(str(job.task_kwargs[_UPDATE])))

    async def settle(self, worker: int, job: int) -> None:
        """Drop a job whose update is finished, and let it wait otherwise, as long as its update does.

        Where it has been given to another process in the meantime, as after a long time without a database, it is left.
        """
        async with self._database.write() as connection:
            state = (await connection.execute(_STATE_OF_JOB, {"job": job, "worker": worker})).one_or_none()
            if state is None:
                return
            if state.finished is None and state.chat is not None:
                # By the length of the wait, since the database's clock may not agree with the one that set its end.
                left = (state.not_before - self._clock()).total_seconds() if state.not_before else 0.0
                waiting = {"job": job, "seconds": max(left, 0.0), "lock": _lock(state)}
                await connection.execute(_WAITS_FOR, waiting)
            else:
                await connection.execute(_DROPPED, {"job": job})

    async def give_back_strays(self, worker: int, held: Collection[int]) -> None:
        """Let the jobs wait again that this process was given without hearing of it: the answer was lost."""
        async with self._database.write() as connection:
            await connection.execute(_STRAYS_WAIT, {"worker": worker, "held": list(held)})

    async def take_over(self, worker: int) -> int:
        """Let the jobs of dead processes wait again. Returns how many."""
        async with self._database.write() as connection:
            return (await connection.execute(_STALLED_WAIT, {"worker": worker, "seconds": DEAD_AFTER_S})).rowcount

    async def sweep(self) -> int:
        """Give each unfinished update that has no job one. Returns how many had none."""
        async with self._database.write() as connection:
            await connection.execute(_ONE_AT_A_TIME)
            rows = (await connection.execute(_WITHOUT_JOB)).all()
            await self.add(connection, *rows)
        return len(rows)

    async def moved(self, connection: AsyncConnection, old: int, new: int) -> None:
        """A chat got another number: its jobs wait in one line with those of the new one. What is in work stays so."""
        await connection.execute(_MOVED, {"old": str(old), "new": str(new)})

    async def listen(self, news: Callable[[], None]) -> None:
        """Call `news` whenever a job was added, until the connection is lost: StorageDown."""

        async def heard(**_: object) -> None:
            news()

        await self._manager.listen_for_jobs(on_notification=heard, queues=[_QUEUE])


def _job(row: sa.Row[Any]) -> Job:
    """A lower turn is a higher priority; what shares a lock is worked on one at a time, in the order of priority."""
    return Job(
        queue=_QUEUE,
        task_name=_TASK,
        task_kwargs={_UPDATE: row.id},
        lock=_lock(row),
        queueing_lock=None,
        priority=max(_LOWEST, -row.turn),
    )


def _lock(row: sa.Row[Any]) -> str:
    return f"{row.bot}:{row.chat}"


def _number(job: Job) -> int:
    if job.id is None:
        raise ValueError("a job that was fetched has a number")
    return job.id
