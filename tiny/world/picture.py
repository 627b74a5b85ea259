"""Turns a scene into pixels, and any picture into the square that the model is shown."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from tiny.world.chance import stream
from tiny.world.scene import Box, Ground, Scene
from tiny.world.things import GLOWING, RGB, draw

SIDE = 128  # the model's picture, in pixels
PAD: RGB = (122, 116, 104)  # what llama.cpp fills up with
NOBODY = 255  # in an owner map: background
DUSK = 0.72  # how bright things stay at night that give no light
FEWEST = 9  # seen pixels of a thing (of the model's picture) from which on it has a box
Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Wear:
    """What happens to a picture on its way: a turn in degrees, light, blur, noise and JPEG.

    The defaults change nothing.
    """

    turn: float = 0.0
    fill: RGB = PAD
    light: float = 1.0
    blur: float = 0.0
    noise: float = 0.0
    jpeg: int | None = None


def pattern_image(ground: Ground, width: int, height: int) -> Image.Image:
    rng = stream(ground.seed)
    image = Image.new("RGB", (width, height), ground.first)
    pen = ImageDraw.Draw(image)
    unit = max(width, height)
    if ground.pattern == "gradient":
        ramp = Image.linear_gradient("L").rotate(rng.choice((0, 90, 180, 270))).resize((width, height))
        image.paste(ground.second, mask=ramp)
    elif ground.pattern == "horizon":
        pen.rectangle((0, round(height * rng.uniform(0.45, 0.75)), width, height), fill=ground.second)
    elif ground.pattern == "blobs":
        for _ in range(rng.randint(3, 7)):
            x, y, r = rng.random() * width, rng.random() * height, rng.uniform(0.08, 0.3) * unit
            pen.ellipse((x - r, y - r, x + r, y + r), fill=ground.second)
    elif ground.pattern == "stripes":
        step = rng.uniform(0.07, 0.16) * unit
        for band in range(math.ceil(unit / step / 2) + 1):
            pen.rectangle((0, 2 * band * step, width, (2 * band + 1) * step), fill=ground.second)
    elif ground.pattern == "checks":
        step = rng.uniform(0.1, 0.2) * unit
        for row in range(math.ceil(height / step)):
            for column in range(row % 2, math.ceil(width / step), 2):
                pen.rectangle((column * step, row * step, (column + 1) * step, (row + 1) * step), fill=ground.second)
    if ground.night:
        for _ in range(rng.randint(6, 20)):
            x, y, r = rng.random() * width, rng.random() * height * 0.6, unit * rng.uniform(0.002, 0.006)
            pen.ellipse((x - r, y - r, x + r, y + r), fill=(225, 225, 205))
    return image


def grained(image: Image.Image, deviation: float, seed: int) -> Image.Image:
    """The picture with grey noise of that standard deviation."""
    if deviation <= 0:
        return image
    noise = np.random.default_rng(seed).standard_normal((image.height, image.width, 1), dtype=np.float32) * deviation
    return Image.fromarray(np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8))


def dimmed(drawing: Image.Image) -> Image.Image:
    *colours, alpha = drawing.split()
    return Image.merge("RGBA", [*(colour.point(lambda v: round(v * DUSK)) for colour in colours), alpha])


def render(scene: Scene, longest: int) -> tuple[Image.Image, Image.Image]:
    """The picture (RGB) and its owner map (L: the index of the thing each pixel belongs to, NOBODY for none)."""
    width, height = round(scene.width * longest), round(scene.height * longest)
    image = grained(pattern_image(scene.ground, width, height), scene.ground.grain, scene.ground.seed)
    owners = Image.new("L", (width, height), NOBODY)
    for index, thing in enumerate(scene.things):
        side = max(4, round(thing.size * min(width, height)))
        drawing = draw(thing.kind, thing.paint, thing.angle, side, thing.seed, word=thing.word)
        if scene.ground.night and thing.kind not in GLOWING:
            drawing = dimmed(drawing)
        corner = (round(thing.x * width - side / 2), round(thing.y * height - side / 2))
        alpha = drawing.getchannel("A")
        image.paste(drawing, corner, alpha)
        owners.paste(index, corner, alpha.point(lambda v: 255 * (v > 127)))
    return image, owners


def worn(image: Image.Image, wear: Wear, seed: int) -> Image.Image:
    """The picture after the wear of its way."""
    if wear.turn:
        image = image.rotate(wear.turn, Image.Resampling.BICUBIC, fillcolor=wear.fill)
    if wear.light != 1.0:
        image = image.point(lambda v: round(v * wear.light))
    if wear.blur:
        image = image.filter(ImageFilter.GaussianBlur(wear.blur))
    image = grained(image, wear.noise, seed)
    if wear.jpeg:
        image = Image.open(io.BytesIO(jpeg_bytes(image, wear.jpeg))).convert("RGB")
    return image


def seen(scene: Scene, owners: Image.Image) -> Scene:
    """The scene with the boxes in which its things can be seen, taken from the owner map of the finished picture."""
    scale = SIDE / max(owners.size)
    size = (max(1, round(owners.width * scale)), max(1, round(owners.height * scale)))
    found = np.asarray(owners.resize(size, Image.Resampling.NEAREST) if owners.size != size else owners)
    return replace(scene, things=tuple(replace(t, box=box_of(found == n)) for n, t in enumerate(scene.things)))


def box_of(mine: npt.NDArray[np.bool_]) -> Box | None:
    """The box around all true pixels; None where they are too few."""
    if mine.sum() < FEWEST:
        return None
    rows, columns = np.flatnonzero(mine.any(1)), np.flatnonzero(mine.any(0))
    height, width = mine.shape
    return (
        float(columns[0] / width),
        float(rows[0] / height),
        float((columns[-1] + 1) / width),
        float((rows[-1] + 1) / height),
    )


def shown(scene: Scene, longest: int, wear: Wear, seed: int) -> tuple[Image.Image, Image.Image, Scene]:
    """The worn picture, its owner map, and the scene as it is to be seen there."""
    image, owners = render(scene, longest)
    image = worn(image, wear, seed)
    if wear.turn:
        owners = owners.rotate(wear.turn, Image.Resampling.NEAREST, fillcolor=NOBODY)
        scene = scene.turned(wear.turn)
    return image, owners, seen(scene, owners)


def jpeg_bytes(image: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def fitted(image: Image.Image, fill: RGB | int, resample: Image.Resampling) -> Image.Image:
    """The picture in a SIDE by SIDE square as llama.cpp puts it there: sizes rounded up, centred, the rest filled."""
    scale = SIDE / max(image.size)
    width, height = (min(SIDE, math.ceil(v * scale)) for v in image.size)
    if image.size != (width, height):
        image = image.resize((width, height), resample)
    if (width, height) == (SIDE, SIDE):
        return image
    square = Image.new(image.mode, (SIDE, SIDE), fill)
    square.paste(image, ((SIDE - width) // 2, (SIDE - height) // 2))
    return square


def model_view(image: Image.Image) -> Pixels:
    """What the model sees of a picture: uint8 [SIDE, SIDE, 3]."""
    return np.asarray(fitted(image, PAD, Image.Resampling.BICUBIC))


def owner_view(owners: Image.Image) -> Pixels:
    """The owner map in the model's square: uint8 [SIDE, SIDE]."""
    return np.asarray(fitted(owners, NOBODY, Image.Resampling.NEAREST))
