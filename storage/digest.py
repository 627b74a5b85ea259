"""The name of a kept file, which is the SHA-256 of its content in hexadecimal, and its place among the others."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final

from storage.errors import FileMissing

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_SUFFIX: Final = re.compile(r"(\.[a-z0-9]{1,8})?")
_PLACE: Final = re.compile(rf"([0-9a-f]{{3}})/(?P<digest>\1[0-9a-f]{{61}}){_SUFFIX.pattern}")


def digest_of(data: bytes, suffix: str) -> str:
    """The name for these bytes. `suffix` is like ".jpg" or empty, and cannot lead elsewhere: ValueError."""
    if not _SUFFIX.fullmatch(suffix):
        raise ValueError(f"not a file suffix: {suffix!r}")
    return sha256(data).hexdigest()


def check_digest(digest: str) -> None:
    """Raise FileMissing for what names no file, whatever else it may be."""
    if not _DIGEST.fullmatch(digest):
        raise FileMissing("That is not the digest of a kept file.")


def shard(digest: str) -> str:
    """The folder that a file lies in: there are 4,096."""
    return digest[:3]


def digest_at(path: str) -> str | None:
    """The digest of the kept file at `path`, its shard and its name; None for what was never kept here."""
    place = _PLACE.fullmatch(path)
    return place and place["digest"]
