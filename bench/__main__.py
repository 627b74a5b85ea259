"""`python -m bench`: run the benchmarks and print their tables as Markdown."""

from __future__ import annotations

import asyncio
import os
import platform

from bench.first_word import first_word
from bench.questions import questions


async def main() -> None:
    """Every benchmark, one after another: they must not disturb each other."""
    machine = f"{_processor()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    print(f"{machine}, one compute thread\n")

    for benchmark in (first_word, questions):
        print(await benchmark(), flush=True)


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as lines:  # noqa: PTH123
            return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


asyncio.run(main())
