"""A sheet of fresh pictures with what the weights answered about them, right and wrong ones in their own rows."""

from __future__ import annotations

import random
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from PIL import Image, ImageDraw

from tiny import phrases, questions
from tiny.evaluate import DRAWERS, TEXT_FILE, VIEWS, VISION_FILE, boxes_in, overlap
from tiny.forms import VICUNA, prompt
from tiny.questions import Turn
from tiny.runner import Runner
from tiny.world.chance import stream
from tiny.world.scene import Scene, random_scene
from tiny.world.things import RGB, letters

COLUMNS, RIGHT_ROWS, WRONG_ROWS = 6, 4, 2
CELL, PICTURE, LINES, LINE = 200, 184, 7, 13
RIGHT, WRONG, INK, PAPER = (30, 140, 60), (200, 40, 40), (20, 20, 20), (255, 255, 255)
TOPICS = ("describe", "presence", "look-alike", "colour", "where", "count", "read", "find", "which")
LEAST_OVERLAP = 0.5  # from which on a box is called right
COLOURS = 192  # of the sheet's palette, which keeps the file small


@dataclass(frozen=True)
class Specimen:
    """One picture, the question, what was answered and what would have been right."""

    image: Image.Image
    question: str
    said: str
    truth: str
    right: bool


def question_about(rng: random.Random, scene: Scene, number: int) -> Turn:
    topic = TOPICS[number % len(TOPICS)]
    if topic == "describe":
        return Turn(topic, "en", phrases.DESCRIBE_FORM["en"], questions.description(scene, "en"))
    return questions.ASKERS[topic](rng, scene, "en", "en")


def is_right(turn: Turn, said: str) -> bool:
    if turn.topic != "find" or turn.answer == "[]":
        return said == turn.answer
    wanted, found = boxes_in(turn.answer), boxes_in(said)
    return len(wanted) == len(found) and all(
        max(overlap(box, other) for other in found) >= LEAST_OVERLAP for box in wanted
    )


def specimens(runner: Runner, seed: int) -> Iterator[Specimen]:
    """Fresh pictures without end, plain and distorted by turns, each with one question."""
    for number in count():
        rng = stream(f"sheet/{seed}/{number}")
        image, scene = DRAWERS[VIEWS[number % 2]](rng, random_scene(rng))
        turn = question_about(rng, scene, number)
        runner.look([runner.encode(image)], VICUNA.head(None))
        said = runner.answer(prompt(VICUNA, [], turn.question))
        image.thumbnail((PICTURE, PICTURE))
        if turn.topic == "find":
            mark_boxes(image, said)
        yield Specimen(image, turn.question, said, turn.answer, is_right(turn, said))


def mark_boxes(image: Image.Image, said: str) -> None:
    pen = ImageDraw.Draw(image)
    for box in boxes_in(said):
        x0, x1 = sorted((box[0] * image.width, box[2] * image.width))
        y0, y1 = sorted((box[1] * image.height, box[3] * image.height))
        pen.rectangle((x0, y0, x1, y1), outline=(255, 0, 255), width=2)


def draw_cell(sheet: Image.Image, specimen: Specimen, left: int, top: int) -> None:
    pen, font = ImageDraw.Draw(sheet), letters(10)
    colour: RGB = RIGHT if specimen.right else WRONG
    sheet.paste(specimen.image, (left + (CELL - specimen.image.width) // 2, top + (CELL - specimen.image.height) // 2))
    pen.rectangle((left + 2, top + 2, left + CELL - 3, top + CELL - 3), outline=colour, width=2)
    lines = [(line, INK) for line in textwrap.wrap(specimen.question, 34)]
    lines += [(line, colour) for line in textwrap.wrap(specimen.said or "(nothing)", 34)]
    if not specimen.right:
        lines += [(line, INK) for line in textwrap.wrap(f"true: {specimen.truth}", 34)]
    for row, (line, ink) in enumerate(lines[:LINES]):
        pen.text((left + 5, top + CELL + row * LINE), line, font=font, fill=ink)


def write_sheet(path: Path, seed: int, text: Path = TEXT_FILE, vision: Path = VISION_FILE) -> None:
    """Writes the first right and the first wrong answers as a PNG."""
    runner = Runner(text, vision)
    wanted = {True: COLUMNS * RIGHT_ROWS, False: COLUMNS * WRONG_ROWS}
    chosen: list[Specimen] = []
    try:
        for specimen in specimens(runner, seed):
            if sum(each.right == specimen.right for each in chosen) < wanted[specimen.right]:
                chosen.append(specimen)
            if len(chosen) == sum(wanted.values()):
                break
    finally:
        runner.close()
    chosen.sort(key=lambda each: not each.right)
    height = CELL + LINES * LINE + 6
    sheet = Image.new("RGB", (COLUMNS * CELL, (RIGHT_ROWS + WRONG_ROWS) * height), PAPER)
    for number, specimen in enumerate(chosen):
        draw_cell(sheet, specimen, number % COLUMNS * CELL, number // COLUMNS * height)
    sheet.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
