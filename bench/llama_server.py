"""llama-server, asked over HTTP as its documentation says, in the settings that suit it best."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from bench.contender import Writing
from bench.rig import Rig
from bench.server_build import BINARY

_SLOT_TOKENS = 1024  # a picture, a question and an answer
_START_S = 600


@dataclass(frozen=True)
class Setting:
    """How many requests are answered at once, and whether they share one cache."""

    slots: int
    unified: bool = False

    @property
    def name(self) -> str:
        """For the tables."""
        if self.slots == 1:
            return "llama-server, one after another"
        return f"llama-server, {self.slots} at once{', one cache' if self.unified else ''}"


WARM_SLOT, EIGHT, EIGHT_UNIFIED = Setting(1), Setting(8), Setting(8, unified=True)


class LlamaServer:
    """A running server. Questions are asked as many at once as it has slots."""

    def __init__(self, setting: Setting, http: aiohttp.ClientSession, pid: int) -> None:
        self.name, self.at_once = setting.name, setting.slots
        self.pids = (pid,)
        self._http = http
        self._slots = asyncio.Semaphore(setting.slots)

    async def questions(self, jpeg: bytes, asked: tuple[str, ...]) -> None:
        """One request each, of which the first word is the answer."""
        await asyncio.gather(*(self._one(jpeg, question) for question in asked))

    async def _one(self, jpeg: bytes, question: str) -> None:
        async with self._slots, self._http.post("/v1/chat/completions", json=_body(jpeg, question, 1)) as reply:
            await reply.read()

    async def write(self, jpeg: bytes, question: str, tokens: int) -> Writing:
        """One streamed request; what is more than the slots waits in the server."""
        began, pieces = time.perf_counter(), []
        usage: dict[str, Any] = {}
        body = _body(jpeg, question, tokens) | {"stream": True, "stream_options": {"include_usage": True}}
        async with self._http.post("/v1/chat/completions", json=body) as reply:
            async for chunk in _chunks(reply):
                if any(choice["delta"].get("content") for choice in chunk["choices"]):
                    pieces.append(time.perf_counter() - began)
                usage = chunk.get("usage") or usage
        details = usage.get("prompt_tokens_details", {})
        return Writing(pieces, usage.get("prompt_tokens", 0), details.get("cached_tokens", 0))


@asynccontextmanager
async def llama_server(rig: Rig, setting: Setting) -> AsyncIterator[LlamaServer]:
    """A server, up, and ended afterwards."""
    port = _free_port()
    process = await asyncio.create_subprocess_exec(
        str(BINARY),
        *_arguments(rig, setting, port),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    patience = aiohttp.ClientTimeout(total=None, sock_read=None)
    try:
        async with aiohttp.ClientSession(
            f"http://127.0.0.1:{port}",
            connector=aiohttp.TCPConnector(force_close=True),  # the server ends a connection after a stream
            timeout=patience,
            raise_for_status=True,
        ) as http:
            await _up(http, process)
            yield LlamaServer(setting, http, process.pid)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def _arguments(rig: Rig, setting: Setting, port: int) -> list[str]:
    """Prompts are cached in the slots, and beyond them in as much host memory as our engine gets.

    On a processor its flash attention makes a question twice as expensive.
    """
    threads, slots, memory = str(rig.threads), str(setting.slots), str(rig.host_cache_bytes >> 20)
    files = ["-m", str(rig.weights.model), "--mmproj", str(rig.weights.projector)]
    shape = ["-c", str(setting.slots * _SLOT_TOKENS), "-np", slots, "-kvu" if setting.unified else "-no-kvu"]
    place = ["-ngl", str(rig.gpu_layers if rig.gpu_layers >= 0 else 999), "-fa", "auto" if rig.gpu_layers else "off"]
    return [
        *files,
        *shape,
        *place,
        "-t",
        threads,
        "-tb",
        threads,
        "--cache-ram",
        memory,
        "--port",
        str(port),
        "--no-ui",
    ]


async def _up(http: aiohttp.ClientSession, process: asyncio.subprocess.Process) -> None:
    """Wait until the server has loaded."""
    for _ in range(10 * _START_S):
        if process.returncode is not None:
            raise SystemExit(f"llama-server ended at its start with {process.returncode}")
        try:
            async with http.get("/health", raise_for_status=False) as reply:
                if reply.status == 200:
                    return
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(0.1)
    raise SystemExit("llama-server does not come up")


async def _chunks(reply: aiohttp.ClientResponse) -> AsyncIterator[dict[str, Any]]:
    """The events of a streamed reply."""
    async for line in reply.content:
        data = line.decode().strip().removeprefix("data: ")
        if data.startswith("{"):
            yield json.loads(data)


def _body(jpeg: bytes, question: str, tokens: int) -> dict[str, Any]:
    """The line's end before the question is the one that our engine writes after a picture."""
    url = f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
    content = [{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": f"\n{question}"}]
    message = {"role": "user", "content": content}
    return {"messages": [message], "max_tokens": tokens, "temperature": 0.0, "cache_prompt": True}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
