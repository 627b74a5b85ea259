"""The first words."""

from pathlib import Path

import pytest

from handlers.start import COMMANDS
from sandbox.driver import text_of

README = Path(__file__).parents[2] / "README.md"


async def test_a_newcomer_is_told_what_to_do_and_what_the_tiny_model_knows(ada):
    await ada.say("/start")
    text = text_of(await ada.reply())
    assert text.startswith("Hello!")
    assert "drawn pictures only" in text


async def test_help_names_every_command_in_the_persons_language(ada):
    ming = ada.as_person(102)
    await ming.say("/help")
    text = text_of(await ming.reply())
    assert "我能" in text or "照片" in text
    assert [command for command in COMMANDS if command != "help" and f"/{command} " not in text] == []


async def test_the_command_menu_is_set_in_both_languages(bot, ada):
    menus = (await ada.world())["bot"]["commands"]
    for language in ("", "zh"):
        assert [entry["command"] for entry in menus[language]] == list(COMMANDS)
    assert menus[""][0]["description"] != menus["zh"][0]["description"]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_readme_names_every_command(command):
    assert f"/{command}" in README.read_text()


async def test_an_unknown_command_is_said_to_be_one(ada):
    await ada.say("/frobnicate")
    assert "don't know that command" in text_of(await ada.reply())
