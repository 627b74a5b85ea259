"""The bindings' own chat handler, as their documentation uses it, in a process of its own."""

from __future__ import annotations

import asyncio
import base64
import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

from llama_cpp import Llama, llama_log_callback, mtmd_cpp
from llama_cpp.llama_chat_format import MTMDChatHandler

from bench.contender import Writing
from bench.cost import Cost
from bench.rig import Rig

_ROWS = 512  # one compute step
_here: list[Llama] = []  # in the process that holds the model


class Bindings:
    """One call a question; calls at once wait for one another."""

    def __init__(self, pool: ProcessPoolExecutor, pid: int) -> None:
        self.name, self.at_once = "bindings", 1
        self.pids = (pid,)
        self._pool = pool

    async def questions(self, jpeg: bytes, asked: tuple[str, ...]) -> None:
        """One call each, of which the first word is the answer."""
        for question in asked:
            await self.write(jpeg, question, 1)

    async def write(self, jpeg: bytes, question: str, tokens: int) -> Writing:
        """One call. The wait for the calls before it counts."""
        written: Writing = await self._call(_write, jpeg, question, tokens, time.perf_counter())
        return written

    async def row(self) -> Cost:
        """What a token costs at best in plain prefill: 512 of them in one step, the best of some tries."""
        return Cost(*await self._call(_row))

    async def tokens(self, text: str) -> list[int]:
        """The tokens of a text."""
        return list(await self._call(_tokens, text))

    async def _call(self, function: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._pool, function, *arguments)


@contextmanager
def bindings(rig: Rig) -> Iterator[Bindings]:
    """The bindings, up."""
    with ProcessPoolExecutor(1, get_context("spawn"), initializer=_load, initargs=(rig,)) as pool:
        yield Bindings(pool, pool.submit(os.getpid).result())


def _load(rig: Rig) -> None:
    mtmd_cpp.mtmd_log_set(_SILENCE, None)
    mtmd_cpp.mtmd_helper_log_set(_SILENCE, None)
    handler = MTMDChatHandler(clip_model_path=str(rig.weights.projector), verbose=False, use_gpu=rig.gpu_layers != 0)
    llama = Llama(
        str(rig.weights.model),
        chat_handler=handler,
        n_ctx=2048,
        n_batch=_ROWS,
        n_threads=rig.threads,
        n_threads_batch=rig.threads,
        n_gpu_layers=rig.gpu_layers,
        logits_all=False,
        verbose=False,
    )
    _here.append(llama)


def _swallow(_level: int, _text: bytes, _data: object) -> None:
    """Keep llama.cpp's log from standing between the tables."""


_SILENCE = llama_log_callback(_swallow)  # llama.cpp keeps it for the process


def _write(jpeg: bytes, question: str, tokens: int, began: float) -> Writing:
    """Clocks of processes on one machine agree (CLOCK_MONOTONIC)."""
    chunks = (chunk["choices"][0]["delta"] for chunk in _chunks(jpeg, question, tokens))
    pieces = [time.perf_counter() - began for delta in chunks if delta.get("content")]
    return Writing(pieces, _here[0].n_tokens - max(len(pieces) - 1, 0), 0)


def _chunks(jpeg: bytes, question: str, tokens: int) -> Any:
    """The line's end before the question is the one that our engine writes after a picture."""
    url = f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
    content = [{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": f"\n{question}"}]
    messages: Any = [{"role": "user", "content": content}]
    return _here[0].create_chat_completion(messages, temperature=0.0, max_tokens=tokens, stream=True)


def _row(tries: int = 5) -> tuple[float, ...]:
    tokens, costs = list(range(300, 300 + _ROWS)), []
    for _ in range(tries):
        _here[0].reset()
        wall, cpu = time.perf_counter(), time.process_time()
        _here[0].eval(tokens)
        costs.append(((time.perf_counter() - wall) / _ROWS, (time.process_time() - cpu) / _ROWS))
    return tuple(map(min, zip(*costs, strict=True)))


def _tokens(text: str) -> list[int]:
    return list(_here[0].tokenize(text.encode(), add_bos=False))
