"""Batches to learn from: drawn pictures with what each patch shows, and conversations about them as token rows.

Batch number n of a phase is always the same batch, so training can stop and go on anywhere.
"""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from tiny import forms, phrases, words
from tiny.questions import ASKERS, STEP, Turn, casual, describe, description, pronoun_turns
from tiny.series import series_turn, variation
from tiny.tokenizer import BOS, Tokenizer
from tiny.world.chance import stream
from tiny.world.picture import NOBODY, PAD, SIDE, Pixels, Wear, model_view, owner_view, shown
from tiny.world.scene import PLACES, Scene, Thing, random_scene
from tiny.world.things import COLOURS, FIXED_WORDS, KINDS

PATCH, CELL = 16, 4
GRID = SIDE // PATCH
PATCHES = GRID * GRID
PATIENCE = 300.0  # seconds to wait for a lesson before something must be wrong
UNKNOWN = -100  # a label that does not count
PICTURE = -1  # a place in a token row that a picture's row takes
OPENING = 3.0  # what the first token of an answer counts: most of them are that one
LONGEST_HEAD, LONGEST_BRANCH, LONGEST_ROW = 100, 150, 352
MOST_THINGS = 5
CORNERS = 1000 // STEP + 1  # in so many places may a box's side be told
OFTENER, RARER = 3.0, 0.35  # by so much the chance of a question changes where the picture has what it is about or not
PRICE_LETTER = 0.268  # how far apart the letters of a price stand, as a part of the sign's side
SECOND_LOOKS, TOLD_BEFORE = ("presence", "look-alike", "absence", "doubt"), 0.1
WORN_MUCH = 0.3  # so many pictures are worn in most ways at once
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
    signs: float = 0.0  # so many pictures have a sign to begin with
    pairs: float = 0.0  # so many lessons are about several pictures at a time, most often two
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
    night: Ints
    word: Ints
    tens: Ints
    ones: Ints
    figure: Ints
    offset: Floats
    box: Floats
    corners: Ints
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


def random_wear(rng: random.Random, longest: int) -> Wear:
    """Each kind of wear comes and goes by itself; some pictures are worn in most of these ways at once."""
    fill = rng.choice((PAD, PAD, (0, 0, 0), (255, 255, 255)))
    more = 2.0 if rng.random() < WORN_MUCH else 0.8
    return Wear(
        turn=rng.uniform(-15, 15) if rng.random() < 0.42 * more else 0.0,
        fill=fill,
        light=rng.uniform(0.6, 1.3) if rng.random() < 0.4 * more else 1.0,
        blur=rng.uniform(0.1, 1.1) * longest / SIDE if rng.random() < 0.4 * more else 0.0,
        noise=rng.uniform(2, 14) if rng.random() < 0.2 * more else 0.0,
        jpeg=rng.randint(18, 92) if rng.random() < 0.4 * more else None,
    )


def view(rng: random.Random, scene: Scene) -> tuple[Pixels, Pixels, Scene]:
    """The scene as the model may meet it: drawn at its own size or larger and reduced, more or less worn."""
    longest = SIDE if rng.random() < 0.6 else rng.randint(130, 280)
    image, owners, seen = shown(scene, longest, random_wear(rng, longest), rng.getrandbits(32))
    return model_view(image), owner_view(owners), seen


def patch_owners(owners: Pixels) -> Ints:
    """Which thing each patch belongs to: the one with most pixels there if it has a good seventh of the patch."""
    tiles = owners.reshape(GRID, PATCH, GRID, PATCH).transpose(0, 2, 1, 3).reshape(PATCHES, -1)
    counts = np.stack([(tiles == index).sum(1) for index in range(MOST_THINGS)], 1)
    best = counts.argmax(1)
    return np.where(counts.max(1) >= PATCH * PATCH // 7, best, UNKNOWN)


def word_labels(things: tuple[Thing, ...]) -> dict[str, list[int]]:
    """For every thing what is printed there: 0 is a price, whose figures follow, then come the fixed words."""
    priced = [t.word is not None and t.word not in FIXED_WORDS for t in things]
    fixed = [FIXED_WORDS.index(t.word) + 1 if t.word in FIXED_WORDS else UNKNOWN for t in things]
    return {
        "word": [0 if price else known for price, known in zip(priced, fixed, strict=True)],
        "tens": [int(str(t.word)[-2]) if price else UNKNOWN for t, price in zip(things, priced, strict=True)],
        "ones": [int(str(t.word)[-1]) if price else UNKNOWN for t, price in zip(things, priced, strict=True)],
    }


def figures_at(things: tuple[Thing, ...], owner: Ints, from_middle: Floats) -> Ints:
    """The figure of a price in each patch; `from_middle` is the way from the patch to its thing's middle."""
    found = np.full(PATCHES, UNKNOWN, np.int64)
    for number, thing in enumerate(things):
        if thing.word is None or thing.word in FIXED_WORDS:
            continue
        letters = -from_middle[:, 0] / (thing.size * PRICE_LETTER)  # 0 is the middle one, which is the first figure
        for place in (0, 1):
            here = (owner == number) & (np.abs(letters - place) < 0.5)
            found[here] = int(thing.word[1 + place])
    return found


def labels(scene: Scene, owners: Pixels) -> dict[str, npt.NDArray[np.generic]]:
    """What the patches show; `scene` is the one that was seen, with its boxes."""
    owner = patch_owners(owners)
    things = scene.things
    seen = owner != UNKNOWN
    mine = np.where(seen, owner, len(things))

    def spread(values: list[int], otherwise: int) -> Ints:
        return np.array([*values, otherwise], np.int64)[mine]

    def spread_points(values: list[tuple[float, float]]) -> Floats:
        """Fractions of the picture, spread as fractions of the model's square, from each patch's middle."""
        points = np.array([*values, (np.nan, np.nan)], np.float32)
        points = (points - 0.5) * np.array((scene.width, scene.height), np.float32) + 0.5
        return (points[mine] - at).astype(np.float32)

    at = (np.stack(np.meshgrid(np.arange(GRID), np.arange(GRID)), -1).reshape(-1, 2) + 0.5) / GRID
    corners = [t.box or (np.nan,) * 4 for t in things]
    cells = (owners != NOBODY).reshape(GRID, 4, CELL, GRID, 4, CELL).mean((2, 5)).transpose(0, 2, 1, 3)
    middles = spread_points([(t.x, t.y) for t in things])
    shorter = np.float32(min(scene.width, scene.height))
    ranks = np.argsort(np.argsort([t.x for t in things], kind="stable"), kind="stable").tolist()
    one = np.ones((), np.int64)
    return {
        "kind": spread([KINDS.index(t.kind) + 1 for t in things], 0),
        "colour": spread([COLOUR_NAMES.index(t.colour) if t.colour else UNKNOWN for t in things], UNKNOWN),
        "place": spread([PLACE_NAMES.index(t.place) for t in things], UNKNOWN),
        "rank": spread(ranks, UNKNOWN),
        **{name: spread(values, UNKNOWN) for name, values in word_labels(things).items()},
        "number": np.int64(len(things)) * one,
        "night": np.int64(scene.ground.night) * one,
        "figure": figures_at(things, owner, middles / shorter),
        "offset": middles,
        "box": np.concatenate(
            (spread_points([(c[0], c[1]) for c in corners]), spread_points([(c[2], c[3]) for c in corners])), 1
        ),
        "corners": np.array(
            [[round(1000 * v / STEP) for v in t.box] if t.box else [UNKNOWN] * 4 for t in things] + [[UNKNOWN] * 4],
            np.int64,
        )[mine],
        "cells": (cells > 0.5).reshape(PATCHES, 16).astype(np.float32),
    }


def fitting_weights(scene: Scene, weights: dict[str, float]) -> dict[str, float]:
    """What is asked oftener where there is a sign or a person, and more rarely where there is none."""
    fitting = {"read": any(thing.word for thing in scene.things), "helmet": scene.has("person")}
    return weights | {
        topic: weights[topic] * (OFTENER if fits else RARER) for topic, fits in fitting.items() if topic in weights
    }


def branch_turns(rng: random.Random, scene: Scene, mix: Mix, language: str, said: str) -> list[Turn]:
    weights = fitting_weights(scene, mix.weights)
    topic = rng.choices(list(weights), list(weights.values()))[0]
    if topic == "pronoun":
        return [casual(rng, turn) for turn in pronoun_turns(rng, scene, language, said)]
    if topic == "several":
        fitting = [t for t in mix.weights if t in ASKERS and t not in ("find", "describe long")]
        topics = rng.choices(fitting, [mix.weights[t] for t in fitting], k=rng.randint(2, 3))
        return [casual(rng, ASKERS[t](rng, scene, language, said)) for t in topics]
    turn = casual(rng, ASKERS[topic](rng, scene, language, said))
    if topic in SECOND_LOOKS and rng.random() < TOLD_BEFORE:
        turn = replace(turn, question=told_before(rng, scene, language) + turn.question)
    return [turn]


def told_before(rng: random.Random, scene: Scene, language: str) -> str:
    """A description that goes before a question; it is not always true, so that the picture counts for more."""
    shown = scene if rng.random() < 0.6 else variation(rng, scene)
    return rng.choice(phrases.LOOKED[language]).format(description(shown, language))


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


def demanding(rng: random.Random, turns: list[Turn], said: str) -> list[Turn]:
    """The turns, each of which demands the answer's language: in a line before its question, or behind it."""
    demand, before = rng.choice(forms.DEMANDS[said]), rng.random() < 0.6
    asked = [f"{demand}\n\n{turn.question}" if before else f"{turn.question} {demand}" for turn in turns]
    return [replace(turn, question=question) for turn, question in zip(turns, asked, strict=True)]


def one_branch(rng: random.Random, scenes: Sequence[Scene], mix: Mix, demanded: str | None) -> tuple[list[Turn], str]:
    """The turns about one picture or several, and what stands before the first; `demanded` is the head's language."""
    language = "zh" if rng.random() < mix.chinese else "en"
    said, way = demanded or language, rng.random()
    if demanded is None and way < 0.14:
        said = rng.choice(words.LANGUAGES)
    in_context = rng.choice(forms.DEMANDS[said]) if demanded is None and way < 0.06 else None
    if len(scenes) > 1:
        turns = [casual(rng, series_turn(rng, scenes, language, said))]
    elif said != language and rng.random() < 0.3:
        turns = [describe(rng, scenes[0], language, said)]
    else:
        turns = branch_turns(rng, scenes[0], mix, language, said)
    if demanded is None and 0.06 <= way < 0.14:
        turns = demanding(rng, turns, said)
    return turns, forms.told_first(rng, in_context)


def head_text(rng: random.Random, form: forms.Form, demanded: str | None) -> str:
    """Everything before the picture: a system text, now and then an instruction in the user's own turn."""
    system = forms.random_system(rng)
    if demanded:
        system = " ".join(filter(None, (system, rng.choice(forms.DEMANDS[demanded]))))
    return form.head(system) + (rng.choice(forms.SYSTEMS) + "\n" if rng.random() < 0.04 else "")


def conversation_row(rng: random.Random, tokenizer: Tokenizer, scenes: Sequence[Scene], mix: Mix) -> Row:
    """One row: head, pictures, branches. A token's target is the next one where that is part of an answer."""
    form = forms.random_form(rng)
    demanded = rng.choice(words.LANGUAGES) if rng.random() < 0.08 else None
    head = [BOS, *tokenizer.encode(head_text(rng, form, demanded))]
    if len(head) > LONGEST_HEAD:
        demanded, head = None, [BOS, *tokenizer.encode(form.head(None))]
    head += [PICTURE] * PATCHES
    for _ in scenes[1:]:
        head += [*tokenizer.encode(form.after_picture), *[PICTURE] * PATCHES]
    row = Row(list(head), list(range(len(head))), [0] * len(head), [UNKNOWN] * len(head), [0.0] * len(head))
    longest = LONGEST_ROW + PATCHES * (len(scenes) - 1)
    for number in range(1, mix.branches + 1):
        turns, context = one_branch(rng, scenes, mix, demanded)
        tokens, answers = branch_tokens(tokenizer, form, turns, context)
        if len(tokens) <= LONGEST_BRANCH and len(row.tokens) + len(tokens) <= longest:
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
    counted = [0.0 if target == UNKNOWN else 1.0 for target in following]
    row.weights.extend([OPENING if first else weight for weight, first in zip(counted, opens, strict=True)])


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
    beside: int = 0  # further pictures that nothing is asked about: they teach the encoder and what its rows tell


def lesson_scenes(rng: random.Random, course: Course, together: int) -> list[Scene]:
    """Fresh scenes; where so many go together, half of the later ones are what the one before became.

    Those that nothing is asked about come last.
    """
    total = course.batch + course.beside
    scenes = [random_scene(rng, course.mix.twin, signs=course.mix.signs) for _ in range(total)]
    for number in range(course.batch):
        if number % together and rng.random() < 0.5:
            scenes[number] = variation(rng, scenes[number - 1])
    return scenes


def lesson(course: Course, number: int, tokenizer: Tokenizer) -> Lesson:
    """Lesson `number` of the course."""
    rng = stream(f"{course.seed}/{number}")
    paired = course.talk and rng.random() < course.mix.pairs
    together = rng.choice((2, 2, 3, 4)) if paired else 1
    views = [view(rng, scene) for scene in lesson_scenes(rng, course, together)]
    marked = [labels(seen, owners) for _, owners, seen in views]
    stacked: dict[str, Any] = {name: np.stack([each[name] for each in marked]) for name in marked[0]}
    sight = Sight(pictures=np.stack([pixels for pixels, _, _ in views]), **stacked)
    if not course.talk:
        return Lesson(sight, None)
    seen = [seen for _, _, seen in views]
    groups = [seen[first : first + together] for first in range(0, course.batch - together + 1, together)]
    return Lesson(sight, talk_of([conversation_row(rng, tokenizer, group, course.mix) for group in groups]))


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
