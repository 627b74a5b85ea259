"""A scene: what is where in one drawn picture. Everything that can be asked is answered from here."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from tiny.world.things import COLOURS, MAIN_COLOUR, RGB, SCENERY, SHAPES

Identity = tuple[str, str | None]  # a kind, and its colour where it has one to speak of

PLACES = (
    ("top left", "top", "top right"),
    ("left", "middle", "right"),
    ("bottom left", "bottom", "bottom right"),
)
GROUNDS = ("plain", "plain", "gradient", "horizon", "horizon", "blobs", "stripes", "checks")
SHAPES_OF_PICTURE = ((1.0, 1.0), (1.0, 0.75), (0.75, 1.0), (1.0, 0.66))
CONTRAST = 120  # least sum of channel differences between a thing and what is behind it


@dataclass(frozen=True)
class Thing:
    """One thing: `x`, `y` is its middle and `size` its side, as fractions of the picture and of its shorter side."""

    kind: str
    colour: str | None
    paint: RGB
    x: float
    y: float
    size: float
    angle: float
    seed: int

    @property
    def place(self) -> str:
        return PLACES[third(self.y)][third(self.x)]


@dataclass(frozen=True)
class Ground:
    """The background: a pattern in two colours and its grain, the standard deviation of its noise."""

    pattern: str
    first: RGB
    second: RGB
    grain: float
    seed: int


@dataclass(frozen=True)
class Scene:
    """Things from left to right on a ground; `width` and `height` are relative, the longer one is 1."""

    width: float
    height: float
    ground: Ground
    things: tuple[Thing, ...]

    def has(self, kind: str, colour: str | None = None) -> bool:
        return any(t.kind == kind and colour in (None, t.colour) for t in self.things)

    def count(self, kind: str) -> int:
        return sum(t.kind == kind for t in self.things)


def third(position: float) -> int:
    return min(2, int(position * 3))


def difference(a: RGB, b: RGB) -> int:
    return sum(abs(x - y) for x, y in zip(a, b, strict=True))


def random_ground(rng: random.Random) -> Ground:
    """A background whose second colour is close enough to the first to leave most thing colours readable."""
    level = rng.choice((60, 110, 150, 190, 215))
    first = (level + rng.randint(-45, 40), level + rng.randint(-45, 40), level + rng.randint(-45, 40))
    step = rng.randint(10, 34) * rng.choice((-1, 1))
    second = tuple(max(0, min(255, v + step + rng.randint(-14, 14))) for v in first)
    grain = rng.choice((0.0, 3.0, 6.0, 12.0))
    pattern = rng.choice(GROUNDS)
    return Ground(pattern, first, (second[0], second[1], second[2]), grain, rng.getrandbits(32))


def stands_out(paint: RGB, ground: Ground) -> bool:
    return min(difference(paint, ground.first), difference(paint, ground.second)) >= CONTRAST


def readable_colours(ground: Ground) -> list[str]:
    return [name for name, paint in COLOURS.items() if stands_out(paint, ground)]


def paint_of(kind: str, colour: str | None, ground: Ground) -> RGB | None:
    """What the thing is painted with on this ground, or None where it could not be seen."""
    if colour is not None:
        return COLOURS[colour]
    if kind == "smoke":
        level = 95 if sum(ground.first) > 420 else 205
        return level, level, level + 6
    main = MAIN_COLOUR[kind]
    if main is not None and not stands_out(main, ground):
        return None
    return main or (128, 128, 128)


def choose_identity(rng: random.Random, ground: Ground, taken: Sequence[Identity], twin: float) -> Identity | None:
    """A kind and colour that is not there yet; with chance `twin` a near twin of a shape that is there."""
    colours = readable_colours(ground)
    shapes_there = [(kind, colour) for kind, colour in taken if colour is not None]
    identity: Identity
    if shapes_there and colours and rng.random() < twin:
        kind, colour = rng.choice(shapes_there)
        identity = (rng.choice(SHAPES), colour) if rng.random() < 0.6 else (kind, rng.choice(colours))
    elif colours and rng.random() < 0.52:
        identity = (rng.choice(SHAPES), rng.choice(colours))
    else:
        identity = (rng.choice(SCENERY), None)
    already = identity in taken or (identity[1] is None and any(kind == identity[0] for kind, _ in taken))
    return None if already else identity


def choose_position(rng: random.Random, size: float, span: float) -> float:
    """A middle within the picture that is clearly in one third of it; `span` is the side's relative length."""
    margin = 0.44 * size / span
    while True:
        position = rng.uniform(margin, 1 - margin) if margin < 0.5 else 0.5
        if min(abs(position - 1 / 3), abs(position - 2 / 3)) > 0.025:
            return position


def apart(thing: Thing, others: list[Thing], width: float, height: float) -> bool:
    shorter = min(width, height)
    for other in others:
        reach = (thing.size + other.size) / 2 * shorter * 0.9
        if abs(thing.x - other.x) * width < reach and abs(thing.y - other.y) * height < reach:
            return False
    return True


def put_thing(
    rng: random.Random,
    ground: Ground,
    shape: tuple[float, float],
    there: list[Thing],
    *,
    number: int,
    identity: Identity,
) -> Thing | None:
    """That thing at a random free position, as one of `number` in all; None if it does not fit or could not be seen."""
    kind, colour = identity
    paint = paint_of(kind, colour, ground)
    if paint is None or (colour is not None and not stands_out(paint, ground)):
        return None
    width, height = shape
    shorter = min(shape)
    size = rng.uniform(0.27, (0.7, 0.48, 0.4)[number - 1]) + (0.06 if kind in SCENERY else 0.0)
    x = choose_position(rng, size * shorter, width)
    y = choose_position(rng, size * shorter, height)
    angle = rng.gauss(0, 4) if kind in SCENERY else rng.uniform(-22, 22)
    thing = Thing(kind, colour, paint, x, y, size, angle, rng.getrandbits(32))
    return thing if apart(thing, there, width, height) else None


def random_scene(rng: random.Random, twin: float = 0.2) -> Scene:
    """A fresh scene; `twin` is the chance that a further shape shares its colour or its kind with one that is there."""
    shape = SHAPES_OF_PICTURE[0] if rng.random() < 0.7 else rng.choice(SHAPES_OF_PICTURE)
    ground = random_ground(rng)
    number = rng.choices((0, 1, 2, 3), (3, 24, 37, 36))[0]
    things: list[Thing] = []
    for _ in range(40):
        if len(things) == number:
            break
        identity = choose_identity(rng, ground, [(t.kind, t.colour) for t in things], twin)
        thing = put_thing(rng, ground, shape, things, number=number, identity=identity) if identity else None
        if thing:
            things.append(thing)
    return Scene(*shape, ground, tuple(sorted(things, key=lambda t: t.x)))


def scene_of(rng: random.Random, identities: Sequence[Identity]) -> Scene:
    """A square scene with exactly these things, one to three of them, placed at random."""
    while True:
        ground = random_ground(rng)
        things: list[Thing] = []
        for identity in identities:
            attempts = (
                put_thing(rng, ground, (1.0, 1.0), things, number=len(identities), identity=identity) for _ in range(12)
            )
            things += [thing for thing in attempts if thing][:1]
        if len(things) == len(identities):
            return Scene(1.0, 1.0, ground, tuple(sorted(things, key=lambda t: t.x)))
