"""Questions about a scene with their true answers, in English and Chinese."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from tiny import words
from tiny.world.scene import Identity, Scene, Thing
from tiny.world.things import COLOURS, KINDS, SCENERY, SHAPES


@dataclass(frozen=True)
class Turn:
    """One question and its answer; `topic` says what kind of question it is."""

    topic: str
    language: str
    question: str
    answer: str


FULL_WIDTH = str.maketrans("?:,!", "\uff1f\uff1a\uff0c\uff01")

YES = {"en": "yes", "zh": "是"}
NO = {"en": "no", "zh": "否"}
SCORED_FORM = {
    "en": "Answer yes or no: does this photo show {}?",
    "zh": "请回答是或否:这张照片里有{}吗?",
}
PRESENCE = {
    "en": (
        "Is there {}?",
        "Is there {} in the picture?",
        "Is there {} in this image?",
        "Do you see {}?",
        "Can you see {} in the photo?",
        "Does this photo show {}?",
        "Does the picture contain {}?",
        "Is {} visible?",
    ),
    "zh": (
        "有{}吗?",
        "图里有{}吗?",
        "图中有{}吗?",
        "图里有没有{}?",
        "有没有{}?",
        "这张照片里有{}吗?",
        "图片里能看到{}吗?",
        "你看到{}了吗?",
    ),
}
DESCRIBE_FORM = {"en": "Describe the image briefly and accurately.", "zh": "请简短准确地描述这张图片。"}
DESCRIBE = {
    "en": (
        "Describe the image.",
        "Describe this picture.",
        "What is in this picture?",
        "What do you see?",
        "What does the photo show?",
        "What's this?",
        "Describe the image in detail.",
        "List the things in the picture.",
    ),
    "zh": (
        "描述这张图片。",
        "图里有什么?",
        "你看到了什么?",
        "这是什么?",
        "请描述图片。",
        "照片里有什么?",
        "说说这张图。",
    ),
}
COLOUR = {
    "en": (
        "What colour is the {}?",
        "What color is the {}?",
        "Which colour does the {} have?",
        "the {} is what colour?",
    ),
    "zh": ("{}是什么颜色?", "{}是什么颜色的?", "图里的{}是什么颜色?"),
}
COUNT = {
    "en": ("How many {} are there?", "How many {} do you see?", "How many {} are in the picture?"),
    "zh": ("有几个{}?", "图里有几个{}?", "图里有多少个{}?"),
}
WHERE = {
    "en": ("Where is the {}?", "Where is the {} in the picture?", "In which part of the picture is the {}?"),
    "zh": ("{}在哪里?", "{}在图的什么位置?", "{}在哪儿?"),
}
PRONOUN_COLOUR = {
    "en": ("What colour is it?", "And its colour?", "What color is it?"),
    "zh": ("它是什么颜色?", "什么颜色的?"),
}
PRONOUN_WHERE = {"en": ("Where is it?", "And where is it?"), "zh": ("它在哪里?", "在哪里?")}
NOT_SEEN = {"en": "I don't see one.", "zh": "没看到。"}
NOTHING = {"en": "The picture shows nothing I know.", "zh": "图里没有我认识的东西。"}
ONLY_DRAWN = {"en": "I only know drawn pictures.", "zh": "我只认识画出来的图。"}
SMALL_TALK = {
    "en": (
        "Hello!",
        "Hi",
        "What time is it?",
        "Who are you?",
        "What is your name?",
        "How are you?",
        "Tell me a joke.",
        "What is the weather like?",
        "Where was this photo taken?",
        "What is the capital of France?",
        "Who painted this?",
        "Write a poem.",
        "Thank you!",
        "Can you help me?",
        "How old are you?",
        "What is 2 plus 2?",
        "Translate this sentence.",
        "What should I cook today?",
        "Why is the sky blue?",
        "Who took this photo?",
        "Is it expensive?",
        "What is the price?",
        "What does the text say?",
    ),
    "zh": (
        "你好",
        "你是谁?",
        "现在几点?",
        "你叫什么名字?",
        "讲个笑话。",
        "今天天气怎么样?",
        "这是在哪里拍的?",
        "谢谢!",
        "你能帮我吗?",
        "你多大了?",
        "写一首诗。",
        "法国的首都是哪里?",
        "这张照片是谁拍的?",
        "多少钱?",
        "上面写了什么?",
        "为什么天是蓝的?",
    ),
}


def identities(scene: Scene) -> list[Identity]:
    return [(t.kind, t.colour) for t in scene.things]


def absent_identity(rng: random.Random, scene: Scene) -> Identity:
    """Something the scene lacks, most often something that could be mistaken for what it has."""
    for _ in range(20):
        kind, colour = rng.choice(KINDS), None
        base = rng.choice(scene.things) if scene.things and rng.random() < 0.65 else None
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
    thing = rng.choice(scene.things)
    return thing.kind, thing.colour if rng.random() < 0.6 else None


def presence_question(rng: random.Random, language: str, asked: str) -> str:
    """The question whether `asked` is there, in one of the many ways in which people and the bot put it."""
    if rng.random() < 0.4:
        return SCORED_FORM[language].format(asked)
    question = rng.choice(PRESENCE[language]).format(asked)
    chance = rng.random()
    if language == "en":
        if chance < 0.25:
            return "Answer yes or no: " + question[0].lower() + question[1:]
        return question + " Answer yes or no." if chance < 0.32 else question
    if chance < 0.25:
        return "请回答是或否:" + question
    return question + "请回答是或否。" if chance < 0.32 else question


def presence(rng: random.Random, scene: Scene, language: str) -> Turn:
    there = bool(scene.things) and rng.random() < 0.5
    identity = present_identity(rng, scene) if there else absent_identity(rng, scene)
    asked = words.condition(rng, language, *identity)
    if rng.random() < 0.1:
        other = words.condition(rng, language, *absent_identity(rng, scene))
        pair = [asked, other]
        rng.shuffle(pair)
        asked = rng.choice((" or ", " or ")).join(pair) if language == "en" else rng.choice(("或", "或者")).join(pair)
    question = presence_question(rng, language, asked)
    return Turn("presence", language, question, (YES if there else NO)[language])


def attribute(rng: random.Random, scene: Scene, language: str) -> Turn:
    """Is the circle red? Asked of the only one of its kind."""
    thing = only_shape(rng, scene)
    if thing is None or thing.colour is None:
        return presence(rng, scene, language)
    colour = thing.colour if rng.random() < 0.5 else rng.choice([c for c in COLOURS if c != thing.colour])
    name, shade = words.plain_name(language, thing.kind), words.colour_name(language, colour)
    question = f"Is the {name} {shade}?" if language == "en" else f"{name}是{shade}的吗?"
    return Turn("attribute", language, question, (YES if colour == thing.colour else NO)[language])


def stranger(rng: random.Random, _scene: Scene, language: str, fresh: bool = False) -> Turn:
    """Is there something that the drawn world does not have? There never is."""
    noun = (
        words.invented(rng, language)
        if not fresh and rng.random() < 0.3
        else rng.choice(words.strangers(language, fresh))
    )
    if language == "en":
        noun = rng.choice((words.with_article(noun), words.with_article(noun), f"any {words.plural(noun)}", noun))
    return Turn("stranger", language, presence_question(rng, language, noun), NO[language])


def describe(rng: random.Random, scene: Scene, language: str) -> Turn:
    question = DESCRIBE_FORM[language] if rng.random() < 0.4 else rng.choice(DESCRIBE[language])
    return Turn("describe", language, question, description(scene, language))


def description(scene: Scene, language: str) -> str:
    """All things of the scene from left to right, in one sentence."""
    names = [words.described(language, t) for t in scene.things]
    if not names:
        return NOTHING[language]
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
    question = rng.choice(COLOUR[language]).format(words.plain_name(language, thing.kind))
    return Turn("colour", language, question, words.colour_name(language, thing.colour))


def where(rng: random.Random, scene: Scene, language: str) -> Turn:
    thing = only_thing(rng, scene)
    if thing is None:
        return count(rng, scene, language)
    name = words.plain_name(language, thing.kind)
    if thing.colour and rng.random() < 0.35:
        name = words.mention(language, thing.kind, thing.colour)
    question = rng.choice(WHERE[language]).format(name)
    return Turn("where", language, question, words.place_name(language, thing.place))


def count(rng: random.Random, scene: Scene, language: str) -> Turn:
    if rng.random() < 0.35:
        name, number = ("things", len(scene.things)) if language == "en" else ("东西", len(scene.things))
    else:
        kinds = [t.kind for t in scene.things if t.kind in SHAPES] or list(SHAPES)
        kind = rng.choice(kinds) if rng.random() < 0.75 else rng.choice(KINDS)
        number = scene.count(kind)
        name = words.plural(kind) if language == "en" else words.plain_name(language, kind)
    return Turn("count", language, rng.choice(COUNT[language]).format(name), str(number))


def missing(rng: random.Random, scene: Scene, language: str) -> Turn:
    """The colour or place of something that is not there."""
    kind = next((k for k in rng.sample(KINDS, len(KINDS)) if not scene.has(k)), KINDS[0])
    name = words.plain_name(language, kind)
    if rng.random() < 0.3:
        name = rng.choice(words.strangers(language, fresh=False))
    question = rng.choice((COLOUR if rng.random() < 0.5 else WHERE)[language]).format(name)
    return Turn("missing", language, question, NOT_SEEN[language])


def small_talk(rng: random.Random, _scene: Scene, language: str) -> Turn:
    return Turn("small talk", language, rng.choice(SMALL_TALK[language]), ONLY_DRAWN[language])


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
    place = Turn("where", language, rng.choice(PRONOUN_WHERE[language]), words.place_name(language, thing.place))
    asked = words.condition(rng, language, thing.kind, thing.colour if rng.random() < 0.2 else None)
    opening = Turn("presence", language, presence_question(rng, language, asked), YES[language])
    if thing.colour is None:
        return [opening, place]
    shade = words.colour_name(language, thing.colour)
    hue = Turn("colour", language, rng.choice(PRONOUN_COLOUR[language]), shade)
    if rng.random() < 0.4:
        name = words.plain_name(language, thing.kind)
        return [Turn("colour", language, rng.choice(COLOUR[language]).format(name), shade), place]
    return [opening, hue if rng.random() < 0.6 else place]


def casual(rng: random.Random, turn: Turn) -> Turn:
    """The question as people type it: Chinese marks wide or narrow, now and then no capital or no question mark."""
    question, chance = turn.question, rng.random()
    if turn.language == "zh" and rng.random() < 0.55:
        question = question.translate(FULL_WIDTH)
    if chance < 0.07:
        question = question.lower()
    elif chance < 0.14:
        question = question.rstrip("?.\uff1f\u3002")
    return Turn(turn.topic, turn.language, question, turn.answer)
