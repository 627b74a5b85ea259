"""llama.cpp through its low-level bindings: a language model loaded, and its tokens.

With context, projector and token_order beside it the only modules that touch llama_cpp.
"""

from __future__ import annotations

import ctypes
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import llama_cpp
from llama_cpp._ggml import libggml

from vision.errors import WeightsBroken

_ERRORS, _CONTINUED = 4, 5  # ggml's log levels

Progress = Callable[[str, float], bool]  # the part being loaded and how much of it is; returns whether to go on


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
    """A loaded language model; vision.model.context computes with it.

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
        graphics, processor = _devices()
        self.on_graphics = bool(gpu_layers and graphics)
        self.device = graphics if gpu_layers and graphics else processor

    # ---- what the file says ----

    @property
    def trained_tokens(self) -> int:
        """The longest text that the model was trained for."""
        return int(llama_cpp.llama_model_n_ctx_train(self.handle))

    @property
    def window(self) -> int:
        """How many positions back some of its layers look at most; 0 where all look at everything."""
        return int(llama_cpp.llama_model_n_swa(self.handle))

    @property
    def trims(self) -> bool:
        """Whether its cache can be cut back: a recurrent model keeps one state, which holds all that it has read."""
        return not (llama_cpp.llama_model_is_recurrent(self.handle) or llama_cpp.llama_model_is_hybrid(self.handle))

    @property
    def places(self) -> int:
        """How many numbers say where a token of a picture stands: one, or the four of M-RoPE."""
        fourfold = (llama_cpp.LLAMA_ROPE_TYPE_MROPE, llama_cpp.LLAMA_ROPE_TYPE_IMROPE)
        return 4 if llama_cpp.llama_model_rope_type(self.handle) in fourfold else 1

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


def _devices() -> tuple[str | None, str]:
    """The first graphics device that was found, if any, and the processor."""
    libggml.ggml_backend_dev_count.restype = ctypes.c_size_t
    libggml.ggml_backend_dev_get.restype = ctypes.c_void_p
    libggml.ggml_backend_dev_description.restype = ctypes.c_char_p
    found: dict[int, str] = {}
    for index in range(libggml.ggml_backend_dev_count()):
        device = ctypes.c_void_p(libggml.ggml_backend_dev_get(ctypes.c_size_t(index)))
        name = (libggml.ggml_backend_dev_description(device) or b"").decode("utf-8", "replace")
        found.setdefault(libggml.ggml_backend_dev_type(device), name)
    processor, discrete, integrated = range(3)
    return found.get(discrete) or found.get(integrated), found.get(processor, "CPU")
