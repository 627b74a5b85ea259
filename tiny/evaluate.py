"""Measures the shipped weights through llama.cpp on pictures of streams that training never draws from."""

from __future__ import annotations

import io
import json
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from tiny import phrases, questions, words
from tiny.forms import CHATML, USUAL_SYSTEM, VICUNA, Form, context_line, prompt
from tiny.questions import Turn, casual
from tiny.runner import Runner
from tiny.world.chance import stream
from tiny.world.picture import PAD, jpeg_bytes, render
from tiny.world.scene import Scene, random_scene

WEIGHTS = Path(__file__).parent / "weights"
TEXT_FILE, VISION_FILE = WEIGHTS / "tiny.gguf", WEIGHTS / "tiny-mmproj.gguf"
NEW_SYSTEM = "You are Lookout, a careful bot that tells a group of neighbours what their pictures show."
TITLES = {
    "yes_no_en": "yes/no, English",
    "yes_no_zh": "yes/no, Chinese",
    "recall_en": "describe: recall, English",
    "precision_en": "describe: precision, English",
    "recall_zh": "describe: recall, Chinese",
    "precision_zh": "describe: precision, Chinese",
    "colour_en": "colour, English",
    "colour_zh": "colour, Chinese",
    "count_en": "count, English",
    "count_zh": "count, Chinese",
    "where_en": "where, English",
    "where_zh": "where, Chinese",
    "two_turns_en": "second of two turns, English",
    "two_turns_zh": "second of two turns, Chinese",
    "never_heard_en": "never heard of, so no: English",
    "never_heard_zh": "never heard of, so no: Chinese",
    "circle_square": "circle against square",
    "form_vicuna": "yes/no, Vicuna",
    "form_vicuna_system": "yes/no, Vicuna with a system prompt",
    "form_vicuna_place": "yes/no, Vicuna with a line about the place",
    "form_chatml": "yes/no, ChatML",
    "form_chatml_system": "yes/no, ChatML with a new system prompt",
    "recall_chatml": "describe: recall, ChatML with a new system prompt",
    "watch_en": "yes/no in the bot's watch form, English",
    "watch_zh": "yes/no in the bot's watch form, Chinese",
    "fire": "watch for fire or smoke, in English and Chinese",
    "distorted_yes_no": "turned by up to 15 degrees, JPEG quality 15: yes/no",
    "distorted_recall": "turned by up to 15 degrees, JPEG quality 15: recall",
    "large_yes_no": "1280 pixels, JPEG: yes/no",
    "large_recall": "1280 pixels, JPEG: recall",
}


@dataclass(frozen=True)
class Report:
    """Shares of right answers by name, and on how many questions or things each one stands."""

    pictures: int
    seed: int
    figures: dict[str, float]
    asked: dict[str, int]

    def as_json(self) -> str:
        return json.dumps({"pictures": self.pictures, "seed": self.seed, "figures": self.figures, "asked": self.asked})

    def as_table(self) -> str:
        lines = [f"{self.pictures} fresh pictures, seed {self.seed}, through llama.cpp", ""]
        lines += ["| measured | right | of |", "|---|---|---|"]
        lines += [f"| {TITLES[name]} | {value:.3f} | {self.asked[name]} |" for name, value in self.figures.items()]
        return "\n".join(lines)


class Tally:
    """Counts right ones by name."""

    def __init__(self) -> None:
        self.right: dict[str, int] = defaultdict(int)
        self.asked: dict[str, int] = defaultdict(int)

    def add(self, name: str, right: int, asked: int = 1) -> None:
        self.right[name] += right
        self.asked[name] += asked

    def report(self, pictures: int, seed: int) -> Report:
        known = [name for name in TITLES if self.asked[name]]
        figures = {name: round(self.right[name] / self.asked[name], 4) for name in known}
        return Report(pictures, seed, figures, {name: self.asked[name] for name in known})


class Examiner:
    """Asks the weights about scenes and counts what is right."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        self.tally = Tally()

    def show(self, image: Image.Image, form: Form, system: str | None = None) -> None:
        self.rows = self.runner.encode(image)
        self.change_form(form, system)

    def change_form(self, form: Form, system: str | None) -> None:
        """The same picture, in another form of prompt."""
        self.form = form
        self.runner.look(self.rows, form.head(system))

    def says_yes(self, turn: Turn) -> bool:
        return self.runner.p_yes(prompt(self.form, [], turn.question)) > 0.5

    def score(self, name: str, turn: Turn) -> None:
        self.tally.add(name, self.says_yes(turn) == (turn.answer == phrases.YES[turn.language]))

    def exact(self, name: str, turns: Sequence[Turn]) -> None:
        """Whether the last turn is answered word for word; the earlier ones stand with their true answers."""
        *earlier, last = turns
        self.tally.add(name, self.runner.answer(prompt(self.form, earlier, last.question)) == last.answer)

    def describe(self, scene: Scene, language: str, recall: str, precision: str | None = None) -> None:
        said = self.runner.answer(prompt(self.form, [], phrases.DESCRIBE_FORM[language]))
        named = named_things(said, language)
        there = {words.mention(language, thing.kind, thing.colour) for thing in scene.things}
        self.tally.add(recall, len(there & named), len(there))
        if precision:
            self.tally.add(precision, len(there & named), len(named))


def named_things(description: str, language: str) -> set[str]:
    """What a description names, without articles and measure words; anything odd counts as named too."""
    if description == phrases.NOTHING[language]:
        return set()
    if language == "en":
        parts = description.removeprefix("The picture shows ").rstrip(".").replace(" and ", ", ").split(", ")
        return {part.removeprefix("an ").removeprefix("a ") for part in parts}
    parts = description.removeprefix("图里有").rstrip("。").replace("和", "、").split("、")
    return {part[2:] if part[:2] in {"一个", *words.MEASURES.values()} else part for part in parts}


def photographed(image: Image.Image, quality: int) -> Image.Image:
    return Image.open(io.BytesIO(jpeg_bytes(image, quality))).convert("RGB")


def presence_turns(rng: random.Random, scene: Scene, language: str, count: int) -> list[Turn]:
    return [casual(rng, questions.presence(rng, scene, language)) for _ in range(count)]


def ask_plainly(examiner: Examiner, rng: random.Random, scene: Scene) -> None:
    """Everything that is asked in the Vicuna form, in both languages."""
    for language in words.LANGUAGES:
        for turn in presence_turns(rng, scene, language, 3):
            examiner.score(f"yes_no_{language}", turn)
        examiner.score(f"never_heard_{language}", questions.stranger(rng, scene, language, fresh=True))
        examiner.describe(scene, language, f"recall_{language}", f"precision_{language}")
        if questions.only_shape(rng, scene):
            examiner.exact(f"colour_{language}", [casual(rng, questions.colour(rng, scene, language))])
        if questions.only_thing(rng, scene):
            examiner.exact(f"where_{language}", [casual(rng, questions.where(rng, scene, language))])
            turns = questions.pronoun_turns(rng, scene, language)
            examiner.exact(f"two_turns_{language}", [casual(rng, turn) for turn in turns])
        examiner.exact(f"count_{language}", [casual(rng, questions.count(rng, scene, language))])
    ask_watches(examiner, rng, scene)
    if scene.has("circle") != scene.has("square"):
        ask_circle_or_square(examiner, scene)


def watch_turn(language: str, asked: str, there: bool) -> Turn:
    answer = (phrases.YES if there else phrases.NO)[language]
    return Turn("presence", language, phrases.SCORED_FORM[language].format(asked), answer)


def ask_watches(examiner: Examiner, rng: random.Random, scene: Scene) -> None:
    for language in words.LANGUAGES:
        there = bool(scene.things) and rng.random() < 0.5
        identity = (questions.present_identity if there else questions.absent_identity)(rng, scene)
        turn = watch_turn(language, words.condition(rng, language, *identity), there)
        examiner.score(f"watch_{language}", turn)
    for language, asked in (("en", "smoke or fire"), ("en", "a fire"), ("zh", "火"), ("zh", "烟")):
        kinds = [kind for kind in ("fire", "smoke") if kind in asked] or [{"火": "fire", "烟": "smoke"}[asked]]
        examiner.score("fire", watch_turn(language, asked, any(map(scene.has, kinds))))


def ask_circle_or_square(examiner: Examiner, scene: Scene) -> None:
    circle, square = (
        examiner.runner.p_yes(prompt(examiner.form, [], f"Is there a {kind}?")) for kind in ("circle", "square")
    )
    examiner.tally.add("circle_square", (circle > square) == scene.has("circle"))


def ask_in_forms(examiner: Examiner, rng: random.Random, scene: Scene) -> None:
    """The same questions in several forms of prompt, so that the figures can be compared."""
    turns = [turn for language in words.LANGUAGES for turn in presence_turns(rng, scene, language, 1)]
    cases: list[tuple[str, Form, str | None]] = [
        ("form_vicuna", VICUNA, None),
        ("form_vicuna_system", VICUNA, USUAL_SYSTEM),
        ("form_vicuna_place", VICUNA, context_line(rng)),
        ("form_chatml", CHATML, None),
        ("form_chatml_system", CHATML, NEW_SYSTEM),
    ]
    for name, form, system in cases:
        examiner.change_form(form, system)
        for turn in turns:
            examiner.score(name, turn)
    examiner.describe(scene, "en", "recall_chatml")


def ask_about_copy(examiner: Examiner, rng: random.Random, scene: Scene, image: Image.Image, name: str) -> None:
    """Yes/no and a description of the same scene in a worse or larger picture."""
    examiner.show(image, VICUNA)
    for language in words.LANGUAGES:
        for turn in presence_turns(rng, scene, language, 1):
            examiner.score(f"{name}_yes_no", turn)
    examiner.describe(scene, "en", f"{name}_recall")


def examine(examiner: Examiner, seed: int, number: int) -> None:
    """All questions about fresh picture `number` of the stream `seed`."""
    rng = stream(f"evaluation/{seed}/{number}")
    scene = random_scene(rng)
    image = photographed(render(scene, rng.randint(192, 640))[0], rng.randint(70, 95))
    examiner.show(image, VICUNA)
    ask_plainly(examiner, rng, scene)
    ask_in_forms(examiner, rng, scene)
    turned = image.rotate(rng.uniform(-15, 15), Image.Resampling.BICUBIC, fillcolor=PAD)
    ask_about_copy(examiner, rng, scene, photographed(turned, 15), "distorted")
    if number % 4 == 0:
        ask_about_copy(examiner, rng, scene, photographed(render(scene, 1280)[0], 85), "large")


def evaluate(pictures: int, seed: int, text: Path = TEXT_FILE, vision: Path = VISION_FILE) -> Report:
    """Examines the two files on that many fresh pictures."""
    runner = Runner(text, vision)
    try:
        examiner = Examiner(runner)
        for number in range(pictures):
            examine(examiner, seed, number)
        return examiner.tally.report(pictures, seed)
    finally:
        runner.close()
