"""One look: what is asked in one request, and what is made of the answer. The backend is a script."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime

import pytest

from lookout.errors import NothingToLookAt
from lookout.inquiry import Inquiry, request_of
from lookout.look import look
from prompts.presets import preset
from storage.records import Turn, Watch
from vision.errors import PromptTooLong
from vision.picture import Picture, picture_from_rgb
from vision.request import Again, Delta, Done, Event, Request, Score, Timings, Usage

PICTURE = picture_from_rgb(1, 1, b"\0\0\0")
FIRE = Watch(5, 1, "fire", "en", datetime(2026, 1, 1, tzinfo=UTC))
DONE = Done("stop", Usage(1, 0, 1, 1), Timings(0, 0, 0, 0, 0))


def agreed(request: Request) -> list[Event | Exception]:
    """What a second look brings that finds the first one right: a description, and yes whichever way it is asked."""
    scores = [Score(at, 0.1 if "no sign of" in text else 0.9, 0.0) for at, text in enumerate(request.questions)]
    return [*scores, *([Delta("a fire")] if request.generate else []), DONE]


class Script:
    """A backend that plays one list of events a request, and then agrees; an exception among them is raised."""

    def __init__(self, *plays: list[Event | Exception]) -> None:
        self.plays = list(plays)
        self.requests: list[Request] = []

    async def ask(self, request: Request) -> AsyncGenerator[Event, None]:
        self.requests.append(request)
        for event in self.plays.pop(0) if self.plays else agreed(request):
            if isinstance(event, Exception):
                raise event
            yield event


async def looked(backend: Script, inquiry: Inquiry):
    heard: list[str] = []

    return await look(inquiry, backend, sighting=7, hear=heard.append), heard


async def test_words_and_verdicts_come_of_one_request():
    backend = Script([Score(0, 0.9, 0.01), Delta(" A red"), Delta(" circle."), DONE])
    result, heard = await looked(backend, Inquiry((PICTURE,), "en", watches=(FIRE,)))
    assert result.answer == "A red circle."
    assert heard == [" A red", " A red circle."]
    assert [(v.watch, v.sighting, v.outcome) for v in result.verdicts] == [(5, 7, "yes")]
    assert [(len(request.questions), bool(request.generate)) for request in backend.requests] == [(1, True), (2, False)]


async def test_a_clear_no_costs_no_second_look():
    backend = Script([Score(0, 0.1, 0.01), Delta("A cat."), DONE])
    result, _ = await looked(backend, Inquiry((PICTURE,), "en", watches=(FIRE,)))
    assert result.verdicts[0].outcome == "no"
    assert len(backend.requests) == 1


async def test_a_second_look_has_the_description_in_hand_and_asks_the_other_way_round():
    backend = Script([Score(0, 0.9, 0.0), Delta("A red ball."), DONE], [Score(0, 0.2, 0.0), Score(1, 0.9, 0.0), DONE])
    result, _ = await looked(backend, Inquiry((PICTURE,), "en", watches=(FIRE,)))
    described, turned = backend.requests[1].questions
    assert "A red ball." in described
    assert described.endswith("Answer yes or no: does this photo show fire?")
    assert turned == "Answer yes or no: is it true that there is no sign of fire?"
    assert result.verdicts[0].outcome == "no"


@pytest.mark.parametrize(
    "inquiry",
    [
        Inquiry((PICTURE,), "en", watches=(FIRE,), answer=False),
        Inquiry((PICTURE,), "en", watches=(FIRE,), question="How many?"),
        Inquiry((PICTURE,), "zh-hans", watches=(FIRE,)),
    ],
    ids=["no answer", "an answer to something else", "another language"],
)
async def test_where_no_description_is_there_one_is_asked_for(inquiry):
    backend = Script([Score(0, 0.9, 0.0), Delta("Two."), DONE])
    await looked(backend, inquiry)
    _, description, second = backend.requests
    assert [message.text for message in description.conversation] == ["Describe the image briefly and accurately."]
    assert "a fire" in second.questions[0]
    assert "Two." not in second.questions[0]


async def test_a_first_look_stands_where_a_second_one_is_too_long():
    backend = Script([Score(0, 0.9, 0.0), Delta("A fire."), DONE], [PromptTooLong(9)])
    result, _ = await looked(backend, Inquiry((PICTURE,), "en", watches=(FIRE,)))
    assert (result.verdicts[0].p_yes, result.verdicts[0].outcome) == (0.9, "yes")


async def test_what_came_before_the_engine_died_is_forgotten():
    backend = Script([Score(0, 0.1, 0), Delta("A gre"), Again(), Score(0, 0.9, 0), Delta("A red circle."), DONE])
    result, _ = await looked(backend, Inquiry((PICTURE,), "en", watches=(FIRE,)))
    assert result.answer == "A red circle."
    assert result.verdicts[0].p_yes == pytest.approx(0.9)


async def test_an_answer_that_ran_into_its_limit_says_so():
    result, _ = await looked(Script([Delta("A"), Done("length", DONE.usage, DONE.timings)]), Inquiry((PICTURE,), "en"))
    assert result.cut


async def test_the_oldest_questions_go_one_by_one_until_the_conversation_fits():
    turns = tuple(Turn(7, role, f"{role} {n}") for n in range(3) for role in ("user", "assistant"))
    backend = Script([PromptTooLong(9)], [PromptTooLong(3)], [Delta("a"), DONE])
    result, _ = await looked(backend, Inquiry((PICTURE,), "en", question="q", turns=turns))
    assert result.answer == "a"
    assert [len(request.conversation) for request in backend.requests] == [7, 5, 3]
    assert [message.text for message in backend.requests[2].conversation] == ["user 2", "assistant 2", "q"]
    assert backend.requests[2].conversation[0].pictures == (PICTURE,)


class Endless:
    """A backend that writes without end once it has judged; it sees who was stopped."""

    def __init__(self, *, judges: bool) -> None:
        self.judges = judges
        self.requests: list[Request] = []
        self.stopped = 0

    async def ask(self, request: Request) -> AsyncGenerator[Event, None]:
        self.requests.append(request)
        try:
            if self.judges or request.generate is None:
                for at, _ in enumerate(request.questions):
                    yield Score(at, 0.9, 0.0)
            while request.generate is not None:
                yield Delta("word ")
                await asyncio.sleep(0)
            yield DONE
        except (asyncio.CancelledError, GeneratorExit):
            self.stopped += 1
            raise


@pytest.mark.parametrize("judges", [True, False], ids=["after its watches", "before them"])
async def test_a_stopped_answer_keeps_what_was_said_and_all_its_verdicts(judges):
    backend, stop, heard = Endless(judges=judges), asyncio.Event(), []

    def hear(text: str) -> None:
        heard.append(text)
        if len(heard) == 3:
            stop.set()

    inquiry = Inquiry((PICTURE,), "en", watches=(FIRE,))
    async with asyncio.timeout(10):
        result = await look(inquiry, backend, sighting=7, hear=hear, stop=stop)
    assert result.stopped
    assert heard[2].strip() in result.answer
    assert [(verdict.watch, verdict.outcome) for verdict in result.verdicts] == [(FIRE.id, "yes")]
    assert backend.stopped == 1
    asked_again = 1 if judges else 2  # what was not judged yet, and for the second look
    assert [request.generate is not None for request in backend.requests] == [True] + [False] * asked_again


async def test_a_question_that_is_too_long_alone_is_refused():
    with pytest.raises(PromptTooLong):
        await looked(Script([PromptTooLong(9)]), Inquiry((PICTURE,), "en", question="q"))


def test_the_picture_comes_first_so_that_all_questions_share_it():
    turns = (Turn(7, "user", "what?"), Turn(7, "assistant", "a circle"))
    request = request_of(Inquiry((PICTURE,), "en", question="colour?", instruction="Be brief.", turns=turns))
    assert [(m.role, m.text, len(m.pictures)) for m in request.conversation] == [
        ("user", "Be brief.\n\nwhat?", 1),
        ("assistant", "a circle", 0),
        ("user", "colour?", 0),
    ]


def test_a_silent_look_only_scores():
    request = request_of(Inquiry((PICTURE,), "en", watches=(FIRE,), answer=False))
    assert request.generate is None
    assert request.conversation == ()
    assert request.questions == ("Answer yes or no: does this photo show fire?",)


def test_a_look_without_a_picture_is_refused():
    with pytest.raises(NothingToLookAt):
        request_of(Inquiry((), "en"))


def test_an_answer_is_turned_to_the_chats_language_where_the_question_stands():
    turns = (Turn(7, "user", "什么?"), Turn(7, "assistant", "圆"))
    request = request_of(Inquiry((PICTURE,), "zh-hans", question="colour?", turns=turns))
    assert [message.text for message in request.conversation] == ["什么?", "圆", "请用中文回答。\n\ncolour?"]


def test_a_preset_is_the_question_and_is_not_said_twice():
    chosen = preset("count", "en")
    inquiry = Inquiry((PICTURE,), "en", instruction=chosen)
    assert [message.text for message in request_of(inquiry).conversation] == [chosen]
    turns = (Turn(7, "user", inquiry.asked), Turn(7, "assistant", "2"))
    follow_up = request_of(Inquiry((PICTURE,), "en", question="colour?", instruction=chosen, turns=turns))
    assert [message.text for message in follow_up.conversation] == [chosen, "2", "colour?"]


def test_somebodys_own_question_comes_after_the_preset():
    chosen = preset("guide", "en")
    inquiry = Inquiry((PICTURE,), "en", question="Who built it?", instruction=chosen, place="Berlin", time="noon")
    [message] = request_of(inquiry).conversation
    assert message.text.startswith("Answer like a good tour guide")
    assert message.text.endswith("Time: noon.\nThe photo was taken at Berlin.\n\nWho built it?")


def pictures(count: int) -> tuple[Picture, ...]:
    return tuple(picture_from_rgb(1, 1, bytes([n, 0, 0])) for n in range(count))


async def test_several_pictures_are_judged_one_by_one_and_answered_together():
    album = pictures(3)
    scores: list[list[Event | Exception]] = [[Score(0, p, 0.0), DONE] for p in (0.2, 0.9, 0.7)]
    backend = Script(*scores, [Delta("All."), DONE])
    result, _ = await looked(backend, Inquiry(album, "en", question="which?", watches=(FIRE,)))
    first, again = backend.requests[:4], backend.requests[4:]
    assert [request.pictures for request in first] == [(album[0],), (album[1],), (album[2],), ()]
    assert first[3].conversation[0].pictures == album
    assert {message.pictures for request in again for message in request.conversation} == {(album[1],)}
    assert again[-1].pictures == (album[1],)
    [verdict] = result.verdicts
    assert (verdict.outcome, verdict.p_yes, result.surest) == ("yes", pytest.approx(0.9), (1,))
    assert (result.answer, result.left_out) == ("All.", 0)


@pytest.mark.parametrize("pictures", [(PICTURE,), (PICTURE, picture_from_rgb(1, 1, b"\1\1\1"))], ids=["one", "several"])
@pytest.mark.parametrize("priority", ["interactive", "camera"])
async def test_all_of_a_look_is_as_urgent_as_whoever_waits_for_it(pictures, priority):
    play: list[Event | Exception] = [Score(0, 0.9, 0.0), DONE]
    backend = Script(*[play] * len(pictures))
    await looked(backend, Inquiry(pictures, "en", watches=(FIRE,), answer=False, chat="ada", priority=priority))
    assert len(backend.requests) == len(pictures) + 2, "each by itself, a description, and the second look"
    assert {(request.chat, request.priority) for request in backend.requests} == {("ada", priority)}


async def test_only_the_pictures_that_are_to_be_watched_are_judged():
    album = pictures(3)
    backend = Script([Score(0, 0.9, 0.0), DONE])
    result, _ = await looked(backend, Inquiry(album, "en", watches=(FIRE,), watched=album[2:], answer=False))
    assert {request.pictures or request.conversation[0].pictures for request in backend.requests} == {(album[2],)}
    assert result.verdicts[0].outcome == "yes"


async def test_pictures_that_do_not_fit_are_left_out_evenly_after_all_turns_but_the_newest():
    turns = tuple(Turn(7, "user" if n % 2 == 0 else "assistant", f"{n}") for n in range(6))
    too_long: list[list[Event | Exception]] = [[PromptTooLong(9)]] * 5
    backend = Script(*too_long, [Delta("a"), DONE])
    album = pictures(6)
    result, _ = await looked(backend, Inquiry(album, "en", question="q", turns=turns))
    asked = [(len(request.conversation), len(request.conversation[0].pictures)) for request in backend.requests]
    assert asked == [(7, 6), (5, 6), (3, 6), (3, 5), (3, 4), (3, 3)]
    assert backend.requests[-1].conversation[0].pictures == (album[0], album[2], album[5])
    assert result.left_out == 3


async def test_where_the_newest_turn_does_not_fit_it_goes_and_the_pictures_come_back():
    turns = (Turn(7, "user", "q1"), Turn(7, "assistant", "a long answer"))
    too_long: list[list[Event | Exception]] = [[PromptTooLong(9)]] * 3
    backend = Script(*too_long, [Delta("a"), DONE])
    await looked(backend, Inquiry(pictures(3), "en", question="q", turns=turns))
    asked = [(len(request.conversation), len(request.conversation[0].pictures)) for request in backend.requests]
    assert asked == [(3, 3), (3, 2), (3, 1), (1, 3)]


def test_words_from_elsewhere_and_that_it_is_a_video_are_told_before_the_question():
    request = request_of(Inquiry(pictures(2), "en", words="Breaking!", video=True))
    assert request.conversation[0].text == (
        'These images are frames of one video, in order.\nThis came with the words "Breaking!".\n\n'
        "Describe briefly what happens."
    )
