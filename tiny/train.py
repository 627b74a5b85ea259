"""Trains the tiny LLaVA from nothing, in five phases, with checkpoints; needs torch and one core for some hours."""

# torch is not there when the types are checked, so its classes are of any type.
# mypy: disallow-subclassing-any=False, disallow-untyped-decorators=False
from __future__ import annotations

import signal
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from tiny.export import DEVIATION, MEAN, export
from tiny.lessons import CORNERS, MOST_THINGS, PICTURE, UNKNOWN, Course, Lesson, Mix, Sight, Talk, lessons
from tiny.model import Shape, Tiny
from tiny.muon import Muon
from tiny.tokenizer import Tokenizer
from tiny.vocabulary import learn_vocabulary
from tiny.world.things import COLOURS, FIXED_WORDS, KINDS

CHECKPOINTS = Path(__file__).parent / "checkpoints"
LATEST = CHECKPOINTS / "latest.pt"
SEED = "lessons"  # the evaluation draws from other streams
BETWEEN_SAVES = 120.0  # seconds
WARM_UP = 40  # steps
SHARPNESS = 24.0  # of the angles between a row and what it could tell
BLOCKED = -30000.0  # added to attention scores; large enough and still a bf16 number


@dataclass(frozen=True)
class Phase:
    """One stretch of training: rates stay flat for `flat` of the steps, then fall in a line to `floor` times that."""

    name: str
    steps: int
    batch: int
    muon: float
    adam: float
    mix: Mix
    flat: float = 0.45
    floor: float = 0.06
    talk: bool = True
    blind: float = 0.0  # for this share of the steps the encoder does not learn
    vision: float = 0.2  # the encoder's part of the rates
    beside: int = 0  # pictures of each step that nothing is asked about, on top of the batch
    reads: float = 1.0  # what words and figures count: before things are told apart they only hold that up


BALANCED = {
    "describe": 2.0,
    "describe long": 0.5,
    "presence": 3.0,
    "look-alike": 0.6,
    "absence": 0.7,
    "attribute": 0.3,
    "stranger": 0.7,
    "colour": 0.8,
    "where": 1.0,
    "count": 0.7,
    "read": 0.9,
    "daytime": 0.35,
    "find": 1.3,
    "which": 0.9,
    "missing": 0.2,
    "small talk": 0.12,
    "pronoun": 0.7,
    "several": 0.5,
}
SHARPER = BALANCED | {
    "describe": 3.5,
    "describe long": 0.4,
    "presence": 6.0,
    "look-alike": 2.0,
    "absence": 1.0,
    "doubt": 0.7,
    "helmet": 1.4,
    "stranger": 0.9,
    "where": 1.4,
    "count": 1.4,
    "read": 1.8,
    "daytime": 1.2,
    "find": 4.2,
    "which": 2.6,
    "small talk": 0.08,
    "pronoun": 1.0,
}
SHARP = Mix(twin=0.3, weights=SHARPER, signs=0.4, pairs=0.2)
PHASES = (
    Phase("see", 4500, 32, 0.009, 1.5e-3, Mix(), talk=False, vision=1.0, reads=0.0),
    Phase("read", 2400, 32, 0.006, 1e-3, Mix(signs=0.55), talk=False, vision=1.0, flat=0.2),
    Phase("speak", 1500, 16, 0.010, 2e-3, Mix(weights=BALANCED, signs=0.12, pairs=0.15), blind=0.25),
    Phase("sharpen", 4000, 16, 0.006, 1.2e-3, SHARP, flat=0.21, floor=0.6, vision=0.9, beside=8),
    Phase("settle", 6500, 16, 0.0036, 7.2e-4, replace(SHARP, pairs=0.12), flat=0.0, floor=0.02, vision=0.9, beside=8),
)


class Probe(nn.Module):
    """Reads from the encoder what each patch shows; used in training only."""

    SIZES = (len(KINDS) + 1, len(COLOURS), 9, MOST_THINGS, MOST_THINGS + 1, 2, len(FIXED_WORDS) + 1, 10, 10, 2, 4, 10)
    TOLD = (*SIZES[:9], 10, CORNERS, CORNERS, CORNERS, CORNERS)

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.late = nn.Linear(shape.vision_width, sum(self.SIZES))
        self.early = nn.Linear(shape.vision_width, 16)
        self.told = nn.Linear(shape.width, sum(self.TOLD), bias=False)

    def forward(self, features: Tensor, early: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
        return self.late(features).float().split(self.SIZES, -1), self.early(early).float()

    def read_rows(self, rows: Tensor) -> tuple[Tensor, ...]:
        """The same from the rows that the decoder gets, by angles only.

        What is faint in a row costs here, however well it could be told from it: the decoder learns what stands out.
        """
        angles = functional.linear(functional.normalize(rows.float(), dim=-1), functional.normalize(self.told.weight))
        told: tuple[Tensor, ...] = (SHARPNESS * angles).split(self.TOLD, -1)
        return told


@dataclass
class Pupil:
    """What a checkpoint holds: the network, its probe, the optimisers and how far they have come."""

    model: Tiny
    probe: Probe
    phase: int = 0
    step: int = 0
    optimisers: list[torch.optim.Optimizer] = field(default_factory=list)

    def save(self, path: Path) -> None:
        path.parent.mkdir(exist_ok=True)
        fresh = path.with_suffix(".new")
        states = [optimiser.state_dict() for optimiser in self.optimisers]
        torch.save(
            {
                "model": self.model.state_dict(),
                "probe": self.probe.state_dict(),
                "phase": self.phase,
                "step": self.step,
                "optimisers": states,
            },
            fresh,
        )
        fresh.replace(path)

    def load(self, path: Path) -> None:
        held = torch.load(path, weights_only=True)
        self.model.load_state_dict(held["model"])
        self.probe.load_state_dict(held["probe"])
        self.phase, self.step = held["phase"], held["step"]
        if self.step:
            self.optimisers = optimisers(self, PHASES[self.phase])
            for optimiser, state in zip(self.optimisers, held["optimisers"], strict=True):
                optimiser.load_state_dict(state)


def new_pupil(tokenizer: Tokenizer) -> Pupil:
    torch.manual_seed(1)
    shape = Shape()
    return Pupil(Tiny(len(tokenizer), shape), Probe(shape))


def optimisers(pupil: Pupil, phase: Phase) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the blocks, AdamW for the rest; the encoder in groups of its own."""
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {(m, v): [] for m in (True, False) for v in (True, False)}
    for name, parameter in [*pupil.model.named_parameters(), *pupil.probe.named_parameters()]:
        groups["blocks" in name and parameter.ndim == 2, name.startswith("vision")].append(parameter)

    def grouped(matrix: bool, rate: float) -> list[dict[str, object]]:
        parts = [(groups[matrix, seen], rate * (phase.vision if seen else 1.0)) for seen in (True, False)]
        return [{"params": params, "lr": lr, "full": lr} for params, lr in parts if params]

    adam = torch.optim.AdamW(grouped(False, phase.adam), betas=(0.9, 0.98), weight_decay=0.01)
    return [Muon(grouped(True, phase.muon)), adam]


def rate(phase: Phase, step: int) -> float:
    """The part of the full rate at this step."""
    done = step / phase.steps
    fall = max(0.0, (done - phase.flat) / (1 - phase.flat))
    return min(1.0, (step + 1) / WARM_UP) * (1 - (1 - phase.floor) * fall)


def pictures_of(sight: Sight) -> Tensor:
    pixels = torch.from_numpy(sight.pictures).permute(0, 3, 1, 2).float() / 255
    return (pixels - MEAN) / DEVIATION


def patch_loss(
    probe: Probe, sight: Sight, features: Tensor, early: Tensor, reads: float
) -> tuple[Tensor, dict[str, float]]:
    """How wrong the probe is about the patches, and shares of patches that it names right.

    What is printed counts so much as `reads` says.
    """
    found, cells = probe(features, early)
    kind, colour, place, rank, number, night, word, tens, ones, offset, box, figure = found

    def wrong(found: Tensor, labels: np.ndarray) -> Tensor:
        if (labels == UNKNOWN).all():
            return found.sum() * 0
        return functional.cross_entropy(found.flatten(0, 1), torch.from_numpy(labels).flatten(), ignore_index=UNKNOWN)

    def far(found: Tensor, wanted: np.ndarray, beta: float) -> Tensor:
        points = torch.from_numpy(wanted)
        known = ~points[..., 0].isnan()
        return functional.smooth_l1_loss(found[known], points[known], beta=beta)

    def all_over(labels: np.ndarray) -> np.ndarray:
        return np.repeat(labels[:, None], kind.shape[1], 1)

    loss = wrong(kind, sight.kind) + wrong(colour, sight.colour) + 0.5 * wrong(place, sight.place)
    loss = loss + 0.5 * wrong(rank, sight.rank) + 0.3 * wrong(number, all_over(sight.number))
    loss = loss + 0.2 * wrong(night, all_over(sight.night))
    printed = 0.3 * wrong(word, sight.word) + wrong(tens, sight.tens) + wrong(ones, sight.ones)
    loss = loss + reads * (printed + 2.0 * wrong(figure, sight.figure))
    loss = loss + 4.0 * far(offset, sight.offset, 0.05) + 6.0 * far(box, sight.box, 0.05)
    loss = loss + 1.5 * functional.binary_cross_entropy_with_logits(cells, torch.from_numpy(sight.cells))
    report = {"patches": right(kind, np.where(sight.kind > 0, sight.kind, UNKNOWN))}
    if (sight.figure != UNKNOWN).any():
        report["figures"] = right(figure, sight.figure)
    return loss, report


def rows_loss(probe: Probe, sight: Sight, rows: Tensor) -> Tensor:
    """How badly the rows tell the decoder what the patches show."""
    patches = rows.shape[1]
    everywhere = [np.repeat(labels[:, None], patches, 1) for labels in (sight.number, sight.night)]
    wanted = (sight.kind, sight.colour, sight.place, sight.rank, *everywhere, sight.word, sight.tens, sight.ones)
    wanted = (*wanted, sight.figure, *np.moveaxis(sight.corners, -1, 0))
    loss = rows.sum() * 0
    for found, labels in zip(probe.read_rows(rows), wanted, strict=True):
        if (labels != UNKNOWN).any():
            targets = torch.from_numpy(np.ascontiguousarray(labels)).flatten()
            loss = loss + functional.cross_entropy(found.flatten(0, 1), targets, ignore_index=UNKNOWN)
    return loss


def right(found: Tensor, labels: np.ndarray) -> float:
    known = torch.from_numpy(labels != UNKNOWN)
    share: float = (found.argmax(-1) == torch.from_numpy(labels))[known].float().mean().item()
    return share


def talk_mask(talk: Talk) -> Tensor:
    """Who may look at whom: earlier tokens of the head, the picture and the own branch."""
    branch = torch.from_numpy(talk.branch)
    length = branch.shape[1]
    earlier = torch.ones(length, length, dtype=torch.bool).tril()
    shared = (branch[:, None, :] == 0) | (branch[:, None, :] == branch[:, :, None])
    return torch.where(shared & earlier, 0.0, BLOCKED)[:, None]


def talk_loss(model: Tiny, talk: Talk, rows: Tensor) -> tuple[Tensor, float]:
    """How wrong the answers are, and the share of answers' first tokens that are right."""
    tokens = torch.from_numpy(talk.tokens)
    embedded = model.text.embed(tokens.clamp(min=0))
    slots = (tokens == PICTURE)[..., None].expand_as(embedded)
    embedded = embedded.masked_scatter(slots, rows.to(embedded.dtype))
    hidden = model.text(embedded, torch.from_numpy(talk.positions).float(), talk_mask(talk))
    targets, weights = torch.from_numpy(talk.targets), torch.from_numpy(talk.weights)
    counted = targets != UNKNOWN
    logits = model.text.head(hidden[counted]).float()
    losses = functional.cross_entropy(logits, targets[counted], reduction="none")
    weight = weights[counted]
    opening = weight > 1
    right = (logits.argmax(-1) == targets[counted])[opening].float().mean().item()
    return (losses * weight).sum() / weight.sum(), right


def learn(pupil: Pupil, phase: Phase, lesson: Lesson) -> dict[str, float]:
    """One step; returns what to report."""
    blind = pupil.step < phase.blind * phase.steps
    with torch.autocast("cpu", torch.bfloat16):
        with torch.set_grad_enabled(not blind):
            features, early = pupil.model.vision(pictures_of(lesson.sight))
        loss, report = patch_loss(pupil.probe, lesson.sight, features, early, phase.reads)
        if lesson.talk:
            rows = pupil.model.project(features)
            said, report["answers"] = talk_loss(pupil.model, lesson.talk, rows)
            told = rows_loss(pupil.probe, lesson.sight, rows)
            report["talk"], report["told"] = said.item(), told.item()
            loss = said + 0.3 * loss + 0.06 * told
    report["loss"] = loss.item()
    for optimiser in pupil.optimisers:
        optimiser.zero_grad()
        for group in optimiser.param_groups:
            group["lr"] = group["full"] * rate(phase, pupil.step)
    loss.backward()
    nn.utils.clip_grad_norm_([*pupil.model.parameters(), *pupil.probe.parameters()], 1.0)
    for optimiser in pupil.optimisers:
        optimiser.step()
    return report


def run_phase(pupil: Pupil, phase: Phase) -> None:
    """The rest of a phase from where the pupil stands."""
    if not pupil.optimisers:
        pupil.optimisers = optimisers(pupil, phase)
    began, saved, first = time.monotonic(), time.monotonic(), pupil.step
    means: dict[str, float] = {}
    course = Course(f"{SEED}/{phase.name}", phase.batch, phase.mix, phase.talk, phase.beside)
    for lesson in lessons(course, pupil.step, phase.steps):
        for name, value in learn(pupil, phase, lesson).items():
            means[name] = 0.97 * means.get(name, value) + 0.03 * value
        pupil.step += 1
        if pupil.step % 50 == 0:
            pace = (pupil.step - first) / (time.monotonic() - began)
            figures = "  ".join(f"{name} {value:.3f}" for name, value in means.items())
            print(f"{phase.name} {pupil.step}/{phase.steps}  {pace:.2f} steps/s  {figures}", flush=True)
        if time.monotonic() - saved > BETWEEN_SAVES:
            pupil.save(LATEST)
            saved = time.monotonic()


def shortened(phases: tuple[Phase, ...], part: float) -> tuple[Phase, ...]:
    """The phases with so much of their steps."""
    return tuple(replace(phase, steps=round(phase.steps * part)) for phase in phases)


def train(resume: bool, part: float = 1.0) -> None:
    """Learns the vocabulary, runs all phases and writes the two files.

    `resume` goes on from the last checkpoint; `part` takes only so much of every phase.
    """
    torch.set_num_threads(1)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # so that the drawing process ends too
    resume = resume and LATEST.exists()
    if not resume:
        learn_vocabulary().save()
    tokenizer = Tokenizer.load()
    pupil, phases = new_pupil(tokenizer), shortened(PHASES, part)
    if resume:
        pupil.load(LATEST)
    while pupil.phase < len(phases):
        phase = phases[pupil.phase]
        run_phase(pupil, phase)
        pupil.phase, pupil.step, pupil.optimisers = pupil.phase + 1, 0, []
        pupil.save(LATEST)
        pupil.save(CHECKPOINTS / f"after-{phase.name}.pt")
    export(pupil.model, tokenizer)


def export_latest() -> None:
    """Writes the two files from the last checkpoint, wherever training stands."""
    tokenizer = Tokenizer.load()
    pupil = new_pupil(tokenizer)
    pupil.load(LATEST)
    export(pupil.model, tokenizer)
