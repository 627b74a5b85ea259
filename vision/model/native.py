"""llama.cpp through its low-level bindings: a language model loaded, its tokens, its cache, one batch computed.

With vision.model.projector the only module that touches llama_cpp. A native call that is given more than it was made
for ends the whole process, so every such limit stands here or is checked before the call.
"""

from __future__ import annotations

import ctypes
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import llama_cpp
import numpy as np
from llama_cpp._ggml import libggml
from numpy.typing import NDArray

from vision.errors import EngineError, WeightsBroken

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

    _hooked: ClassVar[list[Any]] = []
    """llama.cpp calls the last hook until the process ends, so none may be collected before."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=6)
        self._level = 0
        self.callback = llama_cpp.llama_log_callback(self._take)
        self._hooked.append(self.callback)
        llama_cpp.llama_log_set(self.callback, None)

    def _take(self, level: int, text: bytes, _user_data: object) -> None:
        self._level = self._level if level == _CONTINUED else level
        if self._level == _ERRORS and text.strip():
            self._lines.append(text.decode("utf-8", "replace").strip())

    def last(self) -> str:
        """The last lines of error, as one."""
        return "; ".join(self._lines) or "llama.cpp gives no reason"


class Model:
    """A loaded language model; `open` gives it the context in which it computes.

    `plain` does without llama.cpp's rearranged weights for special processor units (AMX, repacking), which are faster
    and crash where they were compiled wrong: GCC 12 leaves AMX's tile configuration half written.
    """

    def __init__(self, path: Path, *, gpu_layers: int, plain: bool, on_load: Progress) -> None:
        self.log = Log()
        llama_cpp.llama_backend_init()
        params = llama_cpp.llama_model_default_params()
        params.n_gpu_layers = gpu_layers
        params.use_extra_bufts = not plain
        callback = llama_cpp.llama_progress_callback(lambda part, _data: on_load("model", part))
        params.progress_callback = callback
        self.handle = llama_cpp.llama_model_load_from_file(bytes(path), params)
        if not self.handle:
            raise WeightsBroken(f"llama.cpp cannot load {path}: {self.log.last()}")
        self.vocab = llama_cpp.llama_model_get_vocab(self.handle)
        self.vocab_size: int = llama_cpp.llama_vocab_n_tokens(self.vocab)
        self.device = _device(gpu_layers)
        self.context_tokens = 0

    def open(self, context_tokens: int, *, threads: int, pictures_whole: bool) -> None:
        """Make room for requests of so many tokens, though for no more than the model was trained for.

        `pictures_whole` is for models in which a picture's tokens see one another: all of them must then fit into one
        step of computing.
        """
        self.context_tokens = min(context_tokens, llama_cpp.llama_model_n_ctx_train(self.handle))
        params = llama_cpp.llama_context_default_params()
        params.n_ctx = self.context_tokens + WAVE_ROWS
        params.n_batch = MAX_ROWS
        params.n_ubatch = MAX_ROWS if pictures_whole else WAVE_ROWS
        params.n_seq_max = MAX_FORKS + 1
        params.n_outputs_max = MAX_FORKS + 1
        params.n_threads = params.n_threads_batch = threads
        params.kv_unified = True
        params.swa_full = True
        params.no_perf = True
        # Fixed, for probabilities move when it changes.
        params.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
        self.context = llama_cpp.llama_init_from_model(self.handle, params)
        if not self.context:
            raise WeightsBroken(f"llama.cpp makes no context of {self.context_tokens} tokens: {self.log.last()}")
        self._memory = llama_cpp.llama_get_memory(self.context)
        self._batch = _Batch(MAX_ROWS)

    # ---- what the file says ----

    @property
    def parameters(self) -> int:
        """How many weights the language model has."""
        return int(llama_cpp.llama_model_n_params(self.handle))

    @property
    def description(self) -> str:
        """Architecture, size and kind of quantisation, in llama.cpp's words."""
        buffer = ctypes.create_string_buffer(256)
        llama_cpp.llama_model_desc(self.handle, buffer, len(buffer))
        return buffer.value.decode("utf-8", "replace")

    def metadata(self, key: str) -> str | None:
        """One value of the model file's metadata, as text."""
        buffer = ctypes.create_string_buffer(1 << 16)
        size = llama_cpp.llama_model_meta_val_str(self.handle, key.encode(), buffer, len(buffer))
        return buffer.value.decode("utf-8", "replace") if size >= 0 else None

    @property
    def chat_template(self) -> str | None:
        """The template that the model file brings along."""
        template = llama_cpp.llama_model_chat_template(self.handle, None)
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
        llama_cpp.llama_set_abort_callback(self.context, self._abort, None)

    def decode(self, rows: Sequence[Row]) -> None:
        """Compute one batch. Raises Stopped, or EngineError where the cache is full or llama.cpp refuses."""
        wanted = sum(row.wanted for row in rows)
        if not 0 < len(rows) <= MAX_ROWS or wanted > MAX_FORKS or max(row.sequence for row in rows) > MAX_FORKS:
            raise EngineError(f"a batch of {len(rows)} rows and {wanted} results is beyond what llama.cpp takes")
        raise_for(llama_cpp.llama_decode(self.context, self._batch.fill(rows)))

    def logits(self, row: int) -> Logits:
        """The logits of a wanted row of the last batch, one for each token of the vocabulary."""
        pointer = llama_cpp.llama_get_logits_ith(self.context, row)
        if not pointer:
            raise EngineError("llama.cpp has no logits for that row")
        return np.ctypeslib.as_array(pointer, (self.vocab_size,)).copy()


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


def raise_for(code: int) -> None:
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
