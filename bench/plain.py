"""The plain way to answer: one prompt at a time in one sequence, all of it computed anew, token after token.

Nothing is shared, kept or batched, and of the engine only the prompt's wording and tokens are used. What the engine
says is right where it says the same.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import llama_cpp
import numpy as np
from llama_cpp import mtmd_cpp
from numpy.typing import NDArray

from vision.model.native import Model
from vision.model.sampler import Sampler
from vision.model.template import ChatTemplate, Sight
from vision.model.units import common_length
from vision.model.vocabulary import Vocabulary
from vision.picture import Picture
from vision.request import Choice, Generation, Message
from vision.weights import Weights

_CONTEXT, _STEP = 4096, 512

Logits = NDArray[np.float32]


@dataclass(frozen=True)
class Written:
    """An answer: its text, and for each token (its end, too) how far the next best that was allowed lay behind."""

    text: str
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

    def ranking(self, choice: Choice, pictures: tuple[Picture, ...]) -> tuple[float, ...]:
        """p of each label among all of them, from the probability that it is the whole answer."""
        asked = Message("user", choice.question, pictures)
        alone = self._units([asked])
        whole = [self._units([asked, Message("assistant", label)], begun=True) for label in choice.labels]
        # What the question's own end and a label's beginning have in common is said of none or all of the labels.
        begin = min(common_length(alone, units) for units in whole)
        log_p = np.array([self._log_p(units, begin, [*pictures]) for units in whole])
        shares = np.exp(log_p - log_p.max())
        return tuple((shares / shares.sum()).tolist())

    def _log_p(self, units: list[int | Sight], begin: int, pictures: list[Picture]) -> float:
        logits, total = self._computed(units[:begin], pictures), 0.0
        for token in units[begin:]:
            if isinstance(token, Sight):
                raise TypeError("a label holds no picture")
            total += float(self._vocabulary.log_chances(logits)[token])
            logits = self._tokens([token])
        return total + self._vocabulary.log_ends(self._vocabulary.log_chances(logits))

    def write(self, conversation: Sequence[Message], generate: Generation) -> Written:
        """The likeliest answer within its bounds."""
        logits = self._after(conversation)
        transcript, texts = self._vocabulary.transcript(), []
        pieces: list[bytes] = []
        gaps: list[float] = []
        sampler = Sampler(replace(generate, temperature=0.0), self._model)
        while len(pieces) < generate.max_tokens:
            token, gap = _choose(sampler, logits)
            gaps.append(gap)
            if self._model.ends(token):
                break
            pieces.append(self._model.piece(token))
            texts.append(transcript.add(token))
            logits = self._tokens([token])
        return Written("".join(texts), tuple(pieces), tuple(gaps))

    def _after(self, conversation: Sequence[Message]) -> Logits:
        """The logits behind a prompt."""
        pictures = [picture for message in conversation for picture in message.pictures]
        return self._computed(self._units(conversation), pictures)

    def _units(self, conversation: Sequence[Message], *, begun: bool = False) -> list[int | Sight]:
        return self._vocabulary.tokens(self._template.parts(conversation, begun=begun))

    def _computed(self, units: Sequence[int | Sight], pictures: Sequence[Picture]) -> Logits:
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self._context), True)
        self._place = 0
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


def _choose(sampler: Sampler, logits: Logits) -> tuple[int, float]:
    """The next token, and how much more likely it was than what would have been chosen in its place."""
    other = copy(sampler)
    token = sampler.choose(logits)
    without = logits.copy()
    without[token] = -np.inf
    second = other.choose(without)
    return token, float("inf") if second == token else float(logits[token] - logits[second])


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
