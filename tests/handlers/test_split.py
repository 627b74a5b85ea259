"""Long texts are cut where a reader would pause, and nothing of them is lost."""

from hypothesis import given
from hypothesis import strategies as st

from handlers.split import split
from storage.whole import units


def test_a_short_text_stays_whole_and_an_empty_one_is_nothing():
    assert split("a b", 3) == ["a b"]
    assert split(" \n ") == []


def test_a_paragraph_is_a_better_cut_than_a_sentence_or_a_word():
    text = "One two. Three four.\n\nFive six. Seven eight. Nine ten."
    assert split(text, 40) == ["One two. Three four.", "Five six. Seven eight. Nine ten."]
    assert split("One two three. Four five six", 24) == ["One two three.", "Four five six"]
    assert split("one two three four", 12) == ["one two", "three four"]


def test_an_emoji_counts_two_and_is_not_cut_in_half():
    assert units("🔥") == 2
    assert split("🔥" * 5, 5) == ["🔥🔥", "🔥🔥", "🔥"]


@given(st.text(max_size=400), st.integers(2, 60))
def test_every_part_fits_and_only_white_space_is_lost(text, limit):
    parts = split(text, limit)
    assert all(0 < units(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
