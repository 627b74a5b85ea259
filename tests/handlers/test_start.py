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
    in_groups = [call["parameters"] for call in await ada.calls("setMyCommands") if "scope" in call["parameters"]]
    assert [call.get("language_code", "") for call in in_groups] == ["", "zh"]
    assert [call["scope"] for call in in_groups] == [{"type": "all_group_chats"}] * 2
    assert all("voice" not in [entry["command"] for entry in call["commands"]] for call in in_groups)


async def test_help_tells_what_this_chat_has_chosen(ada):
    group = await ada.group("Neighbours")
    await group.say("/help")
    text = text_of(await group.reply())
    assert "when you write @lookout_bot or reply to me" in text
    assert "A reply to my answer, or @lookout_bot in a reply to a photo" in text  # to others' photos alone it is silent
    assert "instruction:" not in text
    for chosen in ("/prompt Be\nbrief.", "/watch fire", "/voice on"):
        await group.say(chosen)
        await group.reply()
    await group.say("/help")
    text = text_of(await group.reply())
    assert "instruction: Be brief." in text
    assert "in every new picture: fire" in text
    assert "speak my answers" in text


@pytest.mark.parametrize("command", COMMANDS)
def test_the_readme_names_every_command(command):
    assert f"/{command}" in README.read_text()


async def test_an_unknown_command_is_said_to_be_one(ada):
    await ada.say("/frobnicate")
    assert "don't know that command" in text_of(await ada.reply())
