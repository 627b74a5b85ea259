"""What the bots asked for, kept so that tests can look at it."""

from __future__ import annotations

from collections import deque
from typing import Any

from sandbox.limits import KEPT_CALLS, RAW_TEXT_BYTES
from sandbox.parameters import Parameters, decode_json


class Calls:
    """A numbered log of the last calls."""

    def __init__(self) -> None:
        self._log: deque[dict[str, Any]] = deque(maxlen=KEPT_CALLS)
        self._count = 0

    def add(self, method: str, parameters: Parameters, status: int) -> None:
        """`status` is what was answered, or would have been had the connection not been dropped."""
        self._count += 1
        self._log.append({"n": self._count, "method": method, "parameters": _shown(parameters), "status": status})

    def after(self, number: int) -> list[dict[str, Any]]:
        return [call for call in self._log if call["n"] > number]


def _shown(parameters: Parameters) -> dict[str, Any]:
    """Values with JSON decoded, so that a test sees the same from every client; files by their size."""
    shown: dict[str, Any] = {name: _decoded(value[:RAW_TEXT_BYTES]) for name, value in parameters.values.items()}
    for name, uploads in parameters.files.items():
        shown[name] = {"file": len(uploads[0].data)}
    return shown


def _decoded(value: str) -> Any:
    if not value.startswith(("{", "[")):
        return value
    try:
        return decode_json(value)
    except ValueError:
        return value
