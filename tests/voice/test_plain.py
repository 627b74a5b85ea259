from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voice.errors import NothingToSay
from voice.plain import LONGEST_TEXT, spoken


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("A red circle.", "A red circle."),
        ("A **red** _circle_ is *above* the `blue` ~~square~~.", "A red circle is above the blue square."),
        ("__both__ **_ways_**.", "both ways."),
        ("这是**红色**的*圆形*。", "这是红色的圆形。"),
        ("2 * 3 is 6, 2*3 too.", "2 * 3 is 6, 2*3 too."),
        ("The snake_case stays.", "The snake_case stays."),
        ("# What I see\nA tree.", "What I see.\nA tree."),
        ("- a tree\n* a house\n1. a car", "a tree.\na house.\n1. a car."),
        ("> quoted", "quoted."),
        ("```python\nprint\n```", "print."),
        ("| a | b |\n|---|---|\n| c | d |", "a, b.\nc, d."),
        ("above\n---\nbelow", "above.\nbelow."),
        ("See [the map](https://example.org/a_b?c=d).", "See the map."),
        ("![a cat](https://example.org/cat.png) sleeps.", "a cat sleeps."),
        ("See https://example.org/a_b?c=d, or (www.example.org).", "See link, or (link)."),
        ("A fire 🔥🚒 here 👩‍🚒!", "A fire here !"),
        ("Key 1️⃣ and flag 🇩🇪.", "Key 1 and flag ."),
        ("It is 20 °C.", "It is 20 °C."),
        ("a\0b\x1b[0m c\ud800.", "a b [0m c ."),
        ("Too    many\t spaces", "Too many spaces."),
        ("שלום עולם", "שלום עולם."),
        ("می‌خواهم", "می‌خواهم."),
        ("<speak>", "<speak>."),
        ("３４ and ٣٤", "34 and 34."),
    ],
)
def test_words_stay_and_marks_go(written: str, said: str) -> None:
    assert spoken(written, "en") == said


@pytest.mark.parametrize(
    ("language", "word"), [("en", "link"), ("de", "link"), ("zh", "链接"), ("zh-hans", "链接"), ("zh-Hant-TW", "連結")]
)
def test_an_address_is_one_word(language: str, word: str) -> None:
    assert spoken("看 https://example.org/x，再看", language) == f"看 {word}，再看."


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("气温-5℃，最高 20 °C左右", "气温负5摄氏度，最高 20 摄氏度左右."),
        ("售价$5.99，约￥40，或€5", "售价5.99美元，约40元，或5欧元."),
        ("售价￥99元，或$15美元", "售价99元，或15美元."),
        ("有3-5个人，3～5只猫", "有3到5个人，3到5只猫."),
        ("3×4等于12，6÷2", "3乘4等于12，6除以2."),
        ("占５０％，温度≥30", "占50%，温度大于等于30."),
        ("①猫②狗", "1 猫 2 狗."),
        ("2026-11-21，歼-20，电话010-1234", "2026-11-21，歼-20，电话010-1234."),
    ],
)
def test_signs_that_the_chinese_voice_leaves_out_become_words(written: str, said: str) -> None:
    assert spoken(written, "zh-hans") == said


def test_signs_that_a_voice_knows_stay_and_are_as_on_a_keyboard() -> None:
    assert spoken("-5 °C, $5, 3 × 4", "en") == "-5 °C, $5, 3 × 4."
    assert spoken("20℃ ＴＶ ￥5", "en") == "20°C TV ¥5."


@pytest.mark.parametrize("text", ["", " \n\t", "--", "***", "😀😀👍🏽", "\0\0", "…?!", "| |\n|---|", "🔥 - 🔥"])
def test_a_text_without_a_word_is_nothing_to_say(text: str) -> None:
    with pytest.raises(NothingToSay):
        spoken(text, "en")


def test_a_long_text_ends_at_a_sentence() -> None:
    said = spoken("The tree is green. " * 1000, "en")
    assert LONGEST_TEXT * 0.9 < len(said) <= LONGEST_TEXT
    assert said.endswith("green.")


def test_a_long_chinese_text_ends_at_a_sentence_and_is_counted_by_its_time() -> None:
    said = spoken("左边有一棵树。" * 1000, "zh-hans")
    assert LONGEST_TEXT / 4 * 0.9 < len(said) <= LONGEST_TEXT / 4
    assert said.endswith("树。")


def test_a_long_text_without_sentences_ends_with_a_word_or_anywhere() -> None:
    assert spoken("green trees " * 1000, "en").endswith(("green", "trees"))
    assert len(spoken("a" * 10_000, "en")) == LONGEST_TEXT


def test_words_behind_endless_marks_are_not_looked_for() -> None:
    with pytest.raises(NothingToSay):
        spoken("*" * 100_000 + "word", "en")


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=300), st.sampled_from(["en", "zh-hans", "de"]))
def test_any_text_is_said_or_refused(text: str, language: str) -> None:
    try:
        said = spoken(text, language)
    except NothingToSay:
        return
    assert said.encode()
    assert any(character.isalnum() for character in said)
    assert "\0" not in said
