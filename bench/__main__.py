"""`python -m bench [names...]`: run benchmarks and print their tables as Markdown.

Without a name: those with the tiny weights, and the engine's where its weights and llama-server are built. "engine"
stands for all of the engine's and builds what they need. THREADS sets the compute threads (1), WEIGHTS the shape of the
engine's weights (0.3b), LAYERS how many layers go to a graphics card (0).
"""

from __future__ import annotations

import asyncio
import os
import platform
import sys
from collections.abc import Awaitable, Callable

from bench.field import Field, field
from bench.first_word import first_word
from bench.follow_up import follow_up_table
from bench.limit import limit_table
from bench.questions import question_table
from bench.rig import Rig
from bench.server_build import BINARY, llama_server
from bench.source import BUILD
from bench.together import together_table
from bench.weights import random_weights, written
from vision.weights import tiny_weights

SHAPE = os.environ.get("WEIGHTS", "0.3b")
FOLDER = BUILD / "weights"
ON_TINY = ("first_word", "tiny_questions")
ENGINE: dict[str, Callable[[Field], Awaitable[str]]] = {
    "questions": lambda up: question_table(up, (1, 8, 32, 100, 1000), f"One photo, N questions, {SHAPE}"),
    "follow_up": lambda up: follow_up_table(up, f"First token of a follow-up question, {SHAPE}"),
    "together": lambda up: together_table(up, f"Eight descriptions of eight pictures, 64 tokens each, {SHAPE}"),
    "limit": lambda up: limit_table(up, f"A hundred questions against the processor's limit, {SHAPE}"),
}


async def main(names: list[str]) -> None:
    """The named benchmarks, one after another: they must not disturb each other."""
    wanted = _wanted(names)
    machine = f"{_processor()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    print(f"{machine}, {_threads()} compute thread(s), load before it {os.getloadavg()[0]:.1f}\n", flush=True)
    if "first_word" in wanted:
        print(await first_word(), flush=True)
    if "tiny_questions" in wanted:
        async with field(Rig(tiny_weights()), servers=BINARY.exists()) as up:
            print(await question_table(up, (1, 8, 32, 100), "One photo, N questions, tiny weights"), flush=True)
    await _engine([name for name in wanted if name in ENGINE])


async def _engine(names: list[str]) -> None:
    if not names:
        return
    llama_server()
    rig = Rig(random_weights(SHAPE, FOLDER), _threads(), int(os.environ.get("LAYERS", "0")))
    async with field(rig, servers=True) as up:
        for name in names:
            print(await ENGINE[name](up), flush=True)


def _wanted(names: list[str]) -> list[str]:
    if strange := set(names) - {"engine", *ON_TINY, *ENGINE}:
        raise SystemExit(
            f"there is no benchmark {', '.join(strange)}: there are engine, {', '.join((*ON_TINY, *ENGINE))}"
        )
    if names:
        return [each for name in names for each in (ENGINE if name == "engine" else (name,))]
    return [*ON_TINY, *(ENGINE if BINARY.exists() and written(SHAPE, FOLDER) else ())]


def _threads() -> int:
    return int(os.environ.get("THREADS", "1"))


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as lines:  # noqa: PTH123
            return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
