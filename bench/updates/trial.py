"""A whole bot that works on drawn updates, and what must hold of it afterwards."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, Final, Self
from unittest.mock import patch

from PIL import Image
from telegram.ext import CallbackQueryHandler, ExtBot

from bench.updates.owed import unanswered
from bench.updates.stand_in import StandIn
from bench.updates.updates import US, Json
from bot.courier import Courier
from bot.intake import Intake
from bot.metrics import Metrics
from bot.pace import Pace
from bot.stops import Stops
from bot.worker import Worker
from handlers.complaints import expected
from handlers.entry import Machine, machine
from handlers.split import LONGEST_CAPTION
from handlers.work import Context, Desk
from sandbox.markup.formatted import format_text
from storage import inbox
from storage.store import Store
from storage.whole import LONGEST_MESSAGE, units
from vision.pictures import Pictures
from vision.request import Delta, Done, Event, Ranking, Request, Score, Timings, Usage
from voice.note import VoiceNote

_DONE: Final = Done("stop", Usage(0, 0, 0, 0), Timings(0, 0, 0, 0, 0))
_LIMITS: Final = {"text": LONGEST_MESSAGE, "photo": LONGEST_CAPTION, "voice": LONGEST_CAPTION}
_PATIENCE_S: Final = 60.0
_LOOK_AGAIN_S: Final = 0.5
_KEPT: Final = ("alembic_version", "sqlite_sequence")

Moves = set[tuple[int, int]]
"""From which chat to which other one groups have moved."""


class Broken(AssertionError):
    """What must hold does not; the text says what, and of which update."""


class Quick:
    """A model that answers at once, and a voice that speaks at once."""

    async def ask(self, request: Request) -> AsyncGenerator[Event, None]:
        """Yes to every second question; the first label; a box where JSON is asked for."""
        for number in range(len(request.questions)):
            yield Score(number, 0.9 if number % 2 == 0 else 0.1, 0.0)
        for number, choice in enumerate(request.choices):
            count = len(choice.labels)
            yield Ranking(number, (0.0,) * count, (1 / count,) * count)
        if request.generate:
            boxes = '[{"label": "a <b>", "box": [100, 100, 300, 400]}]'
            yield Delta(boxes if request.generate.json_schema else "**A cat** & a _dog_ <b>")
        yield _DONE

    async def speak(self, text: str, language: str) -> VoiceNote:  # noqa: ARG002
        """The shortest note."""
        return VoiceNote(b"OggS", 1.0)

    async def aclose(self) -> None:
        """Nothing to close."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing to close."""


@dataclass(slots=True)
class Tally:
    """What went through so far: updates and replies by kind."""

    updates: Counter[str] = field(default_factory=Counter)
    replies: Counter[str] = field(default_factory=Counter)
    began: float = field(default_factory=time.monotonic)


class Settling:
    """Hears from the worker how many updates it has settled, so that nobody has to ask the database all the time."""

    def __init__(self) -> None:
        self.open = 0
        self.news = asyncio.Event()

    def settled(self) -> None:
        """One more is."""
        self.open -= 1
        if self.open <= 0:
            self.news.set()

    async def wait(self) -> None:
        """Until all may be settled, or it is time to look again."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.news.wait(), _LOOK_AGAIN_S)
        self.news.clear()


class Trial:
    """Runs conversations through intake, inbox, handlers and outbox, each from an empty database."""

    def __init__(
        self,
        store: Store,
        application: Machine,
        *,
        database: Path,
        telegram: StandIn,
        intake: Intake,
        settling: Settling,
    ) -> None:
        self._store = store
        self._database = database
        self._telegram = telegram
        self._intake = intake
        self._settling = settling
        self._surprises: list[str] = []
        self.tally = Tally()
        buttons = [one.pattern for one in application.handlers[0] if isinstance(one, CallbackQueryHandler)]
        self.presses = tuple(pattern.pattern for pattern in buttons if isinstance(pattern, re.Pattern))
        application.add_error_handler(self._note)

    async def run(self, updates: Sequence[Json]) -> None:
        """Work on one conversation to its end. Raises Broken."""
        async with asyncio.timeout(_PATIENCE_S):
            await self._idle()
        await asyncio.to_thread(self._clear)
        await self._intake.keep(updates)
        async with asyncio.timeout(_PATIENCE_S):
            while not self._surprises and await self._unfinished():
                await self._settling.wait()
        self._check(updates)

    async def _unfinished(self) -> int:
        async with self._store.read() as records:
            depth = await records.inbox.depth()
        self._settling.open = depth["waiting"] + depth["running"]
        return self._settling.open

    async def _idle(self) -> None:
        """Until nothing is worked on of a conversation that ended with a surprise: its rows would vanish underneath."""
        while True:
            await asyncio.to_thread(self._ask, "DELETE FROM inbox WHERE state = 'waiting'")
            if not await self._unfinished():
                return
            await self._settling.wait()

    def _ask(self, statement: str) -> None:
        with closing(sqlite3.connect(self._database)) as database, database:
            database.execute(statement)

    def _clear(self) -> None:
        self._surprises.clear()
        self._telegram.pressed.clear()
        with closing(sqlite3.connect(self._database)) as database, database:
            for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                if table not in _KEPT:
                    database.execute(f"DELETE FROM {table}")

    def _rows(self, table: str) -> list[dict[str, Any]]:
        with closing(sqlite3.connect(self._database)) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(f"SELECT * FROM {table} ORDER BY id")]

    async def _note(self, update: object, context: Context) -> None:
        if context.error and not expected(context.error):
            self._surprises.append(f"{context.error!r} at {_short(update)}")
            self._settling.news.set()

    def _check(self, updates: Sequence[Json]) -> None:
        if self._surprises:
            raise Broken(self._surprises[0])
        came = self._rows("inbox")
        if unfinished := [row for row in came if row["state"] != "done"]:
            raise Broken(f"left unfinished: {_short(unfinished[0])}")
        bodies = {row["id"]: json.loads(row["body"]) for row in came}
        moves = _moves(bodies.values())
        answered = set()
        for reply in self._rows("outbox"):
            update = bodies[int(reply["key"].partition(":")[0])]
            answered.add(update["update_id"])
            _sound(reply, update, moves)
            self.tally.replies[reply["kind"]] += 1
        if waiting := unanswered(bodies.values(), answered):
            raise Broken(f"left without an answer: {_short(waiting[0])}")
        for update in updates:
            self.tally.updates[next(name for name in update if name != "update_id")] += 1
            if "callback_query" in update and update["callback_query"]["id"] not in self._telegram.pressed:
                raise Broken(f"a press that was not answered: {_short(update)}")


def _sound(reply: dict[str, Any], update: Json, moves: Moves) -> None:
    """Whether Telegram would take the reply, and whether it goes where it was asked for."""
    told = update.get("message") or update.get("edited_message")
    spoken_to = told or update.get("callback_query", {}).get("message")
    if spoken_to is None or reply["chat"] not in _rooms(spoken_to["chat"]["id"], moves):
        raise Broken(f"said {reply['text']!r} where nobody asked: {_short(update)}")
    shown = format_text(reply["text"], "HTML" if reply["html"] else "").text
    if units(shown) > _LIMITS[reply["kind"]] or (reply["kind"] == "text" and not shown):
        raise Broken(f"a {reply['kind']} of {units(shown)} characters at {_short(update)}")
    if any(not 1 <= len(button["data"].encode()) <= 64 for row in json.loads(reply["buttons"]) for button in row):
        raise Broken(f"a button that Telegram refuses at {_short(update)}")


def _moves(updates: Iterable[Json]) -> Moves:
    """The moves that the updates tell of, be it in the old chat or in the new one."""
    moves = Moves()
    for message in (update["message"] for update in updates if "message" in update):
        chat = message["chat"]["id"]
        if "migrate_to_chat_id" in message:
            moves.add((chat, message["migrate_to_chat_id"]))
        if "migrate_from_chat_id" in message:
            moves.add((message["migrate_from_chat_id"], chat))
    return moves


def _rooms(chat: int, moves: Moves) -> set[int]:
    """Where what is asked in a chat may be answered: a group may have moved meanwhile, more than once."""
    rooms, before = {chat}, set[int]()
    while rooms != before:
        before = rooms
        rooms = before | {there for here, there in moves if here in before}
    return rooms


def _short(told: object) -> str:
    """What an error quotes, with long texts cut."""
    return re.sub(r"([^'\"]{60})[^'\"]+", r"\1…", str(told))


@asynccontextmanager
async def trial(folder: Path) -> AsyncIterator[Trial]:
    """A bot with its database in that folder."""
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    telegram = StandIn(_files())
    bot: ExtBot[None] = ExtBot("999:x", request=telegram, get_updates_request=telegram)
    application = machine(bot)
    metrics, quick, settling = Metrics(), Quick(), Settling()
    hurried = patch.object(inbox, "ALBUM_SETTLES_AFTER", timedelta(0))  # nobody waits for parts that do not come
    database = folder / "updates.db"
    async with Store.open(f"sqlite:///{database}", folder / "files") as store, Pictures() as pictures, bot:
        carrier = Courier(bot, Pace())
        desk = Desk(
            store, quick, quick, carrier, pictures, tiny=True, webhooks="public", watches_per_chat=100, watches=10_000
        )
        worker = Worker(application, desk, metrics, chats_at_once=8, settled=settling.settled)
        stops = Stops(bot, store)
        intake = Intake(US.id, store, metrics, arrived=worker.wake, stop=stops.hear)
        await application.initialize()
        tried = Trial(store, application, database=database, telegram=telegram, intake=intake, settling=settling)
        running = [asyncio.create_task(worker.run()), asyncio.create_task(stops.run())]
        try:
            with hurried:
                yield tried
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            await application.shutdown()


def _files() -> list[bytes]:
    """What people send: mostly pictures, some of them broken, and something else."""
    file = BytesIO()
    Image.new("RGB", (32, 24), (200, 30, 30)).save(file, "JPEG")
    jpeg = file.getvalue()
    return [*[jpeg] * 12, jpeg[: len(jpeg) // 2], b"no picture", b""]
