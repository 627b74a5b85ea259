"""The process that eSpeak NG lives in: requests on stdin, speech on stdout.

The engine is GPL, keeps global state and is native code that may abort, so it shares no process with the bot. The
parent is `voice.espeak`; it starts this file by its path, so that nothing of the bot is imported here.

A frame is a length (4 bytes, big endian) and that many bytes. A request is JSON: `text`, `voices` (names to try in this
order), `rate` (words a minute), `seconds` (the longest speech). A reply is one status byte, then for SPOKEN the sample
rate (4 bytes) and 16-bit mono samples. When stdin ends, so does the process.
"""

import ctypes
import json
import os
import struct
import sys
from typing import Any, BinaryIO

import espeakng_loader

SPOKEN, LANGUAGE_UNKNOWN, FAILED = b"S", b"L", b"F"
LENGTH = struct.Struct(">I")
SAMPLE_RATE = struct.Struct(">I")

_SYNCHRONOUS, _DONT_EXIT = 2, 0x8000
_UTF8, _RATE, _OK = 1, 1, 0
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


def framed(payload: bytes) -> bytes:
    """The bytes of one frame."""
    return LENGTH.pack(len(payload)) + payload


class Engine:
    """eSpeak NG, initialised; one in a process."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        # The engine cannot take a long data path (200 characters are too many): it is given the shortest.
        os.chdir(espeakng_loader.get_data_path())
        self._rate = self._library.espeak_Initialize(_SYNCHRONOUS, 0, b".", _DONT_EXIT)
        if self._rate <= 0:
            raise OSError("eSpeak NG did not start: its data is missing or damaged")
        self._samples = bytearray()
        self._limit = 0
        self._callback = _CALLBACK(self._collect)  # kept: the library holds no reference to it
        self._library.espeak_SetSynthCallback(self._callback)

    def reply(self, request: dict[str, Any]) -> bytes:
        """The reply to one request."""
        if not any(self._library.espeak_SetVoiceByName(name.encode()) == _OK for name in request["voices"]):
            return LANGUAGE_UNKNOWN
        self._library.espeak_SetParameter(_RATE, request["rate"], 0)
        self._samples.clear()
        self._limit = int(request["seconds"] * self._rate) * 2
        text = request["text"].encode()
        if self._library.espeak_Synth(text, ctypes.c_size_t(len(text) + 1), 0, 0, 0, _UTF8, None, None) != _OK:
            return FAILED
        return SPOKEN + SAMPLE_RATE.pack(self._rate) + bytes(self._samples[: self._limit])

    def _collect(self, samples: Any, count: int, _events: int | None) -> int:
        """Called with each piece of speech; a true answer stops it."""
        if samples and count > 0:
            self._samples += ctypes.string_at(samples, count * 2)
        return int(len(self._samples) >= self._limit)


def _read(source: BinaryIO) -> bytes | None:
    length = source.read(LENGTH.size)
    return source.read(*LENGTH.unpack(length)) if len(length) == LENGTH.size else None


def main() -> None:
    """Answer requests until stdin ends."""
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the library prints goes to stderr and not between the frames
    engine = Engine()
    while request := _read(sys.stdin.buffer):
        reply = framed(engine.reply(json.loads(request)))
        try:
            sink.write(reply)
            sink.flush()
        except BrokenPipeError:  # whoever asked has died
            os._exit(0)


if __name__ == "__main__":
    main()
