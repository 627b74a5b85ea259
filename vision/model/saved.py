"""A sequence of the cache as llama.cpp saves it, rearranged for a context of another kind.

llama.cpp refuses a saved sequence where the number of streams differs, or where the values lie the other way round, as
they do with and without flash attention; keys, values and positions in it are the same. Follows llama_kv_cache's
state_write_meta and state_write_data (src/llama-kv-cache.cpp).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.errors import EngineError

_F16 = 1  # ggml's number of the type


@dataclass(frozen=True, slots=True)
class Kind:
    """What of a context shows in what it saves: how many streams it has, and whether values lie by channel."""

    streams: int
    by_channel: bool


def rearranged(room: memoryview, size: int, kind: Kind, place_bytes: int) -> memoryview:
    """What is saved in the first `size` bytes of `room`, made one of that kind there.

    A cell's place takes `place_bytes`. Behind it there must be room for a count of each stream. Raises EngineError
    where it is none that can be read here.
    """
    try:
        cells, begin, end = _of_one_stream(room, size)
        if cells:
            _turn_values(room, begin + 16 + cells * place_bytes, end, cells, by_channel=kind.by_channel)
        struct.pack_into("<I", room, begin + 8, kind.streams)
        empty = 4 * (kind.streams - 1)
        room[end : end + empty] = bytes(empty)
        return room[begin : end + empty]
    except (struct.error, ValueError, OverflowError) as error:
        raise EngineError("llama.cpp saves sequences in a form that is not known") from error


def _of_one_stream(room: memoryview, size: int) -> tuple[int, int, int]:
    """Leave out the empty streams; gives the number of cells, and where it begins and ends now."""
    (streams,) = struct.unpack_from("<I", room[:size], 8)
    before = 0
    while before < streams - 1 and not struct.unpack_from("<I", room, 12 + 4 * before)[0]:
        before += 1
    end = size - 4 * (streams - 1 - before)
    if not streams or any(room[end:size]):
        raise ValueError("not one stream holds it, but none or several")
    begin = 4 * before
    room[begin : begin + 8] = room[:8]
    return struct.unpack_from("<I", room, begin + 12)[0], begin, end


def _turn_values(room: memoryview, at: int, end: int, cells: int, *, by_channel: bool) -> None:
    """Let the values of each layer lie by channel, or by cell; the keys before them stay as they are."""
    was, layers = struct.unpack_from("<II", room, at)
    struct.pack_into("<I", room, at, by_channel)
    at += 8
    for _ in range(layers):
        at += 12 + cells * struct.unpack_from("<Q", room, at + 4)[0]
    for _ in range(layers):
        channels = _channels(room, at, by_channel=bool(was))
        values: NDArray[np.uint16] = np.frombuffer(room, np.uint16, cells * channels, at + 12)
        if by_channel and not was:
            struct.pack_into("<iII", room, at, _F16, values.itemsize, channels)
            values[:] = values.reshape(cells, channels).T.ravel()
        elif was and not by_channel:
            struct.pack_into("<iQ", room, at, _F16, values.itemsize * channels)
            values[:] = values.reshape(channels, cells).T.ravel()
        at += 12 + values.nbytes
        del values  # it holds the buffer's size fixed
    if at != end:
        raise ValueError("there is more or less than expected")


def _channels(room: memoryview, at: int, *, by_channel: bool) -> int:
    type_, size, channels = struct.unpack_from("<iII", room, at)
    if type_ != _F16:
        raise ValueError("its values are not f16")
    return int(channels) if by_channel else int(size) // 2  # the row's size is a long number, of which this is half
