"""Names of everything in the drawn world, in English and Chinese, and of much that is not in it."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from tiny.world.scene import Thing

LANGUAGES = ("en", "zh")

ENGLISH_NAMES: dict[str, tuple[str, ...]] = {
    "circle": ("circle", "circle", "round shape", "disc"),
    "square": ("square",),
    "triangle": ("triangle",),
    "star": ("star",),
    "cross": ("cross",),
    "ring": ("ring",),
    "fire": ("fire", "fire", "fire", "flame", "blaze"),
    "smoke": ("smoke",),
    "traffic light": ("traffic light", "traffic light", "traffic signal"),
    "car": ("car", "car", "car", "vehicle"),
    "house": ("house", "house", "house", "building", "home"),
    "person": ("person", "person", "person", "human", "man"),
    "cat": ("cat", "cat", "cat", "kitty"),
    "sun": ("sun",),
    "moon": ("moon",),
    "traffic jam": ("traffic jam", "traffic jam", "jam", "queue of cars"),
    "person with a helmet": (
        "person with a helmet",
        "person with a helmet",
        "person wearing a helmet",
        "worker with a helmet",
        "person with a hard hat",
    ),
    "person without a helmet": (
        "person without a helmet",
        "person without a helmet",
        "worker without a helmet",
        "person not wearing a helmet",
        "person with no helmet",
    ),
    "helmet": ("helmet", "helmet", "hard hat"),
    "tree": ("tree",),
    "cloud": ("cloud",),
    "water": ("water", "water", "pond"),
    "door": ("door",),
    "parcel": ("parcel", "parcel", "package", "box"),
    "parcel at a door": ("parcel at a door", "parcel at the door", "package at the door"),
    "sign": ("sign", "sign", "sign with a word"),
}
PLURALS = {
    "person": "people",
    "man": "men",
    "kitty": "kitties",
    "cross": "crosses",
    "smoke": "smoke",
    "fire": "fires",
    "water": "water",
    "box": "boxes",
}
SUBSTANCES = ("smoke", "water")
UNCOUNTED: dict[str, tuple[str, ...]] = {
    "fire": ("fire", "fire", "flames", "something burning"),
    "smoke": ("smoke", "smoke", "smoke", "some smoke", "a cloud of smoke"),
    "person": ("someone", "somebody", "people"),
    "sun": ("the sun",),
    "moon": ("the moon",),
    "water": ("water", "some water"),
    "traffic jam": ("several cars", "many cars", "a traffic jam"),
    "person with a helmet": ("someone with a helmet", "somebody wearing a helmet", "anyone with a helmet"),
    "person without a helmet": (
        "someone without a helmet",
        "somebody without a helmet",
        "anyone without a helmet",
        "people without helmets",
    ),
    "sign": ("a word", "printed text", "text"),
}
CHINESE_COLOURS = {
    "red": "红色",
    "orange": "橙色",
    "yellow": "黄色",
    "green": "绿色",
    "blue": "蓝色",
    "purple": "紫色",
    "white": "白色",
    "black": "黑色",
}
CHINESE_NAMES: dict[str, tuple[str, ...]] = {
    "circle": ("圆形", "圆形", "圆"),
    "square": ("正方形", "正方形", "方块"),
    "triangle": ("三角形",),
    "star": ("五角星", "五角星", "星星", "星形"),
    "cross": ("十字", "十字", "十字形"),
    "ring": ("圆环", "圆环", "环"),
    "fire": ("火", "火", "火", "火焰", "明火"),
    "smoke": ("烟", "烟", "烟", "烟雾", "浓烟"),
    "traffic light": ("红绿灯", "红绿灯", "交通灯", "信号灯"),
    "car": ("汽车", "汽车", "车", "小汽车", "车辆"),
    "house": ("房子", "房子", "房屋", "建筑"),
    "person": ("人", "人", "人", "行人", "有人"),
    "cat": ("猫", "猫", "小猫"),
    "sun": ("太阳",),
    "moon": ("月亮",),
    "traffic jam": ("堵车", "堵车", "交通堵塞", "很多车"),
    "person with a helmet": ("戴头盔的人", "戴头盔的人", "戴安全帽的人"),
    "person without a helmet": ("没戴头盔的人", "没戴头盔的人", "没戴安全帽的人", "不戴头盔的人"),
    "helmet": ("头盔", "安全帽"),
    "tree": ("树", "树", "大树"),
    "cloud": ("云", "云", "云朵"),
    "water": ("水", "水", "池塘"),
    "door": ("门",),
    "parcel": ("包裹", "包裹", "快递", "箱子"),
    "parcel at a door": ("门口的包裹", "门口的包裹", "门前的包裹"),
    "sign": ("牌子", "牌子", "字"),
}
MEASURES = {
    "fire": "一团",
    "smoke": "一团",
    "car": "一辆",
    "house": "一座",
    "cat": "一只",
    "tree": "一棵",
    "cloud": "一朵",
}
MEASURES |= {"water": "一片", "door": "一扇", "sign": "一块"}
CHINESE_PLACES = {
    "top left": "左上角",
    "top": "上方",
    "top right": "右上角",
    "left": "左边",
    "middle": "中间",
    "right": "右边",
    "bottom left": "左下角",
    "bottom": "下方",
    "bottom right": "右下角",
}

STRANGERS = Path(__file__).parent / "strangers.json"  # nouns that the drawn world does not have
SYLLABLES = (
    "ba",
    "do",
    "fi",
    "ga",
    "ku",
    "lo",
    "mi",
    "na",
    "pe",
    "ro",
    "su",
    "ti",
    "vo",
    "wa",
    "zu",
    "blick",
    "flor",
    "tran",
)


@cache
def all_strangers() -> dict[str, list[str]]:
    """Nouns by language that no drawn picture shows."""
    found: dict[str, list[str]] = json.loads(STRANGERS.read_text("utf-8"))
    return found


def strangers(language: str, fresh: bool) -> list[str]:
    """Nouns that no drawn picture shows; the `fresh` third is never trained on and is there for the evaluation."""
    nouns = all_strangers()[language]
    cut = len(nouns) * 2 // 3
    return nouns[cut:] if fresh else nouns[:cut]


@cache
def loose_characters() -> list[str]:
    """Characters of Chinese nouns, less those that name something of the drawn world."""
    known = {character for names in CHINESE_NAMES.values() for name in names for character in name}
    return sorted({character for noun in strangers("zh", fresh=False) for character in noun} - known)


def invented(rng: random.Random, language: str) -> str:
    """A noun that means nothing."""
    if language == "zh":
        return "".join(rng.choices(loose_characters(), k=rng.randint(1, 3)))
    return "".join(rng.choice(SYLLABLES) for _ in range(rng.randint(2, 3)))


def with_article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeio' else 'a'} {noun}"


def plural(noun: str) -> str:
    return PLURALS.get(noun, f"{noun}s")


def english_condition(rng: random.Random, kind: str, colour: str | None) -> str:
    """A way to name a thing in a question: "a red circle", "any fire", "smoke"."""
    if colour is None and kind in UNCOUNTED and rng.random() < 0.6:
        return rng.choice(UNCOUNTED[kind])
    name = rng.choice(ENGLISH_NAMES[kind])
    noun = f"{colour} {name}" if colour else name
    if kind in ("fire", *SUBSTANCES) and rng.random() < 0.25:
        return f"any {noun}"
    if kind in SUBSTANCES and name != "pond":
        return noun
    chance = rng.random()
    if " with" in noun or " at " in noun or " of " in noun or "wearing" in noun:
        return with_article(noun)
    return with_article(noun) if chance < 0.8 else f"any {plural(noun)}" if chance < 0.88 else noun


def chinese_condition(rng: random.Random, kind: str, colour: str | None) -> str:
    name = rng.choice(CHINESE_NAMES[kind])
    measured = MEASURES.get(kind, "一个") if rng.random() < 0.12 else ""
    if colour is None:
        return f"{measured}{name}"
    return f"{measured}{CHINESE_COLOURS[colour]}{rng.choice(('的', '的', ''))}{name}"


def condition(rng: random.Random, language: str, kind: str, colour: str | None) -> str:
    return english_condition(rng, kind, colour) if language == "en" else chinese_condition(rng, kind, colour)


def option(rng: random.Random, language: str, kind: str, colour: str | None) -> str:
    """How a thing is named among several to choose from."""
    name = rng.choice(ENGLISH_NAMES[kind] if language == "en" else CHINESE_NAMES[kind])
    if colour is None:
        return name
    return f"{colour} {name}" if language == "en" else f"{CHINESE_COLOURS[colour]}的{name}"


def sought(rng: random.Random, language: str, kind: str, colour: str | None) -> str:
    """How a thing is named that is to be found: now and then in the plural."""
    name = option(rng, language, kind, colour)
    simple = language == "en" and " " not in name and kind not in SUBSTANCES
    return plural(name) if simple and rng.random() < 0.2 else name


def colour_name(language: str, colour: str) -> str:
    return colour if language == "en" else CHINESE_COLOURS[colour]


def place_name(language: str, place: str) -> str:
    return place if language == "en" else CHINESE_PLACES[place]


def plain_name(language: str, kind: str) -> str:
    return kind if language == "en" else CHINESE_NAMES[kind][0]


def mention(language: str, kind: str, colour: str | None, word: str | None = None) -> str:
    """The one way in which descriptions name a thing, without its article."""
    if word:
        return f"sign that says {word}" if language == "en" else f"写着{word}的牌子"
    if language == "en":
        return f"{colour} {kind}" if colour else kind
    return f"{CHINESE_COLOURS[colour]}的{CHINESE_NAMES[kind][0]}" if colour else CHINESE_NAMES[kind][0]


def named(language: str, thing: Thing) -> str:
    return mention(language, thing.kind, thing.colour, thing.word)


def described(language: str, thing: Thing) -> str:
    """A thing as a description lists it: "a red circle", "smoke", "一只猫"."""
    name = named(language, thing)
    if language == "en":
        return name if thing.kind in SUBSTANCES else with_article(name)
    return f"{MEASURES.get(thing.kind, '一个')}{name}"


def placed(language: str, thing: Thing) -> str:
    """A thing and its place: "a red circle at the top left", "左上角有一个红色的圆形"."""
    if language == "zh":
        return f"{CHINESE_PLACES[thing.place]}有{described(language, thing)}"
    lead = {"middle": "in the", "left": "on the", "right": "on the"}.get(thing.place, "at the")
    return f"{described(language, thing)} {lead} {thing.place}"


def listed(language: str, names: Sequence[str]) -> str:
    comma, last = (", ", " and ") if language == "en" else ("、", "和")
    return names[0] if len(names) == 1 else comma.join(names[:-1]) + last + names[-1]
