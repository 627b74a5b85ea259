"""llama.cpp and its mtmd through their low-level bindings: loading, tokens, one batch decoded, one picture embedded.

The only module that touches llama_cpp. A native call that is given more than it was made for ends the whole process,
so every such limit stands here as an attribute or is checked before the call. mtmd's interface is declared unstable:
this is written against the pinned version.
"""

from __future__ import annotations

import ctypes
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import llama_cpp
import numpy as np
from llama_cpp import mtmd_cpp
from llama_cpp._ggml import libggml
from numpy.typing import NDArray

from vision.errors import EngineError, UnsupportedPicture, WeightsBroken, WeightsMissing
from vision.weights import Weights

MAX_ROWS = 2048  # in one batch
MAX_FORKS = 128  # sequences beside the first, and rows with logits in one batch
WAVE_ROWS = 512  # in one compute step; also the cache cells kept free for forks beyond a request's own context
_ERRORS, _CONTINUED = 4, 5  # ggml's log levels

Logits = NDArray[np.float32]
Progress = Callable[[str, float], bool]  # the part being loaded and how much of it is; returns whether to go on


class Stopped(Exception):
    """The work was ended from outside."""


class Row(NamedTuple):
    """One token of a batch: where in which sequence it stands, and whether its logits are wanted."""

    token: int
    position: int
    sequence: int
    wanted: bool = False


class Log:
    """llama.cpp's own log: kept quiet, only its last lines of error are remembered to explain a failed load."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=6)
        self._level = 0
        self._callback = llama_cpp.llama_log_callback(self._take)
        llama_cpp.llama_log_set(self._callback, None)
        mtmd_cpp.mtmd_log_set(self._callback, None)
        mtmd_cpp.mtmd_helper_log_set(self._callback, None)

    def _take(self, level: int, text: bytes, _user_data: object) -> None:
        self._level = self._level if level == _CONTINUED else level
        if self._level == _ERRORS and text.strip():
            self._lines.append(text.decode("utf-8", "replace").strip())

    def last(self) -> str:
        """The last lines of error, as one."""
        return "; ".join(self._lines) or "llama.cpp gives no reason"


@dataclass(frozen=True)
class PictureChunk:
    """A picture (or a slice of one) as the projector takes it in: cache cells and positions it takes, native handle."""

    cells: int
    positions: int
    handle: Any


class Model:
    """A loaded language model with its context and, where there is one, its projector.

    `plain` does without llama.cpp's rearranged weights for special processor units (AMX, repacking), which are faster
    and crash where they were compiled wrong: GCC 12 leaves AMX's tile configuration half written.
    """

    def __init__(
        self,
        weights: Weights,
        *,
        threads: int,
        gpu_layers: int,
        context_tokens: int,
        plain: bool = False,
        on_load: Progress,
    ) -> None:
        self.log = Log()
        llama_cpp.llama_backend_init()
        self._model = self._load_model(weights.model, gpu_layers, plain, on_load)
        self.context_tokens = min(context_tokens, llama_cpp.llama_model_n_ctx_train(self._model))
        self.vocab = llama_cpp.llama_model_get_vocab(self._model)
        self.vocab_size: int = llama_cpp.llama_vocab_n_tokens(self.vocab)
        self._embedding_width: int = llama_cpp.llama_model_n_embd_inp(self._model)
        self._projector = (
            self._load_projector(weights.projector, threads, gpu_layers, on_load) if weights.projector else None
        )
        self._context = self._make_context(weights.model, threads)
        self._memory = llama_cpp.llama_get_memory(self._context)
        self._batch = _Batch(MAX_ROWS)
        self._device = _device(gpu_layers)

    def _load_model(self, path: Path, gpu_layers: int, plain: bool, on_load: Progress) -> Any:
        params = llama_cpp.llama_model_default_params()
        params.n_gpu_layers = gpu_layers
        params.use_extra_bufts = not plain
        callback = llama_cpp.llama_progress_callback(lambda part, _data: on_load("model", part))
        params.progress_callback = callback
        model = llama_cpp.llama_model_load_from_file(bytes(path), params)
        if not model:
            raise WeightsBroken(f"llama.cpp cannot load {path}: {self.log.last()}")
        return model

    def _load_projector(self, path: Path, threads: int, gpu_layers: int, on_load: Progress) -> Any:
        params = mtmd_cpp.mtmd_context_params_default()
        params.use_gpu = gpu_layers != 0
        params.print_timings = False
        params.warmup = False
        params.n_threads = threads
        params.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
        callback = mtmd_cpp.mtmd_progress_callback(lambda part, _data: on_load("projector", part))
        params.progress_callback = callback
        projector = mtmd_cpp.mtmd_init_from_file(bytes(path), self._model, params)
        if not projector:
            raise WeightsBroken(
                f"the projector {path} cannot be loaded with this model: {self.log.last()}. "
                "Take the projector that was published with these weights"
            )
        if not mtmd_cpp.mtmd_support_vision(projector):
            raise WeightsBroken(f"the projector {path} does not see: it is made for sound")
        return projector

    def _make_context(self, path: Path, threads: int) -> Any:
        params = llama_cpp.llama_context_default_params()
        params.n_ctx = self.context_tokens + WAVE_ROWS
        params.n_batch = MAX_ROWS
        # Where a picture's tokens see one another, all of them must fit into one step of computing.
        params.n_ubatch = MAX_ROWS if self._non_causal else WAVE_ROWS
        params.n_seq_max = MAX_FORKS + 1
        params.n_outputs_max = MAX_FORKS + 1
        params.n_threads = params.n_threads_batch = threads
        params.kv_unified = True
        params.swa_full = True
        params.no_perf = True
        # Fixed, for probabilities move when it changes.
        params.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
        context = llama_cpp.llama_init_from_model(self._model, params)
        if not context:
            raise WeightsBroken(f"no context of {self.context_tokens} tokens for {path}: {self.log.last()}")
        return context

    @property
    def _non_causal(self) -> bool:
        return bool(self._projector and mtmd_cpp.mtmd_decode_use_non_causal(self._projector, None))

    # ---- what the files say ----

    @property
    def sees(self) -> bool:
        """Whether there is a projector."""
        return self._projector is not None

    @property
    def device(self) -> str:
        """What the model computes on, in words."""
        return self._device

    @property
    def parameters(self) -> int:
        """How many weights the language model has."""
        return int(llama_cpp.llama_model_n_params(self._model))

    @property
    def description(self) -> str:
        """Architecture, size and kind of quantisation, in llama.cpp's words."""
        buffer = ctypes.create_string_buffer(256)
        llama_cpp.llama_model_desc(self._model, buffer, len(buffer))
        return buffer.value.decode("utf-8", "replace")

    def metadata(self, key: str) -> str | None:
        """One value of the model file's metadata, as text."""
        buffer = ctypes.create_string_buffer(1 << 16)
        size = llama_cpp.llama_model_meta_val_str(self._model, key.encode(), buffer, len(buffer))
        return buffer.value.decode("utf-8", "replace") if size >= 0 else None

    @property
    def chat_template(self) -> str | None:
        """The template that the model file brings along."""
        template = llama_cpp.llama_model_chat_template(self._model, None)
        return template.decode("utf-8", "replace") if template else None

    # ---- tokens ----

    def tokenize(self, text: str) -> list[int]:
        """The tokens of plain text: no control token comes of it, though user-defined ones do."""
        data = text.encode("utf-8", "replace")
        room = (ctypes.c_int32 * (len(data) + 8))()
        count = llama_cpp.llama_tokenize(self.vocab, data, len(data), room, len(room), False, False)
        return list(room[:count])

    def piece(self, token: int) -> bytes:
        """The bytes that a token stands for; a control token stands for none."""
        buffer = ctypes.create_string_buffer(512)
        size = llama_cpp.llama_token_to_piece(self.vocab, token, buffer, len(buffer), 0, False)
        return buffer.raw[: max(size, 0)]

    def ends(self, token: int) -> bool:
        """Whether a token ends the answer."""
        return bool(llama_cpp.llama_vocab_is_eog(self.vocab, token))

    def spelling(self, token: int) -> str:
        """A token as the vocabulary writes it, control tokens too."""
        return bytes(llama_cpp.llama_vocab_get_text(self.vocab, token)).decode("utf-8", "replace")

    def attributes(self, token: int) -> int:
        """Bits of LLAMA_TOKEN_ATTR_*."""
        return int(llama_cpp.llama_vocab_get_attr(self.vocab, token))

    @property
    def begin(self) -> int:
        """The token for the beginning of a text; below 0 where there is none."""
        return int(llama_cpp.llama_vocab_bos(self.vocab))

    @property
    def begins(self) -> bool:
        """Whether every prompt is to begin with that token."""
        return bool(llama_cpp.llama_vocab_get_add_bos(self.vocab))

    @property
    def end(self) -> int:
        """The token for the end of a text; below 0 where there is none."""
        return int(llama_cpp.llama_vocab_eos(self.vocab))

    # ---- the cache ----

    def trim(self, sequence: int, position: int) -> bool:
        """Forget a sequence from a position on; False where this kind of cache cannot."""
        return bool(llama_cpp.llama_memory_seq_rm(self._memory, sequence, position, -1))

    def fork(self, sequence: int) -> None:
        """Let a sequence begin with all that sequence 0 holds."""
        llama_cpp.llama_memory_seq_cp(self._memory, 0, sequence, -1, -1)

    def forget(self) -> None:
        """Empty the cache."""
        llama_cpp.llama_memory_clear(self._memory, False)

    # ---- computing ----

    def stop_when(self, wanted: Callable[[], bool]) -> None:
        """Have decodes on the CPU ended as soon as `wanted` says so."""
        self._abort = llama_cpp.ggml_abort_callback(lambda _data: wanted())
        llama_cpp.llama_set_abort_callback(self._context, self._abort, None)

    def decode(self, rows: Sequence[Row]) -> None:
        """Compute one batch. Raises Stopped, or EngineError where the cache is full or llama.cpp refuses."""
        wanted = sum(row.wanted for row in rows)
        if not 0 < len(rows) <= MAX_ROWS or wanted > MAX_FORKS or max(row.sequence for row in rows) > MAX_FORKS:
            raise EngineError(f"a batch of {len(rows)} rows and {wanted} results is beyond what llama.cpp takes")
        _raise_for(llama_cpp.llama_decode(self._context, self._batch.fill(rows)))

    def logits(self, row: int) -> Logits:
        """The logits of a wanted row of the last batch, one for each token of the vocabulary."""
        pointer = llama_cpp.llama_get_logits_ith(self._context, row)
        if not pointer:
            raise EngineError("llama.cpp has no logits for that row")
        return np.ctypeslib.as_array(pointer, (self.vocab_size,)).copy()

    # ---- pictures ----

    def picture_chunks(self, width: int, height: int, rgb: bytes) -> list[int | PictureChunk]:
        """A picture as the tokens and chunks that stand for it in a prompt."""
        if not self._projector:
            raise WeightsMissing("these weights have no projector, so they cannot see: name its file too")
        pixels = (ctypes.c_uint8 * len(rgb)).from_buffer_copy(rgb)
        bitmap = mtmd_cpp.mtmd_bitmap_init(width, height, pixels)
        chunks = mtmd_cpp.mtmd_input_chunks_init()
        try:
            part = mtmd_cpp.mtmd_input_part(bitmap=bitmap)
            parts = (ctypes.POINTER(mtmd_cpp.mtmd_input_part) * 1)(ctypes.pointer(part))
            if mtmd_cpp.mtmd_tokenize_from_parts(self._projector, chunks, parts, 1, False):
                raise UnsupportedPicture(f"the projector refuses a picture of {width}×{height} pixels")
            count = mtmd_cpp.mtmd_input_chunks_size(chunks)
            return [item for n in range(count) for item in self._items(mtmd_cpp.mtmd_input_chunks_get(chunks, n))]
        finally:
            mtmd_cpp.mtmd_input_chunks_free(chunks)
            mtmd_cpp.mtmd_bitmap_free(bitmap)

    def _items(self, chunk: Any) -> list[int | PictureChunk]:
        if mtmd_cpp.mtmd_input_chunk_get_type(chunk) == mtmd_cpp.MTMD_INPUT_CHUNK_TYPE_TEXT:
            count = ctypes.c_size_t()
            tokens = mtmd_cpp.mtmd_input_chunk_get_tokens_text(chunk, ctypes.byref(count))
            return list(tokens[: count.value])
        kept = mtmd_cpp.mtmd_input_chunk_copy(chunk)
        cells = mtmd_cpp.mtmd_input_chunk_get_n_tokens(kept)
        item = PictureChunk(cells, mtmd_cpp.mtmd_input_chunk_get_n_pos(kept), kept)
        weakref.finalize(item, mtmd_cpp.mtmd_input_chunk_free, kept)
        return [item]

    def encode(self, chunk: PictureChunk) -> NDArray[np.float32]:
        """The embeddings of a picture's chunk, cells × width."""
        if mtmd_cpp.mtmd_encode_chunk(self._projector, chunk.handle):
            raise EngineError(f"the projector failed on a picture: {self.log.last()}")
        pointer = mtmd_cpp.mtmd_get_output_embd(self._projector)
        return np.ctypeslib.as_array(pointer, (chunk.cells, self._embedding_width)).copy()

    def decode_picture(self, chunk: PictureChunk, embeddings: NDArray[np.float32], position: int) -> None:
        """Put a picture's embeddings into sequence 0 at a position."""
        if self._non_causal and chunk.cells > MAX_ROWS:
            raise UnsupportedPicture(f"a picture of {chunk.cells} tokens; this projector can join at most {MAX_ROWS}")
        end = llama_cpp.llama_pos()
        values = embeddings.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        no_callback = mtmd_cpp.mtmd_helper_post_decode_callback()
        _raise_for(
            mtmd_cpp.mtmd_helper_decode_image_chunk(
                self._projector,
                self._context,
                chunk.handle,
                values,
                position,
                0,
                MAX_ROWS,
                ctypes.byref(end),
                no_callback,
                None,
            )
        )


class _Batch:
    """A llama_batch over numpy arrays, so that rows are filled without a loop in Python."""

    def __init__(self, rows: int) -> None:
        token, position, sequence = (np.zeros(rows, np.int32) for _ in range(3))
        wanted = np.zeros(rows, np.int8)
        counts = np.ones(rows, np.int32)
        sequence_lists = (sequence.ctypes.data + sequence.itemsize * np.arange(rows)).astype(np.uintp)
        self._columns: tuple[NDArray[Any], ...] = (token, position, sequence, wanted)
        self._constant = (counts, sequence_lists)
        self._native = llama_cpp.llama_batch()
        pointed: dict[str, NDArray[Any]] = {
            "token": token,
            "pos": position,
            "n_seq_id": counts,
            "seq_id": sequence_lists,
            "logits": wanted,
        }
        for name, array in pointed.items():
            kind = dict(llama_cpp.llama_batch._fields_)[name]
            setattr(self._native, name, ctypes.cast(array.ctypes.data, kind))

    def fill(self, rows: Sequence[Row]) -> Any:
        for column, values in zip(self._columns, zip(*rows, strict=True), strict=True):
            column[: len(rows)] = values
        self._native.n_tokens = len(rows)
        return self._native


def _raise_for(code: int) -> None:
    """llama_decode's return codes: 0 done, 1 no room in the cache, 2 ended from outside, below 0 refused."""
    if code == 2:
        raise Stopped
    if code:
        raise EngineError("the model's cache is full" if code == 1 else f"llama.cpp refused a batch ({code})")


def _device(gpu_layers: int) -> str:
    """The first graphics device that was found, or else the processor."""
    libggml.ggml_backend_dev_count.restype = ctypes.c_size_t
    libggml.ggml_backend_dev_get.restype = ctypes.c_void_p
    libggml.ggml_backend_dev_description.restype = ctypes.c_char_p
    found: dict[int, str] = {}
    for index in range(libggml.ggml_backend_dev_count()):
        device = ctypes.c_void_p(libggml.ggml_backend_dev_get(ctypes.c_size_t(index)))
        name = (libggml.ggml_backend_dev_description(device) or b"").decode("utf-8", "replace")
        found.setdefault(libggml.ggml_backend_dev_type(device), name)
    processor, graphics = 0, (1, 2)
    kinds = (*graphics, processor) if gpu_layers else (processor,)
    return next((found[kind] for kind in kinds if kind in found), "CPU")
