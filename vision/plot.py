"""p(yes) of watches over time as one picture: a strip for each watch, its threshold, and what came of each point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw

from vision.letters import drawn_part, fitting, font_of
from vision.marks import Area, Colour
from vision.strips import KINDS, Kind, Shown, Strip, shown, span_of

MOST_STRIPS: Final = 10
WIDTH: Final = 1280
"""Pixels: as many as Telegram leaves a photo, so it is not resampled."""

_FINE: Final = 2  # drawn so many times as large and then reduced, which makes edges smooth
_SIDE: Final = 104  # left and right of the strips, for figures
_INSET: Final = 16  # before the first column and after the last, so that no sign is cut
_COLUMN: Final = 4
_COLUMNS: Final = (WIDTH - 2 * _SIDE - 2 * _INSET) // _COLUMN
_HEAD: Final = 68  # a strip's name, and room for signs at the very top
_EDGE: Final = 24
_LINE: Final = 44  # of words below the strips
_NAME_SIZE: Final = 32
_TEXT_SIZE: Final = 26
_FEW: Final = 60  # up to so many points on a strip all are drawn larger

_GROUND: Final[Colour] = (255, 255, 255)
_INK: Final[Colour] = (32, 33, 36)
_QUIET: Final[Colour] = (95, 99, 104)
_GRID: Final[Colour] = (205, 209, 214)
_SPAN: Final[Colour] = (231, 234, 237)
_ABOVE: Final[Colour] = (238, 245, 251)
# Okabe and Ito's colours, told apart by all eyes; each sign has a form of its own too.
COLOURS: Final[Mapping[Kind, Colour]] = {
    "no": (128, 134, 139),
    "unsure": (230, 159, 0),
    "yes": (86, 180, 233),
    "told": (0, 114, 178),
    "right": (0, 158, 115),
    "wrong": (213, 94, 0),
}


@dataclass(frozen=True, slots=True)
class Words:
    """What is written beside the points, in the reader's language: the ends of the time, each kind, and no points."""

    first: str
    last: str
    kinds: Mapping[Kind, str]
    nothing: str


def plot(strips: Sequence[Strip], words: Words) -> bytes:
    """A PNG of one to ten strips over the same time. Takes some hundred milliseconds of CPU: call it in a thread.

    Letters that cannot be drawn are left out, and names are cut where they are too long: a number in front of a name
    keeps it apart from others. Raises ValueError for no strip, or more than ten.
    """
    if not 1 <= len(strips) <= MOST_STRIPS:
        raise ValueError(f"a plot has 1 to {MOST_STRIPS} strips, not {len(strips)}")
    span = span_of(strips)
    drawn = [shown(strip, span, _COLUMNS) if span else Shown(()) for strip in strips]
    step = min(max(960 // len(strips), 180), 520)
    legend = _legend({point.kind for each in drawn for point in each.points}, words)
    top, below = _EDGE, _LINE * (1 + len(legend)) + _EDGE
    sheet = _Sheet(top + step * len(strips) + below, large=max(len(each.points) for each in drawn) <= _FEW)
    for number, (strip, each) in enumerate(zip(strips, drawn, strict=True)):
        bottom = top + step * (number + 1) - _EDGE
        _strip(sheet, strip, each, Area(_SIDE, bottom - step + _HEAD + _EDGE, WIDTH - _SIDE, bottom), words)
    if span:
        _times(sheet, sheet.height - below + _LINE // 2, words, one=span[0] == span[1])
    for line, signs in enumerate(legend):
        for x, kind in signs:
            sheet.sign(x + 12, sheet.height - below + _LINE * (line + 1) + _LINE // 2, kind)
            sheet.text(x + 36, sheet.height - below + _LINE * (line + 1) + _LINE // 2, words.kinds[kind], "lm")
    return sheet.png()


def _strip(sheet: _Sheet, strip: Strip, drawn: Shown, plot: Area, words: Words) -> None:
    def height(p: float) -> int:
        return round(plot.bottom - p * (plot.bottom - plot.top))

    sheet.text(
        _EDGE, plot.top - _HEAD // 2 - 4, strip.name, "lm", size=_NAME_SIZE, colour=_INK, width=WIDTH - 2 * _EDGE
    )
    threshold = height(min(max(strip.threshold, 0.0), 1.0))
    sheet.fill(Area(plot.left, plot.top, plot.right, threshold), _ABOVE)
    for p in (0.0, 0.5, 1.0):
        sheet.fill(Area(plot.left, height(p), plot.right, height(p)), _GRID)
    for p in (0.0, 1.0):
        sheet.text(plot.left - 12, height(p), f"{p:.0%}", "rm", width=_SIDE)
    for column, low, high in drawn.spans:
        x = _across(plot, column)
        sheet.fill(Area(x - _COLUMN // 2, height(high), x + _COLUMN // 2 - 1, height(low)), _SPAN)
    sheet.fill(Area(plot.left, threshold, plot.right, threshold + 1), _INK)
    sheet.text(plot.right + 12, threshold, _percent(strip.threshold), "lm", colour=_INK, width=_SIDE)
    for point in drawn.points:
        sheet.sign(_across(plot, point.column), height(point.p), point.kind)
    if not drawn.points:
        emptier = plot.top if strip.threshold < 0.5 else plot.bottom
        sheet.text((plot.left + plot.right) // 2, (threshold + emptier) // 2, words.nothing, "mm")


def _across(plot: Area, column: int) -> int:
    return plot.left + _INSET + column * _COLUMN


def _percent(p: float) -> str:
    """With a decimal where 0% or 100% would be said of what is not exactly that."""
    return f"{p:.0%}" if 0.005 <= p < 0.995 else f"{p:.1%}"


def _times(sheet: _Sheet, y: int, words: Words, *, one: bool) -> None:
    """The ends of the time under the strips; where these are the same, that one time in the middle."""
    if one:
        sheet.text(WIDTH // 2, y, words.first, "mm")
        return
    half = WIDTH // 2 - _SIDE - _EDGE
    sheet.text(_SIDE, y, words.first, "lm", width=half)
    sheet.text(WIDTH - _SIDE, y, words.last, "rm", width=half)


def _legend(present: set[Kind], words: Words) -> list[list[tuple[int, Kind]]]:
    """The kinds that are to be seen, in lines: where each sign begins."""
    lines: list[list[tuple[int, Kind]]] = []
    x = WIDTH
    for kind in (each for each in KINDS if each in present):
        wide = 36 + round(font_of(_TEXT_SIZE).getlength(drawn_part(words.kinds[kind]))) + 36
        if x + wide > WIDTH - _EDGE:
            lines.append([])
            x = _SIDE
        lines[-1].append((x, kind))
        x += wide
    return lines


class _Sheet:
    """A ground to draw on, in the pixels of the picture that comes of it."""

    def __init__(self, height: int, *, large: bool) -> None:
        self.height = height
        self._dot, self._mark = (7 * _FINE, 12 * _FINE) if large else (5 * _FINE, 9 * _FINE)
        self._image = Image.new("RGB", (WIDTH * _FINE, height * _FINE), _GROUND)
        self._draw = ImageDraw.Draw(self._image)

    def fill(self, area: Area, colour: Colour) -> None:
        """All of the area's pixels."""
        edges = (area.left, area.top, area.right + 1, area.bottom + 1)
        left, top, right, bottom = (edge * _FINE for edge in edges)
        self._draw.rectangle((left, top, right - 1, bottom - 1), fill=colour)

    def text(
        self,
        x: int,
        y: int,
        words: str,
        anchor: str,
        *,
        size: int = _TEXT_SIZE,
        colour: Colour = _QUIET,
        width: int = WIDTH,
    ) -> None:
        """Words on one line, anchored as Pillow says, cut to a width."""
        font = font_of(size * _FINE)
        line = fitting(drawn_part(words), font, width * _FINE)
        self._draw.text((x * _FINE, y * _FINE), line, font=font, fill=colour, anchor=anchor)

    def sign(self, x: int, y: int, kind: Kind) -> None:
        """What stands for a point of that kind, with its middle there."""
        size = self._mark if kind in {"told", "right", "wrong"} else self._dot
        self._sign(x * _FINE + _FINE // 2, y * _FINE + _FINE // 2, kind, size)

    def _sign(self, x: int, y: int, kind: Kind, r: int) -> None:
        """Hollow where it was no yes; alerts are larger, and edged in the ground's colour to stand apart."""
        colour, draw, round_ = COLOURS[kind], self._draw, (x - r, y - r, x + r, y + r)
        diamond = [(x, y - r - 4), (x + r + 4, y), (x, y + r + 4), (x - r - 4, y)]
        thick = max(4, r // 4)
        match kind:
            case "no":
                draw.ellipse(round_, fill=_GROUND, outline=colour, width=thick)
            case "unsure":
                draw.polygon(diamond, fill=_GROUND)
                draw.line([*diamond, diamond[0], diamond[1]], fill=colour, width=thick, joint="curve")
            case "yes":
                draw.ellipse(round_, fill=colour)
            case "told":
                draw.polygon(diamond, fill=colour, outline=_GROUND, width=2)
            case "right":
                draw.ellipse(round_, fill=colour, outline=_GROUND, width=2)
                check = [(x - r // 2, y), (x - r // 8, y + r * 3 // 8), (x + r // 2, y - r * 3 // 8)]
                draw.line(check, fill=_GROUND, width=thick, joint="curve")
            case "wrong":
                draw.rectangle(round_, fill=colour, outline=_GROUND, width=2)
                arm = r // 2
                draw.line((x - arm, y - arm, x + arm, y + arm), fill=_GROUND, width=thick)
                draw.line((x - arm, y + arm, x + arm, y - arm), fill=_GROUND, width=thick)

    def png(self) -> bytes:
        """The picture as a file."""
        file = BytesIO()
        self._image.reduce(_FINE).save(file, "PNG", optimize=True)
        return file.getvalue()
