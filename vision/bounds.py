"""What a process may take that decodes anybody's files: memory, computing, and nothing on the disk."""

from __future__ import annotations

import resource
import signal
from contextlib import suppress
from math import ceil
from pathlib import Path
from typing import Final

OUT_OF_MEMORY: Final = 5
"""The status with which such a process ends for want of memory."""

WITHOUT_MEMORY: Final = frozenset({OUT_OF_MEMORY, -signal.SIGKILL})
"""That, and the signal by which a system that has no memory left ends a process."""


def bound(memory_bytes: int) -> None:
    """Allow this process so many bytes of addresses beyond those that it has, no files to write and no core dumps."""
    most = _mapped_bytes() + memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def allow(cpu_s: int) -> None:
    """Have the system end this process (SIGXCPU) when it has computed for so much longer, to the second."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = ceil(used.ru_utime + used.ru_stime) + cpu_s
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))


def _mapped_bytes() -> int:
    """Libraries map more the more processors there are: what they took is not the file's fault."""
    with suppress(OSError):  # no Linux
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    return 0
