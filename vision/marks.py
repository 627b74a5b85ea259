"""Boxes with labels, drawn onto a picture so that they can be read on any ground."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw

from vision.letters import fitting, font_of
from vision.picture import Picture

Colour = tuple[int, int, int]

LEAST_SIDE: Final = 640
"""Pixels: a picture whose longer side has fewer is enlarged, so that its labels can be read."""

_MOST_RATIO: Final = 8
"""A narrower picture gets margins: Telegram takes no photo beyond 20, and a label needs room."""

_DARK: Final[Colour] = (0, 0, 0)
_LIGHT: Final[Colour] = (255, 255, 255)
_MARGIN: Final[Colour] = (128, 128, 128)
# Neighbours in this order differ in hue and in brightness, also for those who do not see all hues.
_COLOURS: Final[tuple[Colour, ...]] = (
    (255, 225, 25),
    (0, 110, 220),
    (245, 130, 48),
    (70, 240, 240),
    (200, 0, 60),
    (190, 255, 120),
    (145, 30, 180),
    (255, 190, 212),
    (0, 128, 80),
    (240, 50, 230),
)


@dataclass(frozen=True, slots=True)
class Mark:
    """A box and what stands beside it: left, top, right, bottom in thousandths of the picture's width and height."""

    label: str
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle in pixels: `right` and `bottom` are its last ones."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """How many pixels wide."""
        return self.right - self.left + 1

    @property
    def height(self) -> int:
        """How many pixels high."""
        return self.bottom - self.top + 1

    def overlaps(self, other: Area) -> bool:
        """Whether the two share a pixel."""
        across = self.left <= other.right and other.left <= self.right
        return across and self.top <= other.bottom and other.top <= self.bottom


def marked(picture: Picture, marks: Sequence[Mark]) -> bytes:
    """The picture with the marks on it, as JPEG. Takes tens of milliseconds of CPU: call it in a thread.

    Labels are cut where they are longer than the picture is wide; all of them must be `letters.drawable`.
    """
    canvas, sheet = _canvas(picture)
    draw, whole = ImageDraw.Draw(canvas), Area(0, 0, canvas.width - 1, canvas.height - 1)
    line = max(2, round(max(canvas.size) / 300))
    areas = [_area(mark, sheet, whole, 2 * line + 5) for mark in marks]
    for area, colour in zip(areas, _colours(len(marks)), strict=True):
        _frame(draw, area, colour, line)
    _label(draw, [mark.label for mark in marks], areas, whole)
    file = BytesIO()
    canvas.save(file, "JPEG", quality=90, subsampling=0)
    return file.getvalue()


def placed(size: tuple[int, int], box: Area, whole: Area, taken: Sequence[Area]) -> Area:
    """Where a label of that size stands: at its box, never outside of the picture, not on another where that can be."""
    width, height = size
    left, right = box.left, box.right - width + 1
    above, below = box.top - height, box.bottom + 1
    corners = [(x, y) for y in (above, below, box.top, box.bottom - height + 1) for x in (left, right)]
    areas = [Area(x, y, x + width - 1, y + height - 1) for x, y in corners]
    there = [_within(area, whole) for area in areas if area.top >= whole.top and area.bottom <= whole.bottom]
    there = there or [_within(Area(left, above, left + width - 1, above + height - 1), whole)]
    return next((area for area in there if not any(map(area.overlaps, taken))), there[0])


def _within(area: Area, whole: Area) -> Area:
    right = max(min(area.left, whole.right - area.width + 1), whole.left) - area.left
    down = max(min(area.top, whole.bottom - area.height + 1), whole.top) - area.top
    return Area(area.left + right, area.top + down, area.right + right, area.bottom + down)


def _canvas(picture: Picture) -> tuple[Image.Image, Area]:
    """What is drawn on, and which part of it is the picture."""
    image = Image.frombytes("RGB", (picture.width, picture.height), picture.rgb)
    scale = LEAST_SIDE / max(image.size)
    if scale > 1:
        image = image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))))
    least = max(image.size) // _MOST_RATIO
    canvas = Image.new("RGB", (max(image.width, least), max(image.height, least)), _MARGIN)
    left, top = (canvas.width - image.width) // 2, (canvas.height - image.height) // 2
    canvas.paste(image, (left, top))
    return canvas, Area(left, top, left + image.width - 1, top + image.height - 1)


def _area(mark: Mark, sheet: Area, whole: Area, least: int) -> Area:
    """The mark's box in pixels, at least so many wide and high that its lines have room; on the canvas in any case."""
    left, top, right, bottom = mark.box
    across = _span(sheet.left + left * sheet.width / 1000, sheet.left + right * sheet.width / 1000, whole.width, least)
    down = _span(sheet.top + top * sheet.height / 1000, sheet.top + bottom * sheet.height / 1000, whole.height, least)
    return Area(across[0], down[0], across[1], down[1])


def _span(low: float, high: float, length: int, least: int) -> tuple[int, int]:
    size = min(max(round(high - low), least), length)
    first = min(max(round((low + high - size) / 2), 0), length - size)
    return first, first + size - 1


def _colours(number: int) -> list[Colour]:
    return [_COLOURS[index % len(_COLOURS)] for index in range(number)]


def _frame(draw: ImageDraw.ImageDraw, area: Area, colour: Colour, line: int) -> None:
    """Lines in colour, with a dark one on both sides of them: no ground has both."""
    corners = (area.left, area.top, area.right, area.bottom)
    draw.rectangle(corners, outline=_DARK, width=line + 2)
    draw.rectangle(tuple(c + step for c, step in zip(corners, (1, 1, -1, -1), strict=True)), outline=colour, width=line)


def _label(draw: ImageDraw.ImageDraw, labels: Sequence[str], areas: Sequence[Area], whole: Area) -> None:
    """After all the lines, so that none goes through a label."""
    font = font_of(max(14, round(max(whole.width, whole.height) / 36)))
    ascent, descent = font.getmetrics()
    pad = max(2, round((ascent + descent) / 8))
    taken: list[Area] = []
    for label, area, colour in zip(labels, areas, _colours(len(labels)), strict=True):
        text = fitting(label, font, whole.width - 2 * pad)
        size = (round(font.getlength(text)) + 2 * pad, min(ascent + descent + pad, whole.height))
        tag = placed(size, area, whole, taken)
        taken.append(tag)
        draw.rectangle((tag.left, tag.top, tag.right, tag.bottom), fill=colour, outline=_DARK)
        draw.text((tag.left + pad, tag.top + pad // 2), text, font=font, fill=_ink(colour))


def _ink(ground: Colour) -> Colour:
    red, green, blue = ground
    return _DARK if 0.299 * red + 0.587 * green + 0.114 * blue > 128 else _LIGHT
