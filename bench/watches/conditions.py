"""Twenty watches as people would put them, in English and Chinese, and in which scenes each holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tiny.world.scene import Scene

Holds = Callable[[Scene], bool]


@dataclass(frozen=True)
class Condition:
    """What stands behind /watch, and whether it is so. An `absence` holds in most pictures."""

    text: str
    holds: Holds
    absence: bool = False


def _shows(*notions: str, colour: str | None = None) -> Holds:
    return lambda scene: any(scene.has(notion, colour) for notion in notions)


def _lacks(*notions: str) -> Holds:
    return lambda scene: not any(map(scene.has, notions))


def _says(word: str) -> Holds:
    return lambda scene: any(thing.word == word for thing in scene.things)


# Things, questions, statements and absences; many are easily taken for something else that is drawn as well: the sun
# for a fire or an orange circle, smoke for a cloud, a ring for a circle, a tree for a green triangle.
CONDITIONS = (
    Condition("smoke or fire", _shows("smoke", "fire")),
    Condition("is there a fire?", _shows("fire")),
    Condition("smoke", _shows("smoke")),
    Condition("the traffic light is red", _shows("traffic light", colour="red")),
    Condition("a person without a helmet", _shows("person without a helmet")),
    Condition("a red ring", _shows("ring", colour="red")),
    Condition("the sun", _shows("sun")),
    Condition("a green triangle", _shows("triangle", colour="green")),
    Condition("the sign says STOP", _says("STOP")),
    Condition("nobody is in the picture", _lacks("person"), absence=True),
    Condition("着火了", _shows("fire")),
    Condition("有烟吗？", _shows("smoke")),
    Condition("有人没戴安全帽", _shows("person without a helmet")),
    Condition("堵车", _shows("traffic jam")),
    Condition("红灯", _shows("traffic light", colour="red")),
    Condition("门口有包裹", _shows("parcel at a door")),
    Condition("月亮", _shows("moon")),
    Condition("黄色的圆形", _shows("circle", colour="yellow")),
    Condition("现在是晚上", lambda scene: scene.ground.night),
    Condition("没有汽车", _lacks("car"), absence=True),
)
