"""The plain way to answer: one prompt at a time in one sequence, all of it computed anew, token after token.

Nothing is shared, kept or batched, and of the engine only the prompt's wording and tokens are used. What the engine
says is right where it says the same.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import llama_cpp
import numpy as np
from llama_cpp import mtmd_cpp
from numpy.typing import NDArray

from vision.model.native import Model
from vision.model.template import ChatTemplate, Sight
from vision.model.vocabulary import Vocabulary
from vision.picture import Picture
from vision.request import Message
from vision.weights import Weights

_CONTEXT, _STEP = 4096, 512

Logits = NDArray[np.float32]


@dataclass(frozen=True)
class Written:
    """An answer: its text, whether it ended by itself, and for each token its text and how far the next best lay."""

    text: str
    ended: bool
    pieces: tuple[bytes, ...]
    gaps: tuple[float, ...]


class Plain:
    """A model and a projector on one thread, with the engine's settings where they move the numbers."""

    def __init__(self, weights: Weights) -> None:
        self._model = model = Model(weights.model, gpu_layers=0, plain=False, on_load=lambda *_: True)
        self._vocabulary = vocabulary = Vocabulary(model)
        begin, end = vocabulary.spelled(model.begin), vocabulary.spelled(model.end)
        self._template = ChatTemplate(model.chat_template, vocabulary.controls, begin=begin, end=end)
        params = llama_cpp.llama_context_default_params()
        params.n_ctx, params.n_batch, params.n_ubatch = _CONTEXT, _STEP, _STEP
        params.n_threads = params.n_threads_batch = 1
        params.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_AUTO
        self._context = llama_cpp.llama_init_from_model(model.handle, params)
        self._eye = _eye(weights, model)

    def close(self) -> None:
        """Give the memory back."""
        mtmd_cpp.mtmd_free(self._eye)
        llama_cpp.llama_free(self._context)

    def verdict(self, question: str, pictures: tuple[Picture, ...]) -> tuple[float, float]:
        """p(yes) and the probability of neither, for a question asked alone."""
        return self._vocabulary.verdict(self._after([Message("user", question, pictures)]))

    def write(self, conversation: Sequence[Message], max_tokens: int) -> Written:
        """The likeliest answer."""
        logits = self._after(conversation)
        transcript, texts = self._vocabulary.transcript(), []
        pieces: list[bytes] = []
        gaps: list[float] = []
        while not self._model.ends(token := int(logits.argmax())) and len(pieces) < max_tokens:
            best = np.partition(logits, -2)[-2:]
            gaps.append(float(best[1] - best[0]))
            pieces.append(self._model.piece(token))
            texts.append(transcript.add(token))
            logits = self._tokens([token])
        return Written("".join(texts), len(pieces) < max_tokens, tuple(pieces), tuple(gaps))

    def _after(self, conversation: Sequence[Message]) -> Logits:
        """The logits behind a prompt."""
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self._context), True)
        self._place = 0
        pictures = [picture for message in conversation for picture in message.pictures]
        units = self._vocabulary.tokens(self._template.parts(conversation))
        for seen, group in groupby(units, key=lambda unit: isinstance(unit, Sight)):
            if seen:
                for sight in group:
                    self._picture(pictures[sight.picture])  # type: ignore[union-attr]
            else:
                logits = self._tokens(list(group))  # type: ignore[arg-type]
        return logits

    def _tokens(self, tokens: list[int]) -> Logits:
        for begin in range(0, len(tokens), _STEP):
            step = tokens[begin : begin + _STEP]
            held = (llama_cpp.llama_token * len(step))(*step)
            _succeed(llama_cpp.llama_decode(self._context, llama_cpp.llama_batch_get_one(held, len(step))))
        self._place += len(tokens)
        pointer = llama_cpp.llama_get_logits_ith(self._context, -1)
        return np.ctypeslib.as_array(pointer, (self._model.vocab_size,)).copy()

    def _picture(self, picture: Picture) -> None:
        """One picture, encoded and computed by mtmd's own helper."""
        pixels = (ctypes.c_uint8 * len(picture.rgb)).from_buffer_copy(picture.rgb)
        bitmap = mtmd_cpp.mtmd_bitmap_init(picture.width, picture.height, pixels)
        chunks = mtmd_cpp.mtmd_input_chunks_init()
        try:
            marker = mtmd_cpp.mtmd_default_marker()
            text = mtmd_cpp.mtmd_input_text(marker, len(marker), False, True)
            bitmaps = (mtmd_cpp.mtmd_bitmap_p_ctypes * 1)(bitmap)
            _succeed(mtmd_cpp.mtmd_tokenize(self._eye, chunks, ctypes.byref(text), bitmaps, 1))
            place = llama_cpp.llama_pos(self._place)
            _succeed(self._eval(chunks, place))
            self._place = place.value
        finally:
            mtmd_cpp.mtmd_input_chunks_free(chunks)
            mtmd_cpp.mtmd_bitmap_free(bitmap)

    def _eval(self, chunks: Any, place: Any) -> int:
        into = (self._eye, self._context, chunks)
        return int(mtmd_cpp.mtmd_helper_eval_chunks(*into, place, 0, _STEP, False, ctypes.byref(place)))


def _eye(weights: Weights, model: Model) -> Any:
    mtmd_cpp.mtmd_log_set(model.log.callback, None)
    mtmd_cpp.mtmd_helper_log_set(model.log.callback, None)
    params = mtmd_cpp.mtmd_context_params_default()
    params.use_gpu, params.n_threads, params.warmup, params.print_timings = False, 1, False, False
    params.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
    eye = mtmd_cpp.mtmd_init_from_file(bytes(weights.projector or b""), model.handle, params)
    if not eye:
        raise RuntimeError(f"the projector of {weights.model} cannot be loaded: {model.log.last()}")
    return eye


def _succeed(code: int) -> None:
    if code:
        raise RuntimeError(f"llama.cpp refused a step ({code})")
