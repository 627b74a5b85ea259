"""What the bot says is said in every language, with the same values in it."""

import string
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from handlers.instructions import label_of
from handlers.phrases import CATALOGUES, Phrases
from prompts.presets import preset

KEYWORDS = {"_": None, "N_": None, "html": None, "phrases": None}


def texts_in_the_code() -> set[str]:
    room = str(Path(CATALOGUES).parent)
    return {str(found[2]) for found in extract_from_dir(room, [("**.py", "python")], keywords=KEYWORDS)}


def chinese() -> Catalog:
    with (CATALOGUES / "zh-hans.po").open("rb") as file:
        return read_po(file)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_chinese_is_complete_and_holds_nothing_that_is_not_said():
    catalogue = chinese()
    said = texts_in_the_code()
    assert len(said) > 30
    assert {str(message.id) for message in catalogue if message.id} == said
    assert [message.id for message in catalogue if message.id and (message.fuzzy or not message.string)] == []


def test_a_translation_fills_in_the_same_values():
    catalogue = chinese()
    assert [m.id for m in catalogue if m.id and fields(str(m.id)) != fields(str(m.string))] == []


def test_a_list_has_the_commas_of_its_language():
    assert Phrases("en").listed(["smoke", "fire"]) == "smoke, fire"
    assert Phrases("zh-hans").listed(["烟", "火"]) == "烟、火"
    caption = preset("caption.funny.short", "en") or ""
    assert label_of(caption, Phrases("en")) == "Caption (Funny, A few words)"
    assert label_of(caption, Phrases("zh-hans")) == "图片说明（幽默、几个字）"


def test_what_is_said_of_watches_and_of_instructions_names_neither():
    assert "指令" not in Phrases("zh-hans")("I look at the last photo with this…")


def test_values_are_escaped_in_html_and_only_there():
    condition = "<b>&"
    assert Phrases("en").html("Removed: {condition}", condition=condition) == "Removed: &lt;b&gt;&amp;"
    assert Phrases("zh-hans")("Removed: {condition}", condition=condition) == "已移除：<b>&"
