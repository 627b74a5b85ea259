"""A model run the plain way: one sequence, one request at a time, from an empty cache, pictures by mtmd's own helper.

Slow and simple on purpose: what the engine says is compared with it. Only the prompt's tokens come from the same code.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import llama_cpp
import numpy as np
import numpy.typing as npt
from llama_cpp import mtmd_cpp

from vision.model.native import Model
from vision.model.template import ChatTemplate
from vision.model.vocabulary import Vocabulary
from vision.picture import Picture
from vision.request import Message
from vision.weights import Weights

CELLS, ROWS = 8192, 2048
TIE = 0.02
"""Logits no further apart may come out in either order: kernels round differently for batches of other sizes."""
Logits = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Verdict:
    """What a question was answered with."""

    p_yes: float
    outside: float


class Plain:
    """A pair of files, loaded."""

    def __init__(self, weights: Weights) -> None:
        assert weights.projector
        self.model = Model(weights.model, gpu_layers=0, plain=True, on_load=lambda *_: True)
        self.vocabulary = Vocabulary(self.model)
        begin, end = (self.vocabulary.spelled(token) for token in (self.model.begin, self.model.end))
        self.template = ChatTemplate(self.model.chat_template, self.vocabulary.controls, begin=begin, end=end)
        mtmd_cpp.mtmd_log_set(self.model.log.callback, None)
        mtmd_cpp.mtmd_helper_log_set(self.model.log.callback, None)
        sees = mtmd_cpp.mtmd_context_params_default()
        sees.use_gpu, sees.print_timings, sees.warmup, sees.n_threads = False, False, False, 1
        sees.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
        self._eye = mtmd_cpp.mtmd_init_from_file(bytes(weights.projector), self.model.handle, sees)
        computes = llama_cpp.llama_context_default_params()
        computes.n_ctx, computes.n_batch, computes.n_ubatch = CELLS, ROWS, ROWS
        computes.n_threads = computes.n_threads_batch = 1
        computes.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
        self._context = llama_cpp.llama_init_from_model(self.model.handle, computes)
        assert self._eye
        assert self._context
        self._end = 0
        self.chunks = 0  # of the last picture

    def close(self) -> None:
        """Give the memory back."""
        llama_cpp.llama_free(self._context)
        mtmd_cpp.mtmd_free(self._eye)
        llama_cpp.llama_model_free(self.model.handle)

    def judge(self, pictures: Sequence[Picture], question: str) -> Verdict:
        """What the model says to one question about pictures."""
        return Verdict(*self.vocabulary.verdict(self._begin([Message("user", question, tuple(pictures))])))

    def answers(self, conversation: Sequence[Message], most: int) -> set[str]:
        """The next turn in so many tokens at most, the likeliest each time: one text, or more where two of them tie."""
        found: set[str] = set()
        paths: list[list[int]] = [[]]
        while paths:
            path = paths.pop()
            logits = self._begin(conversation)
            for token in path:
                logits = self._read([token])
            while len(path) < most and not (path and self.model.ends(path[-1])):
                best = int(logits.argmax())
                paths += [[*path, int(other)] for other in np.flatnonzero(logits > logits[best] - TIE) if other != best]
                path.append(best)
                logits = self._read([best])
            transcript = self.vocabulary.transcript()
            found.add("".join(transcript.add(token) for token in path))
        return found

    def tokens(self, text: str, picture: Picture) -> list[int]:
        """What mtmd makes of a prompt that it trusts, with a picture at "<__media__>" whose cells are -1."""
        data = text.encode()
        trusted = mtmd_cpp.mtmd_input_text(text=data, text_len=len(data), add_special=False, parse_special=True)
        with _bitmap(picture) as bitmap, _chunks() as chunks:
            bitmaps = (mtmd_cpp.mtmd_bitmap_p_ctypes * 1)(bitmap)
            assert mtmd_cpp.mtmd_tokenize(self._eye, chunks, ctypes.byref(trusted), bitmaps, 1) == 0
            found = [mtmd_cpp.mtmd_input_chunks_get(chunks, n) for n in range(mtmd_cpp.mtmd_input_chunks_size(chunks))]
            return [token for chunk in found for token in _tokens(chunk)]

    def _begin(self, conversation: Sequence[Message]) -> Logits:
        """The logits after a whole prompt, from an empty cache."""
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self._context), True)
        self._end = 0
        pictures = [picture for message in conversation for picture in message.pictures]
        words: list[int] = []
        for token in self.vocabulary.tokens(self.template.parts(conversation)):
            if isinstance(token, int):
                words.append(token)
            else:
                self._read(words)
                self._look(pictures[token.picture])
                words = []
        return self._read(words)

    def _read(self, tokens: Sequence[int]) -> Logits:
        if not tokens:
            return np.zeros(0, np.float32)
        batch = llama_cpp.llama_batch_init(len(tokens), 0, 1)
        batch.n_tokens = len(tokens)
        for row, token in enumerate(tokens):
            batch.token[row], batch.pos[row] = token, self._end + row
            batch.n_seq_id[row], batch.seq_id[row][0] = 1, 0
            batch.logits[row] = row == len(tokens) - 1
        assert llama_cpp.llama_decode(self._context, batch) == 0
        self._end += len(tokens)
        logits = np.ctypeslib.as_array(llama_cpp.llama_get_logits_ith(self._context, -1), (self.model.vocab_size,))
        llama_cpp.llama_batch_free(batch)
        return logits.copy()

    def _look(self, picture: Picture) -> None:
        """A picture as llama.cpp's own programs take it: split, encoded and decoded by the helper, chunk by chunk."""
        with _bitmap(picture) as bitmap, _chunks() as chunks:
            part = mtmd_cpp.mtmd_input_part(bitmap=bitmap)
            parts = (ctypes.POINTER(mtmd_cpp.mtmd_input_part) * 1)(ctypes.pointer(part))
            assert mtmd_cpp.mtmd_tokenize_from_parts(self._eye, chunks, parts, 1, False) == 0
            self.chunks = mtmd_cpp.mtmd_input_chunks_size(chunks)
            for number in range(self.chunks):
                self._put(mtmd_cpp.mtmd_input_chunks_get(chunks, number))

    def _put(self, chunk: Any) -> None:
        end = llama_cpp.llama_pos(self._end)  # text is added to it
        into = (self._eye, self._context, chunk, self._end, 0, ROWS, False, ctypes.byref(end))
        assert mtmd_cpp.mtmd_helper_eval_chunk_single(*into) == 0
        self._end = end.value


@contextmanager
def _bitmap(picture: Picture) -> Iterator[Any]:
    pixels = (ctypes.c_uint8 * len(picture.rgb)).from_buffer_copy(picture.rgb)
    bitmap = mtmd_cpp.mtmd_bitmap_init(picture.width, picture.height, pixels)
    yield bitmap
    mtmd_cpp.mtmd_bitmap_free(bitmap)


@contextmanager
def _chunks() -> Iterator[Any]:
    chunks = mtmd_cpp.mtmd_input_chunks_init()
    yield chunks
    mtmd_cpp.mtmd_input_chunks_free(chunks)


def _tokens(chunk: Any) -> list[int]:
    if mtmd_cpp.mtmd_input_chunk_get_type(chunk) != mtmd_cpp.MTMD_INPUT_CHUNK_TYPE_TEXT:
        return [-1] * int(mtmd_cpp.mtmd_input_chunk_get_n_tokens(chunk))
    count = ctypes.c_size_t()
    found = mtmd_cpp.mtmd_input_chunk_get_tokens_text(chunk, ctypes.byref(count))
    return list(found[: count.value])
