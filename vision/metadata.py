"""Reads what a GGUF file says about itself, without loading it (GGUF version 2 and 3, little-endian)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

# By GGUF's value types: unsigned and signed 8, 16, 32 bits, float, bool; then text, array, and the 64-bit ones.
_NUMBERS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_TEXT, _ARRAY = 8, 9
_LONGEST = 1 << 24  # bytes of a text, entries of an array: more is taken for damage
_MOST_DIMENSIONS = 4  # of a tensor
_ALIGNMENT = 32  # where the file names none


@dataclass(frozen=True)
class Head:
    """What a GGUF file says before its tensors' data, and the bytes of the file in which it says so."""

    metadata: dict[str, Any]
    tensors: frozenset[str]
    """Their names."""
    values: tuple[int, int]
    """Where the metadata begin and end; the tensors' descriptions follow."""
    end: int
    """Where those end, and filling begins."""

    alignment: int
    """The data begin at the first multiple of this after the head."""

    @property
    def data(self) -> int:
        """Where the tensors' data begin."""
        return self.end + -self.end % self.alignment


def read_head(path: Path) -> Head:
    """A file's whole head. Raises ValueError where it is damaged, OSError if it cannot be read."""
    with path.open("rb") as file:
        try:
            return _head(file)
        except struct.error as error:
            raise ValueError("the file ends within its head") from error


def _head(file: BinaryIO) -> Head:
    if file.read(4) != b"GGUF" or _number(file, "<I") not in {2, 3}:
        raise ValueError("no GGUF file of a known version")
    tensors, values = _number(file, "<Q"), _number(file, "<Q")
    start = file.tell()
    metadata = {_text(file): _value(file, _number(file, "<I")) for _ in range(values)}
    values_end = file.tell()
    names = frozenset(_tensor(file) for _ in range(tensors))
    alignment = metadata.get("general.alignment", _ALIGNMENT)
    if not isinstance(alignment, int) or not 0 < alignment < _LONGEST:
        raise ValueError("an alignment that cannot be")
    return Head(metadata, names, (start, values_end), file.tell(), alignment)


def _tensor(file: BinaryIO) -> str:
    """The name of a tensor; its sizes, its type and its place are passed over."""
    name, dimensions = _text(file), _number(file, "<I")
    if dimensions > _MOST_DIMENSIONS:
        raise ValueError("a tensor of too many dimensions")
    _read(file, f"<{dimensions}QIQ")
    return name


def _value(file: BinaryIO, kind: int) -> Any:
    if kind == _TEXT:
        return _text(file)
    if kind == _ARRAY:
        inner, count = _number(file, "<I"), _length(file)
        if inner == _ARRAY:
            raise ValueError("an array of arrays")
        return [_value(file, inner) for _ in range(count)]
    if kind not in _NUMBERS:
        raise ValueError(f"a value of unknown type {kind}")
    return _number(file, _NUMBERS[kind])


def _text(file: BinaryIO) -> str:
    return file.read(_length(file)).decode("utf-8", "replace")


def _length(file: BinaryIO) -> int:
    length: int = _number(file, "<Q")
    if length > _LONGEST:
        raise ValueError("a length that cannot be")
    return length


def _number(file: BinaryIO, form: str) -> Any:
    return _read(file, form)[0]


def _read(file: BinaryIO, form: str) -> tuple[Any, ...]:
    return struct.unpack(form, file.read(struct.calcsize(form)))
