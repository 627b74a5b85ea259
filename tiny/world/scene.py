"""A scene: what is where in one drawn picture. Everything that can be asked is answered from here."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tiny.world.things import CAR_PAINTS, COLOURS, COLOURS_OF, FIXED_WORDS, MAIN_COLOUR, PRICES, RGB, SCENERY, SHAPES

Identity = tuple[str, str | None]  # a kind or notion, and its colour where one is meant
Box = tuple[float, float, float, float]  # left, top, right, bottom, as fractions of the picture

PLACES = (
    ("top left", "top", "top right"),
    ("left", "middle", "right"),
    ("bottom left", "bottom", "bottom right"),
)
GROUNDS = ("plain", "plain", "gradient", "horizon", "horizon", "blobs", "stripes", "checks")
SHAPES_OF_PICTURE = ((1.0, 0.75), (1.0, 0.75), (0.75, 1.0), (1.0, 0.66), (1.0, 0.56), (0.6, 1.0))
NUMBERS = (3, 20, 29, 26, 13, 9)  # how often a scene has 0, 1, 2 … things
LARGEST = (0.7, 0.7, 0.48, 0.42, 0.36, 0.33)  # a thing's size among that many
SMALLEST = (0.28, 0.28, 0.27, 0.26, 0.24, 0.22)
CONTRAST = 120  # least sum of channel differences between a thing and what is behind it
HIDDEN = 0.35  # so much of one thing another may hide where things stand close
EDGE = 0.025  # nearer than this to the border of a third, no place is named
LARGER = {"sign": 0.16, "traffic jam": 0.14, "parcel at a door": 0.08, "person with a helmet": 0.08, "person": 0.08}

# What people name that is more than one kind, or a part of one; every other kind means itself.
NOTIONS: dict[str, tuple[str, ...]] = {
    "person": ("person", "person with a helmet"),
    "person without a helmet": ("person",),
    "helmet": ("person with a helmet",),
    "car": ("car", "traffic jam"),
    "door": ("door", "parcel at a door"),
    "parcel": ("parcel", "parcel at a door"),
}
# Look-alikes: what could be taken for the other.
ALIKE: tuple[tuple[Identity, Identity], ...] = (
    (("sun", None), ("fire", None)),
    (("cloud", None), ("smoke", None)),
    (("circle", "orange"), ("sun", None)),
    (("circle", "yellow"), ("sun", None)),
    (("circle", "white"), ("moon", None)),
    (("car", "red"), ("fire", None)),
    (("circle", "orange"), ("fire", None)),
    (("tree", None), ("triangle", "green")),
    (("moon", None), ("sun", None)),
    (("water", None), ("circle", "blue")),
    (("person", None), ("person with a helmet", None)),
    (("parcel", None), ("square", "orange")),
    (("door", None), ("parcel at a door", None)),
    (("traffic light", "red"), ("traffic light", "green")),
    (("car", None), ("traffic jam", None)),
    (("house", None), ("door", None)),
)


@dataclass(frozen=True)
class Thing:
    """One thing: `x`, `y` is its middle and `size` its side, as fractions of the picture and of its shorter side.

    `word` is what a sign says; `box` is where the thing can be seen, known once the scene is drawn.
    """

    kind: str
    colour: str | None
    paint: RGB
    x: float
    y: float
    size: float
    angle: float
    seed: int
    word: str | None = None
    box: Box | None = None

    @property
    def place(self) -> str:
        return PLACES[third(self.y)][third(self.x)]

    @property
    def placed_clearly(self) -> bool:
        return min(abs(v - border) for v in (self.x, self.y) for border in (1 / 3, 2 / 3)) > EDGE / 2

    def means(self, notion: str, colour: str | None = None) -> bool:
        """Whether it is one of what the notion means, in that colour if one is given."""
        return self.kind in NOTIONS.get(notion, (notion,)) and colour in (None, self.colour)


@dataclass(frozen=True)
class Ground:
    """The background: a pattern in two colours and its grain, the standard deviation of its noise."""

    pattern: str
    first: RGB
    second: RGB
    grain: float
    seed: int
    night: bool = False


@dataclass(frozen=True)
class Scene:
    """Things on a ground, the later ones in front; `width` and `height` are relative, the longer one is 1."""

    width: float
    height: float
    ground: Ground
    things: tuple[Thing, ...]

    @property
    def listed(self) -> list[Thing]:
        """The things from left to right."""
        return sorted(self.things, key=lambda t: t.x)

    def all_of(self, notion: str, colour: str | None = None) -> list[Thing]:
        return [t for t in self.listed if t.means(notion, colour)]

    def has(self, notion: str, colour: str | None = None) -> bool:
        return bool(self.all_of(notion, colour))

    def count(self, notion: str) -> int:
        return len(self.all_of(notion))

    def turned(self, degrees: float) -> Scene:
        """Where everything is after the picture was turned anticlockwise around its middle."""
        cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        moved = []
        for thing in self.things:
            x, y = (thing.x - 0.5) * self.width, (thing.y - 0.5) * self.height
            across, down = (x * cos + y * sin) / self.width + 0.5, (y * cos - x * sin) / self.height + 0.5
            moved.append(replace(thing, x=min(1.0, max(0.0, across)), y=min(1.0, max(0.0, down))))
        return replace(self, things=tuple(moved))


def third(position: float) -> int:
    return min(2, int(position * 3))


def difference(a: RGB, b: RGB) -> int:
    return sum(abs(x - y) for x, y in zip(a, b, strict=True))


def random_ground(rng: random.Random) -> Ground:
    """A background whose second colour is close enough to the first to leave most thing colours readable."""
    night = rng.random() < 0.25
    if night:
        level = rng.randint(16, 44)
        first = (level, level + rng.randint(-4, 6), level + rng.randint(4, 34))
        step = rng.randint(6, 16)
    else:
        level = rng.choice((110, 150, 185, 205, 220))
        first = (level + rng.randint(-40, 35), level + rng.randint(-40, 35), level + rng.randint(-40, 35))
        step = rng.randint(10, 34) * rng.choice((-1, 1))
    loose = 4 if night else 14
    second = tuple(max(0, min(255, v + step + rng.randint(-loose, loose))) for v in first)
    grain = rng.choice((0.0, 3.0, 6.0, 12.0))
    pattern = rng.choice(GROUNDS)
    return Ground(pattern, first, (second[0], second[1], second[2]), grain, rng.getrandbits(32), night)


def stands_out(paint: RGB, ground: Ground) -> bool:
    return min(difference(paint, ground.first), difference(paint, ground.second)) >= CONTRAST


def paints_of(kind: str) -> dict[str, RGB]:
    """The colours that a kind may have."""
    paints = CAR_PAINTS if kind == "car" else COLOURS
    return {name: paints[name] for name in COLOURS_OF.get(kind, ())}


def readable_colours(kind: str, ground: Ground) -> list[str]:
    if kind == "traffic light":
        return list(COLOURS_OF[kind])
    return [name for name, paint in paints_of(kind).items() if stands_out(paint, ground)]


def paint_of(kind: str, colour: str | None, ground: Ground) -> RGB | None:
    """What the thing is painted with on this ground, or None where it could not be seen."""
    if colour is not None:
        return paints_of(kind)[colour] if colour in readable_colours(kind, ground) else None
    if kind == "smoke":
        level = 95 if sum(ground.first) > 420 else 205
        return level, level, level + 6
    if kind == "cloud":
        level = 245 if sum(ground.first) < 540 else 150
        return level - 4, level, level + 4
    main = MAIN_COLOUR.get(kind)
    if main is not None and not stands_out(main, ground):
        return None
    return main or (128, 128, 128)


def look_alikes(identity: Identity) -> list[Identity]:
    """What this could be taken for."""
    kind, colour = identity
    meant = ((kind, colour), (kind, None))
    listed = [b for a, b in ALIKE if a in meant] + [a for a, b in ALIKE if b in meant]
    if kind in ("ring", "circle") and colour:
        listed.append(("circle" if kind == "ring" else "ring", colour))
    return listed


def random_scenery(rng: random.Random, ground: Ground) -> Identity | None:
    kind = "sign" if rng.random() < 0.13 else rng.choice(SCENERY)
    if kind == ("sun" if ground.night else "moon") and rng.random() < 0.75:
        kind = "moon" if ground.night else "sun"
    if kind not in COLOURS_OF:
        return kind, None
    colours = readable_colours(kind, ground)
    return (kind, rng.choice(colours)) if colours else None


def choose_identity(rng: random.Random, ground: Ground, taken: Sequence[Identity], twin: float) -> Identity | None:
    """A kind and colour that is not there yet; with chance `twin` a near twin of something that is there."""
    colours = readable_colours("circle", ground)
    coloured = [(kind, colour) for kind, colour in taken if colour is not None and kind != "traffic light"]
    identity: Identity | None
    if coloured and colours and rng.random() < twin:
        kind, colour = rng.choice(coloured)
        alike = kind in SHAPES and rng.random() < 0.6
        fitting = readable_colours(kind, ground)
        identity = (rng.choice(SHAPES), colour) if alike else (kind, rng.choice(fitting)) if fitting else None
    elif taken and rng.random() < twin / 2:
        listed = look_alikes(rng.choice(taken))
        identity = rng.choice(listed) if listed else None
    elif colours and rng.random() < 0.42:
        identity = (rng.choice(SHAPES), rng.choice(colours))
    else:
        identity = random_scenery(rng, ground)
    return None if identity is None or clashes(identity, taken) else identity


def clashes(identity: Identity, taken: Sequence[Identity]) -> bool:
    """Whether it is there already, or so much like something there that neither could be told in words."""
    kind, colour = identity
    if identity in taken or ((colour is None or kind == "traffic light") and any(other == kind for other, _ in taken)):
        return True
    return colour is None and kind in COLOURS_OF


def choose_position(rng: random.Random, size: float, span: float) -> float:
    """A middle within the picture that is clearly in one third of it; `span` is the side's relative length."""
    margin = 0.44 * size / span
    while True:
        position = rng.uniform(margin, 1 - margin) if margin < 0.5 else 0.5
        if min(abs(position - 1 / 3), abs(position - 2 / 3)) > EDGE:
            return position


def hidden_part(thing: Thing, other: Thing, width: float, height: float) -> float:
    """How much of the smaller one's square the other's covers."""
    shorter = min(width, height)
    reach = (thing.size + other.size) / 2 * shorter * 0.9
    least = min(thing.size, other.size) * shorter * 0.9
    across = min(least, reach - abs(thing.x - other.x) * width)
    down = min(least, reach - abs(thing.y - other.y) * height)
    return max(0.0, across) * max(0.0, down) / least**2


def put_thing(
    rng: random.Random,
    ground: Ground,
    shape: tuple[float, float],
    there: list[Thing],
    *,
    number: int,
    identity: Identity,
    hidden: float = 0.0,
) -> Thing | None:
    """That thing at a random place, as one of `number` in all; None if it does not fit or could not be seen.

    Of two things, the smaller one is hidden by no more than `hidden`; a coloured kind without a colour gets any.
    """
    kind, colour = identity
    if colour is None and kind in COLOURS_OF:
        colour = rng.choice(readable_colours(kind, ground) or COLOURS_OF[kind])
    paint = paint_of(kind, colour, ground)
    if paint is None:
        return None
    width, height = shape
    shorter = min(shape)
    more = LARGER.get(kind, 0.06 if kind in SCENERY else 0.0) + (0.05 if shorter < 0.9 else 0.0)
    size = rng.uniform(SMALLEST[number], LARGEST[number]) + more
    x = choose_position(rng, size * shorter, width)
    y = choose_position(rng, size * shorter, height)
    angle = rng.gauss(0, 4) if kind in SCENERY else rng.uniform(-22, 22)
    word = None
    if kind == "sign":
        word = rng.choice(FIXED_WORDS) if rng.random() < 0.5 else rng.choice(PRICES)
    thing = Thing(kind, colour, paint, x, y, size, angle, rng.getrandbits(32), word)
    return thing if all(hidden_part(thing, other, width, height) <= hidden for other in there) else None


def random_scene(rng: random.Random, twin: float = 0.2, square: float = 0.55, signs: float = 0.0) -> Scene:
    """A fresh scene; `twin` is the chance that a further thing shares its colour or its kind with one that is there.

    So often as `square` says, the picture is one; so often as `signs` says, it begins with a sign.
    """
    shape = (1.0, 1.0) if rng.random() < square else rng.choice(SHAPES_OF_PICTURE)
    ground = random_ground(rng)
    number = rng.choices(range(len(NUMBERS)), NUMBERS)[0]
    hidden = HIDDEN if rng.random() < 0.25 else 0.0
    things: list[Thing] = []
    for _ in range(60):
        if len(things) == number:
            break
        identity = choose_identity(rng, ground, [(t.kind, t.colour) for t in things], twin)
        if not things and signs and rng.random() < signs:
            identity = ("sign", None)
        if identity is None:
            continue
        thing = put_thing(rng, ground, shape, things, number=number, identity=identity, hidden=hidden)
        if thing:
            things.append(thing)
    return Scene(*shape, ground, tuple(things))


def scene_of(rng: random.Random, identities: Sequence[Identity]) -> Scene:
    """A square scene with exactly these things, one to five of them, placed at random."""
    while True:
        ground = random_ground(rng)
        things: list[Thing] = []
        for identity in identities:
            attempts = (
                put_thing(rng, ground, (1.0, 1.0), things, number=len(identities), identity=identity) for _ in range(12)
            )
            things += [thing for thing in attempts if thing][:1]
        if len(things) == len(identities):
            return Scene(1.0, 1.0, ground, tuple(things))
