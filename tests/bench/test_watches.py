"""What the benchmark of the watches takes for true, and how it counts."""

from __future__ import annotations

from bench.watches.conditions import CONDITIONS
from bench.watches.quality import Round, score_of
from prompts.languages import language_written
from tiny.world.chance import stream
from tiny.world.scene import Scene, random_scene, scene_of


def scene(*things: tuple[str, str | None]) -> Scene:
    return scene_of(stream("things"), things)


def held(shown: Scene) -> set[str]:
    return {condition.text for condition in CONDITIONS if condition.holds(shown)} - {"现在是晚上"}


def test_the_watches_are_twenty_and_half_of_them_english():
    languages = [language_written(condition.text, otherwise="en") for condition in CONDITIONS]
    assert languages.count("en") == 10
    assert len({condition.text for condition in CONDITIONS}) == 20


def test_what_is_so_follows_from_what_was_drawn():
    assert held(scene(("cat", None))) == {"nobody is in the picture", "没有汽车"}
    assert held(scene(("fire", None), ("person", None), ("car", "red"))) == {
        "smoke or fire",
        "is there a fire?",
        "着火了",
        "a person without a helmet",
        "有人没戴安全帽",
    }
    assert held(scene(("person with a helmet", None), ("traffic light", "red"))) == {
        "the traffic light is red",
        "红灯",
        "没有汽车",
    }


def test_each_watch_holds_in_some_pictures_and_not_in_most_but_for_absences():
    scenes = [random_scene(stream(f"some/{number}")) for number in range(400)]
    for condition in CONDITIONS:
        often = sum(map(condition.holds, scenes)) / len(scenes)
        assert (0.5 < often < 1) if condition.absence else (0 < often < 0.5)


def test_precision_and_recall_count_pictures():
    fire, cat = scene(("fire", None)), scene(("cat", None))
    told = tuple(frozenset({0, 2}) if condition.text == "着火了" else frozenset() for condition in CONDITIONS)
    seen = Round((fire, fire, cat), told, told, (0.6,) * 20)
    at = [condition.text for condition in CONDITIONS].index("着火了")
    score = score_of([at], seen, seen.told)
    assert (score.true, score.told, score.right) == (2, 2, 1)
    assert (score.precision, score.recall) == ("0.500", "0.500")
    assert score_of([0], seen, seen.told).precision == "–", "nothing was told"
