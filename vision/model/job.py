"""A request under way in the model's process, from its arrival to its last event."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Literal

from vision.model.album import Part, Seen
from vision.model.context import Embeddings
from vision.model.prompt import Prompts
from vision.model.sampler import Sampler
from vision.model.scheduler import Standing
from vision.model.stage import Stage
from vision.model.units import PictureUnit
from vision.request import Request, Timings, Usage


@dataclass
class Tally:
    """What one request has taken so far; times in seconds."""

    prompt_tokens: int = 0
    cached_tokens: int = 0
    generated_tokens: int = 0
    encoded: set[str] = field(default_factory=set)
    encode_s: float = 0.0
    prefill_s: float = 0.0
    score_s: float = 0.0
    first_token_s: float = 0.0
    generate_s: float = 0.0
    reason: Literal["stop", "length"] = "stop"

    @property
    def usage(self) -> Usage:
        """What it cost."""
        return Usage(self.prompt_tokens, self.cached_tokens, self.generated_tokens, len(self.encoded))

    @property
    def timings(self) -> Timings:
        """Where its time went."""
        return Timings(self.encode_s, self.prefill_s, self.score_s, self.first_token_s, self.generate_s)


@dataclass(eq=False)
class Job:
    """One request: what it asks, its stages still to come, and the embeddings that it waited for.

    It is `laid_out` in stages when all its pictures have been looked at.
    """

    standing: Standing
    request: Request
    prompts: Prompts
    sampler: Sampler | None = None
    laid_out: bool = False
    seen: dict[str, Seen] = field(default_factory=dict)
    stages: deque[Stage] = field(default_factory=deque)
    cells: int = 0
    running: bool = False
    embeddings: dict[Part, Embeddings] = field(default_factory=dict)
    looked_for: set[Part] = field(default_factory=set)
    tally: Tally = field(default_factory=Tally)
    opened: float = 0.0
    reached: float = 0.0

    @property
    def number(self) -> int:
        """Its number between the processes."""
        return self.standing.number

    @property
    def stage(self) -> Stage:
        """What it is at."""
        return self.stages[0]

    def awaits(self, digest: str) -> bool:
        """Whether it cannot go on to its end without this picture's embeddings."""
        units = (unit for stage in self.stages for unit in stage.missing)
        return not self.laid_out or any(isinstance(unit, PictureUnit) and unit.digest == digest for unit in units)
