"""What is measured side by side: ours, the bindings, llama-server."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Writing(NamedTuple):
    """An answer as it was written: when each piece of it came, in seconds from the asking, and from how many tokens."""

    pieces: list[float]
    prompt_tokens: int
    cached_tokens: int

    @property
    def first_s(self) -> float:
        """When the first piece came."""
        return self.pieces[0]


class Contender(Protocol):
    """A model with pictures, up and running. Pictures are JPEG files, each request brings its own."""

    name: str
    at_once: int
    """How many answers it writes side by side."""

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes whose processor time counts."""

    async def questions(self, jpeg: bytes, asked: tuple[str, ...]) -> None:
        """Have all these yes/no questions about one picture answered, as fast as the contender can."""

    async def write(self, jpeg: bytes, question: str, tokens: int) -> Writing:
        """Have an answer of so many tokens written at temperature 0. May be asked several times at once."""
