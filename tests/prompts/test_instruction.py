"""What a chat's own instruction becomes for one picture."""

import pytest

from prompts.instruction import answer_in, background, before_question, default_question, filled
from prompts.languages import LANGUAGES, answer_language
from prompts.presets import CAPTIONS, TASKS, preset, preset_of
from prompts.questions import describe

KEYS = (*TASKS, *CAPTIONS)


def test_the_background_holds_the_instruction_and_the_place_or_nothing():
    assert background("en", instruction=None, place=None) == ""
    assert background("en", instruction="Be brief.", place="52.5200, 13.4050") == (
        "Be brief.\nThe photo was taken at 52.5200, 13.4050."
    )
    assert background("zh-hans", instruction=None, place="柏林") == "照片拍摄于柏林。"


def test_placeholders_are_filled_in_and_other_braces_stay():
    written = "{place} {time} {language} {} {0} {place.__class__} {{place}} {Place} { time } }{ {% x %}"
    told = filled(written, "en", place="Berlin", time="noon")
    assert told == "Berlin noon English {} {0} {place.__class__} {Berlin} {Place} { time } }{ {% x %}"


def test_what_a_placeholder_brings_is_not_read_again():
    assert filled("{place}", "en", place="{time}", time="noon") == "{time}"


def test_what_is_not_known_is_said_to_be_unknown():
    assert filled("{place}, {time}", "en", place=None, time=None) == "unknown, unknown"
    assert filled("{place}", "zh-hans", place=None, time=None) == "未知"


@pytest.mark.parametrize("key", KEYS)
def test_a_preset_has_a_text_of_its_own_in_each_language_and_is_known_by_it(key):
    texts = [preset(key, language) for language in LANGUAGES]
    assert len(set(texts)) == len(LANGUAGES)
    assert [preset_of(text) for text in texts] == [key, key]


def test_an_unknown_preset_has_no_text():
    assert preset("caption", "en") is preset("caption.x.short", "en") is preset("../describe", "en") is None
    assert preset_of("Be brief.") is preset_of("") is preset_of(None) is None


def test_a_preset_speaks_the_language_of_the_answer_and_is_the_question():
    chosen = preset("translate", "en")
    in_chinese = preset("translate", "zh-hans")
    assert chosen
    assert in_chinese
    told = default_question(chosen, "zh-hans", place=None, time=None, unasked=describe("zh-hans"))
    assert told == in_chinese.replace("{language}", "中文")


def test_an_own_instruction_counts_more_than_a_description_that_nobody_asked_for():
    unasked = describe("en")
    assert default_question("Read the plates.", "en", place=None, time=None, unasked=unasked) == unasked
    told = before_question("Read the {plates}.", "en", unasked, place=None, time=None, unasked=unasked)
    assert told == "What follows goes before the question after it:\nRead the {plates}."
    assert before_question("Be brief.", "en", "who?", place=None, time=None, unasked=unasked) == "Be brief."


@pytest.mark.parametrize(
    ("chosen", "question", "person", "language"),
    [
        ("zh-hans", "what is it?", "en", "zh-hans"),
        ("en", None, "zh-hans", "en"),
        (None, "这是什么?", "en", "zh-hans"),
        (None, "what is it?", "zh-hans", "en"),
        (None, None, "zh-hans", "zh-hans"),
        (None, "?!", "zh-hans", "zh-hans"),
    ],
)
def test_the_chats_choice_goes_before_the_questions_language_and_that_before_the_persons(
    chosen, question, person, language
):
    assert answer_language(chosen, question=question, person=person) == language


def test_only_a_question_in_another_language_needs_to_be_told_which_to_answer_in():
    assert answer_in("zh-hans", "what is it?") == "请用中文回答。"
    assert answer_in("en", "这是什么?") == "Answer in English."
    assert answer_in("en", "what is it?") == answer_in("zh-hans", "这是什么?") == answer_in("en", "?") == ""
