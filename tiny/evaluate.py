"""Measures the shipped weights through llama.cpp on pictures of streams that training never draws from.

Every picture is shown plain and another one distorted: 1280 pixels, not square, turned by up to 14 degrees, blurred,
brighter or darker, and JPEG of quality 20 to 50, all at once.
"""

from __future__ import annotations

import io
import json
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from tiny import phrases, questions, series, words
from tiny.forms import CHATML, DEMANDS, FORMS, USUAL_SYSTEM, VICUNA, Form, context_line, prompt
from tiny.questions import Turn, casual
from tiny.runner import Floats, Runner
from tiny.world.chance import stream
from tiny.world.picture import Wear, jpeg_bytes, shown
from tiny.world.scene import Box, Scene, look_alikes, random_scene

WEIGHTS = Path(__file__).parent / "weights"
TEXT_FILE, VISION_FILE = WEIGHTS / "tiny.gguf", WEIGHTS / "tiny-mmproj.gguf"
NEW_SYSTEM = "You are Lookout, a careful bot that tells a group of neighbours what their pictures show."
VIEWS = ("plain", "distorted")
DRAWN, ENLARGED = 640, 1280  # a distorted picture is drawn, turned and blurred at the first size, then enlarged
BINS = 15  # of equal width, for the calibration
SEVERAL = 6  # what takes long is asked of one picture in so many

# What each figure is called in the table, and what it should reach, plain and distorted; the calibration error's is the
# most that it should be.
TITLES: dict[str, tuple[str, tuple[float, float] | None]] = {
    "yes_no_en": ("yes/no, English", (0.98, 0.95)),
    "yes_no_zh": ("yes/no, Chinese", (0.975, 0.94)),
    "look_alike": ("yes/no about look-alikes", (0.94, 0.94)),
    "never_heard": ("never heard of, so no", (0.97, 0.97)),
    "absence": ("negated yes/no", None),
    "doubt": ("yes/no whether it is that or a look-alike", None),
    "watch": ("yes/no in the bot's watch form", None),
    "again": ("the same with its own description in hand", None),
    "fire": ("watch for fire or smoke", None),
    "area": ("area under the curve of p(yes)", (0.995, 0.995)),
    "calibration": ("expected calibration error of p(yes)", (0.03, 0.03)),
    "recall": ("describe: recall", (0.95, 0.95)),
    "precision": ("describe: precision", (0.95, 0.95)),
    "described": ("describe at length, word for word", None),
    "circle_square": ("square against circle", (0.96, 0.96)),
    "colour_en": ("colour, English", (0.95, 0.95)),
    "colour_zh": ("colour, Chinese", (0.95, 0.95)),
    "where": ("where", (0.92, 0.92)),
    "count": ("count", (0.95, 0.95)),
    "read": ("read the word", (0.9, 0.9)),
    "daytime": ("day or night", None),
    "overlap": ("boxes: mean IoU", (0.65, 0.65)),
    "nothing_found": ("boxes: none where there is none", None),
    "which": ("which of several is there", None),
    "follow_up": ("follow-up turns", (0.92, 0.92)),
    "which_picture": ("two pictures: which of them", None),
    "compare": ("two pictures: the difference, word for word", None),
    "compared": ("two pictures: things told of the right one, of all told or there", None),
    "language": ("answer in the language demanded", None),
    "form_best": ("yes/no in the best form of prompt", None),
    "form_worst": ("yes/no in the worst form of prompt", None),
}


@dataclass(frozen=True)
class Report:
    """Shares of right answers by name and view, and on how many questions or things each one stands."""

    pictures: int
    seed: int
    figures: dict[str, dict[str, float]]
    asked: dict[str, dict[str, int]]
    forms: dict[str, dict[str, float]]

    def as_json(self) -> str:
        return json.dumps(vars(self))

    def as_table(self) -> str:
        lines = [f"{self.pictures} fresh pictures, seed {self.seed}, through llama.cpp", ""]
        lines += ["| measured | plain | distorted | goal | asked |", "|---|---|---|---|---|"]
        for name, (title, goal) in TITLES.items():
            values = self.figures.get(name, {})
            shown_values = " | ".join(f"{values[view]:.3f}" if view in values else "" for view in VIEWS)
            wanted = f"{'≤' if name == 'calibration' else '≥'} {goal[0]:g} / {goal[1]:g}" if goal else ""
            counted = " / ".join(str(self.asked[name][view]) for view in VIEWS if view in self.asked.get(name, {}))
            lines.append(f"| {title} | {shown_values} | {wanted} | {counted} |")
        lines += ["", "| yes/no by form of prompt | plain | distorted |", "|---|---|---|"]
        for form, values in self.forms.items():
            lines.append(f"| {form} | {' | '.join(f'{values[view]:.3f}' for view in VIEWS if view in values)} |")
        return "\n".join(lines)


class Tally:
    """Counts what is right by name and view, and keeps every p(yes) with its truth."""

    def __init__(self) -> None:
        self.right: dict[tuple[str, str], float] = defaultdict(float)
        self.asked: dict[tuple[str, str], int] = defaultdict(int)
        self.chances: dict[str, list[tuple[float, bool]]] = defaultdict(list)

    def add(self, name: str, view: str, right: float, asked: int = 1) -> None:
        self.right[name, view] += right
        self.asked[name, view] += asked

    def shares(self, prefix: str = "") -> dict[str, dict[str, float]]:
        found: dict[str, dict[str, float]] = defaultdict(dict)
        for (name, view), asked in self.asked.items():
            if name.startswith(prefix) and asked:
                found[name.removeprefix(prefix)][view] = round(self.right[name, view] / asked, 4)
        return dict(found)

    def report(self, pictures: int, seed: int) -> Report:
        figures = {name: values for name, values in self.shares().items() if name in TITLES}
        asked: dict[str, dict[str, int]] = defaultdict(dict)
        for (name, view), count in self.asked.items():
            if name in TITLES and count:
                asked[name][view] = count
        forms = self.shares("form: ")
        for name, choose in (("form_best", max), ("form_worst", min)):
            figures[name] = {
                view: choose(values[view] for values in forms.values() if view in values)
                for view in VIEWS
                if any(view in values for values in forms.values())
            }
        for view, chances in self.chances.items():
            figures.setdefault("area", {})[view] = round(area_under_curve(chances), 4)
            figures.setdefault("calibration", {})[view] = round(calibration_error(chances), 4)
            asked["area"][view] = asked["calibration"][view] = len(chances)
        return Report(pictures, seed, figures, dict(asked), forms)


def area_under_curve(chances: Sequence[tuple[float, bool]]) -> float:
    """How likely a yes is given a higher p(yes) than a no; equal ones count half."""
    ranked = sorted(chances)
    above, area, at = sum(true for _, true in ranked), 0.0, 0
    total = above * (len(ranked) - above)
    while at < len(ranked):
        end = at
        while end < len(ranked) and ranked[end][0] == ranked[at][0]:
            end += 1
        tied = sum(true for _, true in ranked[at:end])
        above -= tied
        area += (end - at - tied) * (above + tied / 2)
        at = end
    return area / total if total else 1.0


def calibration_error(chances: Sequence[tuple[float, bool]]) -> float:
    """The mean distance of p(yes) from how often it was yes, over bins of equal width."""
    bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for chance, true in chances:
        bins[min(BINS - 1, int(chance * BINS))].append((chance, true))
    apart = (abs(sum(chance - true for chance, true in held)) for held in bins.values())
    return sum(apart) / max(1, len(chances))


class Examiner:
    """Asks the weights about pictures of one view and counts what is right."""

    def __init__(self, runner: Runner, tally: Tally, view: str) -> None:
        self.runner, self.tally, self.view = runner, tally, view
        self.form: Form = VICUNA

    def show(self, *images: Image.Image) -> None:
        self.rows: list[Floats] = [self.runner.encode(image) for image in images]
        self.change_form(VICUNA, None)

    def change_form(self, form: Form, system: str | None) -> None:
        """The same pictures, in another form of prompt."""
        self.form = form
        self.runner.look(self.rows, form.head(system), form.after_picture)

    def add(self, name: str, right: float, asked: int = 1) -> None:
        self.tally.add(name, self.view, right, asked)

    def p_yes(self, question: str, context: str = "") -> float:
        return self.runner.p_yes(prompt(self.form, [], question, context))

    def score(self, name: str, turn: Turn, context: str = "", *, kept: bool = False) -> None:
        """Whether p(yes) is on the right side of one half; `kept` ones make the curve and the calibration."""
        chance, true = self.p_yes(turn.question, context), turn.answer in phrases.YES.values()
        self.add(name, (chance > 0.5) == true)
        if kept:
            self.tally.chances[self.view].append((chance, true))

    def answer(self, question: str, context: str = "") -> str:
        return self.runner.answer(prompt(self.form, [], question, context))

    def exact(self, name: str, turns: Sequence[Turn]) -> None:
        """Whether the last turn is answered word for word; the earlier ones stand with their true answers."""
        *earlier, last = turns
        self.add(name, self.runner.answer(prompt(self.form, earlier, last.question)) == last.answer)

    def compare(self, turn: Turn) -> None:
        """Word for word; and how many things are told of the right picture, of all that are told or there."""
        said = self.answer(turn.question)
        told, true = (told_apart(text, turn.language) for text in (said, turn.answer))
        self.add("compare", said == turn.answer)
        self.add("compared", len(told & true), len(told | true))

    def describe(self, scene: Scene, language: str) -> None:
        named = named_things(self.answer(phrases.DESCRIBE_FORM[language]), language)
        there = {words.named(language, thing) for thing in scene.things}
        self.add("recall", len(there & named), len(there))
        self.add("precision", len(there & named), len(named))


def named_things(description: str, language: str) -> set[str]:
    """What a description names, without articles and measure words; anything odd counts as named too."""
    if description == phrases.NOTHING[language]:
        return set()
    if language == "en":
        parts = description.removeprefix("The picture shows ").rstrip(".").replace(" and ", ", ").split(", ")
        return {part.removeprefix("an ").removeprefix("a ") for part in parts}
    parts = description.removeprefix("图里有").rstrip("。").replace("和", "、").split("、")
    return {part[2:] if part[:2] in {"一个", *words.MEASURES.values()} else part for part in parts}


def told_apart(comparison: str, language: str) -> set[tuple[int, str]]:
    """What a comparison of two pictures names: of the first only, of the second only, of both."""
    found = set()
    for number, form in enumerate(phrases.ONLY[language]):
        before, after = form.split("{}")
        said = comparison.partition(before)[2].partition(after)[0]
        found |= {(number, name) for name in named_things(said, language)} if said else set()
    return found


def overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(0.0, across) * max(0.0, down)
    sizes = sum(max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1]) for box in (one, other))
    return shared / (sizes - shared) if sizes > shared else 0.0


def matched(wanted: Sequence[Box], found: Sequence[Box]) -> float:
    """The overlaps of pairs of boxes, the best pair first; each box is in one pair at most."""
    pairs = sorted(((overlap(w, f), n, m) for n, w in enumerate(wanted) for m, f in enumerate(found)), reverse=True)
    total, lonely_wanted, lonely_found = 0.0, set(range(len(wanted))), set(range(len(found)))
    for shared, n, m in pairs:
        if n in lonely_wanted and m in lonely_found:
            total += shared
            lonely_wanted.remove(n)
            lonely_found.remove(m)
    return total


def boxes_in(text: str) -> list[Box]:
    """The boxes of an answer in JSON, as fractions; none where it is not that."""
    try:
        return [(x0 / 1000, y0 / 1000, x1 / 1000, y1 / 1000) for x0, y0, x1, y1 in (f["box"] for f in json.loads(text))]
    except (ValueError, TypeError, KeyError):
        return []


def ask_to_find(examiner: Examiner, rng: random.Random, scene: Scene, language: str) -> None:
    identity = questions.present_identity(rng, scene) if scene.things else questions.absent_identity(rng, scene)
    wanted = [thing.box for thing in scene.all_of(*identity) if thing.box]
    question = phrases.FIND[language][0]
    if wanted:
        found = boxes_in(examiner.answer(question.format(words.sought(rng, language, *identity))))
        examiner.add("overlap", matched(wanted, found), max(len(wanted), len(found)))
    absent = questions.absent_identity(rng, scene)
    examiner.add("nothing_found", examiner.answer(question.format(words.sought(rng, language, *absent))) == "[]")


def ask_yes_or_no(examiner: Examiner, rng: random.Random, scene: Scene, language: str) -> None:
    for each in words.LANGUAGES:
        for _ in range(2):
            examiner.score(f"yes_no_{each}", casual(rng, questions.presence(rng, scene, each, each)), kept=True)
    if any(look_alikes((t.kind, t.colour)) for t in scene.things):
        turn = questions.look_alike(rng, scene, language, language)
        if turn.topic == "look-alike":
            examiner.score("look_alike", turn)
    examiner.score("never_heard", questions.stranger(rng, scene, language, language, fresh=True))
    examiner.score("absence", casual(rng, questions.absence(rng, scene, language, language)))
    identity, there = questions.some_identity(rng, scene)
    examiner.score("watch", watch_turn(language, words.condition(rng, language, *identity), there))
    asked = {"en": "smoke or fire", "zh": "火或烟"}[language]
    examiner.score("fire", watch_turn(language, asked, scene.has("fire") or scene.has("smoke")))


def watch_turn(language: str, asked: str, there: bool) -> Turn:
    return Turn("presence", language, phrases.SCORED_FORM[language].format(asked), questions.yes_or_no(language, there))


def ask_in_words(examiner: Examiner, rng: random.Random, scene: Scene, language: str) -> None:
    """What has to be answered in words: of things that are the only ones of their kind."""
    examiner.describe(scene, language)
    if questions.only_coloured(rng, scene):
        examiner.exact(f"colour_{language}", [casual(rng, questions.colour(rng, scene, language, language))])
    if questions.only_thing(rng, scene):
        examiner.exact("where", [casual(rng, questions.where(rng, scene, language, language))])
        turns = questions.pronoun_turns(rng, scene, language, language)
        examiner.exact("follow_up", [casual(rng, turn) for turn in turns])
    examiner.exact("count", [casual(rng, questions.count(rng, scene, language, language))])
    examiner.exact("daytime", [questions.daytime(rng, scene, language, language)])
    word = next((t.word for t in scene.things if t.word), None)
    if word:
        examiner.exact("read", [Turn("read", language, rng.choice(phrases.READ[language]), word)])
    if scene.things:
        examiner.exact("which", [questions.which(rng, scene, language, language)])


def ask_again(examiner: Examiner, rng: random.Random, scene: Scene, language: str) -> None:
    """The watch's question once more, with the description that the first look gave."""
    described = examiner.answer(phrases.DESCRIBE_FORM[language])
    identity, there = questions.some_identity(rng, scene)
    turn = watch_turn(language, words.condition(rng, language, *identity), there)
    examiner.score("again", turn, phrases.LOOKED[language][0].format(described))


def ask_circle_or_square(examiner: Examiner, scene: Scene) -> None:
    if scene.has("circle") != scene.has("square"):
        circle, square = (examiner.p_yes(f"Is there a {kind}?") for kind in ("circle", "square"))
        examiner.add("circle_square", (circle > square) == scene.has("circle"))


def ask_in_forms(examiner: Examiner, rng: random.Random, scene: Scene) -> None:
    """The same questions in all forms of prompt, so that the figures can be compared."""
    turns = [casual(rng, questions.presence(rng, scene, each, each)) for each in words.LANGUAGES]
    place = context_line(rng)
    cases: list[tuple[str, Form, str | None, str]] = [(form.name, form, None, "") for form, _ in FORMS]
    cases += [
        ("vicuna, a system prompt", VICUNA, USUAL_SYSTEM, ""),
        ("vicuna, an instruction after the picture", VICUNA, None, "Answer briefly and kindly.\n\n"),
        ("vicuna, an instruction and a place after the picture", VICUNA, None, f"Be careful.\n{place}\n\n"),
        ("chatml, a new system prompt", CHATML, NEW_SYSTEM, ""),
        ("chatml, a place after the picture", CHATML, None, f"{place}\n\n"),
    ]
    for name, form, system, context in cases:
        examiner.change_form(form, system)
        for turn in turns:
            examiner.score(f"form: {name}", turn, context)


def ask_for_language(examiner: Examiner, rng: random.Random) -> None:
    """An instruction behind the picture demands the other language than the question's."""
    examiner.change_form(VICUNA, None)
    asked, said = rng.sample(words.LANGUAGES, 2)
    answer = examiner.answer(phrases.DESCRIBE_FORM[asked], f"{rng.choice(DEMANDS[said])}\n\n")
    examiner.add("language", any(character >= "\u3001" for character in answer) == (said == "zh"))


def ask_about_two(examiner: Examiner, rng: random.Random, pair: tuple[Scene, Scene], language: str) -> None:
    examiner.exact("which_picture", [series.which_picture(rng, pair, language, language)])
    examiner.compare(series.compare(rng, pair, language, language))


def photographed(image: Image.Image, quality: int) -> Image.Image:
    return Image.open(io.BytesIO(jpeg_bytes(image, quality))).convert("RGB")


def plain_view(rng: random.Random, scene: Scene) -> tuple[Image.Image, Scene]:
    image, _, seen = shown(scene, rng.randint(192, 640), Wear(jpeg=rng.randint(70, 95)), 0)
    return image, seen


def distorted_view(rng: random.Random, scene: Scene) -> tuple[Image.Image, Scene]:
    wear = Wear(turn=rng.uniform(-14, 14), light=rng.uniform(0.65, 1.3), blur=rng.uniform(0, 4))
    image, _, seen = shown(scene, DRAWN, wear, 0)
    enlarged = image.resize([v * ENLARGED // DRAWN for v in image.size], Image.Resampling.BICUBIC)
    return photographed(enlarged, rng.randint(20, 50)), seen


DRAWERS: dict[str, Callable[[random.Random, Scene], tuple[Image.Image, Scene]]] = {
    "plain": plain_view,
    "distorted": distorted_view,
}


def examine(examiner: Examiner, seed: int, number: int) -> None:
    """All questions about fresh picture `number` of the stream `seed`."""
    rng = stream(f"evaluation/{seed}/{examiner.view}/{number}")
    language, square = words.LANGUAGES[number % 2], 0.0 if examiner.view == "distorted" else 0.55
    scene = random_scene(rng, square=square)
    image, seen = DRAWERS[examiner.view](rng, scene)
    examiner.show(image)
    ask_yes_or_no(examiner, rng, seen, language)
    ask_in_words(examiner, rng, seen, language)
    ask_circle_or_square(examiner, seen)
    ask_to_find(examiner, rng, seen, language)
    if number // 2 % SEVERAL == 0:
        ask_in_forms(examiner, rng, seen)
        ask_for_language(examiner, rng)
    elif number // 2 % SEVERAL == 1:
        later = series.variation(rng, scene) if rng.random() < 0.5 else random_scene(rng, square=square)
        second, seen_later = DRAWERS[examiner.view](rng, later)
        examiner.show(image, second)
        ask_about_two(examiner, rng, (seen, seen_later), language)
    elif number // 2 % SEVERAL == 2:
        examiner.exact("described", [questions.describe_long(rng, seen, language, language)])
        examiner.score("doubt", questions.doubt(rng, seen, language, language))
        ask_again(examiner, rng, seen, language)


def evaluate(
    pictures: int, seed: int, text: Path = TEXT_FILE, vision: Path = VISION_FILE, views: Sequence[str] = VIEWS
) -> Report:
    """Examines the two files on that many fresh pictures of each view."""
    runner, tally = Runner(text, vision), Tally()
    try:
        for view in views:
            examiner = Examiner(runner, tally, view)
            for number in range(pictures):
                examine(examiner, seed, number)
        return tally.report(pictures, seed)
    finally:
        runner.close()
