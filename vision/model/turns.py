"""Whose turn it is to compute, where the processor's cores must not be asked for twice at once."""

from __future__ import annotations

import threading
import time
from collections import deque

_LONGEST_S = 0.1


class Turns:
    """A lock that goes to whoever has waited longest.

    llama.cpp's threads spin: two computations at once, each with as many threads as there are cores, take several times
    longer than one after the other.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._taken = False
        self._since = self._waited = 0.0

    def __enter__(self) -> None:
        begun = time.monotonic()
        with self._guard:
            gate = threading.Lock()
            if self._taken:
                gate.acquire()
                self._waiting.append(gate)
            self._taken = True
        gate.acquire()
        self._since = time.monotonic()
        self._waited = self._since - begun

    def __exit__(self, *_: object) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False

    def pass_on(self) -> None:
        """Let those who wait go first; to be called by who has the turn.

        It is kept for as long as it was waited for, though not for longer than _LONGEST_S: who works in small slices
        shall not stand behind who takes large steps.
        """
        if self._waiting and time.monotonic() - self._since >= min(self._waited, _LONGEST_S):
            self.__exit__()
            self.__enter__()
