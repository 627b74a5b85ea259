"""The command line, as an operator types it."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from bot.cli import _greet


@pytest.fixture
def picture(tmp_path, cat):
    path = tmp_path / "cat.jpg"
    path.write_bytes(cat)
    return str(path)


async def test_ask_describes_a_picture(lookout, picture):
    status, out, _ = await lookout("ask", picture)
    assert status == 0
    assert "cat" in out


async def test_ask_answers_in_chinese_and_reads_standard_input(lookout, cat):
    _, out, _ = await lookout("ask", "-", "图里有猫吗?", standard_input=cat)
    assert out.strip().startswith(("是", "有"))


async def test_ask_scores_conditions_and_prints_json(lookout, picture):
    _, out, _ = await lookout("ask", picture, "Is there a cat?", "--score", "a cat", "--score", "火", "--json")
    report = json.loads(out)
    assert report["answer"].lower().startswith("yes")
    assert [(score["condition"], score["outcome"]) for score in report["scores"]] == [("a cat", "yes"), ("火", "no")]
    assert report["scores"][0]["p_yes"] > 0.9
    assert report["scores"][1]["p_yes"] < 0.1


@pytest.mark.parametrize(
    ("name", "data", "words"), [("[a]missing.jpg", None, "[a]missing.jpg"), ("text.jpg", b"hello", "picture")]
)
async def test_ask_says_what_is_wrong_with_a_file(lookout, tmp_path, name, data, words):
    if data is not None:
        (tmp_path / name).write_bytes(data)
    status, _, err = await lookout("ask", str(tmp_path / name))
    assert status == 1
    assert words in err
    assert "Traceback" not in err


@pytest.mark.parametrize("words", [("--score", " "), ("--language", "xx")])
async def test_ask_refuses_what_it_cannot_do(lookout, picture, words):
    status, _, err = await lookout("ask", picture, *words)
    assert status != 0
    assert words[0] in err
    assert "Traceback" not in err


async def test_check_finds_all_well_on_embedded_defaults(lookout):
    status, out, _ = await lookout("check")
    assert status == 0
    assert out.count("✓") >= 4
    assert "✗" not in out


async def test_check_says_which_weights_are_missing(lookout):
    status, out, _ = await lookout("check", WEIGHTS="nowhere/llava.gguf")
    assert status == 1
    assert "nowhere/llava.gguf" in out.replace("\n", "")


@pytest.mark.parametrize("command", ["check", "run"])
async def test_weights_that_could_not_see_are_refused_before_they_are_loaded(lookout, tmp_path, command):
    model = tmp_path / "model.gguf"
    model.write_bytes(b"GGUF")
    status, out, err = await lookout(command, WEIGHTS=str(model))
    assert status == 1
    assert "no projector" in out + err
    assert "PROJECTOR" in out + err


async def test_a_second_bot_on_the_same_folder_is_refused(bot, lookout, settings):
    status, _, err = await lookout("run", DATA=str(settings.data))
    assert status == 1
    assert "another Lookout works with" in err


@pytest.mark.parametrize("host", ["127.0.0..1", "192.0.2.1"])
async def test_an_address_that_cannot_be_listened_on_is_named(lookout, host):
    status, _, err = await lookout("run", WEB_HOST=host)
    assert status == 1
    assert f"cannot listen on {host}:0" in err
    assert "WEB_HOST" in err


async def test_a_folder_that_cannot_be_written_to_is_named(lookout, tmp_path):
    (tmp_path / "file").write_text("no folder")
    status, _, err = await lookout("run", DATA=str(tmp_path / "file" / "data"))
    assert status == 1
    assert "set DATA" in err
    assert "Traceback" not in err


async def test_run_says_in_one_sentence_why_it_cannot_start(lookout):
    status, _, err = await lookout("run", WEB_PORT="99999")
    assert status == 1
    assert "WEB_PORT" in err
    assert "Traceback" not in err


def test_addresses_are_told_whole(capsys):
    engine = SimpleNamespace(describe=lambda: SimpleNamespace(name="a model", device="[a] processor"))
    assembly: Any = SimpleNamespace(engine=engine, page="http://[fd00::5]:1", site_url="http://[fd00::5]:2")
    _greet(assembly)
    told = capsys.readouterr().out
    assert "http://[fd00::5]:1 " in told
    assert "http://[fd00::5]:2/healthz " in told
