"""The main story: look at a sighting once, answer in words, judge every watch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import Any

from lookout.inquiry import Inquiry, request_of
from lookout.judge import verdict_of
from storage.records import Verdict
from vision.backend import Backend
from vision.errors import PromptTooLong
from vision.request import Again, Delta, Done, Request, Score

Hear = Callable[[str], None]
"""Is told the answer so far, each time it grew."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What one look brought: the whole answer (empty where none was asked for) and the verdicts, in the watches' order.

    `cut` says that the answer ran into its limit before the model was done, `stopped` that somebody wanted no more.
    """

    answer: str
    verdicts: tuple[Verdict, ...]
    cut: bool = False
    stopped: bool = False


async def look(
    inquiry: Inquiry, backend: Backend, *, sighting: int, hear: Hear = lambda _: None, stop: asyncio.Event | None = None
) -> Looked:
    """Ask the backend once and gather what it says; `hear` gets the words while they come.

    When `stop` is set the backend is told to stop; what it has said is the answer then, and watches that it has not
    judged yet are asked about alone. A conversation that has outgrown the model's context loses its oldest question and
    answer, until it fits. Raises EngineError when the backend can't answer.
    """
    heard = _Heard()
    while True:
        try:
            whole = await _unless(stop, _listen(backend, request_of(inquiry), heard, hear))
        except PromptTooLong:
            if not inquiry.turns:
                raise
            inquiry = replace(inquiry, turns=inquiry.turns[2:])
        else:
            break
    answer = "".join(heard.words).strip()
    if not heard.scores.keys() >= set(range(len(inquiry.watches))):
        await _listen(backend, request_of(replace(inquiry, answer=False)), heard, hear)
    return Looked(answer, _verdicts(inquiry, heard, sighting), heard.cut, stopped=not whole)


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


async def _unless(stop: asyncio.Event | None, work: Coroutine[Any, Any, None]) -> bool:
    """Do the work, or leave it when `stop` is set; says whether it was done."""
    if stop is None:
        await work
        return True
    doing, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        doing.cancel()
        stopping.cancel()
        await asyncio.wait({doing, stopping})
    return not doing.cancelled() and doing.result() is None


def _verdicts(inquiry: Inquiry, heard: _Heard, sighting: int) -> tuple[Verdict, ...]:
    return tuple(
        verdict_of(watch, sighting, p_yes=heard.scores[at].p_yes, outside=heard.scores[at].outside)
        for at, watch in enumerate(inquiry.watches)
    )
