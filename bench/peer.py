"""The peer: the bindings' own chat handler, as their documentation uses it."""

from __future__ import annotations

import base64
import math
import time
from typing import Any

from llama_cpp import Llama, llama_log_callback, mtmd_cpp
from llama_cpp.llama_chat_format import MTMDChatHandler

from vision.weights import Weights


def _swallow(_level: int, _text: bytes, _data: object) -> None:
    """Keep llama.cpp's log from standing between the tables."""


_SILENCE = llama_log_callback(_swallow)  # llama.cpp keeps it for the process


class Bindings:
    """llama_cpp.Llama with its chat handler for pictures, one thread, everything else as it comes."""

    def __init__(self, weights: Weights) -> None:
        mtmd_cpp.mtmd_log_set(_SILENCE, None)
        mtmd_cpp.mtmd_helper_log_set(_SILENCE, None)
        handler = MTMDChatHandler(clip_model_path=str(weights.projector), verbose=False)
        self._llama = Llama(
            str(weights.model),
            chat_handler=handler,
            n_ctx=2048,
            n_threads=1,
            n_threads_batch=1,
            logits_all=False,
            verbose=False,
        )

    def first_word(self, jpeg: bytes, question: str) -> float:
        """Seconds to the first word of an answer."""
        began = time.perf_counter()
        for chunk in self._ask(jpeg, question, max_tokens=128, stream=True):
            if chunk["choices"][0]["delta"].get("content", "").strip():
                return time.perf_counter() - began
        return math.nan

    def yes_or_no(self, jpeg: bytes, question: str) -> str:
        """The one word that answers a question."""
        answer = self._ask(jpeg, question, max_tokens=1, stream=False)
        return str(answer["choices"][0]["message"]["content"])

    def _ask(self, jpeg: bytes, question: str, **options: Any) -> Any:
        url = f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
        content = [{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": question}]
        return self._llama.create_chat_completion([{"role": "user", "content": content}], temperature=0.0, **options)
