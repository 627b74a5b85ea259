"""Parameters of one call, whatever way they came in, and the typed reading of them.

As in Telegram's own server every value is text first (a JSON number as its digits, a JSON object as JSON), and is read
leniently: a number that is none counts as 0.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from sandbox.errors import BadRequest

ATTACH = "attach://"
_INTEGER = re.compile(r"-?\d{1,19}")
_INT32_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of a multipart body."""

    data: bytes
    name: str
    mime_type: str


@dataclass(frozen=True, slots=True)
class Parameters:
    """Values and files by name; a name that is missing reads as empty."""

    values: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Sequence[Upload]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        return self.values.get(name, "")

    def required_text(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise BadRequest(f'Parameter "{name}" is required')
        return value

    def integer(self, name: str, default: int = 0, low: int = -_INT32_MAX, high: int = _INT32_MAX) -> int:
        """The digits that the value starts with, else 0; `default` when it is missing; clamped to low…high."""
        value = self.text(name)
        return min(max(leading_integer(value) if value else default, low), high)

    def number(self, name: str) -> float | None:
        """None when it is missing or no number."""
        try:
            return float(self.text(name).strip())
        except ValueError:
            return None

    def flag(self, name: str) -> bool:
        return self.text(name).lower() in {"true", "yes", "1"}

    def json(self, name: str, what: str) -> Any:
        """The decoded value, None when missing; `what` names it in the error."""
        value = self.text(name)
        if not value:
            return None
        try:
            return decode_json(value)
        except ValueError as error:
            raise BadRequest(f"Can't parse {what} JSON object") from error

    def file(self, reference: str) -> Upload | None:
        """The first file under a name, which may be written as attach://name."""
        found = self.files.get(reference.removeprefix(ATTACH), ())
        return found[0] if found else None


def leading_integer(value: str) -> int:
    """The integer that a text starts with, else 0."""
    found = _INTEGER.match(value.strip())
    return int(found.group()) if found else 0


def decode_json(value: str | bytes) -> Any:
    """JSON that can be written again as UTF-8; ValueError for anything else, deep nesting and NaN included."""
    try:
        decoded = json.loads(value, parse_constant=_refuse_constant)
        json.dumps(decoded, ensure_ascii=False).encode()
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return decoded


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def as_text(value: Any) -> str:
    """A decoded JSON value as the text that a form would have carried."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def string_field(found: Mapping[str, Any], name: str, *, required: bool = False) -> str:
    """A string of a JSON object; numbers count as their digits, null as missing."""
    value = found.get(name)
    if value is None:
        _check_missing(name, required=required)
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadRequest(f'Field "{name}" must be of type String')
    return str(value)


def integer_field(found: Mapping[str, Any], name: str, *, required: bool = False) -> int:
    """An integer of a JSON object, also when written as text; 0 when missing."""
    value = found.get(name)
    if value is None:
        _check_missing(name, required=required)
        return 0
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    raise BadRequest(f'Field "{name}" must be a valid Number')


def flag_field(found: Mapping[str, Any], name: str) -> bool:
    """A boolean of a JSON object; False when missing."""
    value = found.get(name)
    if value is not None and not isinstance(value, bool):
        raise BadRequest(f'Field "{name}" must be of type Boolean')
    return bool(value)


def _check_missing(name: str, *, required: bool) -> None:
    if required:
        raise BadRequest(f'Can\'t find field "{name}"')
