"""How each thing of the drawn world looks: one small drawing on a transparent square."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from tiny.world.chance import stream

RGB = tuple[int, int, int]
Point = tuple[float, float]

COLOURS: dict[str, RGB] = {
    "red": (215, 35, 35),
    "orange": (245, 135, 25),
    "yellow": (245, 220, 45),
    "green": (40, 155, 60),
    "blue": (40, 80, 210),
    "purple": (135, 50, 165),
    "white": (245, 245, 245),
    "black": (20, 20, 22),
}
SHAPES = ("circle", "square", "triangle", "star", "cross", "ring")
SCENERY = (
    "fire",
    "smoke",
    "traffic light",
    "car",
    "traffic jam",
    "house",
    "person",
    "person with a helmet",
    "cat",
    "tree",
    "sun",
    "moon",
    "cloud",
    "water",
    "door",
    "parcel",
    "parcel at a door",
    "sign",
)
KINDS = SHAPES + SCENERY
CAR_PAINTS: dict[str, RGB] = {
    "red": (205, 35, 35),
    "yellow": (240, 205, 50),
    "green": (50, 145, 75),
    "blue": (45, 85, 200),
    "white": (240, 240, 240),
    "black": (30, 30, 33),
}
# The colours that a kind may have and be asked about; all others have none to speak of.
COLOURS_OF: dict[str, tuple[str, ...]] = {
    **{shape: tuple(COLOURS) for shape in SHAPES},
    "car": tuple(CAR_PAINTS),
    "traffic light": ("red", "green"),
}
GLOWING = ("fire", "traffic light", "sun", "moon", "sign", *SHAPES, "car")  # what the night leaves as it is
FIXED_WORDS = ("EXIT", "STOP", "OPEN")
PRICES = tuple(f"${price}" for price in range(10, 100))

# The colour that has to stand out from the background for the thing to be seen; kinds that bring their own contrast
# are not here.
MAIN_COLOUR: dict[str, RGB] = {
    "fire": (235, 95, 25),
    "traffic light": (45, 45, 48),
    "sun": (250, 205, 50),
    "moon": (240, 235, 190),
    "tree": (45, 125, 55),
    "water": (50, 115, 200),
    "parcel": (200, 155, 100),
    "parcel at a door": (115, 75, 45),
    "door": (115, 75, 45),
}
SMOOTHING = 3  # drawn this many times larger, then reduced
TRANSPARENT = 0


class Pen:
    """Draws in unit coordinates, (0, 0) top left and (1, 1) bottom right, on a square of `side` pixels."""

    def __init__(self, side: int, base: RGB) -> None:
        self.side: float = side
        self.left, self.top = 0.0, 0.0
        self.image = Image.new("RGBA", (side, side), (*base, TRANSPARENT))
        self.draw = ImageDraw.Draw(self.image)

    @contextmanager
    def within(self, x: float, y: float, part: float) -> Iterator[None]:
        """Meanwhile (0, 0) is at (x, y) and the unit is `part` of what it was."""
        before = self.left, self.top, self.side
        self.left, self.top, self.side = self.left + x * self.side, self.top + y * self.side, self.side * part
        yield
        self.left, self.top, self.side = before

    def at(self, x: float, y: float) -> Point:
        return self.left + x * self.side, self.top + y * self.side

    def polygon(self, points: list[Point], fill: RGB) -> None:
        self.draw.polygon([self.at(x, y) for x, y in points], fill=(*fill, 255))

    def box(self, x0: float, y0: float, x1: float, y1: float, fill: RGB, *, radius: float = 0.0) -> None:
        corners = (*self.at(x0, y0), *self.at(x1, y1))
        if radius:
            self.draw.rounded_rectangle(corners, radius * self.side, fill=(*fill, 255))
        else:
            self.draw.rectangle(corners, fill=(*fill, 255))

    def disc(self, x: float, y: float, radius: float, fill: RGB, stretch: float = 1.0) -> None:
        rx, ry = radius * self.side, radius * stretch * self.side
        cx, cy = self.at(x, y)
        self.draw.ellipse((cx - rx, cy - ry, cx + rx, cy + ry), fill=(*fill, 255))

    def line(self, points: list[Point], fill: RGB, width: float) -> None:
        scaled = [self.at(x, y) for x, y in points]
        self.draw.line(scaled, fill=(*fill, 255), width=max(1, round(width * self.side)), joint="curve")

    def hole(self, x: float, y: float, radius: float, base: RGB) -> None:
        r, (cx, cy) = radius * self.side, self.at(x, y)
        self.draw.ellipse((cx - r, cy - r, cx + r, cy + r), fill=(*base, TRANSPARENT))

    def word(self, text: str, x: float, y: float, height: float, fill: RGB) -> None:
        """Printed letters around (x, y); `height` is the font's size."""
        self.draw.text(
            self.at(x, y),
            text,
            font=letters(max(4, round(height * self.side / 4) * 4)),
            fill=(*fill, 255),
            anchor="mm",
            stroke_width=max(0, round(height * self.side * 0.025)),
            stroke_fill=(*fill, 255),
        )


@lru_cache(maxsize=256)
def letters(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The font that comes with Pillow, the same everywhere."""
    return ImageFont.load_default(size)


def shade(colour: RGB, factor: float) -> RGB:
    """The colour made darker (factor below 1) or lighter."""
    red, green, blue = (max(0, min(255, round(v * factor))) for v in colour)
    return red, green, blue


def jitter(colour: RGB, rng: random.Random, amount: int = 16) -> RGB:
    """The colour moved a little, so that no name hangs on one exact value."""
    red, green, blue = (max(0, min(255, v + rng.randint(-amount, amount))) for v in colour)
    return red, green, blue


def turned(points: int, outer: float, inner: float, start: float) -> list[Point]:
    """A closed zigzag around the middle: a star, or a regular polygon where both radii agree."""
    found = []
    for step in range(points):
        radius = outer if step % 2 == 0 else inner
        angle = start + 2 * math.pi * step / points
        found.append((0.5 + radius * math.cos(angle), 0.5 + radius * math.sin(angle)))
    return found


def circle(pen: Pen, colour: RGB, _rng: random.Random) -> None:
    pen.disc(0.5, 0.5, 0.47, colour)


def square(pen: Pen, colour: RGB, _rng: random.Random) -> None:
    pen.box(0.1, 0.1, 0.9, 0.9, colour)


def triangle(pen: Pen, colour: RGB, rng: random.Random) -> None:
    pen.polygon([(0.5 + rng.uniform(-0.08, 0.08), 0.05), (0.96, 0.9), (0.04, 0.9)], colour)


def star(pen: Pen, colour: RGB, rng: random.Random) -> None:
    pen.polygon(turned(10, 0.5, rng.uniform(0.19, 0.23), -math.pi / 2), colour)


def cross(pen: Pen, colour: RGB, rng: random.Random) -> None:
    half = rng.uniform(0.11, 0.16)
    pen.box(0.5 - half, 0.05, 0.5 + half, 0.95, colour)
    pen.box(0.05, 0.5 - half, 0.95, 0.5 + half, colour)


def ring(pen: Pen, colour: RGB, rng: random.Random) -> None:
    pen.disc(0.5, 0.5, 0.47, colour)
    pen.hole(0.5, 0.5, rng.uniform(0.25, 0.31), colour)


def flame(pen: Pen, colour: RGB, rng: random.Random, *, width: float, height: float, tongues: int) -> None:
    """One layer of a fire: a row of pointed tongues, the tallest in the middle, on a round base."""
    left, right, base = 0.5 - width / 2, 0.5 + width / 2, 0.93
    outline: list[Point] = [(left, base - 0.12)]
    for tongue in range(tongues):
        middle = left + width * (tongue + 0.5) / tongues
        tall = height * (1.0 - 0.75 * abs(middle - 0.5) / max(width, 0.01)) * rng.uniform(0.85, 1.0)
        outline.append((middle + rng.uniform(-0.05, 0.05), base - tall))
        if tongue < tongues - 1:
            outline.append((left + width * (tongue + 1) / tongues, base - tall * rng.uniform(0.4, 0.55)))
    outline += [(right, base - 0.12), (0.5 + width * 0.3, base + 0.04), (0.5 - width * 0.3, base + 0.04)]
    pen.polygon(outline, colour)


def fire(pen: Pen, _colour: RGB, rng: random.Random) -> None:
    tongues = rng.choice((3, 3, 4, 5))
    flame(pen, jitter((225, 60, 20), rng), rng, width=0.84, height=0.9, tongues=tongues)
    flame(pen, jitter((248, 135, 25), rng), rng, width=0.6, height=0.64, tongues=tongues)
    flame(pen, jitter((252, 220, 70), rng), rng, width=0.34, height=0.38, tongues=3)


def smoke(pen: Pen, colour: RGB, rng: random.Random) -> None:
    lean = rng.uniform(-0.18, 0.18)
    for step in range(9):
        up = step / 8
        spread = 0.05 + 0.13 * up
        x = 0.5 + lean * up + rng.uniform(-spread, spread)
        pen.disc(x, 0.86 - 0.66 * up, 0.1 + 0.1 * up * rng.uniform(0.7, 1.1), shade(colour, rng.uniform(0.86, 1.12)))


def traffic_light(pen: Pen, colour: RGB, rng: random.Random) -> None:
    red = colour[0] > colour[1]
    pen.box(0.45, 0.7, 0.55, 1.0, (95, 95, 98))
    pen.box(0.28, 0.0, 0.72, 0.8, jitter((45, 45, 48), rng, 12), radius=0.08)
    for lamp, (lit, on) in enumerate((((240, 40, 35), red), ((250, 205, 45), False), ((50, 215, 85), not red))):
        pen.disc(0.5, 0.15 + 0.25 * lamp, 0.115 if on else 0.1, jitter(lit, rng, 10) if on else shade(lit, 0.33))


def car(pen: Pen, paint: RGB, _rng: random.Random) -> None:
    pen.polygon([(0.2, 0.5), (0.32, 0.25), (0.7, 0.25), (0.84, 0.5)], shade(paint, 0.85))
    pen.polygon([(0.28, 0.48), (0.36, 0.3), (0.5, 0.3), (0.5, 0.48)], (185, 215, 235))
    pen.polygon([(0.54, 0.48), (0.54, 0.3), (0.67, 0.3), (0.76, 0.48)], (185, 215, 235))
    pen.box(0.02, 0.47, 0.98, 0.73, paint, radius=0.08)
    for wheel in (0.25, 0.76):
        pen.disc(wheel, 0.73, 0.13, (25, 25, 28))
        pen.disc(wheel, 0.73, 0.055, (170, 170, 175))
    pen.box(0.9, 0.53, 0.98, 0.6, (255, 240, 160))


def traffic_jam(pen: Pen, _colour: RGB, rng: random.Random) -> None:
    """Three to five cars close together, in two or three rows on a road."""
    pen.box(0.0, 0.1, 1.0, 0.9, jitter((100, 100, 104), rng, 10))
    places = [(0.02, 0.06), (0.5, 0.1), (0.02, 0.46), (0.51, 0.48), (0.26, 0.27)]
    for x, y in places[: rng.randint(3, 5)]:
        with pen.within(x, y, 0.47):
            car(pen, jitter(rng.choice(list(CAR_PAINTS.values())), rng), rng)


def house(pen: Pen, _colour: RGB, rng: random.Random) -> None:
    wall = jitter(rng.choice(((225, 205, 170), (200, 200, 205), (235, 225, 150), (190, 140, 110))), rng)
    roof = jitter(rng.choice(((150, 55, 40), (90, 60, 50), (70, 75, 95), (120, 40, 60))), rng)
    pen.box(0.68, 0.1, 0.78, 0.35, shade(roof, 0.8))
    pen.box(0.14, 0.44, 0.86, 0.97, wall)
    pen.polygon([(0.03, 0.46), (0.5, 0.06), (0.97, 0.46)], roof)
    pen.box(0.42, 0.64, 0.59, 0.97, (100, 65, 40))
    for window in (0.21, 0.66):
        pen.box(window, 0.56, window + 0.14, 0.72, (120, 175, 215))


def body(pen: Pen, rng: random.Random) -> None:
    skin = jitter(rng.choice(((245, 205, 170), (205, 150, 110), (130, 85, 60))), rng)
    shirt = jitter(rng.choice(((200, 50, 60), (50, 100, 200), (60, 150, 90), (240, 200, 60), (150, 80, 170))), rng)
    trousers = jitter(rng.choice(((45, 50, 80), (70, 60, 55), (110, 110, 115))), rng)
    swing = rng.uniform(-0.04, 0.12)
    for side in (-1, 1):
        pen.line([(0.5 + side * 0.06, 0.62), (0.5 + side * 0.13, 0.98)], trousers, 0.11)
        pen.line([(0.5 + side * 0.12, 0.36), (0.5 + side * (0.24 + swing), 0.62 - swing)], skin, 0.075)
    pen.box(0.36, 0.3, 0.64, 0.66, shirt, radius=0.07)
    pen.disc(0.5, 0.17, 0.135, skin)


def cap(pen: Pen, x: float, y: float, radius: float, fill: RGB) -> None:
    """The upper half of a disc."""
    (cx, cy), r = pen.at(x, y), radius * pen.side
    pen.draw.pieslice((cx - r, cy - r, cx + r, cy + r), 180, 360, fill=(*fill, 255))


def person(pen: Pen, _colour: RGB, rng: random.Random) -> None:
    body(pen, rng)
    cap(pen, 0.5, 0.15, 0.145, rng.choice(((40, 30, 25), (110, 70, 40), (200, 165, 90))))


def person_with_a_helmet(pen: Pen, _colour: RGB, rng: random.Random) -> None:
    body(pen, rng)
    paint = jitter(rng.choice(((250, 205, 30), (250, 205, 30), (245, 130, 30), (245, 245, 245), (40, 110, 220))), rng)
    cap(pen, 0.5, 0.17, 0.18, paint)
    pen.box(0.28, 0.14, 0.72, 0.19, shade(paint, 0.85), radius=0.02)


def cat(pen: Pen, _colour: RGB, rng: random.Random) -> None:
    coats = ((225, 145, 65), (125, 125, 130), (55, 52, 55), (235, 230, 220), (150, 105, 70))
    coat = jitter(rng.choice(coats), rng)
    pen.line([(0.66, 0.86), (0.88, 0.8), (0.93, 0.58)], shade(coat, 0.9), 0.08)
    pen.disc(0.48, 0.76, 0.25, coat, stretch=0.92)
    for side in (-1, 1):
        pen.polygon([(0.48 + side * 0.24, 0.04), (0.48 + side * 0.25, 0.34), (0.48 + side * 0.05, 0.2)], coat)
    pen.disc(0.48, 0.36, 0.26, coat, stretch=0.85)
    eye = rng.choice(((90, 190, 90), (240, 205, 60), (90, 160, 220)))
    for side in (-1, 1):
        pen.disc(0.48 + side * 0.11, 0.33, 0.055, eye)
        pen.disc(0.48 + side * 0.11, 0.33, 0.024, (10, 10, 10), stretch=1.8)
        pen.line([(0.48 + side * 0.07, 0.46), (0.48 + side * 0.33, 0.43)], shade(coat, 0.5), 0.018)
    pen.disc(0.48, 0.43, 0.034, (225, 120, 130))


def sun(pen: Pen, _colour: RGB, rng: random.Random) -> None:
    rays = rng.choice((8, 10, 12))
    pen.polygon(turned(rays * 2, 0.5, 0.33, rng.uniform(0, 1)), jitter((245, 165, 30), rng))
    pen.disc(0.5, 0.5, 0.29, jitter((252, 220, 60), rng))


def moon(pen: Pen, _colour: RGB, rng: random.Random) -> None:
    pale = jitter((240, 235, 190), rng, 12)
    pen.disc(0.48, 0.5, 0.46, pale)
    pen.hole(0.48 + rng.uniform(0.2, 0.26), 0.5 - rng.uniform(0.02, 0.1), 0.38, pale)


def tree(pen: Pen, _colour: RGB, rng: random.Random) -> None:
    pen.box(0.44, 0.6, 0.56, 0.99, jitter((105, 70, 40), rng))
    leaves = jitter((45, 130, 55), rng, 22)
    if rng.random() < 0.4:
        for step in range(3):
            half, top = 0.22 + 0.09 * step, 0.02 + 0.2 * step
            pen.polygon(
                [(0.5, top), (0.5 + half, top + 0.36), (0.5 - half, top + 0.36)], shade(leaves, 1 - 0.07 * step)
            )
        return
    for x, y, r in ((0.5, 0.24, 0.23), (0.3, 0.42, 0.22), (0.7, 0.42, 0.22), (0.5, 0.46, 0.25)):
        pen.disc(x + rng.uniform(-0.03, 0.03), y, r, shade(leaves, rng.uniform(0.85, 1.12)))


def cloud(pen: Pen, colour: RGB, rng: random.Random) -> None:
    """A flat bottom and round tops, wider than high: smoke stands, a cloud lies."""
    pen.box(0.12, 0.5, 0.88, 0.7, colour, radius=0.1)
    for x, y, r in ((0.2, 0.55, 0.15), (0.4, 0.44, 0.19), (0.62, 0.46, 0.18), (0.8, 0.56, 0.14)):
        pen.disc(x + rng.uniform(-0.03, 0.03), y, r * rng.uniform(0.9, 1.1), shade(colour, rng.uniform(0.95, 1.03)))


def water(pen: Pen, _colour: RGB, rng: random.Random) -> None:
    """A pond with waves."""
    blue = jitter((50, 115, 200), rng)
    pen.disc(0.5, 0.55, 0.49, blue, stretch=rng.uniform(0.55, 0.75))
    for row in range(3):
        y, x = 0.4 + 0.15 * row, 0.2 + rng.uniform(-0.03, 0.12)
        wave = [(x + 0.06 * step, y + (0.03 if step % 2 else -0.03)) for step in range(8)]
        pen.line(wave, shade(blue, 1.45), 0.03)


def parcel(pen: Pen, _colour: RGB, rng: random.Random) -> None:
    card = jitter((200, 155, 100), rng)
    pen.box(0.08, 0.22, 0.92, 0.92, card)
    pen.polygon([(0.08, 0.22), (0.2, 0.08), (0.98, 0.08), (0.92, 0.22)], shade(card, 1.15))
    pen.box(0.44, 0.22, 0.56, 0.92, shade(card, 0.72))
    pen.box(0.14, 0.66, 0.36, 0.82, (245, 245, 240))


def door(pen: Pen, _colour: RGB, rng: random.Random) -> None:
    wood = jitter(rng.choice(((115, 75, 45), (130, 60, 45), (70, 90, 110))), rng)
    pen.box(0.22, 0.0, 0.78, 1.0, (235, 230, 220))
    pen.box(0.27, 0.05, 0.73, 1.0, wood)
    for y in (0.12, 0.56):
        pen.box(0.34, y, 0.66, y + 0.32, shade(wood, 0.78))
    pen.disc(0.67, 0.5, 0.035, (240, 210, 90))


def parcel_at_a_door(pen: Pen, _colour: RGB, rng: random.Random) -> None:
    door(pen, _colour, rng)
    with pen.within(rng.choice((0.02, 0.1, 0.5, 0.58)), 0.6, 0.42):
        parcel(pen, _colour, rng)


def sign(pen: Pen, _colour: RGB, rng: random.Random, word: str) -> None:
    """A plate with a printed word; prices are shorter, so their letters are larger."""
    plates: tuple[tuple[RGB, RGB], ...] = (
        ((20, 130, 70), (250, 250, 250)),
        ((200, 35, 35), (250, 250, 250)),
        ((35, 70, 180), (250, 250, 250)),
        ((245, 245, 240), (25, 25, 25)),
        ((250, 215, 60), (25, 25, 25)),
        ((30, 30, 34), (250, 250, 250)),
    )
    plate, ink = rng.choice(plates)
    plate = jitter(plate, rng)
    half = 0.24 if word in FIXED_WORDS else 0.28
    pen.box(0.0, 0.5 - half, 1.0, 0.5 + half, ink, radius=0.05)
    pen.box(0.02, 0.52 - half, 0.98, 0.48 + half, plate, radius=0.04)
    pen.word(word, 0.5, 0.5, rng.uniform(0.33, 0.37) if word in FIXED_WORDS else rng.uniform(0.44, 0.5), ink)


DRAWINGS: dict[str, Callable[[Pen, RGB, random.Random], None]] = {
    "circle": circle,
    "square": square,
    "triangle": triangle,
    "star": star,
    "cross": cross,
    "ring": ring,
    "fire": fire,
    "smoke": smoke,
    "traffic light": traffic_light,
    "car": car,
    "house": house,
    "person": person,
    "cat": cat,
    "sun": sun,
    "moon": moon,
    "traffic jam": traffic_jam,
    "person with a helmet": person_with_a_helmet,
    "tree": tree,
    "cloud": cloud,
    "water": water,
    "door": door,
    "parcel": parcel,
    "parcel at a door": parcel_at_a_door,
}


def draw(kind: str, colour: RGB, angle: float, side: int, seed: int, *, word: str | None = None) -> Image.Image:
    """One thing as an RGBA square of `side` pixels, turned by `angle` degrees; the same seed draws the same thing."""
    rng = stream(seed)
    paint = jitter(colour, rng, 16 if kind in COLOURS_OF else 3)
    pen = Pen(side * SMOOTHING, paint)
    if word is None:
        DRAWINGS[kind](pen, paint, rng)
    else:
        sign(pen, paint, rng, word)
    image = pen.image.reduce(SMOOTHING)
    if abs(angle) > 0.5:
        image = image.rotate(angle, Image.Resampling.BICUBIC, fillcolor=(*paint, TRANSPARENT))
    return image
