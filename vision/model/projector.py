"""llama.cpp's mtmd through its low-level bindings: pictures become chunks of a prompt, and chunks become embeddings.

mtmd's interface is declared unstable: this is written against the pinned version. It is never given a file that a user
sent, only pixels.
"""

from __future__ import annotations

import ctypes
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import llama_cpp
import numpy as np
from llama_cpp import mtmd_cpp
from numpy.typing import NDArray

from vision.errors import EngineError, UnsupportedPicture, WeightsBroken
from vision.model.context import MAX_ROWS, Embeddings, Stopped
from vision.model.mend import faults_in, mended
from vision.model.native import Model, Progress
from vision.model.token_order import TokenOrder
from vision.picture import Picture

_SLICE_S = 0.025  # of computing between two calls of `pause`
_FEW_NODES, _MANY_NODES = 2, 256  # of the encoder's graph in one slice
_SECTIONS = 4  # of an M-RoPE position: time, y, x, z


@dataclass(frozen=True, eq=False)
class Places:
    """Where a chunk's tokens stand, as sections × cells: `fixed` plus `moving` times the position it begins at."""

    fixed: NDArray[np.int32]
    moving: NDArray[np.int32]

    def at(self, start: int, begin: int, count: int) -> NDArray[np.int32]:
        """The positions of `count` cells from `begin` on, for a chunk that starts there."""
        cut = slice(begin, begin + count)
        return self.fixed[:, cut] + start * self.moving[:, cut]


@dataclass(frozen=True, eq=False)
class PictureChunk:
    """A picture, or a slice of one, as the projector takes it in: the cache cells and the positions that it takes.

    `whole` says that its tokens see one another.
    """

    cells: int
    positions: int
    whole: bool
    places: Places
    handle: Any


class Projector:
    """The part of the weights through which a language model sees.

    On the processor, `pause` is called every few hundredths of a second while it encodes, and may end that by
    returning False.
    """

    def __init__(
        self,
        path: Path,
        model: Model,
        *,
        threads: int,
        gpu_layers: int,
        on_load: Progress,
        pause: Callable[[], bool],
    ) -> None:
        self._model = model
        mtmd_cpp.mtmd_log_set(model.log.callback, None)
        mtmd_cpp.mtmd_helper_log_set(model.log.callback, None)
        params = mtmd_cpp.mtmd_context_params_default()
        params.use_gpu = gpu_layers != 0
        params.print_timings = False
        params.warmup = False
        params.n_threads = threads
        params.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
        callback = mtmd_cpp.mtmd_progress_callback(lambda part, _data: on_load("projector", part))
        params.progress_callback = callback
        faults = faults_in(path)
        self.mended = faults.note
        self._watch = _Watch(TokenOrder() if faults.class_token else None, None if model.on_graphics else pause)
        if faults.class_token or not model.on_graphics:
            params.cb_eval = self._watch.callback
        with mended(path, faults) as file:
            self._handle = mtmd_cpp.mtmd_init_from_file(bytes(file), model.handle, params)
        if not self._handle:
            raise WeightsBroken(
                f"the projector {path} cannot be loaded with this model: {model.log.last()}. "
                "Take the projector that was published with these weights"
            )
        if not mtmd_cpp.mtmd_support_vision(self._handle):
            raise WeightsBroken(f"the projector {path} does not see: it is made for sound")
        self._width: int = llama_cpp.llama_model_n_embd_inp(model.handle)
        self._sections = _SECTIONS if mtmd_cpp.mtmd_decode_use_mrope(self._handle) else 1

    @property
    def pictures_whole(self) -> bool:
        """Whether a picture's tokens see one another, so that they must be computed in one step."""
        return bool(mtmd_cpp.mtmd_decode_use_non_causal(self._handle, None))

    def chunks(self, picture: Picture) -> list[int | PictureChunk]:
        """A picture as the tokens and chunks that stand for it in a prompt. Raises UnsupportedPicture."""
        pixels = (ctypes.c_uint8 * len(picture.rgb)).from_buffer_copy(picture.rgb)
        bitmap = mtmd_cpp.mtmd_bitmap_init(picture.width, picture.height, pixels)
        chunks = mtmd_cpp.mtmd_input_chunks_init()
        try:
            part = mtmd_cpp.mtmd_input_part(bitmap=bitmap)
            parts = (ctypes.POINTER(mtmd_cpp.mtmd_input_part) * 1)(ctypes.pointer(part))
            if mtmd_cpp.mtmd_tokenize_from_parts(self._handle, chunks, parts, 1, False):
                raise UnsupportedPicture(f"the projector refuses a picture of {picture.width}×{picture.height} pixels")
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
        whole = bool(mtmd_cpp.mtmd_decode_use_non_causal(self._handle, kept))
        item = PictureChunk(cells, mtmd_cpp.mtmd_input_chunk_get_n_pos(kept), whole, self._places(kept, cells), kept)
        weakref.finalize(item, mtmd_cpp.mtmd_input_chunk_free, kept)
        if whole and cells > MAX_ROWS:
            raise UnsupportedPicture(f"a picture of {cells} tokens; this projector can join at most {MAX_ROWS}")
        return [item]

    def _places(self, chunk: Any, cells: int) -> Places:
        """Positions are asked for twice, from 0 and from 1 on: what moves along is what differs."""
        if self._sections == 1:
            row = np.arange(cells, dtype=np.int32)[None]
            return Places(row, np.ones_like(row))
        tokens = mtmd_cpp.mtmd_input_chunk_get_tokens_image(chunk)
        from_0, from_1 = (self._positions(tokens, cells, start) for start in (0, 1))
        return Places(from_0, from_1 - from_0)

    def _positions(self, tokens: Any, cells: int, start: int) -> NDArray[np.int32]:
        found = (mtmd_cpp.mtmd_decoder_pos * cells)()
        mtmd_cpp.mtmd_helper_image_get_decoder_pos(tokens, start, found)
        return np.array([[place.t, place.y, place.x, place.z] for place in found], np.uint32).T.astype(np.int32)

    def encode(self, chunk: PictureChunk) -> Embeddings:
        """The embeddings of a picture's chunk, cells × width of the model. Raises Stopped where `pause` said so."""
        self._watch.begin()
        failed = mtmd_cpp.mtmd_encode_chunk(self._handle, chunk.handle)
        if self._watch.stopped:
            raise Stopped
        if failed:
            raise EngineError(f"the projector failed on a picture: {self._model.log.last()}")
        pointer = mtmd_cpp.mtmd_get_output_embd(self._handle)
        return np.ctypeslib.as_array(pointer, (chunk.cells, self._width)).copy()


class _Watch:
    """Stands by while the encoder's graph is computed: mends what a node reads, and cuts the work into slices.

    ggml's scheduler asks of each node whether somebody wants to see its result, and computes up to one that is wanted.
    Slices are made to take about the same time; after each comes a pause.
    """

    def __init__(self, order: TokenOrder | None, pause: Callable[[], bool] | None) -> None:
        self._order = order
        self._pause = pause
        self._nodes = 0
        self._most = 16
        self._began = 0.0
        self.stopped = False
        self.callback = llama_cpp.ggml_backend_sched_eval_callback(self._seen)

    def begin(self) -> None:
        """An encoding begins."""
        self._nodes, self.stopped, self._began = 0, False, time.perf_counter()

    def _seen(self, node: int, ask: bool, _data: object) -> bool:
        return self._before(node) if ask else self._after()

    def _before(self, node: int) -> bool:
        """Whether a slice ends with this node."""
        if self._order:
            self._order.before(node)
        self._nodes += 1
        return self._pause is not None and self._nodes >= self._most

    def _after(self) -> bool:
        """Whether to go on. A graph that is stopped is not run further, but others of the encoding may follow."""
        taken, self._nodes = time.perf_counter() - self._began, 0
        if taken > _SLICE_S:
            self._most = max(self._most // 2, _FEW_NODES)
        elif taken < _SLICE_S / 3:
            self._most = min(self._most * 2, _MANY_NODES)
        self.stopped = self.stopped or (self._pause is not None and not self._pause())
        self._began = time.perf_counter()
        return not self.stopped
