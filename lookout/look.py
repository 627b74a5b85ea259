"""The main story: look at a sighting once, answer in words, judge every watch."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from lookout.inquiry import Inquiry, request_of
from lookout.judge import verdict_of
from storage.records import Verdict
from vision.backend import Backend
from vision.errors import PromptTooLong
from vision.request import Again, Delta, Done, Score

Hear = Callable[[str], Awaitable[None]]
"""Is told the answer so far, each time it grew."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What one look brought: the whole answer (empty where none was asked for) and the verdicts, in the watches' order.

    `cut` says that the answer ran into its limit before the model was done.
    """

    answer: str
    verdicts: tuple[Verdict, ...]
    cut: bool = False


async def look(inquiry: Inquiry, backend: Backend, *, sighting: int, hear: Hear) -> Looked:
    """Ask the backend once and gather what it says; `hear` gets the words while they come.

    A conversation that has outgrown the model's context loses the older half of its turns, until it fits. Raises
    EngineError when the backend can't answer.
    """
    while True:
        try:
            return await _once(inquiry, backend, sighting=sighting, hear=hear)
        except PromptTooLong:
            if not inquiry.turns:
                raise
        pairs = len(inquiry.turns) // 2
        inquiry = replace(inquiry, turns=inquiry.turns[2 * -(-pairs // 2) :])


async def _once(inquiry: Inquiry, backend: Backend, *, sighting: int, hear: Hear) -> Looked:
    words: list[str] = []
    scores: dict[int, Score] = {}
    cut = False
    async for event in backend.ask(request_of(inquiry)):
        match event:
            case Score():
                scores[event.question] = event
            case Delta():
                words.append(event.text)
                await hear("".join(words))
            case Again():
                words.clear()
                scores.clear()
            case Done():
                cut = event.reason == "length"
    verdicts = tuple(
        verdict_of(watch, sighting, p_yes=scores[index].p_yes, outside=scores[index].outside)
        for index, watch in enumerate(inquiry.watches)
    )
    return Looked("".join(words).strip(), verdicts, cut)
