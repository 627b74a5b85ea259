"""What is asked of a model, and what comes back while it answers.

One request holds pictures, a conversation to continue, and any number of questions of which only p(yes) is wanted, so
that a picture is encoded once for all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from vision.picture import Picture

Role = Literal["system", "user", "assistant"]
Priority = Literal["interactive", "camera", "batch"]
"""Somebody waits for it; a camera sent it; it may take until the night."""


@dataclass(frozen=True)
class Message:
    """One turn of a conversation. The pictures of a turn stand before its text."""

    role: Role
    text: str
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True)
class Generation:
    """How to write the answer: at temperature 0 the likeliest token is always taken.

    `grammar` (GBNF, from the rule "root") or `json_schema` bounds what may be written; not both. With a `seed` the same
    dice fall again.
    """

    max_tokens: int = 256
    temperature: float = 0.0
    seed: int | None = None
    grammar: str | None = None
    json_schema: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Choice:
    """Which of `labels` answers `question` best. The question is a whole user turn, asked right after the pictures."""

    question: str
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Request:
    """One look: continue `conversation` as `generate` says, and score `questions` and `choices` about `pictures`.

    A question is a whole user turn ("Answer yes or no: …"); each is asked alone, right after the pictures. Without
    `generate` nothing is written; without questions nothing is scored. `chat` names whom it is for, so that chats get
    equal shares; what has waited for longer than `deadline_s` seconds is refused.
    """

    conversation: tuple[Message, ...] = ()
    generate: Generation | None = None
    pictures: tuple[Picture, ...] = ()
    questions: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    chat: str = ""
    priority: Priority = "interactive"
    deadline_s: float | None = None


@dataclass(frozen=True)
class Score:
    """One question answered: `p_yes` is yes against no, `outside` the probability of neither (0–1 both)."""

    question: int
    p_yes: float
    outside: float


@dataclass(frozen=True)
class Ranking:
    """One choice made: for each label the log-probability of it as the whole answer, and p among the labels (sum 1)."""

    choice: int
    log_p: tuple[float, ...]
    p: tuple[float, ...]


@dataclass(frozen=True)
class Delta:
    """The next piece of the answer: whole characters only."""

    text: str


@dataclass(frozen=True)
class Again:
    """The model died and the request was asked anew: forget every earlier score and delta of it."""


@dataclass(frozen=True)
class Usage:
    """What a request cost. `cached_tokens` of the prompts were found in the cache; `pictures_encoded` were new."""

    prompt_tokens: int
    cached_tokens: int
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


Event = Score | Ranking | Delta | Again | Done


@dataclass(frozen=True)
class Shelf:
    """One of the three places where work is kept for later: how full it is, and how often it helped."""

    held_bytes: int
    budget_bytes: int
    hits: int
    misses: int


@dataclass(frozen=True)
class Shelves:
    """What is kept of earlier requests: keys and values in place, the same in host memory, embeddings of pictures."""

    cells: Shelf
    host: Shelf
    embeddings: Shelf
