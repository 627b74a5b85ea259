"""`python -m bench [names...]`: run benchmarks and print their tables as Markdown.

Without a name: those with the tiny weights, and the engine's where its weights and llama-server are built. "engine"
stands for all of the engine's and builds what they need. THREADS sets the compute threads (1), WEIGHTS the shape of the
engine's weights (0.3b), LAYERS how many layers go to a graphics card (0), PICTURES how many the watches are shown
before somebody says what was right, and after it (500 each).
"""

from __future__ import annotations

import asyncio
import os
import platform
import sys

from bench.engine import ENGINE, FOLDER, engine
from bench.field import field
from bench.first_word import first_word
from bench.intake import intake
from bench.questions import question_table
from bench.rig import Rig
from bench.server_build import BINARY
from bench.watches.cost import watch_cost
from bench.watches.quality import quality
from bench.weights import random_weights, written
from vision.weights import tiny_weights

SHAPE = os.environ.get("WEIGHTS", "0.3b")
ON_TINY = ("first_word", "tiny_questions", "intake", "watches", "watch_cost")


async def main(names: list[str]) -> None:
    """The named benchmarks, one after another: they must not disturb each other."""
    wanted = _wanted(names)
    machine = f"{_processor()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    print(f"{machine}, {_threads()} compute thread(s), load before it {os.getloadavg()[0]:.1f}\n", flush=True)
    if "first_word" in wanted:
        print(await first_word(), flush=True)
    if "intake" in wanted:
        print(await intake(), flush=True)
    if "tiny_questions" in wanted:
        async with field(Rig(tiny_weights()), servers=BINARY.exists()) as up:
            print(await question_table(up, (1, 8, 32, 100), "One photo, N questions, tiny weights"), flush=True)
    if "watches" in wanted:
        print(await quality(int(os.environ.get("PICTURES", "500")), threads=_threads()), flush=True)
    if "watch_cost" in wanted:
        await _watch_cost()
    if chosen := [name for name in wanted if name in ENGINE]:
        await engine(SHAPE, chosen, threads=_threads(), gpu_layers=int(os.environ.get("LAYERS", "0")))


async def _watch_cost() -> None:
    """With the tiny weights, and with the engine's where these are built."""
    tiny = Rig(tiny_weights(), _threads())
    print(await watch_cost(tiny, name="tiny weights", rounds=9, knowing=True), flush=True)
    if written(SHAPE, FOLDER):
        random = Rig(random_weights(SHAPE, FOLDER), _threads())
        print(await watch_cost(random, name=f"random weights, {SHAPE}", rounds=3, knowing=False), flush=True)


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
