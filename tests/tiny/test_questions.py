"""What is asked about a scene has the true answer, in both languages."""

from __future__ import annotations

import pytest

from tiny import phrases, questions, words
from tiny.evaluate import named_things
from tiny.forms import CHATML, VICUNA, conversation, prompt
from tiny.questions import Turn
from tiny.world.chance import stream
from tiny.world.scene import Scene, random_scene, scene_of


@pytest.fixture
def scene() -> Scene:
    return scene_of(stream("questions"), [("circle", "red"), ("square", "red"), ("fire", None)])


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_description_names_exactly_what_is_there(language: str) -> None:
    for number in range(60):
        drawn = random_scene(stream(number))
        there = {words.mention(language, t.kind, t.colour) for t in drawn.things}
        assert named_things(questions.description(drawn, language), language) == there


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_presence_is_answered_yes_and_no_about_equally(language: str) -> None:
    rng = stream("balance")
    turns = [questions.presence(rng, random_scene(rng), language) for _ in range(400)]
    share = sum(turn.answer == phrases.YES[language] for turn in turns) / len(turns)
    assert 0.4 < share < 0.6


def test_what_is_called_absent_is_absent(scene: Scene) -> None:
    rng = stream("absent")
    assert not any(scene.has(*questions.absent_identity(rng, scene)) for _ in range(300))


def test_the_colour_of_the_only_circle_is_told(scene: Scene) -> None:
    turn = questions.colour(stream("colour"), scene, "en")
    assert turn.answer == "red"


def test_no_fresh_stranger_is_among_those_of_the_training() -> None:
    for language in words.LANGUAGES:
        assert not set(words.strangers(language, fresh=True)) & set(words.strangers(language, fresh=False))


def test_a_conversation_reads_as_llava_and_chatml_write_it() -> None:
    turns = [Turn("presence", "en", "Is there a fire?", "yes"), Turn("where", "en", "Where is it?", "left")]
    said = "".join(piece.text for piece in conversation(VICUNA, turns))
    assert said == "\nIs there a fire? ASSISTANT: yes</s>USER: Where is it? ASSISTANT: left</s>"
    assert prompt(VICUNA, turns[:1], "Where is it?") == said.removesuffix(" left</s>")
    assert prompt(CHATML, [], "Hi") == "\nHi<|im_end|>\n<|im_start|>assistant\n"
