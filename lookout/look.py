"""The main story: look at a sighting, answer in words, judge every watch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

from lookout.inquiry import Inquiry, request_of
from lookout.judge import doubtful, surest, verdict_of
from lookout.second import look_twice
from lookout.stopping import unless
from storage.records import Verdict
from vision.backend import Backend
from vision.errors import PromptTooLong
from vision.picture import Picture
from vision.request import Again, Delta, Done, Request, Score

Hear = Callable[[str], None]
"""Is told the answer so far, each time it grew."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What one look brought: the whole answer (empty where none was asked for) and the verdicts, in the watches' order.

    `cut` says that the answer ran into its limit before the model was done, `stopped` that somebody wanted no more, and
    `left_out` how many pictures the answer is not about, because they did not fit. `surest` says for each verdict which
    of the judged pictures it is about.
    """

    answer: str
    verdicts: tuple[Verdict, ...]
    cut: bool = False
    stopped: bool = False
    left_out: int = 0
    surest: tuple[int, ...] = ()


async def look(
    inquiry: Inquiry, backend: Backend, *, sighting: int, hear: Hear = lambda _: None, stop: asyncio.Event | None = None
) -> Looked:
    """Ask the backend about a picture once and gather what it says; `hear` gets the words while they come.

    Of several pictures, each is judged by itself, as it would be if it had come alone, and a watch's verdict is the
    surest yes among them; the answer is about all of them together. What is not a clear no is looked at twice. When
    `stop` is set the backend is told to stop; what it has said is the answer then, and watches that it has not judged
    yet are asked about alone. Raises EngineError when the backend can't answer.
    """
    looked = await _first(inquiry, backend, sighting=sighting, hear=hear, stop=stop)
    return replace(looked, verdicts=await _twice(inquiry, looked, backend))


async def _first(
    inquiry: Inquiry, backend: Backend, *, sighting: int, hear: Hear, stop: asyncio.Event | None
) -> Looked:
    """The answer, and what a first look makes of the watches."""
    if len(inquiry.pictures) == 1 and inquiry.judged == inquiry.pictures:
        return await _fitting(inquiry, backend, sighting=sighting, hear=hear, stop=stop)
    looked = Looked("", ())
    judged = await _judged(inquiry, backend, sighting=sighting) if inquiry.watches else []
    if inquiry.answer:
        looked = await _fitting(replace(inquiry, watches=()), backend, sighting=sighting, hear=hear, stop=stop)
    places = tuple(surest(verdicts) for verdicts in zip(*judged, strict=True))
    verdicts = tuple(judged[place][at] for at, place in enumerate(places))
    return replace(looked, verdicts=verdicts, surest=places)


async def _twice(inquiry: Inquiry, looked: Looked, backend: Backend) -> tuple[Verdict, ...]:
    """The verdicts, with a second look at each picture that one did not clearly deny."""
    verdicts = list(looked.verdicts)
    doubted = [at for at, verdict in enumerate(verdicts) if doubtful(verdict)]
    described = {inquiry.language: looked.answer} if inquiry.describes and looked.answer else {}
    asker = Request(chat=inquiry.chat, priority=inquiry.priority)
    for picture in sorted({looked.surest[at] for at in doubted}):
        these = [at for at in doubted if looked.surest[at] == picture]
        pairs = [(inquiry.watches[at], verdicts[at]) for at in these]
        with suppress(PromptTooLong):  # the description may be what is too much; then the first look stands
            seen = await look_twice(inquiry.judged[picture], pairs, backend, described=described, asker=asker)
            for at, verdict in zip(these, seen, strict=True):
                verdicts[at] = verdict
    return tuple(verdicts)


async def _judged(inquiry: Inquiry, backend: Backend, *, sighting: int) -> list[tuple[Verdict, ...]]:
    """The watches' verdicts on each picture."""
    each = []
    for picture in inquiry.judged:
        heard, alone = _Heard(), replace(inquiry, pictures=(picture,), answer=False)
        await _listen(backend, request_of(alone), heard, lambda _: None)
        each.append(_verdicts(alone, heard, sighting))
    return each


async def _fitting(
    inquiry: Inquiry, backend: Backend, *, sighting: int, hear: Hear, stop: asyncio.Event | None
) -> Looked:
    """As much of it as the model's context holds. Raises PromptTooLong where not even the least fits."""
    heard, asked, smaller = _Heard(), inquiry, _smaller(inquiry)
    while True:
        try:
            whole = await unless(stop, _listen(backend, request_of(asked), heard, hear))
        except PromptTooLong:
            if (less := next(smaller, None)) is None:
                raise
            asked = less
        else:
            break
    answer, left_out = "".join(heard.words).strip(), len(inquiry.pictures) - len(asked.pictures)
    if not heard.scores.keys() >= set(range(len(asked.watches))):
        await _listen(backend, request_of(replace(asked, answer=False)), heard, hear)
    verdicts = _verdicts(asked, heard, sighting)
    return Looked(answer, verdicts, heard.cut, not whole, left_out, surest=(0,) * len(verdicts))


def _smaller(inquiry: Inquiry) -> Iterator[Inquiry]:
    """What to ask instead, each time less: the oldest question with its answer goes, then one picture after the other.

    The newest question with its answer is worth more than some of many pictures; it goes in the end.
    """
    asked = inquiry
    while len(asked.turns) > 2:
        asked = replace(asked, turns=asked.turns[2:])
        yield asked
    yield from _with_fewer_pictures(asked)
    if asked.turns:
        asked = replace(asked, turns=())
        yield asked
        yield from _with_fewer_pictures(asked)


def _with_fewer_pictures(inquiry: Inquiry) -> Iterator[Inquiry]:
    for count in range(len(inquiry.pictures) - 1, 0, -1):
        yield replace(inquiry, pictures=_evenly(inquiry.pictures, count))


def _evenly(pictures: tuple[Picture, ...], count: int) -> tuple[Picture, ...]:
    """So many of them, the first and the last among them where there is more than one."""
    step = (len(pictures) - 1) / max(count - 1, 1)
    return tuple(pictures[round(n * step)] for n in range(count))


@dataclass(slots=True)
class _Heard:
    """What the backend has said so far."""

    words: list[str] = field(default_factory=list)
    scores: dict[int, Score] = field(default_factory=dict)
    cut: bool = False


async def _listen(backend: Backend, request: Request, heard: _Heard, hear: Hear) -> None:
    async for event in backend.ask(request):
        match event:
            case Score():
                heard.scores[event.question] = event
            case Delta():
                heard.words.append(event.text)
                hear("".join(heard.words))
            case Again():
                heard.words.clear()
                heard.scores.clear()
            case Done():
                heard.cut = event.reason == "length"


def _verdicts(inquiry: Inquiry, heard: _Heard, sighting: int) -> tuple[Verdict, ...]:
    return tuple(
        verdict_of(watch, sighting, p_yes=heard.scores[at].p_yes, outside=heard.scores[at].outside)
        for at, watch in enumerate(inquiry.watches)
    )
