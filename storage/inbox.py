"""Updates that Telegram handed over, kept until their work is done.

Within a chat they are worked on in the order of their row ids, which is the order of arrival; between chats it is the
chat's turn that counts. The turns of a chat's unfinished updates rise.

An album comes as an update for each of its pictures, with no end marker. Its first unfinished row stands for all of
them: it is due when no other part has come for a while, and what settles it settles the others. A text that may have
been cut into several messages waits for what goes on with it in the same way, and keeps them together as an album.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa

from storage import schema
from storage.queue import DONE, RUNNING, WAITING, Queue
from storage.records import Arrival, Held, Part
from storage.transaction import Transaction
from storage.turn import turn
from storage.whole import goes_on, may_go_on

ALBUM_SETTLES_AFTER: Final = timedelta(seconds=1)
"""An album of which no part has come for so long is taken to be complete. Telegram brings them within about as much."""

MOST_PARTS: Final = 10
"""Messages in an album of Telegram's. What claims to be more than that is worked on by itself."""

# Two that add an update of the same chat at once would not see each other, and might give both the same turn.
_ONE_AT_A_TIME: Final = sa.text("SELECT pg_advisory_xact_lock(hashtextextended('lookout:inbox:' || :chat, 0))")
_MESSAGES = ("message", "edited_message", "channel_post", "edited_channel_post")


class Inbox(Queue):
    """The inbox."""

    longest_wait = timedelta(minutes=10)

    def __init__(self, transaction: Transaction) -> None:
        super().__init__(transaction, schema.inbox)

    async def add(self, bot: int, body: dict[str, Any]) -> bool:
        """Keep a raw update. False if it is there already, finished or not."""
        chat, key = identity(body)
        jobs = self._transaction.jobs
        if jobs:
            await self._transaction.execute(_ONE_AT_A_TIME.bindparams(chat=str(chat)))
        album = await self._album_joined(bot, chat, body)
        row = {"bot": bot, "chat": chat, "key": key, "body": body, "turn": await self._next_turn(chat), "album": album}
        new = self._transaction.insert(schema.inbox).values(
            **row,
            state=WAITING,
            attempts=0,
            created=self._transaction.now,
            not_before=album and self._transaction.now + ALBUM_SETTLES_AFTER,
        )
        fresh = new.on_conflict_do_nothing(index_elements=["bot", "key"]).returning(schema.inbox)
        added = (await self._transaction.execute(fresh)).one_or_none()
        if added and album:
            await self._wait_for_more(added)
        if jobs and added:
            await jobs.add(self._transaction.connection, added)
        return added is not None

    async def take(self, busy_chats: Collection[int] = ()) -> Arrival | None:
        """The due update of least turn among the chats that have none in work and are not in `busy_chats`.

        Marks it running.
        """
        row, before = schema.inbox.c, schema.inbox.alias("before").c
        held_up = sa.exists().where(before.finished.is_(None), before.chat == row.chat, before.id < row.id)
        due = row.finished.is_(None) & (row.state == WAITING) & self._due() & row.chat.not_in(busy_chats)
        first = sa.select(row.id).where(due, ~held_up).order_by(row.turn, row.id).limit(1)
        found = (await self._transaction.execute(first)).scalar()
        return None if found is None else await self._arrival(await self._start(row.id == found))

    async def start(self, id: int) -> Arrival | None:  # noqa: A002
        """The update with that id, if it is due and not finished; marks it running."""
        row = schema.inbox.c
        return await self._arrival(await self._start((row.id == id) & row.finished.is_(None) & self._due()))

    async def held(self, arrival: Arrival) -> Held | None:
        """How the update that is being worked on stands; None where it is in other hands by now, or finished."""
        asked = sa.select(schema.inbox.c.message, schema.inbox.c.stop).where(self._mine(arrival))
        row = (await self._transaction.execute(asked)).one_or_none()
        return row and Held(row.message, row.stop)

    async def placed(self, arrival: Arrival, message_id: int) -> bool:
        """A message of ours shows the answer from now on. False where one does already, or as in `held`."""
        free = self._mine(arrival) & schema.inbox.c.message.is_(None)
        placed = sa.update(schema.inbox).where(free).values(message=message_id)
        return (await self._transaction.execute(placed)).rowcount == 1

    async def left(self, arrival: Arrival, message_id: int) -> bool:
        """That message of ours does not show the answer any more, so another one may. False as in `held`."""
        shown = self._mine(arrival) & (schema.inbox.c.message == message_id)
        left = sa.update(schema.inbox).where(shown).values(message=None)
        return (await self._transaction.execute(left)).rowcount == 1

    async def in_work_before(self, bot: int, body: dict[str, Any]) -> Arrival | None:
        """What is being worked on in the chat of a kept update, or waits for another try, and came before it."""
        row, (chat, key) = schema.inbox.c, identity(body)
        own = sa.select(row.id).where(row.bot == bot, row.key == key).scalar_subquery()
        begun = row.finished.is_(None) & ((row.state == RUNNING) | row.error.is_not(None))
        older = sa.select(schema.inbox).where(row.bot == bot, row.chat == chat, begun, row.id < own)
        found = await self._transaction.execute(older.order_by(row.id.desc()).limit(1))
        return await self._arrival(found.one_or_none())

    async def stop(self, arrival: Arrival, body: dict[str, Any]) -> bool:
        """Mark the work on an update to be stopped, as another kept update (`body`) wishes, which is done with that.

        False where it is not in work any more: then the wish waits for its turn. The mark holds while the work fails in
        good order and is tried again; it is lost when the process dies.
        """
        row = schema.inbox.c
        begun = (row.id == arrival.id) & (row.attempts == arrival.attempts) & row.finished.is_(None)
        stopped = sa.update(schema.inbox).where(begun).values(stop=True)
        if (await self._transaction.execute(stopped)).rowcount == 0:
            return False
        wish = (row.bot == arrival.bot) & (row.key == identity(body)[1]) & row.finished.is_(None)
        fulfilled = {"state": DONE, "finished": self._transaction.now}
        await self._transaction.execute(sa.update(schema.inbox).where(wish).values(**fulfilled))
        return True

    async def recover(self) -> int:
        """As the queues do; who wished a dead process to stop has to wish it anew."""
        dead = schema.inbox.c.finished.is_(None) & (schema.inbox.c.state == RUNNING)
        await self._transaction.execute(sa.update(schema.inbox).where(dead).values(stop=False))
        return await super().recover()

    async def give_back(self, arrival: Arrival) -> None:
        """Let an update wait again as if it had not been taken."""
        untaken = {"state": WAITING, "attempts": arrival.attempts - 1, "stop": False}
        await self._transaction.execute(sa.update(schema.inbox).where(self._mine(arrival)).values(**untaken))

    async def done(self, arrival: Arrival) -> bool:
        """The update's work is finished and committed. False if it is finished already, or in other hands.

        Then what came of the work must not be kept: somebody else has said it, or will.
        """
        return await self._finish(arrival, DONE)

    async def outgrown(self, arrival: Arrival) -> bool:
        """Whether a part of its album has come since it was taken: then it should be given back and taken whole."""
        if not arrival.parts:
            return False
        row = schema.inbox.c
        album, known = album_of(arrival.body), [part.id for part in arrival.parts]
        if album is None:  # a text: what was not there when it was taken is no part of it
            return False
        others = _of(arrival.bot, arrival.chat, album) & row.finished.is_(None) & row.id.not_in(known)
        return (await self._transaction.execute(sa.select(row.id).where(others).limit(1))).scalar() is not None

    async def finish_parts(self, arrival: Arrival) -> None:
        """An album's update has been settled, and with it the others that were taken together with it."""
        row = schema.inbox.c
        others = row.id.in_([part.id for part in arrival.parts if part.id != arrival.id]) & row.finished.is_(None)
        settled = {"state": DONE, "finished": self._transaction.now}
        if arrival.parts:
            await self._transaction.execute(sa.update(schema.inbox).where(others).values(**settled))

    async def album(self, bot: int, chat: int, album: str) -> tuple[Part, ...]:
        """All updates of an album so far, in the order of arrival."""
        row = schema.inbox.c
        parts = sa.select(row.id, row.body, row.finished).where(_of(bot, chat, album)).order_by(row.id)
        rows = await self._transaction.execute(parts)
        return tuple(Part(part.id, part.body, part.finished is not None) for part in rows)

    async def before(self, arrival: Arrival, other: dict[str, Any] | None = None) -> dict[str, Any] | None:
        """The last update about the same message that came before this one, if one did: what an edit has changed.

        Or that about the message of an `other` raw update: how that stood when this one came.
        """
        row, message = schema.inbox.c, ":".join(identity(other or arrival.body)[1].split(":")[1:3])
        found: list[int] = []
        for kind in _MESSAGES:  # their numbers alone: a live location is edited thousands of times
            same = (row.bot == arrival.bot) & (row.key > f"{kind}:{message}:") & (row.key < f"{kind}:{message};")
            found += (await self._transaction.execute(sa.select(row.id).where(same))).scalars()
        last = max((each for each in found if each < arrival.id), default=None)
        if last is None:
            return None
        return dict((await self._transaction.execute(sa.select(row.body).where(row.id == last))).scalar_one())

    async def as_edited(self, arrival: Arrival, body: dict[str, Any]) -> dict[str, Any]:
        """The last update about the message of a raw one, as edits had left that when this update came."""
        return await self.before(arrival, body) or body

    async def _start(self, which: sa.ColumnElement[bool], **values: Any) -> sa.Row[Any] | None:
        # Where it was running its process has died.
        return await super()._start(which, stop=schema.inbox.c.stop & (schema.inbox.c.state == WAITING), **values)

    async def _arrival(self, row: sa.Row[Any] | None) -> Arrival | None:
        if row is None:
            return None
        parts = () if row.album is None else await self.album(row.bot, row.chat, row.album)
        return Arrival(row.id, row.bot, row.chat, row.body, row.attempts, row.error, parts)

    async def _album_joined(self, bot: int, chat: int, body: dict[str, Any]) -> str | None:
        """The album, or the text in several messages, that a new update belongs to, unless that is full."""
        album = album_of(body) or await self._text_joined(bot, chat, body)
        if album is None:
            return None
        count = sa.select(sa.func.count()).select_from(schema.inbox).where(_of(bot, chat, album))
        return album if (await self._transaction.execute(count)).scalar_one() < MOST_PARTS else None

    async def _text_joined(self, bot: int, chat: int, body: dict[str, Any]) -> str | None:
        """The text that a new update goes on with, while that waits for it, or may begin."""
        row = schema.inbox.c
        unfinished = sa.select(schema.inbox).where(row.bot == bot, row.chat == chat, row.finished.is_(None))
        last = (await self._transaction.execute(unfinished.order_by(row.id.desc()).limit(1))).one_or_none()
        if last and self._is_open(last) and goes_on(body, last.body):
            return str(last.album)
        return f"text {body['message'].get('message_id')}" if may_go_on(body) else None

    def _is_open(self, last: sa.Row[Any]) -> bool:
        """Whether a row still waits for what goes on with it. What was put back by `replay` waits for nothing."""
        waits = last.attempts == 0 and last.not_before is not None
        return last.album is not None and waits and last.not_before > self._transaction.now

    async def _wait_for_more(self, newest: sa.Row[Any]) -> None:
        """None of its album is due before the newest part; what is put off for longer stays so."""
        row = schema.inbox.c
        earlier = row.finished.is_(None) & (row.not_before < newest.not_before)
        waiting = sa.update(schema.inbox).where(_of(newest.bot, newest.chat, newest.album), earlier)
        await self._transaction.execute(waiting.values(not_before=newest.not_before))

    async def _next_turn(self, chat: int) -> int:
        row = schema.inbox.c
        running = sa.select(sa.func.max(row.turn)).where(sa.text("state = 'running'"))
        least = sa.select(sa.func.min(row.turn)).where(row.finished.is_(None))
        newest = sa.select(row.turn).where(row.finished.is_(None), row.chat == chat).order_by(row.id.desc()).limit(1)
        known = {"running": running, "least": least, "newest": newest}
        asked = sa.select(*(each.scalar_subquery().label(name) for name, each in known.items()))
        found = (await self._transaction.execute(asked)).one()
        return turn(running=found.running, least=found.least, newest=found.newest)


def _of(bot: int, chat: int, album: str) -> sa.ColumnElement[bool]:
    row = schema.inbox.c
    return (row.chat == chat) & (row.album == album) & (row.bot == bot)


def identity(body: dict[str, Any]) -> tuple[int, str]:
    """The chat that an update belongs to (0 for none), and the key by which it is known when it comes again.

    `update_id` alone will not do: after an idle week Telegram starts it anew at random.
    """
    kind, content = next(((name, part) for name, part in body.items() if isinstance(part, dict)), ("", {}))
    chat = _chat(content.get("message") if kind == "callback_query" else content)
    if kind in _MESSAGES and "message_id" in content:
        # Edits within one second (a live location's) differ in nothing else.
        edit = f"{content['edit_date']}:{body.get('update_id')}" if "edit_date" in content else "0"
        return chat, f"{kind}:{chat}:{content['message_id']}:{edit}"
    if kind.endswith("_query") and "id" in content:
        return chat, f"{kind}:{content['id']}"
    return chat, f"{kind}:{body.get('update_id')}:{content.get('date', 0)}"


def album_of(body: dict[str, Any]) -> str | None:
    """The album that an update is a part of; an edit comes alone, whatever it edits."""
    message = body.get("message")
    album = message.get("media_group_id") if isinstance(message, dict) else None
    return album if isinstance(album, str) and album else None


def _chat(holder: object) -> int:
    chat = holder.get("chat") if isinstance(holder, dict) else None
    number = chat.get("id") if isinstance(chat, dict) else None
    return number if isinstance(number, int) else 0
