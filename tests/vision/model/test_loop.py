"""Many requests at once over the tiny weights: each ends once, none holds another up, and nothing is left behind."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pytest

from tests.conftest import Draw, shows_only
from vision.errors import BadGrammar, EngineError, EngineTimeout, PromptTooLong, VisionError
from vision.model import loop as loop_module
from vision.model.context import FORKS, Row
from vision.model.job import Job
from vision.model.loop import MOST_RUNNING, Loop
from vision.model.opening import Opening, open_loop
from vision.picture import Picture, open_picture, picture_from_rgb
from vision.request import (
    Choice,
    Delta,
    Done,
    Event,
    Generation,
    Message,
    Priority,
    Ranking,
    Request,
    Score,
)
from vision.weights import tiny_weights

CONTEXT_TOKENS = 1024
MOST_TURNS = 4000
LONG = "root ::= [a-z ]{200}"  # the tiny model by itself says no more than a few words
WORDS = ["is", "there", "a", "red", "circle", "or", "blue", "square", "in", "the", "picture", "yes", "no", "left", "of"]

Ended = Done | VisionError | None
"""How a request ended; None where it was cancelled."""


def picture(seed: int) -> Picture:
    return picture_from_rgb(32, 32, np.random.default_rng(seed).integers(0, 255, 32 * 32 * 3, np.uint8).tobytes())


def question(text: str, *pictures: Picture) -> tuple[Message, ...]:
    return (Message("user", text, pictures),)


def writes(text: str, *pictures: Picture, tokens: int = 20, chat: str = "") -> Request:
    return Request(question(text, *pictures), Generation(tokens, grammar=LONG), chat=chat)


def digests(request: Request) -> set[str]:
    pictures = [*request.pictures, *(one for turn in request.conversation for one in turn.pictures)]
    return {one.digest for one in pictures}


@dataclass
class Desk:
    """Asks a loop, notes what it tells, and holds it to account after every turn."""

    loop: Loop
    supplies: bool = True
    """Whether needed pictures are handed in at once."""
    pictures: dict[str, Picture] = field(default_factory=dict)
    open: dict[int, Request] = field(default_factory=dict)
    ends: dict[int, Ended] = field(default_factory=dict)
    events: list[tuple[int, Event]] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)

    # ---- what the loop tells ----

    def event(self, number: int, event: Event) -> None:
        assert number in self.open, "something is told after the end"
        self.events.append((number, event))
        if isinstance(event, Done):
            self._end(number, event)

    def failed(self, number: int, error: VisionError) -> None:
        self._end(number, error)

    def stopped(self, number: int) -> None:
        self._end(number, None)

    def need(self, digest: str) -> None:
        self.needs.append(digest)
        if self.supplies:
            self.loop.picture(self.pictures[digest])

    def alive(self) -> None:
        pass

    def _end(self, number: int, how: Ended) -> None:
        del self.open[number]
        self.ends[number] = how

    # ---- what a test does ----

    def ask(self, request: Request) -> int:
        number = len(self.open) + len(self.ends) + 1
        self.open[number] = request
        for one in (*request.pictures, *(one for turn in request.conversation for one in turn.pictures)):
            self.pictures[one.digest] = one
        self.loop.ask(number, request)
        return number

    def turn(self) -> None:
        self.loop.turn()
        running = [job for job in self.loop._jobs.values() if job.running]
        cache = self.loop._cache
        assert sum(line.busy for line in cache._lines + cache._alone) == len(running)
        assert sum(job.cells for job in running if not job.stage.elsewhere) <= self.loop._context.cells
        assert self.loop._cache.held + self.loop._cache._forks <= self.loop._context.cells

    def until(self, came: Callable[[], object]) -> None:
        """Let it compute until that has come; nobody waits for ever."""
        for _ in range(MOST_TURNS):
            if came():
                return
            self.turn()
        pytest.fail(f"still waiting after {MOST_TURNS} turns: {list(self.open)}")

    def end_of(self, number: int) -> Ended:
        self.until(lambda: number in self.ends)
        return self.ends[number]

    def done(self, number: int) -> Done:
        end = self.end_of(number)
        assert isinstance(end, Done), end
        return end

    def told(self, number: int) -> list[Event]:
        return [event for of, event in self.events if of == number]

    def text(self, number: int) -> str:
        return "".join(event.text for event in self.told(number) if isinstance(event, Delta))

    def writing(self, *numbers: int) -> None:
        """Until each of these has begun to write."""
        self.until(lambda: all(self.text(number) for number in numbers))

    def job(self, number: int) -> Job:
        return self.loop._jobs[number]

    def nothing_left(self) -> None:
        """All that requests have brought with them has gone again."""
        loop, eye = self.loop, self.loop._gallery._eye
        assert eye
        self.until(lambda: not loop._gallery.busy and not eye._held and loop._inbox.empty())
        assert not self.open
        assert not loop._jobs
        assert not loop._cancelled
        assert not loop._gallery._asked
        assert not eye._dropped
        assert not loop._scheduler._requests
        assert not loop._scheduler._served
        assert not any(line.busy for line in loop._cache._lines)
        assert loop._cache._forks == 0
        assert len(loop._layout._forks._free) == FORKS
        loop._cache.clear()
        assert loop._cache.held == 0
        assert not loop._cache._shares


@pytest.fixture(scope="module")
def loop() -> Iterator[Loop]:
    """A loop that is woken every few milliseconds, for a turn in which nothing is under way waits for a message."""
    weights = tiny_weights()
    opening = Opening(weights, 1, 0, CONTEXT_TOKENS, 2 * CONTEXT_TOKENS, 3_000_000, 300_000, plain=False)
    opened = open_loop(opening, lambda *_: True)
    over = threading.Event()

    def wake() -> None:
        while not over.wait(0.005):
            opened.loop._inbox.put(lambda: None)

    waker = threading.Thread(target=wake, daemon=True)
    waker.start()
    yield opened.loop
    over.set()
    waker.join(10)


@pytest.fixture
def desk(loop: Loop) -> Iterator[Desk]:
    """A loop with an empty cache, of which nothing may be left over afterwards."""
    loop._cache.clear()
    loop.out = desk = Desk(loop)
    yield desk
    for number in list(desk.open):
        loop.cancel(number)
    desk.until(lambda: not desk.open)
    desk.nothing_left()


# ---- many at once ----


def random_request(rng: random.Random, pictures: Sequence[Picture]) -> Request:
    def text() -> str:
        return " ".join(rng.choices(WORDS, k=rng.randint(1, 12)))

    shown = tuple(rng.sample(pictures, rng.choice([0, 1, 1, 1, 2])))
    tokens, temperature = rng.choice([0, 1, 5, 40, 5000]), rng.choice([0.0, 1.0])
    chances: list[Priority] = ["interactive", "camera", "batch"]
    return Request(
        question("too long " * 2000 if rng.random() < 0.03 else text(), *shown),
        Generation(tokens, temperature, seed=1) if rng.random() < 0.6 else None,
        shown,
        tuple(text() for _ in range(rng.choice([0, 0, 1, 3, 40, 200]))),
        tuple(Choice(text(), tuple(text() for _ in range(rng.randint(0, 5)))) for _ in range(rng.choice([0, 0, 1]))),
        chat=rng.choice("abc"),
        priority=rng.choice(chances),
        deadline_s=rng.choice([None, None, None, 0.0, 60.0]),
    )


class Post:
    """Hands in pictures some turns after they were needed; what nobody wants by then never comes."""

    def __init__(self, desk: Desk, rng: random.Random) -> None:
        self._desk, self._rng = desk, rng
        self._taken = 0
        self._due: list[tuple[int, str]] = []

    def deliver(self, turn: int) -> None:
        for digest in self._desk.needs[self._taken :]:
            self._due.append((turn + self._rng.choice([0, 1, 3, 10]), digest))
        self._taken = len(self._desk.needs)
        for due in [due for due in self._due if due[0] <= turn]:
            self._due.remove(due)
            if any(due[1] in digests(request) for request in self._desk.open.values()):
                self._desk.loop.picture(self._desk.pictures[due[1]])


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_is_asked_and_cancelled_each_ends_once_and_nothing_is_left(desk: Desk, seed: int) -> None:
    rng = random.Random(seed)
    pictures = [picture(100 * seed + number) for number in range(12)]
    desk.supplies, post, asked = False, Post(desk, rng), 0
    for turn in range(MOST_TURNS):
        if asked < 50 and len(desk.open) < 20:
            asked = desk.ask(random_request(rng, pictures))
        if desk.open and rng.random() < 0.15:
            desk.loop.cancel(rng.choice(list(desk.open)))
        if desk.ends and rng.random() < 0.05:
            desk.loop.cancel(rng.choice(list(desk.ends)))
        post.deliver(turn)
        desk.turn()
        if asked == 50 and not desk.open:
            break
    assert sorted(desk.ends) == list(range(1, 51))
    assert {Done, type(None)} <= {type(end) for end in desk.ends.values()}
    assert {type(end) for end in desk.ends.values()} <= {Done, type(None), EngineTimeout, PromptTooLong}


def test_streams_of_two_chats_are_written_side_by_side(desk: Desk) -> None:
    one, other = desk.ask(writes("tell", chat="a")), desk.ask(writes("say more", chat="b"))
    desk.done(one)
    desk.done(other)
    order = [number for number, event in desk.events if isinstance(event, Delta)]
    assert Counter(order).keys() == {one, other}
    both = order[order.index(other) : len(order) - order[::-1].index(one)]
    assert len(both) > 20
    assert not any(first == second == third for first, second, third in zip(both, both[1:], both[2:], strict=False))


def test_a_thousand_questions_do_not_stand_before_a_short_request(desk: Desk) -> None:
    many = desk.ask(Request(questions=tuple(f"Is it {n}, or {7 * n}?" for n in range(1000)), chat="a"))
    desk.until(lambda: desk.told(many))
    short = desk.ask(Request(questions=("Is it red?",), chat="b"))
    desk.done(short)
    scored = len(desk.told(many))
    assert scored < 500
    desk.done(many)
    assert sorted(e.question for e in desk.told(many) if isinstance(e, Score)) == list(range(1000))


def test_large_batches_take_no_forks_from_who_is_waited_for(desk: Desk) -> None:
    def many(chat: str) -> Request:
        return Request(questions=tuple(f"Is it {n}, or {chat}?" for n in range(300)), chat=chat, priority="batch")

    large = [desk.ask(many(chat)) for chat in "ab"]
    desk.until(lambda: all(desk.told(number) for number in large))
    short = desk.ask(Request(questions=("Is it red?",), chat="c"))
    desk.done(short)
    assert all(len(desk.told(number)) < 250 for number in large)
    for number in large:
        desk.done(number)


def counted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """From now on, the rows that are computed; the last number grows."""
    computed = [0]
    context = desk.loop._context
    decode, decode_picture = context.decode, context.decode_picture

    def decoding(rows: Sequence[Row]) -> None:
        computed[-1] += len(rows)
        decode(rows)

    def decoding_picture(embeddings: np.ndarray, *rest: object) -> None:
        computed[-1] += len(embeddings)
        decode_picture(embeddings, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(context, "decode", decoding)
    monkeypatch.setattr(context, "decode_picture", decoding_picture)
    return computed


def test_steps_are_bounded_while_the_eye_waits_for_its_turn(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk.loop._scheduler, "bounded_rows", 16)
    computed = counted(desk, monkeypatch)
    desk.loop._gallery._looking.add("something large")
    number = desk.ask(Request(question("tell me " * 200), Generation(1)))
    desk.until(lambda: computed[-1])
    assert computed == [16]
    desk.loop._gallery._looking.clear()
    computed.append(0)
    desk.until(lambda: computed[-1])
    assert computed[-1] > 400
    desk.done(number)


def test_a_new_picture_is_taken_in_by_bounded_steps_while_an_answer_streams(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    bound = 16
    monkeypatch.setattr(desk.loop._scheduler, "bounded_rows", bound)
    stream = desk.ask(writes("tell", tokens=150))
    desk.writing(stream)
    computed = counted(desk, monkeypatch)
    asks = desk.ask(writes("what is it", picture(7), tokens=2))
    stood_still = 0
    while asks not in desk.ends:
        before = desk.text(stream)
        desk.turn()
        stood_still += computed[-1] > 0 and desk.text(stream) == before
        computed.append(0)
    assert stream in desk.open
    assert stood_still == 0
    assert max(computed) == bound + 1, "beside the picture's rows goes the stream's own"
    assert sum(count == bound + 1 for count in computed) >= 4


# ---- pictures ----


def test_what_only_a_cancelled_request_wanted_is_asked_for_again(desk: Desk) -> None:
    desk.supplies = False
    shown = picture(20)
    first = desk.ask(writes("what is it", shown))
    desk.until(lambda: desk.needs)
    desk.loop.cancel(first)
    assert desk.end_of(first) is None
    second = desk.ask(writes("what is it", shown))
    desk.until(lambda: len(desk.needs) == 2)
    assert desk.needs == [shown.digest] * 2
    desk.loop.picture(shown)
    assert desk.done(second).usage.pictures_encoded == 1


def test_pixels_that_come_twice_or_for_nobody_do_no_harm(desk: Desk) -> None:
    shown = picture(21)
    desk.loop.picture(shown)
    number = desk.ask(writes("what is it", shown))
    desk.until(lambda: desk.needs)
    desk.loop.picture(shown)
    assert desk.done(number).usage.pictures_encoded == 1


def test_one_encoding_serves_all_who_show_the_same(desk: Desk) -> None:
    shown = picture(22)
    numbers = [desk.ask(writes(f"what is it {n}", shown, tokens=2)) for n in range(4)]
    for number in numbers:
        desk.done(number)
    assert desk.needs == [shown.digest]


# ---- the cache ----


def followed_up(desk: Desk, between: Sequence[Request]) -> tuple[Done, Done, str]:
    """A short talk about a picture, with other requests before its second question."""
    begun = question("what is in it?", picture(30))
    first = desk.ask(Request(begun, Generation(10)))
    before = desk.done(first)
    for request in between:
        desk.done(desk.ask(request))
    again = (*begun, Message("assistant", desk.text(first)), Message("user", "and where is it?"))
    second = desk.ask(Request(again, Generation(10)))
    return before, desk.done(second), desk.text(second)


def test_a_follow_up_finds_its_prompt_in_the_cache(desk: Desk) -> None:
    first, second, _ = followed_up(desk, [])
    assert first.usage.prompt_tokens > 50
    assert second.usage.cached_tokens >= first.usage.prompt_tokens
    assert second.usage.pictures_encoded == 0


def test_a_follow_up_finds_its_prompt_in_host_memory_and_says_the_same(desk: Desk) -> None:
    _, _, in_place = followed_up(desk, [])
    desk.loop._cache.clear()
    hits = desk.loop.shelves().host.hits
    others = [Request(question(f"{n} " + "tell me " * 8), Generation(1)) for n in range(2 * MOST_RUNNING)]
    first, second, text = followed_up(desk, others)
    assert desk.loop.shelves().host.hits == hits + 1
    assert second.usage.cached_tokens >= first.usage.prompt_tokens
    assert text == in_place


# ---- one bad request fails alone ----


@pytest.fixture(scope="module")
def house(draw: Draw) -> bytes:
    """A picture of a house, a tree and the sun."""
    return draw(shows_only("house", "tree", "sun"))


def two_writing(desk: Desk, drawn: bytes) -> tuple[int, int, str]:
    """A victim and a bystander who have begun to write, and what the bystander would say alone.

    It describes a picture in its own words, of which the model is sure: a grammar would soon force it into ties, which
    rounding decides.
    """
    describes = Request(question("Describe the image in detail.", open_picture(drawn)), Generation(100))
    alone = desk.ask(describes)
    assert desk.done(alone).usage.generated_tokens >= 20
    victim, bystander = desk.ask(writes("tell", tokens=100)), desk.ask(describes)
    desk.writing(victim, bystander)
    return victim, bystander, desk.text(alone)


def test_a_batch_that_is_refused_fails_only_whose_fault_it_is(
    desk: Desk, house: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    victim, bystander, alone = two_writing(desk, house)
    line = desk.job(victim).stage.line
    assert line
    decode, refused = desk.loop._context.decode, []

    def decoding(rows: Sequence[Row]) -> None:
        if victim in desk.open and any(line.slot in row.sequences for row in rows):
            refused.append(len(rows))
            raise EngineError("refused")
        decode(rows)

    monkeypatch.setattr(desk.loop._context, "decode", decoding)
    assert isinstance(desk.end_of(victim), EngineError)
    assert refused == [2, 1]
    assert bystander in desk.open
    desk.done(bystander)
    assert desk.text(bystander) == alone


def test_a_fault_in_reading_results_fails_one_without_its_words(
    desk: Desk, house: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    victim, bystander, alone = two_writing(desk, house)

    def computed(*_: object) -> None:
        raise RuntimeError("what a user wrote")

    monkeypatch.setattr(desk.job(victim).stage, "computed", computed)
    end = desk.end_of(victim)
    assert isinstance(end, EngineError)
    assert "RuntimeError" in str(end)
    assert "user" not in str(end)
    desk.done(bystander)
    assert desk.text(bystander) == alone


def test_a_grammar_that_is_wrong_fails_its_own_request_only(desk: Desk) -> None:
    bad = desk.ask(Request(question("tell"), Generation(grammar="root ::= nowhere")))
    good = desk.ask(writes("tell", tokens=3))
    assert isinstance(desk.end_of(bad), BadGrammar)
    desk.done(good)


def test_a_prompt_that_is_too_long_is_refused_and_says_by_how_much(desk: Desk) -> None:
    fits = desk.ask(Request(question("tell me " * 200), Generation(1)))
    tokens = desk.done(fits).usage.prompt_tokens
    longer = desk.ask(Request(question("tell me " * 400), Generation(1)))
    longest = desk.ask(Request(question("tell me " * 600), Generation(1)))
    ends = [desk.end_of(number) for number in (longer, longest)]
    overs = [end.over for end in ends if isinstance(end, PromptTooLong)]
    assert tokens < CONTEXT_TOKENS
    assert len(overs) == 2
    a_step = overs[1] - overs[0]  # 200 more words of each kind
    assert overs[0] == tokens + a_step + 1 - CONTEXT_TOKENS


# ---- ends ----


def test_cancelled_while_it_writes_it_stops(desk: Desk) -> None:
    number = desk.ask(writes("tell", tokens=150))
    desk.writing(number)
    desk.loop.cancel(number)
    assert desk.end_of(number) is None


def test_who_waits_past_the_deadline_is_refused_and_who_runs_is_not(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    clock = SimpleNamespace(monotonic=lambda: now[0], perf_counter=lambda: now[0])
    monkeypatch.setattr(loop_module, "time", clock)
    desk.supplies = False
    waits = desk.ask(Request(question("what is it", picture(40)), Generation(2), deadline_s=5.0))
    runs = desk.ask(Request(question("tell"), Generation(30, grammar=LONG), deadline_s=5.0))
    desk.writing(runs)
    now[0] += 4.5
    desk.turn()
    assert waits in desk.open
    now[0] += 1.0
    assert isinstance(desk.end_of(waits), EngineTimeout)
    assert runs in desk.open
    assert desk.done(runs).usage.generated_tokens == 30


def test_a_request_for_nothing_is_done_at_once(desk: Desk) -> None:
    number = desk.ask(Request())
    usage = desk.done(number).usage
    assert desk.told(number) == [desk.ends[number]]
    assert (usage.prompt_tokens, usage.generated_tokens, usage.pictures_encoded) == (0, 0, 0)


def test_a_choice_without_labels_is_made_and_another_beside_it_too(desk: Desk) -> None:
    number = desk.ask(Request(choices=(Choice("which?", ()), Choice("which?", ("red", "blue")))))
    desk.done(number)
    none, two, _ = desk.told(number)
    assert none == Ranking(0, (), ())
    assert isinstance(two, Ranking)
    assert two.choice == 1
    assert sum(two.p) == pytest.approx(1)


def test_an_answer_of_no_tokens_is_done_without_text(desk: Desk) -> None:
    number = desk.ask(Request(question("tell"), Generation(0)))
    assert desk.done(number).reason == "length"
    assert desk.text(number) == ""


def test_an_answer_of_some_tokens_has_so_many(desk: Desk) -> None:
    number = desk.ask(writes("tell", tokens=7))
    done = desk.done(number)
    assert (done.reason, done.usage.generated_tokens) == ("length", 7)


@pytest.mark.parametrize("tokens", [1, 5])
def test_every_time_is_told_and_none_is_below_nothing(desk: Desk, tokens: int) -> None:
    asked = Request(question("tell"), Generation(tokens, grammar=LONG), (picture(50 + tokens),), ("Is it red?",))
    timings = desk.done(desk.ask(asked)).timings
    assert min(timings.encode_s, timings.prefill_s, timings.score_s, timings.first_token_s) > 0
    assert timings.generate_s >= 0
