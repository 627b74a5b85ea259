"""The bot in processes of their own, kept up as a service manager would, and killed."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import time
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from bench.lock import ROOT

GROWING = """
from bot.cli import main
from handlers import growing
growing.STANDS_AFTER_S = 0.0
growing._PRIVATE_PACE_S = (0.05,)
main()
"""
"""A bot whose answers count as long from the start."""

LONGEST_PAUSE_S = 1.0
"""A dead bot is started again within this time."""


class Bot:
    """One process of the bot. `fell` counts how often it ended without having been killed or told to stop."""

    def __init__(
        self, name: str, environment: Mapping[str, str], folder: Path, dice: random.Random, *, growing: bool = False
    ) -> None:
        self.name = name
        self._program = ("-c", GROWING) if growing else ("-m", "bot")
        self.fell = 0
        self._environment = {**environment, "PYTHONPATH": str(ROOT)}
        self._folder = folder
        self._dice = dice
        self._log = folder / f"{name.replace(' ', '-')}.log"
        self._process: Process | None = None
        self._up = asyncio.Event()
        self._since = 0.0
        self._expected = False
        self._stopping = False

    async def run(self) -> None:
        """Keep it up until it is told to stop; a cancel kills it."""
        with self._log.open("ab") as log:
            try:
                while not self._stopping:
                    await self._live(log.fileno())
            finally:
                self._signal(signal.SIGKILL)

    async def _live(self, log: int) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, *self._program, "run"), cwd=self._folder, env=self._environment, stdout=log, stderr=log
        )
        self._since, self._expected = time.monotonic(), False
        self._up.set()
        await self._process.wait()
        self._up.clear()
        if not self._expected:
            self.fell += 1
        if not self._stopping:
            await asyncio.sleep(self._dice.uniform(0, LONGEST_PAUSE_S))

    async def up(self) -> None:
        """Until there is a process, if only one that starts."""
        await self._up.wait()

    @property
    def age_s(self) -> float:
        """How long its process has been there."""
        return time.monotonic() - self._since

    async def kill(self) -> None:
        """SIGKILL, and see it gone."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            await self._process.wait()

    def kill_model(self) -> bool:
        """SIGKILL to its model's process; whether there was one."""
        if self._process is None or (pid := model_of(self._process.pid)) is None:
            return False
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        return True

    async def stop(self) -> float:
        """SIGTERM; the seconds until it was gone."""
        began, self._stopping = time.monotonic(), True
        self._signal(signal.SIGTERM)
        if self._process is not None:
            await self._process.wait()
        return time.monotonic() - began

    def _signal(self, number: signal.Signals) -> None:
        self._expected = True
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)

    def complaints(self) -> Counter[str]:
        """What its log holds of level "error", by kind."""
        return Counter(_complaints(self._log))


def _complaints(log: Path) -> Iterator[str]:
    for line in log.read_text("utf-8", "replace").splitlines():
        if line.startswith("{"):
            with suppress(ValueError):
                entry = json.loads(line)
                if entry.get("level") in {"error", "critical"}:
                    yield f"{entry.get('event')} ({entry.get('exception', '').splitlines()[-1:]})"
        elif line.startswith(("Traceback", "✗")):
            yield line


def model_of(pid: int) -> int | None:
    """The process of the model that a bot's process has started."""
    return next((child for child in _children(pid) if b"vision.model.process" in _read(child, "cmdline")), None)


def _children(pid: int) -> Iterator[int]:
    for entry in Path("/proc").glob("[0-9]*"):
        fields = _read(int(entry.name), "stat").rpartition(b")")[2].split()
        if len(fields) > 1 and int(fields[1]) == pid:
            yield int(entry.name)


def _read(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""
