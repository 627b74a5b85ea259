"""What a piece of work costs: seconds that pass, and seconds of processor in the process that computes."""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import NamedTuple

_TICKS = os.sysconf("SC_CLK_TCK")


class Cost(NamedTuple):
    """Seconds; the processor's count in steps of 10 ms."""

    wall: float
    cpu: float


async def cost(work: Awaitable[object], pids: tuple[int, ...]) -> Cost:
    """The cost of a piece of work that these processes do."""
    began, used = time.perf_counter(), sum(map(cpu_seconds, pids))
    await work
    return Cost(time.perf_counter() - began, sum(map(cpu_seconds, pids)) - used)


def cpu_seconds(pid: int) -> float:
    """The processor time that a process has used since its start, all its threads together (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
