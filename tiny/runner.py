"""Runs the two GGUF files through llama.cpp, one prompt and one question at a time: the evaluation's own engine."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Sequence
from pathlib import Path

import llama_cpp
import numpy as np
import numpy.typing as npt
from llama_cpp import mtmd_cpp
from PIL import Image

Floats = npt.NDArray[np.float32]
SPELLINGS = {
    True: ("yes", " yes", "Yes", " Yes", "是", " 是", "有", " 有"),
    False: ("no", " no", "No", " No", "否", " 否", "没有", " 没有"),
}


class RunnerError(Exception):
    """llama.cpp refused the files or a step."""


def ignore(_level: int, _text: bytes, _data: object) -> None:
    """Swallows a line of llama.cpp's log."""


QUIET = llama_cpp.llama_log_callback(ignore)  # llama.cpp keeps one for the process, so it has to outlive every runner


class Runner:
    """One prompt at a time: `look` at its pictures, then ask as often as you like. One compute thread."""

    def __init__(self, text: Path, vision: Path, threads: int = 1) -> None:
        llama_cpp.llama_log_set(QUIET, ctypes.c_void_p(0))
        mtmd_cpp.mtmd_helper_log_set(QUIET, ctypes.c_void_p(0))
        llama_cpp.llama_backend_init()
        settings = llama_cpp.llama_model_default_params()
        settings.use_extra_bufts = False  # the AMX kernels behind it crash on quantised weights on some machines
        self.model = llama_cpp.llama_model_load_from_file(str(text).encode(), settings)
        if not self.model:
            raise RunnerError(f"llama.cpp cannot load {text}")
        options = llama_cpp.llama_context_default_params()
        options.n_ctx, options.n_batch, options.n_ubatch = 2048, 512, 512
        options.n_threads = options.n_threads_batch = threads
        self.context = llama_cpp.llama_init_from_model(self.model, options)
        eyes = mtmd_cpp.mtmd_context_params_default()
        eyes.use_gpu, eyes.n_threads, eyes.warmup, eyes.print_timings = False, threads, False, False
        self.eyes = mtmd_cpp.mtmd_init_from_file(str(vision).encode(), self.model, eyes)
        if not self.context or not self.eyes:
            raise RunnerError(f"llama.cpp cannot start with {vision}")
        self.vocabulary = llama_cpp.llama_model_get_vocab(self.model)
        self.size = llama_cpp.llama_vocab_n_tokens(self.vocabulary)
        self.memory = llama_cpp.llama_get_memory(self.context)
        self.width = llama_cpp.llama_model_n_embd(self.model)
        self.past = 0
        self.spellings = {word: self._single_tokens(texts) for word, texts in SPELLINGS.items()}

    def close(self) -> None:
        mtmd_cpp.mtmd_free(self.eyes)
        llama_cpp.llama_free(self.context)
        llama_cpp.llama_model_free(self.model)

    def _single_tokens(self, texts: Iterable[str]) -> list[int]:
        found = [self.tokens(text) for text in texts]
        return [tokens[0] for tokens in found if len(tokens) == 1]

    def tokens(self, text: str, special: bool = False, begin: bool = False) -> list[int]:
        """Token ids; `special` reads marks in the text as themselves, `begin` puts BOS first."""
        raw = text.encode()
        room = (llama_cpp.llama_token * (len(raw) + 8))()
        count = llama_cpp.llama_tokenize(self.vocabulary, raw, len(raw), room, len(room), begin, special)
        if count < 0:
            raise RunnerError("llama.cpp cannot tokenise this text")
        return list(room[:count])

    def encode(self, image: Image.Image) -> Floats:
        """The rows that stand for an RGB picture: [picture tokens, width]."""
        raw = image.convert("RGB").tobytes()
        pixels = (ctypes.c_uint8 * len(raw)).from_buffer_copy(raw)
        bitmap = mtmd_cpp.mtmd_bitmap_init(image.width, image.height, pixels)
        chunks = mtmd_cpp.mtmd_input_chunks_init()
        try:
            marker = mtmd_cpp.mtmd_default_marker()
            text = mtmd_cpp.mtmd_input_text(marker, len(marker), False, True)
            bitmaps = (mtmd_cpp.mtmd_bitmap_p_ctypes * 1)(bitmap)
            if mtmd_cpp.mtmd_tokenize(self.eyes, chunks, ctypes.byref(text), bitmaps, 1):
                raise RunnerError("llama.cpp cannot take this picture in")
            chunk = mtmd_cpp.mtmd_input_chunks_get(chunks, 0)
            if mtmd_cpp.mtmd_encode_chunk(self.eyes, chunk):
                raise RunnerError("llama.cpp cannot encode this picture")
            count = mtmd_cpp.mtmd_input_chunk_get_n_tokens(chunk)
            rows = np.ctypeslib.as_array(mtmd_cpp.mtmd_get_output_embd(self.eyes), shape=(count, self.width))
            return rows.copy()
        finally:
            mtmd_cpp.mtmd_input_chunks_free(chunks)
            mtmd_cpp.mtmd_bitmap_free(bitmap)

    def look(self, pictures: Sequence[Floats], head: str, between: str = "\n") -> None:
        """Starts anew with the text before the pictures and the rows of each; special marks in `head` count."""
        llama_cpp.llama_memory_clear(self.memory, True)
        self.past = 0
        self.past = self._decode_tokens(self.tokens(head, special=True, begin=True))
        for number, rows in enumerate(pictures):
            if number and between:
                self.past = self._decode_tokens(self.tokens(between, special=True))
            self.past = self._decode_rows(rows)

    def _decode_tokens(self, tokens: list[int]) -> int:
        """Decodes tokens after what stands; returns the new length, and leaves the last one's logits."""
        held = (llama_cpp.llama_token * len(tokens))(*tokens)
        if llama_cpp.llama_decode(self.context, llama_cpp.llama_batch_get_one(held, len(tokens))):
            raise RunnerError("llama.cpp cannot decode this text")
        return self.past + len(tokens)

    def _decode_rows(self, rows: Floats) -> int:
        count = len(rows)
        batch = llama_cpp.llama_batch_init(count, self.width, 1)
        try:
            batch.n_tokens = count
            ctypes.memmove(batch.embd, np.ascontiguousarray(rows).ctypes.data, rows.nbytes)
            for row in range(count):
                batch.pos[row], batch.n_seq_id[row], batch.logits[row] = self.past + row, 1, 0
                batch.seq_id[row][0] = 0
            if llama_cpp.llama_decode(self.context, batch):
                raise RunnerError("llama.cpp cannot decode this picture")
        finally:
            llama_cpp.llama_batch_free(batch)
        return self.past + count

    def logits(self, text: str) -> Floats:
        """The logits after this text, asked right behind the picture."""
        llama_cpp.llama_memory_seq_rm(self.memory, 0, self.past, -1)
        self._decode_tokens(self.tokens(text, special=True))
        return self._last()

    def _last(self) -> Floats:
        return np.ctypeslib.as_array(llama_cpp.llama_get_logits_ith(self.context, -1), shape=(self.size,)).copy()

    def p_yes(self, text: str) -> float:
        """p(yes) over all spellings of yes and of no, in both languages."""
        found = self.logits(text).astype(np.float64)
        yes, no = (np.logaddexp.reduce(found[self.spellings[word]]) for word in (True, False))
        return float(1 / (1 + np.exp(no - yes)))

    def answer(self, text: str, limit: int = 200) -> str:
        """The most likely answer, as far as its end or `limit` tokens."""
        said: list[int] = []
        found = self.logits(text)
        while len(said) < limit:
            token = int(found.argmax())
            if llama_cpp.llama_vocab_is_eog(self.vocabulary, token):
                break
            said.append(token)
            self._decode_tokens([token])
            found = self._last()
        return b"".join(self._bytes(token) for token in said).decode("utf-8", "replace").strip()

    def _bytes(self, token: int) -> bytes:
        room = (ctypes.c_char * 64)()
        count = llama_cpp.llama_token_to_piece(self.vocabulary, token, room, len(room), 0, False)
        return room.raw[: max(0, count)]
