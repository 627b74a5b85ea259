"""The shipped weights, through llama.cpp: they see the drawn world, and the two files are small."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tiny.evaluate import TEXT_FILE, TITLES, VIEWS, VISION_FILE, Report, evaluate
from tiny.forms import VICUNA, prompt
from tiny.runner import Runner, RunnerError
from tiny.world.chance import stream
from tiny.world.picture import render
from tiny.world.scene import scene_of


@pytest.fixture(scope="module")
def report() -> Report:
    return evaluate(pictures=60, seed=7, views=("plain",))


def test_the_two_files_are_under_eight_megabytes() -> None:
    assert TEXT_FILE.stat().st_size + VISION_FILE.stat().st_size < 8_000_000


@pytest.mark.parametrize(
    ("name", "floor"),
    [
        ("yes_no_en", 0.9),
        ("yes_no_zh", 0.92),
        ("look_alike", 0.9),
        ("recall", 0.85),
        ("precision", 0.88),
        ("daytime", 0.95),
        ("read", 0.65),
        ("overlap", 0.45),
        ("form_worst", 0.9),
    ],
)
def test_fresh_pictures_are_answered_about_truly(report: Report, name: str, floor: float) -> None:
    assert report.figures[name]["plain"] >= floor


def test_a_fire_is_told_from_no_fire(runner: Runner) -> None:
    shown = {kind: render(scene_of(stream("alarm"), [(kind, None)]), 512)[0] for kind in ("fire", "cat")}
    asked = prompt(VICUNA, [], "Answer yes or no: does this photo show a fire?")
    chances = {}
    for kind, image in shown.items():
        runner.look([runner.encode(image)], VICUNA.head(None))
        chances[kind] = runner.p_yes(asked)
    assert chances["fire"] > 0.9
    assert chances["cat"] < 0.1


def test_the_same_question_twice_has_the_same_answer(runner: Runner) -> None:
    image = render(scene_of(stream("again"), [("circle", "red")]), 256)[0]
    runner.look([runner.encode(image)], VICUNA.head(None))
    first, second = (runner.answer(prompt(VICUNA, [], "What do you see?")) for _ in range(2))
    assert first == second == "The picture shows a red circle."


def test_a_picture_of_any_size_is_taken_in(runner: Runner) -> None:
    assert runner.encode(Image.new("RGB", (1, 1))).shape == runner.encode(Image.new("RGB", (900, 30))).shape


def test_files_that_are_no_weights_are_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.gguf"
    wrong.write_bytes(b"GGUF and nothing more")
    with pytest.raises(RunnerError):
        Runner(wrong, VISION_FILE)


def test_the_evaluation_prints_json_with_every_figure() -> None:
    command = [sys.executable, "-m", "tiny", "evaluate", "--pictures", "2", "--seed", "3", "--json"]
    said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert said["pictures"] == 2
    assert set(said["figures"]) <= set(TITLES)
    assert set(said["figures"]["yes_no_en"]) == set(VIEWS)
    assert all(0 <= share <= 1 for shares in said["figures"].values() for share in shares.values())
