"""One of llama.cpp's contexts through its low-level bindings: the cache of keys and values, and one batch computed.

A native call that is given more than it was made for ends the whole process, so every such limit stands here or is
checked before the call.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, NamedTuple

import llama_cpp
import numpy as np
from numpy.typing import NDArray

from vision.errors import EngineError, WeightsBroken
from vision.model.native import Model

MAX_ROWS = 2048  # in one batch
STEP_ROWS = 512  # in one step of computing
LINES = 64  # sequences that hold a prompt; the forks of waves come after them
FORKS = 128
SEQUENCES = LINES + FORKS  # llama.cpp aborts from 256 on
MAX_WANTED = FORKS + LINES  # rows with logits in one batch
_STREAM_STEP_ROWS = 128

Logits = NDArray[np.float32]
Embeddings = NDArray[np.float32]


class Stopped(Exception):
    """The work was ended from outside."""


class Row(NamedTuple):
    """One token of a batch: at which position of which sequences it stands, and whether its logits are wanted."""

    token: int
    position: int
    sequences: Sequence[int]
    wanted: bool = False


class Context:
    """The room in which a model computes, with `cells` cells of cache for each stream.

    With one stream all of its sequences share the cells, and a step takes `step_rows` rows at most; with several, each
    sequence has a stream of its own. `flash` says whether attention is computed by tiles.
    """

    def __init__(
        self, model: Model, cells: int, *, threads: int, sequences: int, streams: int, step_rows: int, flash: int
    ) -> None:
        params = llama_cpp.llama_context_default_params()
        params.n_ctx = cells * streams
        params.n_batch = MAX_ROWS
        params.n_ubatch = step_rows
        params.n_seq_max = sequences
        params.n_outputs_max = sequences
        params.n_threads = params.n_threads_batch = threads
        params.kv_unified = streams == 1
        params.swa_full = True
        params.no_perf = True
        params.flash_attn_type = flash
        self._handle = llama_cpp.llama_init_from_model(model.handle, params)
        if not self._handle:
            raise WeightsBroken(
                f"llama.cpp makes no context of {cells * streams} tokens (a smaller CACHE_TOKENS, or CONTEXT, takes "
                f"less memory): {model.log.last()}"
            )
        self._memory = llama_cpp.llama_get_memory(self._handle)
        self._vocab_size = model.vocab_size
        self._batch = _Batch(MAX_ROWS)
        self._picture_rows = step_rows
        self.cells = cells
        self.trims = model.trims
        self.window = model.window

    @classmethod
    def shared(cls, model: Model, cells: int, *, threads: int, pictures_whole: bool) -> Context:
        """Where prompts are computed and questions fork: all sequences share the cells.

        Flash attention leaves out the cells of others, which plain attention computes and masks. `pictures_whole` is
        for models in which a picture's tokens see one another: all of them must then fit into one step.
        """
        rows = MAX_ROWS if pictures_whole else STEP_ROWS
        flash = llama_cpp.LLAMA_FLASH_ATTN_TYPE_AUTO
        return cls(model, cells, threads=threads, sequences=SEQUENCES + 1, streams=1, step_rows=rows, flash=flash)

    @classmethod
    def apart(cls, model: Model, cells: int, *, threads: int, streams: int) -> Context:
        """Where few rows at a time are cheap: each sequence has its own cells, and attention is plain."""
        flash = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
        rows = _STREAM_STEP_ROWS
        return cls(model, cells, threads=threads, sequences=streams, streams=streams, step_rows=rows, flash=flash)

    # ---- the cache ----

    def copy(self, source: int, target: int, end: int) -> None:
        """Let an empty sequence begin with what another one holds before position `end`; the cells are shared."""
        llama_cpp.llama_memory_seq_cp(self._memory, source, target, 0, end)

    def trim(self, sequence: int, position: int) -> bool:
        """Forget a sequence from a position on; False where this kind of cache cannot."""
        return bool(llama_cpp.llama_memory_seq_rm(self._memory, sequence, position, -1))

    def first(self, sequence: int) -> int:
        """The earliest position that is still there of a sequence; where a window slides over it that may be late."""
        return int(llama_cpp.llama_memory_seq_pos_min(self._memory, sequence))

    def save(self, sequence: int) -> memoryview:
        """What the cache holds of a sequence, for `restore`."""
        data = memory(self.saved_size(sequence))
        return data[: self.save_into(sequence, data)]

    def saved_size(self, sequence: int) -> int:
        """How many bytes `save` would give."""
        return int(llama_cpp.llama_state_seq_get_size(self._handle, sequence))

    def save_into(self, sequence: int, room: memoryview) -> int:
        """Put there what `save` would give; how many bytes that took."""
        native = (ctypes.c_uint8 * len(room)).from_buffer(room)
        return int(llama_cpp.llama_state_seq_get_data(self._handle, native, len(room), sequence))

    def restore(self, sequence: int, data: memoryview) -> bool:
        """Fill an empty sequence with what was saved; False where it does not fit."""
        native = (ctypes.c_uint8 * len(data)).from_buffer(data)
        return bool(llama_cpp.llama_state_seq_set_data(self._handle, native, len(data), sequence))

    # ---- computing ----

    def stop_when(self, wanted: Callable[[], bool]) -> None:
        """Have decodes on the CPU ended as soon as `wanted` says so."""
        self._abort = llama_cpp.ggml_abort_callback(lambda _data: wanted())
        llama_cpp.llama_set_abort_callback(self._handle, self._abort, None)

    def decode(self, rows: Sequence[Row]) -> None:
        """Compute one batch of tokens. Raises Stopped, or EngineError where the cache is full or llama.cpp refuses."""
        wanted = sum(row.wanted for row in rows)
        if not 0 < len(rows) <= MAX_ROWS or wanted > MAX_WANTED:
            raise EngineError(f"a batch of {len(rows)} rows and {wanted} results is beyond what llama.cpp takes")
        _raise_for(llama_cpp.llama_decode(self._handle, self._batch.fill(rows)))

    def decode_picture(self, embeddings: Embeddings, positions: NDArray[np.int32], sequence: int, whole: bool) -> None:
        """Compute some of a picture's embeddings (rows × width) into a sequence; raises as `decode`.

        `positions` has one row, or the four of M-RoPE (time, y, x, z). `whole` lets all rows see one another.
        """
        rows = len(embeddings)
        if not 0 < rows <= self._picture_rows or positions.shape[1:] != (rows,):
            raise EngineError(f"a picture's {rows} tokens are beyond the {self._picture_rows} of one step")
        values = np.ascontiguousarray(embeddings, np.float32)
        places = np.ascontiguousarray(positions, np.int32)
        if whole:
            llama_cpp.llama_set_causal_attn(self._handle, False)
        try:
            _raise_for(llama_cpp.llama_decode(self._handle, self._batch.fill_picture(values, places, sequence)))
        finally:
            if whole:
                llama_cpp.llama_set_causal_attn(self._handle, True)

    def logits(self, row: int) -> Logits:
        """The logits of a wanted row of the last batch, one for each token; valid until the next batch."""
        pointer = llama_cpp.llama_get_logits_ith(self._handle, row)
        if not pointer:
            raise EngineError("llama.cpp has no logits for that row")
        return np.ctypeslib.as_array(pointer, (self._vocab_size,))


class _Batch:
    """A llama_batch over numpy arrays, so that rows are filled without a loop in Python."""

    def __init__(self, rows: int) -> None:
        self._token: NDArray[np.int32] = np.zeros(rows, np.int32)
        self._position: NDArray[np.int32] = np.zeros(rows, np.int32)
        self._counts: NDArray[np.int32] = np.zeros(rows, np.int32)
        self._wanted = np.zeros(rows, np.int8)
        self._lists = np.zeros(rows, np.uintp)
        self._kept: tuple[Any, ...] = ()  # what the last filling points into

    def fill(self, rows: Sequence[Row]) -> Any:
        size = len(rows)
        self._token[:size] = [row.token for row in rows]
        self._position[:size] = [row.position for row in rows]
        self._wanted[:size] = [row.wanted for row in rows]
        self._counts[:size] = [len(row.sequences) for row in rows]
        sequences = np.fromiter(chain.from_iterable(row.sequences for row in rows), np.int32)
        begins = np.concatenate([[0], np.cumsum(self._counts[: size - 1])])
        self._lists[:size] = sequences.ctypes.data + sequences.itemsize * begins
        self._kept = (sequences,)
        return self._native(size, self._position, token=self._token)

    def fill_picture(self, embeddings: Embeddings, positions: NDArray[np.int32], sequence: int) -> Any:
        size = len(embeddings)
        one = np.array([sequence], np.int32)
        self._counts[:size] = 1
        self._wanted[:size] = 0
        self._lists[:size] = one.ctypes.data
        self._kept = (one, embeddings, positions)
        return self._native(size, positions, embd=embeddings)

    def _native(self, size: int, position: NDArray[np.int32], **content: NDArray[Any]) -> Any:
        native: Any = llama_cpp.llama_batch()
        native.n_tokens = size
        arrays: dict[str, NDArray[Any]] = {
            "pos": position,
            "n_seq_id": self._counts,
            "seq_id": self._lists,
            "logits": self._wanted,
            **content,
        }
        kinds = dict(llama_cpp.llama_batch._fields_)
        for name, array in arrays.items():
            setattr(native, name, ctypes.cast(array.ctypes.data, kinds[name]))
        return native


def _raise_for(code: int) -> None:
    """llama_decode's return codes: 0 done, 1 no room in the cache, 2 ended from outside, below 0 refused."""
    if code == 2:
        raise Stopped
    if code:
        raise EngineError("the model's cache is full" if code == 1 else f"llama.cpp refused a batch ({code})")


def memory(size: int) -> memoryview:
    """Memory for a saved sequence, in the huge pages that numpy asks for: small ones take longer than filling them."""
    return np.empty(size, np.uint8).data
