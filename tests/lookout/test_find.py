"""What is believed of what a model writes when it is asked where something is."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookout.find import MOST_BOXES, boxes_in, find
from vision.picture import picture_from_rgb
from vision.request import Again, Delta, Done, Event, Request, Score, Timings, Usage

PICTURE = picture_from_rgb(2, 2, bytes(12))
DONE = Done("stop", Usage(0, 0, 0, 0), Timings(0, 0, 0, 0, 0))
ANSWER = '[{"label": "car", "box": [120, 300, 480, 610]}]'


class Script:
    """A backend that says what it is given, and remembers what it was asked and how far it was heard."""

    def __init__(self, *events: Event) -> None:
        self.events = events
        self.requests: list[Request] = []
        self.said = 0

    async def ask(self, request: Request) -> AsyncGenerator[Event, None]:
        self.requests.append(request)
        for event in self.events:
            self.said += 1
            yield event


def corners(answer: str) -> list[tuple[float, float, float, float]]:
    return [(box.left, box.top, box.right, box.bottom) for box in boxes_in(answer)]


def item(*box: object, label: str = "car") -> dict[str, object]:
    return {"label": label, "box": list(box)}


def test_a_box_is_in_thousandths_from_the_left_and_the_top():
    assert corners(ANSWER) == [(120, 300, 480, 610)]


def test_fractions_of_the_sides_are_understood():
    assert corners(json.dumps([item(0.12, 0.3, 0.48, 0.61)])) == [(120, 300, 480, 610)]


@pytest.mark.parametrize(
    "box",
    [
        (0, 0, 0, 0),
        (0, 0, 1000, 1000),
        (0, 0, 1, 1),
        (3, 2, 999, 998),
        (480, 300, 120, 610),
        (120, 610, 480, 300),
        (120, 300, 121, 610),
        (120, 300, 1344, 610),
        (10**15, 10**15, 10**15, 10**15),
    ],
    ids=str,
)
def test_a_box_that_says_nothing_is_none(box):
    assert corners(json.dumps([item(*box), item(120, 300, 480, 610)])) == [(120, 300, 480, 610)]


def test_a_box_that_is_repeated_counts_once():
    assert len(boxes_in(json.dumps([item(100, 100, 400, 400), item(101, 100, 400, 402)]))) == 1


def test_of_an_answer_that_was_cut_anywhere_the_whole_boxes_are_kept():
    whole = ANSWER[:-1] + ", " + json.dumps(item(700, 700, 900, 900, label="a} b] c"))
    for end in range(len(ANSWER) - 1, len(whole)):
        assert corners(whole[:end]) == [(120, 300, 480, 610)]
    assert len(corners(whole)) == 2


@pytest.mark.parametrize(
    "answer",
    ["", "[", "[]", "null", "{}", "A car.", '[{"label": "car"}]', '[{"label": 1, "box": [1, 2, 3, 4]}]', "[1]"],
)
def test_what_is_no_list_of_boxes_holds_none(answer):
    assert boxes_in(answer) == ()


@given(st.lists(st.lists(st.floats(0, 2000) | st.integers(0, 2000), min_size=4, max_size=4), max_size=MOST_BOXES))
def test_every_box_that_is_believed_lies_in_the_picture(boxes):
    for left, top, right, bottom in corners(json.dumps([item(*box) for box in boxes])):
        assert 0 <= left < right <= 1000
        assert 0 <= top < bottom <= 1000


async def test_whether_and_where_are_asked_at_once():
    backend = Script(Score(0, 0.9, 0.01), Delta(ANSWER[:20]), Delta(ANSWER[20:]), DONE)
    found = await find(PICTURE, "car", "en", backend)
    assert (found.outcome, found.p_yes, len(found.boxes)) == ("yes", 0.9, 1)
    request = backend.requests[0]
    assert request.questions == ("Answer yes or no: does this photo show car?",)
    assert request.conversation[0].text == "Find the car. Answer as JSON."
    assert request.generate
    assert request.generate.json_schema


async def test_a_thing_whose_name_says_no_is_looked_for_and_not_missed():
    backend = Script(Score(0, 0.9, 0.01), Delta(ANSWER), DONE)
    await find(PICTURE, "no parking sign", "en", backend)
    assert {request.questions for request in backend.requests} == {
        ("Answer yes or no: does this photo show no parking sign?",)
    }


async def test_a_box_is_called_what_was_asked_for():
    backend = Script(Score(0, 0.9, 0.01), Delta(ANSWER.replace("car", "cat")), DONE)
    assert [box.label for box in (await find(PICTURE, "animal", "en", backend)).boxes] == ["animal"]


async def test_a_box_that_does_not_show_the_thing_is_not_believed():
    class Doubting(Script):
        async def ask(self, request: Request) -> AsyncGenerator[Event, None]:
            if request.generate:
                async for event in super().ask(request):
                    yield event
            else:
                self.requests.append(request)
                yield Score(0, 0.9 if request.pictures[0].width > 100 else 0.1, 0.0)

    answer = json.dumps([item(100, 100, 700, 900), item(800, 100, 850, 150)])
    backend = Doubting(Score(0, 0.9, 0.01), Delta(answer), DONE)
    found = await find(picture_from_rgb(400, 300, bytes(400 * 300 * 3)), "car", "en", backend)
    assert [box.left for box in found.boxes] == [100]
    assert len(backend.requests) == 3


async def test_boxes_are_neither_waited_for_nor_believed_where_the_thing_is_not_there():
    backend = Script(Score(0, 0.1, 0.01), Delta(ANSWER), DONE)
    found = await find(PICTURE, "car", "en", backend)
    assert (found.outcome, found.boxes) == ("no", ())
    assert backend.said == 1


async def test_what_came_before_the_engine_died_is_forgotten():
    backend = Script(Score(0, 0.9, 0.01), Delta('[{"label"'), Again(), Score(0, 0.8, 0.01), Delta(ANSWER), DONE)
    found = await find(PICTURE, "car", "en", backend)
    assert (found.p_yes, len(found.boxes)) == (0.8, 1)


@pytest.mark.parametrize(
    ("thing", "language", "question"),
    [
        ("the car", "en", "Find the car. Answer as JSON."),
        ("all the cars", "en", "Find the cars. Answer as JSON."),
        ("a red circle.", "en", "Find the red circle. Answer as JSON."),
        ("theatre", "en", "Find the theatre. Answer as JSON."),
        ("红色的圆", "zh-hans", "找出红色的圆，用JSON回答。"),
    ],
)
async def test_a_thing_is_named_without_its_article(thing, language, question):
    backend = Script(Score(0, 0.9, 0.01), Delta("[]"), DONE)
    await find(PICTURE, thing, language, backend)
    assert backend.requests[0].conversation[0].text == question
