"""Batches to learn from: drawn pictures with what each patch shows, and conversations about them as token rows.

Batch number n of a phase is always the same batch, so training can stop and go on anywhere.
"""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from tiny import forms, words
from tiny.questions import ASKERS, Turn, casual, describe, description, pronoun_turns
from tiny.tokenizer import BOS, Tokenizer
from tiny.world.chance import stream
from tiny.world.picture import NOBODY, SIDE, Pixels, Wear, model_view, owner_view, render, worn
from tiny.world.scene import PLACES, Scene, random_scene
from tiny.world.things import COLOURS, KINDS

PATCH, CELL = 12, 3
GRID = SIDE // PATCH
PATCHES = GRID * GRID
PATIENCE = 300.0  # seconds to wait for a lesson before something must be wrong
UNKNOWN = -100  # a label that does not count
PICTURE = -1  # a place in a token row that a picture's row takes
LONGEST_HEAD, LONGEST_BRANCH, LONGEST_ROW = 100, 110, 288
COLOUR_NAMES = list(COLOURS)
PLACE_NAMES = [place for line in PLACES for place in line]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Mix:
    """How often each kind of question is asked about a picture, and how alike its shapes are."""

    branches: int = 8
    chinese: float = 0.5
    twin: float = 0.2
    weights: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Sight:
    """Pictures and what their patches show: the first two axes of most arrays are batch and patch."""

    pictures: Pixels
    kind: Ints
    colour: Ints
    place: Ints
    rank: Ints
    number: Ints
    offset: Floats
    cells: Floats


@dataclass(frozen=True)
class Talk:
    """Token rows [batch, length]: after the shared head and picture, several branches that do not see each other."""

    tokens: Ints
    positions: Ints
    branch: Ints
    targets: Ints
    weights: Floats


@dataclass(frozen=True)
class Lesson:
    sight: Sight
    talk: Talk | None


def random_wear(rng: random.Random) -> Wear:
    return Wear(
        light=rng.uniform(0.75, 1.2) if rng.random() < 0.3 else 1.0,
        blur=rng.uniform(0.3, 0.9) if rng.random() < 0.15 else 0.0,
        noise=rng.uniform(2, 14) if rng.random() < 0.25 else 0.0,
        jpeg=rng.randint(25, 92) if rng.random() < 0.3 else None,
    )


def view(rng: random.Random, scene: Scene) -> tuple[Pixels, Pixels]:
    """The scene as the model may meet it: drawn at its own size or larger and reduced, more or less worn."""
    longest = SIDE if rng.random() < 0.6 else rng.randint(110, 280)
    image, owners = render(scene, longest)
    image = worn(image, random_wear(rng), rng.getrandbits(32))
    return model_view(image), owner_view(owners)


def patch_owners(owners: Pixels) -> Ints:
    """Which thing each patch belongs to: the one with most pixels there if it has a good seventh of the patch."""
    tiles = owners.reshape(GRID, PATCH, GRID, PATCH).transpose(0, 2, 1, 3).reshape(PATCHES, -1)
    counts = np.stack([(tiles == index).sum(1) for index in range(3)], 1)
    best = counts.argmax(1)
    return np.where(counts.max(1) >= PATCH * PATCH // 7, best, UNKNOWN)


def labels(scene: Scene, owners: Pixels) -> dict[str, npt.NDArray[np.generic]]:
    owner = patch_owners(owners)
    things = scene.things
    seen = owner != UNKNOWN

    def spread(values: list[int], otherwise: int) -> Ints:
        return np.where(seen, np.array([*values, otherwise], np.int64)[np.where(seen, owner, len(values))], otherwise)

    middles = np.array([(t.x, t.y) for t in things] + [(0.5, 0.5)], np.float32)
    middles = (middles - 0.5) * np.array((scene.width, scene.height), np.float32) + 0.5
    at = (np.stack(np.meshgrid(np.arange(GRID), np.arange(GRID)), -1).reshape(-1, 2) + 0.5) / GRID
    offset = np.where(seen[:, None], middles[np.where(seen, owner, len(things))] - at, np.nan)
    cells = (owners != NOBODY).reshape(GRID, 4, CELL, GRID, 4, CELL).mean((2, 5)).transpose(0, 2, 1, 3)
    return {
        "kind": spread([KINDS.index(t.kind) + 1 for t in things], 0),
        "colour": spread([COLOUR_NAMES.index(t.colour) if t.colour else UNKNOWN for t in things], UNKNOWN),
        "place": spread([PLACE_NAMES.index(t.place) for t in things], UNKNOWN),
        "rank": spread(list(range(len(things))), UNKNOWN),
        "number": np.int64(len(things)) * np.ones((), np.int64),
        "offset": offset.astype(np.float32),
        "cells": (cells > 0.5).reshape(PATCHES, 16).astype(np.float32),
    }


def branch_turns(rng: random.Random, scene: Scene, mix: Mix, language: str) -> list[Turn]:
    topic = rng.choices(list(mix.weights), list(mix.weights.values()))[0]
    if topic == "pronoun":
        return [casual(rng, turn) for turn in pronoun_turns(rng, scene, language)]
    if topic == "several":
        topics = rng.choices([t for t in mix.weights if t in ASKERS], k=rng.randint(2, 3))
        return [casual(rng, ASKERS[t](rng, scene, language)) for t in topics]
    return [casual(rng, ASKERS[topic](rng, scene, language))]


def in_language(rng: random.Random, scene: Scene, language: str) -> Turn:
    """A description in the language that the system text demands, whatever the question's own."""
    asked = describe(rng, scene, rng.choice(words.LANGUAGES))
    return Turn("describe", language, asked.question, description(scene, language))


@dataclass(frozen=True)
class Row:
    tokens: list[int]
    positions: list[int]
    branch: list[int]
    targets: list[int]
    weights: list[float]


def branch_tokens(
    tokenizer: Tokenizer, form: forms.Form, turns: list[Turn], context: str
) -> tuple[list[int], list[bool]]:
    """The tokens of one branch and which of them are answers."""
    tokens: list[int] = []
    answers: list[bool] = []
    for piece in forms.conversation(form, turns, context):
        found = tokenizer.encode(piece.text)
        tokens += found
        answers += [piece.is_answer] * len(found)
    return tokens, answers


def conversation_row(rng: random.Random, tokenizer: Tokenizer, scene: Scene, mix: Mix) -> Row:
    """One row: head, picture, branches. A token's target is the next one where that is part of an answer."""
    form, system, demanded = forms.random_form(rng), forms.random_system(rng), None
    if rng.random() < 0.06:
        demanded = rng.choice(words.LANGUAGES)
        system = " ".join(
            filter(None, (system, rng.choice(forms.TO_ENGLISH if demanded == "en" else forms.TO_CHINESE)))
        )
    head = [BOS, *tokenizer.encode(form.head(system))]
    if len(head) > LONGEST_HEAD:
        head = [BOS, *tokenizer.encode(form.head(None))]
    head += [PICTURE] * PATCHES
    row = Row(list(head), list(range(len(head))), [0] * len(head), [UNKNOWN] * len(head), [0.0] * len(head))
    for number in range(1, mix.branches + 1):
        language = demanded or ("zh" if rng.random() < mix.chinese else "en")
        turns = (
            [in_language(rng, scene, demanded)] if demanded and number <= 2 else branch_turns(rng, scene, mix, language)
        )
        context = forms.context_line(rng) + "\n" if rng.random() < 0.05 else ""
        tokens, answers = branch_tokens(tokenizer, form, turns, context)
        if len(tokens) <= LONGEST_BRANCH and len(row.tokens) + len(tokens) <= LONGEST_ROW:
            append_branch(row, number, len(head), tokens, answers)
    return row


def append_branch(row: Row, number: int, start: int, tokens: list[int], answers: list[bool]) -> None:
    following = [token if answer else UNKNOWN for token, answer in zip(tokens[1:], answers[1:], strict=True)] + [
        UNKNOWN
    ]
    row.tokens.extend(tokens)
    row.positions.extend(range(start, start + len(tokens)))
    row.branch.extend([number] * len(tokens))
    row.targets.extend(following)
    opens = [answer and not before for answer, before in zip(answers[1:], answers, strict=False)] + [False]
    row.weights.extend(
        [0.0 if target == UNKNOWN else 2.0 if first else 1.0 for target, first in zip(following, opens, strict=True)]
    )


def padded(rows: list[list[int]], fill: int) -> Ints:
    longest = -(-max(map(len, rows)) // 16) * 16
    return np.array([row + [fill] * (longest - len(row)) for row in rows], np.int64)


def talk_of(rows: list[Row]) -> Talk:
    weights = [row.weights for row in rows]
    length = -(-max(map(len, weights)) // 16) * 16
    return Talk(
        tokens=padded([row.tokens for row in rows], 0),
        positions=padded([row.positions for row in rows], 0),
        branch=padded([row.branch for row in rows], -1),
        targets=padded([row.targets for row in rows], UNKNOWN),
        weights=np.array([row + [0.0] * (length - len(row)) for row in weights], np.float32),
    )


@dataclass(frozen=True)
class Course:
    """A stream of lessons: its name decides what is drawn; without `talk` there are pictures only."""

    seed: str
    batch: int
    mix: Mix
    talk: bool


def lesson(course: Course, number: int, tokenizer: Tokenizer) -> Lesson:
    """Lesson `number` of the course."""
    rng = stream(f"{course.seed}/{number}")
    scenes = [random_scene(rng, course.mix.twin) for _ in range(course.batch)]
    views = [view(rng, scene) for scene in scenes]
    marked = [labels(scene, owners) for scene, (_, owners) in zip(scenes, views, strict=True)]
    stacked: dict[str, Any] = {name: np.stack([each[name] for each in marked]) for name in marked[0]}
    sight = Sight(pictures=np.stack([pixels for pixels, _ in views]), **stacked)
    if not course.talk:
        return Lesson(sight, None)
    return Lesson(sight, talk_of([conversation_row(rng, tokenizer, scene, course.mix) for scene in scenes]))


def draw_lessons(queue: multiprocessing.Queue[Lesson], course: Course, first: int, last: int) -> None:
    """What the drawing process does: fills the queue with lessons `first` to `last` - 1."""
    tokenizer = Tokenizer.load()
    for number in range(first, last):
        queue.put(lesson(course, number, tokenizer))


def lessons(course: Course, first: int, last: int) -> Iterator[Lesson]:
    """Lessons `first` to `last` - 1, drawn by a process of their own that keeps a few ahead."""
    context = multiprocessing.get_context("spawn")
    queue: multiprocessing.Queue[Lesson] = context.Queue(maxsize=32)
    painter = context.Process(target=draw_lessons, args=(queue, course, first, last), daemon=True)
    painter.start()
    try:
        for _ in range(first, last):
            yield queue.get(timeout=PATIENCE)
    finally:
        painter.terminate()
        painter.join()
