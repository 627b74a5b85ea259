"""The tokens of a CLIP encoder in the order in which it was trained: llama.cpp's graph for LLaVA, mended as it runs.

llama.cpp appends the class token to the patches, and then gives positions and takes the patches' states as if it stood
before them: each patch has its neighbour's position, the first one's state is lost, and the class token's goes to the
language model in place of the last. Both are lists of numbers that go into the graph with each picture. They are
written anew just before it is computed, when llama.cpp asks of each step whether anybody wants to see its result.
"""

from __future__ import annotations

import ctypes

import numpy as np
from llama_cpp._ggml import libggml
from numpy.typing import NDArray

from vision.errors import EngineError

# ggml_tensor as the pinned version lays it out: how much room it takes, and where its second source stands.
_ROOM, _SECOND_SOURCE = 368, 160
_INT32 = 26  # ggml's type of whole numbers, which stands first in a tensor


class TokenOrder:
    """Watches a projector's graphs."""

    def __init__(self) -> None:
        _declare()
        if libggml.ggml_tensor_overhead() != _ROOM:
            raise EngineError("a LLaVA projector cannot be mended for this llama.cpp; install the pinned version")

    def before(self, node: int) -> None:
        """Mend what a node of the graph, by its address, is about to read."""
        numbers = ctypes.c_void_p.from_address(node + _SECOND_SOURCE).value
        if numbers and ctypes.c_int.from_address(numbers).value == _INT32:
            _mend(numbers)


def _declare() -> None:
    """The types of what ctypes knows only by name."""
    libggml.ggml_tensor_overhead.restype = ctypes.c_size_t
    libggml.ggml_get_name.argtypes, libggml.ggml_get_name.restype = [ctypes.c_void_p], ctypes.c_char_p
    libggml.ggml_nelements.argtypes, libggml.ggml_nelements.restype = [ctypes.c_void_p], ctypes.c_int64
    libggml.ggml_backend_tensor_set.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t]
    libggml.ggml_backend_tensor_set.restype = None


def _mend(numbers: int) -> None:
    """Write a list of the graph's anew, if it is one of the two. On a graphics device a copy bears a longer name."""
    name, count = libggml.ggml_get_name(numbers), libggml.ggml_nelements(numbers)
    if b"positions" in name:
        _write(numbers, positions(count))
    elif b"patches" in name:
        _write(numbers, patches(count))


def _write(numbers: int, values: NDArray[np.int32]) -> None:
    libggml.ggml_backend_tensor_set(numbers, values.ctypes.data, 0, values.nbytes)


def positions(tokens: int) -> NDArray[np.int32]:
    """The rows of the table of positions for patches that a class token follows: its own is the first row."""
    return np.roll(np.arange(tokens, dtype=np.int32), -1)


def patches(count: int) -> NDArray[np.int32]:
    """Where the patches stand: before the class token."""
    return np.arange(count, dtype=np.int32)
