"""/which: labels ranked for a picture."""

import pytest

from sandbox.driver import text_of


def shares(text: str) -> list[tuple[int, str]]:
    """The figures of a chart with their labels."""
    found = (line.rsplit("%", 1) for line in text.splitlines() if "%" in line)
    return [(int(figure.split()[-1].strip("<>")), label.strip()) for figure, label in found if label[0] == " "]


async def test_labels_are_ranked_with_shares_that_make_one_whole(ada, cat, asked):
    await ada.send_photo(cat, caption="/which a house, a cat, the moon")
    reply = await ada.reply()
    ranked = shares(text_of(reply))
    assert sorted(label for _, label in ranked) == ["a cat", "a house", "the moon"]
    assert ranked[0][1] == "a cat"
    assert ranked == sorted(ranked, key=lambda pair: -pair[0])
    assert sum(share for share, _ in ranked) == pytest.approx(100, abs=2)
    assert [entity["type"] for entity in reply["entities"]] == ["pre"]
    assert "together they make 100%" in text_of(reply)
    [request] = asked
    assert request.choices[0].labels == ("a house", "a cat", "the moon")


async def test_chinese_labels_are_ranked_in_chinese(ada, cat, asked):
    ming = ada.as_person(102)
    await ming.send_photo(cat)
    await ming.reply()
    await ming.say("/which 房子、一只猫，月亮")
    assert "合计" in text_of(await ming.reply())
    assert asked[-1].choices[0].question == "图里有哪一个：房子、一只猫、月亮？"


async def test_where_none_of_them_is_there_it_says_so(ada, cat):
    await ada.send_photo(cat, caption="/which fire, a blue square")
    assert "I see none of them" in text_of(await ada.reply())


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("/which", "commas between"),
        ("/which cat, Cat", "commas between"),
        (f"/which {','.join(map(str, range(21)))}", "20 at most"),
        (f"/which a, {'b' * 61}", "60 characters"),
    ],
    ids=["nothing", "the same", "too many", "too long"],
)
async def test_what_cannot_be_ranked_gets_a_sentence(ada, cat, words, answer):
    await ada.send_photo(cat, caption=words)
    assert answer in text_of(await ada.reply())


async def test_without_a_picture_one_is_asked_for(ada):
    await ada.say("/which a, b")
    assert "picture first" in text_of(await ada.reply())
