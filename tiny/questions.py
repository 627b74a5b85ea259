"""Questions about one scene with their true answers, in English and Chinese.

Every asker takes the language of the question and the language in which the answer is to be said.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from tiny import phrases, words
from tiny.world.scene import Identity, Scene, Thing, look_alikes
from tiny.world.things import COLOURS_OF, FIXED_WORDS, KINDS, PRICES, SCENERY, SHAPES

ALARMS = ("fire", "smoke")  # what people have watched for first of all
ALARM_ABSENT, ALARM_PRESENT = 0.06, 0.5  # how often these are asked about beyond their turn
ASKED_ABOUT = (*KINDS, "person without a helmet", "helmet")
# What a thing may be called instead of its own kind, and how often.
CALLED: dict[str, tuple[tuple[str, ...], tuple[float, ...]]] = {
    "person": (("person", "person without a helmet"), (0.6, 0.4)),
    "person with a helmet": (("person with a helmet", "helmet", "person"), (0.5, 0.2, 0.3)),
    "traffic jam": (("traffic jam", "car"), (0.7, 0.3)),
    "parcel at a door": (("parcel at a door", "parcel", "door"), (0.5, 0.3, 0.2)),
}
STEP = 50  # boxes are told in thousandths, rounded to this many


@dataclass(frozen=True)
class Turn:
    """One question in a language, and its answer; `topic` says what kind of question it is."""

    topic: str
    language: str
    question: str
    answer: str


def yes_or_no(said: str, true: bool) -> str:
    return (phrases.YES if true else phrases.NO)[said]


def called(rng: random.Random, thing: Thing) -> str:
    """The thing's kind, or a notion that means it too."""
    names, weights = CALLED.get(thing.kind, ((thing.kind,), (1.0,)))
    return rng.choices(names, weights)[0]


def could_be_there(scene: Scene, notion: str, colour: str | None) -> bool:
    """Whether the scene has it, or something in whose many colours nobody can say that it lacks it."""
    return scene.has(notion, colour) or (notion == "car" and colour is not None and scene.has("traffic jam"))


def alike_identity(rng: random.Random, scene: Scene) -> Identity | None:
    """Something the scene lacks but has a look-alike of."""
    found = [alike for thing in scene.things for alike in look_alikes((thing.kind, thing.colour))]
    absent = [identity for identity in found if not could_be_there(scene, *identity)]
    return rng.choice(absent) if absent else None


def absent_identity(rng: random.Random, scene: Scene) -> Identity:
    """Something the scene lacks, most often something that could be mistaken for what it has."""
    if rng.random() < 0.3:
        alike = alike_identity(rng, scene)
        if alike:
            return alike
    for _ in range(20):
        kind, colour = rng.choice(ALARMS if rng.random() < ALARM_ABSENT else ASKED_ABOUT), None
        base = rng.choice(scene.things) if scene.things and kind not in ALARMS and rng.random() < 0.5 else None
        if base and base.colour:
            alike_shape = base.kind in SHAPES and rng.random() < 0.5
            kind = rng.choice(SHAPES) if alike_shape else base.kind
            colour = base.colour if alike_shape else rng.choice(COLOURS_OF[kind])
        elif kind in COLOURS_OF and rng.random() < 0.55:
            colour = rng.choice(COLOURS_OF[kind])
        elif base:
            kind = rng.choice(SCENERY)
        if colour and rng.random() < 0.25:
            colour = None
        if not could_be_there(scene, kind, colour):
            return kind, colour
    return next((kind, None) for kind in KINDS if not could_be_there(scene, kind, None))


def present_identity(rng: random.Random, scene: Scene) -> Identity:
    """Something the scene has."""
    alarming = [thing for thing in scene.things if thing.kind in ALARMS]
    thing = rng.choice(alarming if alarming and rng.random() < ALARM_PRESENT else scene.things)
    return called(rng, thing), thing.colour if rng.random() < 0.6 else None


def presence_question(rng: random.Random, language: str, asked: str) -> str:
    """The question whether `asked` is there, in one of the many ways in which people and the bot put it."""
    if rng.random() < 0.4:
        return phrases.SCORED_FORM[language].format(asked)
    question = rng.choice(phrases.PRESENCE[language]).format(asked)
    chance = rng.random()
    if language == "en":
        if chance < 0.25:
            return "Answer yes or no: " + question[0].lower() + question[1:]
        return question + " Answer yes or no." if chance < 0.32 else question[0].upper() + question[1:]
    if chance < 0.25:
        return "请回答是或否:" + question
    return question + "请回答是或否。" if chance < 0.32 else question


def either(rng: random.Random, language: str, asked: list[str]) -> str:
    """Two conditions of which one is enough."""
    rng.shuffle(asked)
    return (" or " if language == "en" else rng.choice(("或", "或者"))).join(asked)


def some_identity(rng: random.Random, scene: Scene) -> tuple[Identity, bool]:
    """Something to ask about, there in half of all cases, and whether it is."""
    there = bool(scene.things) and rng.random() < 0.5
    return (present_identity if there else absent_identity)(rng, scene), there


def presence(rng: random.Random, scene: Scene, language: str, said: str) -> Turn:
    """Is something there? Now and then two things are named, or any alarm at all."""
    identity, there = some_identity(rng, scene)
    asked, chance = words.condition(rng, language, *identity), rng.random()
    if chance < 0.07:
        asked = either(rng, language, [asked, words.condition(rng, language, *absent_identity(rng, scene))])
    elif chance < 0.1:
        asked = either(rng, language, [words.condition(rng, language, kind, None) for kind in ALARMS])
        there = any(map(scene.has, ALARMS))
    return Turn("presence", language, presence_question(rng, language, asked), yes_or_no(said, there))


def look_alike(rng: random.Random, scene: Scene, language: str, said: str) -> Turn:
    """Is the look-alike of something there? No; or is the thing itself there? Yes."""
    identity = alike_identity(rng, scene)
    alike_there = [t for t in scene.things if look_alikes((t.kind, t.colour))]
    if identity is None or not alike_there:
        return presence(rng, scene, language, said)
    there = rng.random() < 0.5
    if there:
        thing = rng.choice(alike_there)
        identity = called(rng, thing), thing.colour
    asked = words.condition(rng, language, *identity)
    return Turn("look-alike", language, presence_question(rng, language, asked), yes_or_no(said, there))


def helmet(rng: random.Random, scene: Scene, language: str, said: str) -> Turn:
    """Does somebody wear a helmet, or does somebody not?"""
    if not scene.has("person"):
        return presence(rng, scene, language, said)
    notion = rng.choice(("helmet", "person with a helmet", "person without a helmet"))
    question = presence_question(rng, language, words.condition(rng, language, notion, None))
    return Turn("helmet", language, question, yes_or_no(said, scene.has(notion)))


def absence(rng: random.Random, scene: Scene, language: str, said: str) -> Turn:
    """Is something not there?"""
    if rng.random() < 0.15:
        asked, there = rng.choice(words.strangers(language, fresh=False)), False
        asked = words.with_article(asked) if language == "en" else asked
    else:
        identity, there = some_identity(rng, scene)
        asked = words.condition(rng, language, *identity)
        if rng.random() < 0.2:
            bare = rng.choice(phrases.NONE_OF[language]).format(words.option(rng, language, *identity))
            return Turn("absence", language, bare, yes_or_no(said, not there))
    question = rng.choice(phrases.ABSENCE[language]).format(asked)
    return Turn("absence", language, question, yes_or_no(said, not there))


def doubt(rng: random.Random, scene: Scene, language: str, said: str) -> Turn:
    """Is it really this, or only what could be taken for it?"""
    mistaken = alike_identity(rng, scene) if rng.random() < 0.5 else None
    identity, there = (mistaken, False) if mistaken else some_identity(rng, scene)
    alike = look_alikes(identity) or [absent_identity(rng, scene)]
    seen = [other for other in alike if scene.has(*other)]
    asked = words.condition(rng, language, *identity)
    instead = words.option(rng, language, *rng.choice(seen or alike))
    question = rng.choice(phrases.DOUBT[language]).format(asked, instead)
    return Turn("doubt", language, question, yes_or_no(said, there))


def attribute(rng: random.Random, scene: Scene, language: str, said: str) -> Turn:
    """Is the circle red? Asked of the only one of its kind."""
    thing = only_coloured(rng, scene)
    if thing is None or thing.colour is None:
        return presence(rng, scene, language, said)
    others = [c for c in COLOURS_OF[thing.kind] if c != thing.colour]
    colour = thing.colour if rng.random() < 0.5 else rng.choice(others)
    name, shade = words.plain_name(language, thing.kind), words.colour_name(language, colour)
    question = f"Is the {name} {shade}?" if language == "en" else f"{name}是{shade}的吗?"
    return Turn("attribute", language, question, yes_or_no(said, colour == thing.colour))


def strange_noun(rng: random.Random, language: str, fresh: bool) -> str:
    if not fresh and rng.random() < 0.3:
        return words.invented(rng, language)
    return rng.choice(words.strangers(language, fresh))


def stranger(rng: random.Random, _scene: Scene, language: str, said: str, fresh: bool = False) -> Turn:
    """Is there something that the drawn world does not have? There never is."""
    noun = strange_noun(rng, language, fresh)
    if language == "en":
        noun = rng.choice((words.with_article(noun), words.with_article(noun), f"any {words.plural(noun)}", noun))
    return Turn("stranger", language, presence_question(rng, language, noun), phrases.NO[said])


def describe(rng: random.Random, scene: Scene, language: str, said: str) -> Turn:
    question = phrases.DESCRIBE_FORM[language] if rng.random() < 0.4 else rng.choice(phrases.DESCRIBE[language])
    return Turn("describe", language, question, description(scene, said))


def description(scene: Scene, language: str) -> str:
    """All things of the scene from left to right, in one sentence."""
    names = [words.described(language, t) for t in scene.listed]
    if not names:
        return phrases.NOTHING[language]
    listed = words.listed(language, names)
    return f"The picture shows {listed}." if language == "en" else f"图里有{listed}。"


def describe_long(rng: random.Random, scene: Scene, language: str, said: str) -> Turn:
    question = rng.choice(phrases.DESCRIBE_LONG[language])
    return Turn("describe long", language, question, long_description(scene, said))


def long_description(scene: Scene, language: str) -> str:
    """All things of the scene with their places, and whether it is day or night."""
    if not scene.things:
        return phrases.NOTHING[language]
    places = [words.placed(language, t) for t in scene.listed]
    things = words.listed("en", places) if language == "en" else "\uff0c".join(places)
    light = phrases.DAYTIME[language][scene.ground.night]
    return phrases.LONG[language].format(things=things, light=light)


def only_coloured(rng: random.Random, scene: Scene) -> Thing | None:
    """A coloured thing that is the only one of its kind, so that "the circle" means one thing."""
    fitting = [t for t in scene.things if t.colour and scene.count(t.kind) == 1]
    return rng.choice(fitting) if fitting else None


def only_thing(rng: random.Random, scene: Scene) -> Thing | None:
    """A thing that is the only one of its kind and clearly in one place."""
    fitting = [t for t in scene.things if scene.count(t.kind) == 1 and t.placed_clearly]
    return rng.choice(fitting) if fitting else None


def colour(rng: random.Random, scene: Scene, language: str, said: str) -> Turn:
    thing = only_coloured(rng, scene)
    if thing is None or thing.colour is None:
        return where(rng, scene, language, said)
    question = rng.choice(phrases.COLOUR[language]).format(words.plain_name(language, thing.kind))
    return Turn("colour", language, question, words.colour_name(said, thing.colour))


def where(rng: random.Random, scene: Scene, language: str, said: str) -> Turn:
    thing = only_thing(rng, scene)
    if thing is None:
        return count(rng, scene, language, said)
    name = words.plain_name(language, thing.kind)
    if thing.colour and rng.random() < 0.35:
        name = words.mention(language, thing.kind, thing.colour)
    question = rng.choice(phrases.WHERE[language]).format(name)
    return Turn("where", language, question, words.place_name(said, thing.place))


def count(rng: random.Random, scene: Scene, language: str, _said: str) -> Turn:
    """How many? Never asked of cars where many stand together."""
    if rng.random() < 0.3:
        name, number = ("things", len(scene.things)) if language == "en" else ("东西", len(scene.things))
    else:
        kinds = [t.kind for t in scene.things if t.kind in COLOURS_OF or t.kind.startswith("person")] or list(SHAPES)
        kind = rng.choice(kinds) if rng.random() < 0.75 else rng.choice(KINDS)
        if kind == "car" and scene.has("traffic jam"):
            kind = "cat"
        kind = "person" if kind.startswith("person") else kind
        number = scene.count(kind)
        name = words.plural(kind) if language == "en" else words.plain_name(language, kind)
    return Turn("count", language, rng.choice(phrases.COUNT[language]).format(name), str(number))


def read(rng: random.Random, scene: Scene, language: str, said: str) -> Turn:
    """What does the sign say? Or is it this word?"""
    word = next((t.word for t in scene.things if t.word), None)
    priced = word in PRICES if word else rng.random() < 0.3
    if word and rng.random() < 0.2:
        asked = word if rng.random() < 0.5 else rng.choice([w for w in (*FIXED_WORDS, rng.choice(PRICES)) if w != word])
        question = rng.choice(phrases.SAYS[language]).format(asked)
        return Turn("says", language, question, yes_or_no(said, asked == word))
    question = rng.choice((phrases.READ_PRICE if priced and rng.random() < 0.5 else phrases.READ)[language])
    return Turn("read", language, question, word or phrases.NOT_SEEN[said])


def daytime(rng: random.Random, scene: Scene, language: str, said: str) -> Turn:
    night, chance = scene.ground.night, rng.random()
    if chance < 0.4:
        answer = phrases.DAYTIME[said][night]
        return Turn("daytime", language, rng.choice(phrases.DAY_OR_NIGHT[language]), answer)
    asked = phrases.NIGHT if chance < 0.75 else phrases.DAY
    return Turn("daytime", language, rng.choice(asked[language]), yes_or_no(said, night == (asked is phrases.NIGHT)))


def missing(rng: random.Random, scene: Scene, language: str, said: str) -> Turn:
    """The colour or place of something that is not there."""
    kind = next((k for k in rng.sample(KINDS, len(KINDS)) if not scene.has(k)), KINDS[0])
    name = words.plain_name(language, kind)
    if rng.random() < 0.3:
        name = rng.choice(words.strangers(language, fresh=False))
    question = rng.choice((phrases.COLOUR if rng.random() < 0.5 else phrases.WHERE)[language]).format(name)
    return Turn("missing", language, question, phrases.NOT_SEEN[said])


def small_talk(rng: random.Random, _scene: Scene, language: str, said: str) -> Turn:
    return Turn("small talk", language, rng.choice(phrases.SMALL_TALK[language]), phrases.ONLY_DRAWN[said])


def boxes(things: list[Thing], label: str) -> str:
    """Things and where they are seen, as JSON: left, top, right, bottom in thousandths."""
    found = []
    for thing in things:
        if thing.box:
            corners = [STEP * round(1000 * v / STEP) for v in thing.box]
            found.append({"label": label, "box": corners})
    return json.dumps(found, ensure_ascii=False)


def find(rng: random.Random, scene: Scene, language: str, said: str) -> Turn:
    """Where exactly? Told as JSON; an empty list where there is none."""
    chance = rng.random()
    identity = present_identity(rng, scene) if scene.things and chance < 0.75 else absent_identity(rng, scene)
    notion, shade = identity
    label, things = words.mention(said, notion, shade), scene.all_of(notion, shade)
    asked = words.sought(rng, language, notion, shade)
    if chance > 0.95:
        asked, label, things = strange_noun(rng, language, False), "", []
    return Turn("find", language, rng.choice(phrases.FIND[language]).format(asked), boxes(things, label))


def which(rng: random.Random, scene: Scene, language: str, _said: str) -> Turn:
    """Which of several things is there? One of them is."""
    if not scene.things:
        return presence(rng, scene, language, _said)
    there = present_identity(rng, scene)
    options = {there: words.option(rng, language, *there)}
    for _ in range(rng.randint(1, 4)):
        if rng.random() < 0.15:
            noun = strange_noun(rng, language, False)
            options[noun, None] = noun
        else:
            identity = absent_identity(rng, scene)
            options[identity] = words.option(rng, language, *identity)
    texts = list(dict.fromkeys(options.values()))
    if language == "en" and rng.random() < 0.35:
        texts = [text if text in words.SUBSTANCES else words.with_article(text) for text in texts]
    answer = texts[0]
    rng.shuffle(texts)
    joined = (", " if language == "en" else "、").join(texts)
    return Turn("which", language, rng.choice(phrases.WHICH[language]).format(joined), answer)


Asker = Callable[[random.Random, Scene, str, str], Turn]
ASKERS: dict[str, Asker] = {
    "describe": describe,
    "describe long": describe_long,
    "presence": presence,
    "look-alike": look_alike,
    "helmet": helmet,
    "absence": absence,
    "doubt": doubt,
    "attribute": attribute,
    "stranger": stranger,
    "colour": colour,
    "where": where,
    "count": count,
    "read": read,
    "daytime": daytime,
    "find": find,
    "which": which,
    "missing": missing,
    "small talk": small_talk,
}


def pronoun_turns(rng: random.Random, scene: Scene, language: str, said: str) -> list[Turn]:
    """Two turns of which the second says "it" or "and …?"; two free turns where nothing is unique."""
    thing = only_thing(rng, scene)
    if thing is None or rng.random() < 0.15:
        identity, there = some_identity(rng, scene)
        question = rng.choice(phrases.AND_PRESENCE[language]).format(words.condition(rng, language, *identity))
        return [
            presence(rng, scene, language, said),
            Turn("presence", language, question, yes_or_no(said, there)),
        ]
    place = Turn("where", language, rng.choice(phrases.PRONOUN_WHERE[language]), words.place_name(said, thing.place))
    asked = words.condition(rng, language, thing.kind, thing.colour if rng.random() < 0.2 else None)
    opening = Turn("presence", language, presence_question(rng, language, asked), phrases.YES[said])
    if thing.colour is None:
        return [opening, place]
    shade = words.colour_name(said, thing.colour)
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
    if chance < 0.07 and turn.topic not in ("find", "which", "says"):
        question = question.lower()
    elif chance < 0.14:
        question = question.rstrip("?.\uff1f\u3002")
    return replace(turn, question=question)
