"""The engine's benchmarks on random weights in the shape of a real LLaVA, beside the bindings and llama-server."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Sequence

import structlog

from bench.field import Field, field
from bench.follow_up import follow_up_table
from bench.limit import limit_table
from bench.questions import question_table
from bench.rig import Rig
from bench.server_build import llama_server
from bench.source import BUILD
from bench.together import together_table
from bench.weights import random_weights
from bench.words import word_table

FOLDER = BUILD / "weights"
ENGINE: dict[str, Callable[[Field, str], Awaitable[str]]] = {
    "words": lambda up, shape: word_table(up, f"Photo to first and to last word, {shape}"),
    "questions": lambda up, shape: question_table(up, (1, 8, 32, 100, 1000), f"One photo, N questions, {shape}"),
    "follow_up": lambda up, shape: follow_up_table(up, f"First token of a follow-up question, {shape}"),
    "together": lambda up, shape: together_table(up, f"Eight descriptions of eight pictures, 64 tokens each, {shape}"),
    "limit": lambda up, shape: limit_table(up, f"A hundred questions against the limit of plain prefill, {shape}"),
}


async def engine(shape: str, names: Sequence[str], *, threads: int, gpu_layers: int) -> None:
    """Print the tables of the named benchmarks; builds llama-server and writes the weights where they are missing."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    llama_server()
    rig = Rig(random_weights(shape, FOLDER), threads, gpu_layers)
    async with field(rig, servers=True) as up:
        for name in names:
            print(await ENGINE[name](up, shape), flush=True)
