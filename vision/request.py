"""What is asked of a model, and what comes back while it answers.

One request holds pictures, a conversation to continue, and any number of questions of which only p(yes) is wanted, so
that a picture is encoded once for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vision.picture import Picture

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True)
class Message:
    """One turn of a conversation. The pictures of a turn stand before its text."""

    role: Role
    text: str
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True)
class Generation:
    """How to write the answer: at temperature 0 the likeliest token is always taken."""

    max_tokens: int = 256
    temperature: float = 0.0


@dataclass(frozen=True)
class Request:
    """One look: continue `conversation` as `generate` says, and score each of `questions` about `pictures`.

    A question is a whole user turn ("Answer yes or no: …"); each is asked alone, right after the pictures. Without
    `generate` nothing is written; without questions nothing is scored.
    """

    conversation: tuple[Message, ...] = ()
    generate: Generation | None = None
    pictures: tuple[Picture, ...] = ()
    questions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Score:
    """One question answered: `p_yes` is yes against no, `outside` the probability of neither (0–1 both)."""

    question: int
    p_yes: float
    outside: float


@dataclass(frozen=True)
class Delta:
    """The next piece of the answer: whole characters only."""

    text: str


@dataclass(frozen=True)
class Again:
    """The model died and the request was asked anew: forget every earlier score and delta of it."""


@dataclass(frozen=True)
class Usage:
    """What a request cost. Pictures whose embeddings were still at hand do not count as encoded."""

    prompt_tokens: int
    generated_tokens: int
    pictures_encoded: int


@dataclass(frozen=True)
class Timings:
    """Where a request's time went, in seconds, measured where the model runs; `first_token_s` counts from its start."""

    encode_s: float
    prefill_s: float
    score_s: float
    first_token_s: float
    generate_s: float


@dataclass(frozen=True)
class Done:
    """The last event: the model ended its answer ("stop") or ran out of tokens ("length")."""

    reason: Literal["stop", "length"]
    usage: Usage
    timings: Timings


Event = Score | Delta | Again | Done
