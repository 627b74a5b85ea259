"""How good the alerts are: drawn pictures through the sandbox, before and after people said which were right.

A group has twenty watches. Half of the pictures are sent, then somebody presses Right or Wrong, truthfully, under the
first alerts of each watch in turn, then the other half is sent. What the first look alone would have told is noted on
the way.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice, zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from unittest.mock import patch

from bench.table import table
from bench.watches.conditions import CONDITIONS, Condition
from bot import pace
from bot.assembly import Assembly, assembled
from bot.settings import Settings
from lookout.second import Doubted, look_twice
from lookout.threshold import threshold_of
from sandbox.driver import Driver, Message
from storage.records import Verdict, Watch
from tiny.evaluate import DRAWERS
from tiny.world.chance import stream
from tiny.world.picture import jpeg_bytes
from tiny.world.scene import Scene, random_scene
from vision.weights import tiny_weights

PRESSES: Final = 30
_FAST: Final = pace.Rate(1_000_000, 1.0)  # Telegram's rates would make it an hour of waiting
_AT_ONCE: Final = 25
_LOOK_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Round:
    """One half: of each picture its scene, and for each watch the pictures that were told, by both looks and by one."""

    scenes: tuple[Scene, ...]
    told: tuple[frozenset[int], ...]
    told_at_first: tuple[frozenset[int], ...]
    thresholds: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """How many pictures it held in, in how many it was told, and in how many of these rightly."""

    true: int
    told: int
    right: int

    def __add__(self, other: Score) -> Score:
        return Score(self.true + other.true, self.told + other.told, self.right + other.right)

    @property
    def precision(self) -> str:
        """Right ones among those told."""
        return f"{self.right / self.told:.3f}" if self.told else "–"

    @property
    def recall(self) -> str:
        """Those told rightly among all."""
        return f"{self.right / self.true:.3f}" if self.true else "–"


async def quality(pictures: int, *, threads: int) -> str:
    """The table; `pictures` are sent before the presses, and as many others after them."""
    async with _bot(threads) as (assembly, group):
        watches = await _subscribed(assembly, group)
        noted: list[Verdict] = []
        with _first_looks(noted):
            before, alerts = await _round(assembly, group, watches, noted, _drawn(0, pictures))
            pressed = await _press(assembly, group, before, alerts, watches)
            watches = await _watches(assembly, group)
            after, _ = await _round(assembly, group, watches, noted, _drawn(pictures, pictures))
    return _table(before, after, pressed)


# ---- the bot ----


@asynccontextmanager
async def _bot(threads: int) -> AsyncIterator[tuple[Assembly, Driver]]:
    """A bot at work, and somebody in a group where it only watches."""
    with TemporaryDirectory() as folder, ExitStack() as patched:
        for rate in ("ALL", "PRIVATE", "GROUP"):
            patched.enter_context(patch.object(pace, rate, _FAST))
        settings = Settings(
            _env_file=None,
            telegram_token=None,
            data=Path(folder),
            threads=threads,
            sandbox_port=0,
            web_port=0,
            log_level="ERROR",
        )
        async with assembled(settings) as assembly, Driver(assembly.page or "") as person:
            running = asyncio.create_task(assembly.run())
            yield assembly, await person.group("Neighbours")
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running


async def _subscribed(assembly: Assembly, group: Driver) -> list[Watch]:
    for condition in CONDITIONS:
        await group.say(f"/watch {condition.text}")
        await _quiet(assembly)
    watches = await _watches(assembly, group)
    if [watch.condition for watch in watches] != [condition.text for condition in CONDITIONS]:
        raise SystemExit(f"not the watches that were wanted: {[watch.condition for watch in watches]}")
    return watches


async def _watches(assembly: Assembly, group: Driver) -> list[Watch]:
    async with assembly.store.read() as records:
        return await records.watches.of_chat(group.chat)


async def _quiet(assembly: Assembly) -> None:
    """Until all that came in is done and all that was to be said is said."""
    while True:
        await asyncio.sleep(_LOOK_S)
        async with assembly.store.read() as records:
            waiting = [await records.inbox.depth(), await records.outbox.depth()]
        if not any(depth[state] for depth in waiting for state in ("waiting", "running")):
            return


# ---- pictures and alerts ----


def _drawn(first: int, number: int) -> Iterator[tuple[bytes, Scene]]:
    """Pictures of a stream that training never draws from; every second one distorted, as in `tiny.evaluate`."""
    for each in range(first, first + number):
        rng = stream(f"watches/{each}")
        image, scene = DRAWERS["distorted" if each % 2 else "plain"](rng, random_scene(rng))
        yield jpeg_bytes(image, 90), scene


async def _round(
    assembly: Assembly,
    group: Driver,
    watches: Sequence[Watch],
    noted: list[Verdict],
    pictures: Iterator[tuple[bytes, Scene]],
) -> tuple[Round, dict[tuple[int, int], Message]]:
    """Send pictures; returns what came of them, and the alerts' messages by watch and picture (places in the lists)."""
    scenes: list[Scene] = []
    places: dict[int, int] = {}
    since = len(await group.messages())
    noted.clear()
    while batch := list(islice(pictures, _AT_ONCE)):
        for file, scene in batch:
            [sent] = await group.send_photo(file)
            places[sent["message_id"]] = len(scenes)
            scenes.append(scene)
        await _quiet(assembly)
    messages = (await group.messages())[since:]
    alerts = dict(_alerts(messages, {watch.id: at for at, watch in enumerate(watches)}, places))
    told = tuple(frozenset(picture for at, picture in alerts if at == each) for each in range(len(watches)))
    seen = await _sightings(assembly, watches, len(scenes))
    first = tuple(
        frozenset(seen[verdict.sighting] for verdict in noted if verdict.watch == watch.id and verdict.outcome == "yes")
        for watch in watches
    )
    return Round(tuple(scenes), told, first, tuple(map(threshold_of, watches))), alerts


def _alerts(
    messages: Sequence[Message], watches: Mapping[int, int], places: Mapping[int, int]
) -> Iterator[tuple[tuple[int, int], Message]]:
    """The alerts as people see them: a button under each names its watch, and it replies to its picture."""
    for message in messages:
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        data = [button["callback_data"] for row in rows for button in row]
        if own := next((each for each in data if each.startswith("alert:right:")), None):
            yield (watches[int(own.split(":")[2])], places[message["reply_to_message"]["message_id"]]), message


async def _sightings(assembly: Assembly, watches: Sequence[Watch], number: int) -> dict[int, int]:
    """Which of the last so many pictures each sighting was: a chat's are made in order."""
    async with assembly.store.read() as records:
        verdicts = await records.watches.verdicts(watches[0].id)
    return {verdict.sighting: at for at, verdict in enumerate(verdicts[-number:])}


@contextmanager
def _first_looks(noted: list[Verdict]) -> Iterator[None]:
    """Note the verdicts of first looks that a second one follows: no other can be a yes."""

    async def noting(picture: Any, doubted: Sequence[Doubted], *rest: Any, **named: Any) -> list[Verdict]:
        noted.extend(verdict for _, verdict in doubted)
        return await look_twice(picture, doubted, *rest, **named)

    with patch("lookout.look.look_twice", noting):
        yield


async def _press(
    assembly: Assembly,
    group: Driver,
    seen: Round,
    alerts: Mapping[tuple[int, int], Message],
    watches: Sequence[Watch],
) -> tuple[int, int]:
    """Say Right or Wrong under each watch's first alerts in turn; returns how often each was said."""
    turns = zip_longest(*(sorted(told) for told in seen.told))
    chosen = [(watch, picture) for turn in turns for watch, picture in enumerate(turn) if picture is not None]
    said = {True: 0, False: 0}
    for watch, picture in chosen[:PRESSES]:
        right = CONDITIONS[watch].holds(seen.scenes[picture])
        rows = alerts[watch, picture]["reply_markup"]["inline_keyboard"]
        act = f"alert:{'right' if right else 'wrong'}:{watches[watch].id}:"
        [data] = [each["callback_data"] for row in rows for each in row if each["callback_data"].startswith(act)]
        await group.press(alerts[watch, picture], data)
        said[right] += 1
    await _quiet(assembly)
    return said[True], said[False]


# ---- the table ----


def _table(before: Round, after: Round, pressed: tuple[int, int]) -> str:
    pictures = len(before.scenes)
    head = (
        "/watch",
        "so in",
        "first look alone: precision, recall",
        "as it is: precision, recall",
        "threshold after the presses",
        f"so in the next {pictures}",
        "first look alone",
        "as it is",
    )
    rows = [_row(at, condition, before, after) for at, condition in enumerate(CONDITIONS)]
    for name, group in (
        ("all", CONDITIONS),
        ("all but the absences", [condition for condition in CONDITIONS if not condition.absence]),
    ):
        places = [at for at, condition in enumerate(CONDITIONS) if condition in group]
        rows.append((f"**{name}**", *_cells(places, before), "", *_cells(places, after)))
    digest = sha256(tiny_weights().model.read_bytes()).hexdigest()[:12]
    title = f"Alerts of 20 watches, {pictures} drawn pictures, {sum(pressed)} presses, {pictures} more"
    note = f"\nPressed: {pressed[0]} times Right, {pressed[1]} times Wrong. Weights: tiny.gguf, sha256 {digest}….\n"
    return table(title, head, rows) + note


def _row(at: int, condition: Condition, before: Round, after: Round) -> tuple[str, ...]:
    moved = f"{before.thresholds[at]:.0%} → {after.thresholds[at]:.0%}"
    return condition.text, *_cells([at], before), moved, *_cells([at], after)


def _cells(places: Sequence[int], seen: Round) -> tuple[str, str, str]:
    """In how many it is so, then precision and recall of the first look and of both."""
    first, whole = (score_of(places, seen, told) for told in (seen.told_at_first, seen.told))
    return f"{whole.true:,}", f"{first.precision}, {first.recall}", f"{whole.precision}, {whole.recall}"


def score_of(places: Sequence[int], seen: Round, told: Sequence[frozenset[int]]) -> Score:
    """How good what these watches told is, all together."""
    total = Score(0, 0, 0)
    for at in places:
        true = {picture for picture, scene in enumerate(seen.scenes) if CONDITIONS[at].holds(scene)}
        total += Score(len(true), len(told[at]), len(true & told[at]))
    return total
