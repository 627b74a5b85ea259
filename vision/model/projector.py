"""llama.cpp's mtmd through its low-level bindings: pictures become chunks of a prompt, embeddings, and cache cells.

mtmd's interface is declared unstable: this is written against the pinned version. It is never given a file that a user
sent, only pixels.
"""

from __future__ import annotations

import ctypes
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import llama_cpp
import numpy as np
from llama_cpp import mtmd_cpp
from numpy.typing import NDArray

from vision.errors import EngineError, UnsupportedPicture, WeightsBroken
from vision.model.mend import faults_in, mended
from vision.model.native import MAX_ROWS, Model, Progress, raise_for
from vision.model.token_order import TokenOrder

Embeddings = NDArray[np.float32]


@dataclass(frozen=True)
class PictureChunk:
    """A picture, or a slice of one, as the projector takes it in: the cache cells and the positions that it takes."""

    cells: int
    positions: int
    handle: Any


class Projector:
    """The part of the weights through which a language model sees."""

    def __init__(self, path: Path, model: Model, *, threads: int, gpu_layers: int, on_load: Progress) -> None:
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
        if faults.class_token:
            self._order = TokenOrder()
            params.cb_eval = self._order.callback
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

    @property
    def pictures_whole(self) -> bool:
        """Whether a picture's tokens see one another, so that they must be computed in one step."""
        return bool(mtmd_cpp.mtmd_decode_use_non_causal(self._handle, None))

    def chunks(self, width: int, height: int, rgb: bytes) -> list[int | PictureChunk]:
        """A picture as the tokens and chunks that stand for it in a prompt."""
        pixels = (ctypes.c_uint8 * len(rgb)).from_buffer_copy(rgb)
        bitmap = mtmd_cpp.mtmd_bitmap_init(width, height, pixels)
        chunks = mtmd_cpp.mtmd_input_chunks_init()
        try:
            part = mtmd_cpp.mtmd_input_part(bitmap=bitmap)
            parts = (ctypes.POINTER(mtmd_cpp.mtmd_input_part) * 1)(ctypes.pointer(part))
            if mtmd_cpp.mtmd_tokenize_from_parts(self._handle, chunks, parts, 1, False):
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

    def encode(self, chunk: PictureChunk) -> Embeddings:
        """The embeddings of a picture's chunk, cells × width of the model."""
        if mtmd_cpp.mtmd_encode_chunk(self._handle, chunk.handle):
            raise EngineError(f"the projector failed on a picture: {self._model.log.last()}")
        pointer = mtmd_cpp.mtmd_get_output_embd(self._handle)
        return np.ctypeslib.as_array(pointer, (chunk.cells, self._width)).copy()

    def put(self, chunk: PictureChunk, embeddings: Embeddings, position: int) -> None:
        """Compute a picture's embeddings into the model's sequence 0 at a position. Raises as Model.decode."""
        if self.pictures_whole and chunk.cells > MAX_ROWS:
            raise UnsupportedPicture(f"a picture of {chunk.cells} tokens; this projector can join at most {MAX_ROWS}")
        end = llama_cpp.llama_pos()
        values = embeddings.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        into = (self._handle, self._model.context, chunk.handle)
        no_callback = mtmd_cpp.mtmd_helper_post_decode_callback()
        raise_for(
            mtmd_cpp.mtmd_helper_decode_image_chunk(
                *into, values, position, 0, MAX_ROWS, ctypes.byref(end), no_callback, None
            )
        )
