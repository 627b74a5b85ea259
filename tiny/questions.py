"""Questions about a scene with their true answers, in English and Chinese."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from tiny import phrases, words
from tiny.world.scene import Identity, Scene, Thing
from tiny.world.things import COLOURS, KINDS, SCENERY, SHAPES

ALARMS = ("fire", "smoke")  # what people have watched for first of all
ALARM_ABSENT, ALARM_PRESENT = 0.08, 0.6  # how often these are asked about beyond their turn


@dataclass(frozen=True)
class Turn:
    """One question and its answer; `topic` says what kind of question it is."""

    topic: str
    language: str
    question: str
    answer: str


def absent_identity(rng: random.Random, scene: Scene) -> Identity:
    """Something the scene lacks, most often something that could be mistaken for what it has."""
    for _ in range(20):
        kind, colour = rng.choice(ALARMS if rng.random() < ALARM_ABSENT else KINDS), None
        base = rng.choice(scene.things) if scene.things and kind not in ALARMS and rng.random() < 0.65 else None
        if base and base.colour:
            alike = rng.random() < 0.5
            kind, colour = (rng.choice(SHAPES), base.colour) if alike else (base.kind, rng.choice(list(COLOURS)))
        elif kind in SHAPES and rng.random() < 0.55:
            colour = rng.choice(list(COLOURS))
        elif base:
            kind = rng.choice(SCENERY)
        if colour and rng.random() < 0.25:
            colour = None
        if not scene.has(kind, colour):
            return kind, colour
    return next((kind, None) for kind in KINDS if not scene.has(kind))


def present_identity(rng: random.Random, scene: Scene) -> Identity:
    """Something the scene has."""
    alarming = [thing for thing in scene.things if thing.kind in ALARMS]
    thing = rng.choice(alarming if alarming and rng.random() < ALARM_PRESENT else scene.things)
    return thing.kind, thing.colour if rng.random() < 0.6 else None


def presence_question(rng: random.Random, language: str, asked: str) -> str:
    """The question whether `asked` is there, in one of the many ways in which people and the bot put it."""
    if rng.random() < 0.4:
        return phrases.SCORED_FORM[language].format(asked)
    question = rng.choice(phrases.PRESENCE[language]).format(asked)
    chance = rng.random()
    if language == "en":
        if chance < 0.25:
            return "Answer yes or no: " + question[0].lower() + question[1:]
        return question + " Answer yes or no." if chance < 0.32 else question
    if chance < 0.25:
        return "请回答是或否:" + question
    return question + "请回答是或否。" if chance < 0.32 else question


def either(rng: random.Random, language: str, asked: list[str]) -> str:
    """Two conditions of which one is enough."""
    rng.shuffle(asked)
    return (" or " if language == "en" else rng.choice(("或", "或者"))).join(asked)


def presence(rng: random.Random, scene: Scene, language: str) -> Turn:
    """Is something there? Yes in half of all cases; now and then two things are named, or any alarm at all."""
    there = bool(scene.things) and rng.random() < 0.5
    identity = present_identity(rng, scene) if there else absent_identity(rng, scene)
    asked, chance = words.condition(rng, language, *identity), rng.random()
    if chance < 0.09:
        asked = either(rng, language, [asked, words.condition(rng, language, *absent_identity(rng, scene))])
    elif chance < 0.12:
        asked = either(rng, language, [words.condition(rng, language, kind, None) for kind in ALARMS])
        there = any(map(scene.has, ALARMS))
    question = presence_question(rng, language, asked)
    return Turn("presence", language, question, (phrases.YES if there else phrases.NO)[language])


def attribute(rng: random.Random, scene: Scene, language: str) -> Turn:
    """Is the circle red? Asked of the only one of its kind."""
    thing = only_shape(rng, scene)
    if thing is None or thing.colour is None:
        return presence(rng, scene, language)
    colour = thing.colour if rng.random() < 0.5 else rng.choice([c for c in COLOURS if c != thing.colour])
    name, shade = words.plain_name(language, thing.kind), words.colour_name(language, colour)
    question = f"Is the {name} {shade}?" if language == "en" else f"{name}是{shade}的吗?"
    return Turn("attribute", language, question, (phrases.YES if colour == thing.colour else phrases.NO)[language])


def stranger(rng: random.Random, _scene: Scene, language: str, fresh: bool = False) -> Turn:
    """Is there something that the drawn world does not have? There never is."""
    noun = (
        words.invented(rng, language)
        if not fresh and rng.random() < 0.3
        else rng.choice(words.strangers(language, fresh))
    )
    if language == "en":
        noun = rng.choice((words.with_article(noun), words.with_article(noun), f"any {words.plural(noun)}", noun))
    return Turn("stranger", language, presence_question(rng, language, noun), phrases.NO[language])


def describe(rng: random.Random, scene: Scene, language: str) -> Turn:
    question = phrases.DESCRIBE_FORM[language] if rng.random() < 0.4 else rng.choice(phrases.DESCRIBE[language])
    return Turn("describe", language, question, description(scene, language))


def description(scene: Scene, language: str) -> str:
    """All things of the scene from left to right, in one sentence."""
    names = [words.described(language, t) for t in scene.things]
    if not names:
        return phrases.NOTHING[language]
    comma, last = (", ", " and ") if language == "en" else ("、", "和")
    listed = names[0] if len(names) == 1 else comma.join(names[:-1]) + last + names[-1]
    return f"The picture shows {listed}." if language == "en" else f"图里有{listed}。"


def only_shape(rng: random.Random, scene: Scene) -> Thing | None:
    """A shape that is the only one of its kind, so that "the circle" means one thing."""
    fitting = [t for t in scene.things if t.colour and scene.count(t.kind) == 1]
    return rng.choice(fitting) if fitting else None


def only_thing(rng: random.Random, scene: Scene) -> Thing | None:
    fitting = [t for t in scene.things if scene.count(t.kind) == 1]
    return rng.choice(fitting) if fitting else None


def colour(rng: random.Random, scene: Scene, language: str) -> Turn:
    thing = only_shape(rng, scene)
    if thing is None or thing.colour is None:
        return where(rng, scene, language)
    question = rng.choice(phrases.COLOUR[language]).format(words.plain_name(language, thing.kind))
    return Turn("colour", language, question, words.colour_name(language, thing.colour))


def where(rng: random.Random, scene: Scene, language: str) -> Turn:
    thing = only_thing(rng, scene)
    if thing is None:
        return count(rng, scene, language)
    name = words.plain_name(language, thing.kind)
    if thing.colour and rng.random() < 0.35:
        name = words.mention(language, thing.kind, thing.colour)
    question = rng.choice(phrases.WHERE[language]).format(name)
    return Turn("where", language, question, words.place_name(language, thing.place))


def count(rng: random.Random, scene: Scene, language: str) -> Turn:
    if rng.random() < 0.35:
        name, number = ("things", len(scene.things)) if language == "en" else ("东西", len(scene.things))
    else:
        kinds = [t.kind for t in scene.things if t.kind in SHAPES] or list(SHAPES)
        kind = rng.choice(kinds) if rng.random() < 0.75 else rng.choice(KINDS)
        number = scene.count(kind)
        name = words.plural(kind) if language == "en" else words.plain_name(language, kind)
    return Turn("count", language, rng.choice(phrases.COUNT[language]).format(name), str(number))


def missing(rng: random.Random, scene: Scene, language: str) -> Turn:
    """The colour or place of something that is not there."""
    kind = next((k for k in rng.sample(KINDS, len(KINDS)) if not scene.has(k)), KINDS[0])
    name = words.plain_name(language, kind)
    if rng.random() < 0.3:
        name = rng.choice(words.strangers(language, fresh=False))
    question = rng.choice((phrases.COLOUR if rng.random() < 0.5 else phrases.WHERE)[language]).format(name)
    return Turn("missing", language, question, phrases.NOT_SEEN[language])


def small_talk(rng: random.Random, _scene: Scene, language: str) -> Turn:
    return Turn("small talk", language, rng.choice(phrases.SMALL_TALK[language]), phrases.ONLY_DRAWN[language])


Asker = Callable[[random.Random, Scene, str], Turn]
ASKERS: dict[str, Asker] = {
    "describe": describe,
    "presence": presence,
    "attribute": attribute,
    "stranger": stranger,
    "colour": colour,
    "where": where,
    "count": count,
    "missing": missing,
    "small talk": small_talk,
}


def pronoun_turns(rng: random.Random, scene: Scene, language: str) -> list[Turn]:
    """Two turns of which the second says "it"; falls back on two free turns where nothing is unique."""
    thing = only_shape(rng, scene) or only_thing(rng, scene)
    if thing is None:
        return [presence(rng, scene, language), describe(rng, scene, language)]
    place = Turn(
        "where", language, rng.choice(phrases.PRONOUN_WHERE[language]), words.place_name(language, thing.place)
    )
    asked = words.condition(rng, language, thing.kind, thing.colour if rng.random() < 0.2 else None)
    opening = Turn("presence", language, presence_question(rng, language, asked), phrases.YES[language])
    if thing.colour is None:
        return [opening, place]
    shade = words.colour_name(language, thing.colour)
    hue = Turn("colour", language, rng.choice(phrases.PRONOUN_COLOUR[language]), shade)
    if rng.random() < 0.4:
        name = words.plain_name(language, thing.kind)
        return [Turn("colour", language, rng.choice(phrases.COLOUR[language]).format(name), shade), place]
    return [opening, hue if rng.random() < 0.6 else place]


def casual(rng: random.Random, turn: Turn) -> Turn:
    """The question as people type it: Chinese marks wide or narrow, now and then no capital or no question mark."""
    question, chance = turn.question, rng.random()
    if turn.language == "zh" and rng.random() < 0.55:
        question = question.translate(phrases.FULL_WIDTH)
    if chance < 0.07:
        question = question.lower()
    elif chance < 0.14:
        question = question.rstrip("?.\uff1f\u3002")
    return Turn(turn.topic, turn.language, question, turn.answer)
