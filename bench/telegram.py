"""A Telegram to measure against: the sandbox in a process of its own, and people in it."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bench.lock import ROOT
from sandbox.driver import Driver


@dataclass(frozen=True, slots=True)
class Telegram:
    """Where it is, its bot's token, and people who read English, each in a private chat."""

    url: str
    token: str
    people: tuple[Driver, ...]


@asynccontextmanager
async def telegram(folder: Path, *, people: int) -> AsyncIterator[Telegram]:
    """Start it in `folder`, where nothing is kept."""
    command = (sys.executable, "-m", "sandbox", "--port", "0")
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=PIPE
    )
    try:
        assert process.stdout
        url, token = [(await process.stdout.readline()).decode().rsplit(maxsplit=1)[-1] for _ in range(2)]
        async with Driver(url) as ada:
            yield Telegram(url, token, tuple([ada.as_person(person) for person in await _meet(url, people)]))
    finally:
        process.terminate()
        await process.wait()


async def _meet(url: str, people: int) -> list[int]:
    """The ids of new people."""
    async with aiohttp.ClientSession(url) as session:
        return [await _add(session, f"Person {number}") for number in range(1, people + 1)]


async def _add(session: aiohttp.ClientSession, name: str) -> int:
    async with session.post("/api/people", json={"first_name": name, "language_code": "en"}) as response:
        return int((await response.json())["id"])
