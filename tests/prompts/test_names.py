"""Lists of names, as people write them."""

import time

import pytest

from prompts.names import labels_of, names_of, things_of


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("cat, dog,bird", ("cat", "dog", "bird")),
        ("猫、狗，鸟；鱼", ("猫", "狗", "鸟", "鱼")),
        ("a red car\nthe tree\n\n", ("a red car", "the tree")),
        ('"red, white", blue', ("red, white", "blue")),
        ("“好，坏”、「中」", ("好，坏", "中")),
        ("cat or dog", ("cat", "dog")),
        ("A, B, or C", ("A", "B", "C")),
        ("猫还是狗", ("猫", "狗")),
        ("cat or dog?", ("cat", "dog")),
        ("猫还是狗？", ("猫", "狗")),
        ('"Who?", what', ("Who?", "what")),
        ("a  or \t or b　还是 　c", ("a", "b", "c")),
        ("?", ()),
        ('"rock or roll", jazz', ("rock or roll", "jazz")),
        ("和服、旗袍", ("和服", "旗袍")),
        ("dog's, cat's", ("dog's", "cat's")),
        ("cat, Cat ,CAT, dog", ("cat", "dog")),
        ("a\u202eb\ud800\x00c, \u200b", ("abc",)),
        ("👨\u200d👩\u200d👧, 🚗", ("👨\u200d👩\u200d👧", "🚗")),
        (", ,;、", ()),
        ("", ()),
    ],
)
def test_names_are_parted_at_commas_and_each_taken_once(written, names):
    assert names_of(written) == names


@pytest.mark.parametrize(
    ("written", "things"),
    [
        ("where is the cat?", ("the cat",)),
        ("Where’s my phone, keys", ("my phone", "keys")),
        ("猫在哪里？", ("猫",)),
        ("猫在哪儿呢？", ("猫",)),
        ("where are", ("where are",)),
        ("在哪里", ()),
        ("warehouse", ("warehouse",)),
    ],
)
def test_what_is_asked_for_by_its_whereabouts_is_found_by_its_name(written, things):
    assert things_of(written) == things


@pytest.mark.parametrize(
    ("written", "labels"),
    [
        ("is it a cat or a dog?", ("a cat", "a dog")),
        ("Are these apples, pears?", ("apples", "pears")),
        ("这是猫还是狗？", ("猫", "狗")),
        ("这只是猫还是狗呢？", ("猫", "狗")),
        ("毛呢，丝绸", ("毛呢", "丝绸")),
        ("图里是苹果还是梨", ("苹果", "梨")),
        ("是、否", ("是", "否")),
        ("是的、不是", ("是的", "不是")),
        ("is it, is item", ("is it", "is item")),
        ("island, isthmus", ("island", "isthmus")),
    ],
)
def test_what_is_asked_to_be_chosen_from_is_named_without_the_asking(written, labels):
    assert labels_of(written) == labels


@pytest.mark.parametrize("one", [" ", "„", "“", " or", "还", "a, "])
def test_a_text_as_long_as_ten_messages_is_read_in_one_go(one):
    def cost(text: str) -> float:
        begun = time.process_time()
        labels_of(text)
        return time.process_time() - begun

    short, long = (f"a{one * (units // len(one))}b" for units in (4_000, 40_000))
    assert cost(long) < 40 * cost(short) + 0.2
