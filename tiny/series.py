"""Questions about several pictures in one prompt, with their true answers."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

from tiny import phrases, words
from tiny.questions import Turn, absent_identity, present_identity, yes_or_no
from tiny.world.scene import Identity, Scene, choose_identity, put_thing

KEPT = 0.65  # of the things in a picture, so many stand in its variation too
MOST = 4  # pictures in one prompt


def variation(rng: random.Random, scene: Scene) -> Scene:
    """The same place later: some things gone, others come."""
    things = [t for t in scene.things if rng.random() < KEPT]
    wanted = min(5, len(things) + rng.choice((0, 1, 1, 2)))
    shape = scene.width, scene.height
    for _ in range(20):
        if len(things) == wanted:
            break
        identity = choose_identity(rng, scene.ground, [(t.kind, t.colour) for t in scene.things + tuple(things)], 0.2)
        thing = identity and put_thing(rng, scene.ground, shape, things, number=wanted, identity=identity)
        if thing:
            things.append(thing)
    return replace(scene, things=tuple(things))


def asked_of(rng: random.Random, scenes: Sequence[Scene]) -> Identity:
    """Something in some of the pictures, in all or in none."""
    chosen = rng.choice(scenes)
    identity = present_identity(rng, chosen) if chosen.things and rng.random() < 0.75 else absent_identity(rng, chosen)
    jammed = any(scene.has("traffic jam") for scene in scenes)
    return (identity[0], None) if identity[0] == "car" and jammed else identity


def which_picture(rng: random.Random, scenes: Sequence[Scene], language: str, said: str) -> Turn:
    identity = asked_of(rng, scenes)
    there = [number for number, scene in enumerate(scenes) if scene.has(*identity)]
    form = rng.choice(phrases.WHICH_PICTURE[language])
    if len(scenes) > 2 and phrases.ORDINALS[language][1] in form:
        form = phrases.WHICH_PICTURE[language][0]
    return Turn(
        "which picture", language, form.format(words.condition(rng, language, *identity)), numbered(said, there, scenes)
    )


def numbered(language: str, there: list[int], scenes: Sequence[Scene]) -> str:
    """ "the first", "the first and the third", or that it is all or none."""
    if not there:
        return phrases.NO_PICTURE[language][len(scenes) > 2]
    if len(there) == len(scenes):
        return phrases.EVERY_PICTURE[language][len(scenes) > 2]
    return words.listed(language, [phrases.ORDINALS[language][number] for number in there])


def in_all(rng: random.Random, scenes: Sequence[Scene], language: str, said: str) -> Turn:
    identity = asked_of(rng, scenes)
    forms = phrases.BOTH if len(scenes) == 2 else phrases.ALL
    question = rng.choice(forms[language]).format(words.condition(rng, language, *identity))
    return Turn("in all", language, question, yes_or_no(said, all(scene.has(*identity) for scene in scenes)))


def in_any(rng: random.Random, scenes: Sequence[Scene], language: str, said: str) -> Turn:
    identity = asked_of(rng, scenes)
    question = rng.choice(phrases.EITHER[language]).format(words.condition(rng, language, *identity))
    return Turn("in any", language, question, yes_or_no(said, any(scene.has(*identity) for scene in scenes)))


def compare(rng: random.Random, scenes: Sequence[Scene], language: str, said: str) -> Turn:
    """What is different between two pictures; of more, each is described."""
    question = rng.choice(phrases.COMPARE[language])
    answer = difference(scenes, said) if len(scenes) == 2 else in_turn(scenes, said)
    return Turn("compare", language, question, answer)


def difference(pair: Sequence[Scene], language: str) -> str:
    """What only the first shows, what only the second shows, and what both show."""
    first, second = ([words.described(language, t) for t in scene.listed] for scene in pair)
    only = [n for n in first if n not in second], [n for n in second if n not in first]
    if not any(only):
        return phrases.SAME[language]
    parts = zip(phrases.ONLY[language], (*only, [n for n in first if n in second]), strict=True)
    said = [form.format(words.listed(language, names)) for form, names in parts if names]
    return (" " if language == "en" else "").join(said)


def describe_each(rng: random.Random, scenes: Sequence[Scene], language: str, said: str) -> Turn:
    chance = rng.random()
    question = phrases.DESCRIBE_FORM[language] if chance < 0.4 else rng.choice(phrases.DESCRIBE[language])
    if chance > 0.7:
        question = rng.choice(phrases.FRAMES[language])
    return Turn("describe each", language, question, in_turn(scenes, said))


def in_turn(scenes: Sequence[Scene], language: str) -> str:
    lists = [[words.described(language, t) for t in scene.listed] for scene in scenes]
    said = [
        phrases.IN_TURN[language].format(ordinal, words.listed(language, names or [phrases.NOTHING_KNOWN[language]]))
        for ordinal, names in zip(phrases.TITLES[language], lists, strict=False)
    ]
    return (" " if language == "en" else "").join(said)


SeriesAsker = Callable[[random.Random, Sequence[Scene], str, str], Turn]
SERIES_ASKERS: dict[str, tuple[SeriesAsker, float]] = {
    "which picture": (which_picture, 3.0),
    "in all": (in_all, 1.0),
    "in any": (in_any, 1.5),
    "compare": (compare, 3.0),
    "describe each": (describe_each, 2.0),
}


def series_turn(rng: random.Random, scenes: Sequence[Scene], language: str, said: str) -> Turn:
    """One question about two to four pictures."""
    asker = rng.choices([a for a, _ in SERIES_ASKERS.values()], [weight for _, weight in SERIES_ASKERS.values()])[0]
    return asker(rng, scenes, language, said)
