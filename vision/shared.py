"""Equal questions about equal pictures are asked once: whoever else asks hears what the model said the first time.

A picture that reaches a thousand chats, each with the same watches, is judged for one of them. Each question is asked
alone, right after the pictures, so a score says nothing of who asked and holds for everybody while the same weights
run. Only scores are shared, and they are kept by digests: nothing of what people wrote or sent is.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from hashlib import sha256
from time import monotonic
from typing import Final, NamedTuple, get_args

from vision.backend import Backend
from vision.errors import EngineTimeout
from vision.request import Again, Delta, Done, Event, Priority, Request, Score, Timings, Usage

MOST_KEPT: Final = 65_536
"""Scores; the least lately used goes first. Each takes 265 bytes."""

_URGENCY: Final[tuple[Priority, ...]] = get_args(Priority)
_NO_WORK: Final = Done("stop", Usage(0, 0, 0, 0), Timings(0.0, 0.0, 0.0, 0.0, 0.0))

_Key = bytes


@dataclass(frozen=True, slots=True)
class Tally:
    """How many questions went to the model, were answered by what is kept, or joined one that was being asked."""

    asked: int
    kept: int
    joined: int


class Shared(Backend):
    """Asks another backend what is not known yet and nobody is asking, and nothing else."""

    def __init__(self, backend: Backend, *, most: int = MOST_KEPT) -> None:
        self._backend = backend
        self._most = most
        self._kept: OrderedDict[_Key, _Said] = OrderedDict()
        self._flights: dict[_Key, _Flight] = {}
        self._asked = self._found = self._joined = 0

    @property
    def tally(self) -> Tally:
        """What became of all questions so far."""
        return Tally(self._asked, self._found, self._joined)

    async def ask(self, request: Request) -> AsyncGenerator[Event, None]:
        """Answer a request as Backend says.

        A question is joined only where somebody asks it who is at least as urgent. If that one leaves or fails, it is
        asked for those who still wait; an error is only told to whoever asked.
        """
        asking = _Asking(request)
        self._divide(asking)
        try:
            for score in asking.untold():
                yield score
            async with aclosing(self._rest(asking)) as events:
                async for event in events:
                    match event:
                        case Score():
                            self._learn(asking, event)
                        case Again():
                            self._forget(asking)
                            yield event
                        case Delta() | Done() if asking.joined:
                            await self._hear_others(asking)
                    for score in asking.untold():
                        yield score
                    if not isinstance(event, Score | Again):
                        yield event
        finally:
            for key in asking.own:
                self._land(key, asking.own[key], None)

    def _divide(self, asking: _Asking) -> None:
        """Say what is known, join what is being asked, and take on what is left."""
        for key, places in asking.places.items():
            flight = self._flights.get(key)
            if said := self._kept.get(key):
                self._kept.move_to_end(key)
                asking.said[key] = said
                self._found += len(places)
            elif flight and _URGENCY.index(flight.priority) <= _URGENCY.index(asking.request.priority):
                asking.joined[key] = flight
                self._joined += len(places)
            else:
                asking.own[key] = self._flights[key] = _Flight(asking.request.priority)
                asking.numbered.append(key)
                self._asked += 1
                self._found += len(places) - 1

    def _rest(self, asking: _Asking) -> AsyncGenerator[Event, None]:
        """What the other backend is asked: the whole request but for what others answer."""
        request = asking.request
        if not request.questions:
            return self._backend.ask(request)
        texts = tuple(map(asking.text, asking.numbered))
        if not texts and not request.choices:
            if request.generate is None:
                return _nothing()
            request = replace(request, pictures=())
        return self._backend.ask(replace(request, questions=texts))

    def _learn(self, asking: _Asking, score: Score) -> None:
        key = asking.numbered[score.question]
        said = _Said(score.p_yes, score.outside)
        asking.said[key] = self._kept[key] = said
        self._kept.move_to_end(key)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        self._land(key, asking.own[key], said)

    def _forget(self, asking: _Asking) -> None:
        """The model died, and is asked anew: what it said counts no more, and newcomers join again."""
        asking.told.clear()
        for key, flight in asking.own.items():
            asking.said.pop(key, None)
            self._kept.pop(key, None)
            if flight.said.done():
                asking.own[key] = self._flights[key] = _Flight(flight.priority)

    def _land(self, key: _Key, flight: _Flight, said: _Said | None) -> None:
        """Tell those who joined; None where they have to ask themselves."""
        if self._flights.get(key) is flight:
            del self._flights[key]
        if not flight.said.done():
            flight.said.set_result(said)

    async def _hear_others(self, asking: _Asking) -> None:
        """Wait for what others asked, and ask for what they left. Raises EngineTimeout when the request is overdue."""
        left = []
        for key, flight in asking.joined.items():
            if said := await asking.in_time(flight):
                asking.said[key] = said
            else:
                left.append(key)
        asking.joined.clear()
        if left:
            async with aclosing(self.ask(asking.only(left))) as events:
                async for event in events:
                    if isinstance(event, Score):
                        asking.said[left[event.question]] = _Said(event.p_yes, event.outside)


class _Said(NamedTuple):
    """What the model said to one question."""

    p_yes: float
    outside: float


@dataclass(eq=False, slots=True)
class _Flight:
    """A question that is being asked; `said` will be None where whoever asked it has left without an answer."""

    priority: Priority
    said: asyncio.Future[_Said | None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class _Asking:
    """One request on its way: its questions by their keys, who answers each, and what has been said and told."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.places: Mapping[_Key, Sequence[int]] = _places(request)
        self.own: dict[_Key, _Flight] = {}
        self.numbered: list[_Key] = []  # as the other backend is asked
        self.joined: dict[_Key, _Flight] = {}
        self.said: dict[_Key, _Said] = {}
        self.told: set[_Key] = set()
        self._due = None if request.deadline_s is None else monotonic() + request.deadline_s

    def text(self, key: _Key) -> str:
        """The question that has that key."""
        return self.request.questions[self.places[key][0]]

    def untold(self) -> Iterator[Score]:
        """What has been said and not been told yet, at every place where it is asked."""
        for key in [key for key in self.said if key not in self.told]:
            self.told.add(key)
            for place in self.places[key]:
                yield Score(place, *self.said[key])

    def only(self, keys: Sequence[_Key]) -> Request:
        """These of its questions and nothing else, in the time that is left."""
        questions = tuple(map(self.text, keys))
        return replace(
            self.request, conversation=(), generate=None, choices=(), questions=questions, deadline_s=self._left_s()
        )

    async def in_time(self, flight: _Flight) -> _Said | None:
        """What comes of a question that somebody else asked. Raises EngineTimeout where that takes too long."""
        try:
            async with asyncio.timeout(self._left_s()):
                return await asyncio.shield(flight.said)
        except TimeoutError as error:
            raise EngineTimeout(f"an answer was not there within the {self.request.deadline_s:g} s given") from error

    def _left_s(self) -> float | None:
        return None if self._due is None else self._due - monotonic()


def _places(request: Request) -> Mapping[_Key, Sequence[int]]:
    """Where each question stands in a request."""
    pictures = sha256(",".join(picture.digest for picture in request.pictures).encode())
    places: dict[_Key, list[int]] = {}
    for place, text in enumerate(request.questions):
        about = pictures.copy()
        about.update(b"\0" + text.encode(errors="surrogatepass"))
        places.setdefault(about.digest(), []).append(place)
    return places


async def _nothing() -> AsyncGenerator[Event, None]:
    """The model is asked nothing."""
    yield _NO_WORK
