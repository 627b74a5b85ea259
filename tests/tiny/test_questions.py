"""What is asked about a scene has the true answer, in both languages."""

from __future__ import annotations

import json
import re

import pytest

from tiny import phrases, questions, series, words
from tiny.evaluate import named_things
from tiny.forms import CHATML, VICUNA, conversation, prompt
from tiny.questions import Turn
from tiny.world.chance import stream
from tiny.world.picture import Wear, shown
from tiny.world.scene import Scene, random_scene, scene_of
from tiny.world.things import COLOURS


@pytest.fixture
def scene() -> Scene:
    return scene_of(stream("questions"), [("circle", "red"), ("square", "red"), ("fire", None)])


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_description_names_exactly_what_is_there(language: str) -> None:
    for number in range(60):
        drawn = random_scene(stream(number))
        there = {words.named(language, t) for t in drawn.things}
        assert named_things(questions.description(drawn, language), language) == there


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_presence_is_answered_yes_and_no_about_equally(language: str) -> None:
    rng = stream("balance")
    turns = [questions.presence(rng, random_scene(rng), language, language) for _ in range(400)]
    share = sum(turn.answer == phrases.YES[language] for turn in turns) / len(turns)
    assert 0.4 < share < 0.6


def test_what_is_called_absent_is_absent(scene: Scene) -> None:
    rng = stream("absent")
    assert not any(scene.has(*questions.absent_identity(rng, scene)) for _ in range(300))


@pytest.mark.parametrize(("said", "answer"), [("en", "red"), ("zh", "红色")])
def test_the_colour_of_the_only_circle_is_told_in_the_language_demanded(scene: Scene, said: str, answer: str) -> None:
    turn = questions.colour(stream("colour"), scene, "en", said)
    assert turn.answer == answer


def test_no_fresh_stranger_is_among_those_of_the_training() -> None:
    for language in words.LANGUAGES:
        assert not set(words.strangers(language, fresh=True)) & set(words.strangers(language, fresh=False))


def test_a_conversation_reads_as_llava_and_chatml_write_it() -> None:
    turns = [Turn("presence", "en", "Is there a fire?", "yes"), Turn("where", "en", "Where is it?", "left")]
    said = "".join(piece.text for piece in conversation(VICUNA, turns))
    assert said == "\nIs there a fire? ASSISTANT: yes</s>USER: Where is it? ASSISTANT: left</s>"
    assert prompt(VICUNA, turns[:1], "Where is it?") == said.removesuffix(" left</s>")
    assert prompt(CHATML, [], "Hi") == "\nHi<|im_end|>\n<|im_start|>assistant\n"


def test_who_wears_a_helmet_is_a_person_too_and_not_one_without() -> None:
    scene = scene_of(stream("helmet"), [("person with a helmet", None)])
    assert scene.has("person")
    assert scene.has("helmet")
    assert not scene.has("person without a helmet")


def test_nobody_is_asked_whether_a_jam_lacks_a_car_of_some_colour() -> None:
    scene, rng = scene_of(stream("jam"), [("traffic jam", None)]), stream("cars")
    asked = [questions.absent_identity(rng, scene) for _ in range(400)]
    assert not [identity for identity in asked if identity[0] == "car"]


def test_the_absence_of_something_is_confirmed_only_where_it_is_absent(scene: Scene) -> None:
    rng = stream("absence")
    for _ in range(200):
        turn = questions.absence(rng, scene, "en", "en")
        if "fire" in turn.question or "circle" in turn.question:
            colour = next((colour for colour in COLOURS if colour in turn.question), None)
            named = [t for t in scene.things if f" {t.kind}" in turn.question and colour in (None, t.colour)]
            assert (turn.answer == "no") == bool(named), turn.question


def test_who_wears_a_helmet_is_asked_of_pictures_with_somebody_in_them() -> None:
    rng = stream("helmets")
    for kind in ("person", "person with a helmet"):
        scene = scene_of(stream(kind), [(kind, None)])
        for _ in range(40):
            turn = questions.helmet(rng, scene, "en", "en")
            without = re.search("without|not wearing|with no", turn.question) is not None
            assert (turn.answer == "yes") == ((kind == "person") == without), turn.question


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_only_what_is_there_is_really_there(language: str) -> None:
    rng, sunny = stream("doubt"), scene_of(stream("sunny"), [("sun", None)])
    turns = [questions.doubt(rng, sunny, language, language) for _ in range(100)]
    for turn in turns:
        asked = re.split(", or| and not|, not|还是|而不是", turn.question)[0]
        assert (turn.answer == phrases.YES[language]) == ({"en": "sun", "zh": "太阳"}[language] in asked), turn.question
    assert {turn.answer for turn in turns} == {phrases.YES[language], phrases.NO[language]}


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_boxes_are_told_as_json_in_thousandths(language: str) -> None:
    rng = stream("boxes")
    _, _, scene = shown(scene_of(rng, [("car", "red"), ("cat", None)]), 256, Wear(), 0)
    car = next(t for t in scene.things if t.kind == "car")
    [found] = json.loads(questions.boxes([car], words.mention(language, "car", None)))
    assert found["label"] == {"en": "car", "zh": "汽车"}[language]
    assert car.box
    assert all(abs(told - 1000 * true) <= questions.STEP / 2 for told, true in zip(found["box"], car.box, strict=True))


def test_the_answer_to_which_is_one_of_the_options_and_there(scene: Scene) -> None:
    rng = stream("which")
    for _ in range(100):
        turn = questions.which(rng, scene, "en", "en")
        assert turn.answer in turn.question
        assert any(name in turn.answer for name in ("circle", "disc", "round", "square", "fire", "flame", "blaze"))


def test_a_difference_names_what_only_one_of_two_pictures_shows() -> None:
    rng = stream("pair")
    pair = scene_of(rng, [("cat", None), ("house", None)]), scene_of(rng, [("house", None), ("tree", None)])
    assert series.difference(pair, "en") == (
        "Only the first picture shows a cat. Only the second picture shows a tree. Both show a house."
    )
    assert series.difference((pair[0], pair[0]), "zh") == phrases.SAME["zh"]


def test_which_picture_knows_first_second_both_and_neither() -> None:
    rng = stream("which picture")
    pair = scene_of(rng, [("cat", None), ("house", None)]), scene_of(rng, [("house", None), ("tree", None)])
    said = {series.which_picture(rng, pair, "en", "en").answer for _ in range(200)}
    assert said == {"the first", "the second", "both", "neither"}
