"""Whose turn it is to compute, where the processor's cores must not be asked for twice at once."""

from __future__ import annotations

import threading
from collections import deque


class Turns:
    """A lock that goes to whoever has waited longest.

    llama.cpp's threads spin: two computations at once, each with as many threads as there are cores, take several times
    longer than one after the other.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._taken = False

    def __enter__(self) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            gate = threading.Lock()
            gate.acquire()
            self._waiting.append(gate)
        gate.acquire()

    def __exit__(self, *_: object) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False

    def pass_on(self) -> None:
        """Let others go first where any wait; to be called by who has the turn."""
        if self._waiting:
            self.__exit__()
            self.__enter__()
