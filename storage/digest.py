"""The name of a kept file: the SHA-256 of its content, in hexadecimal."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final

from storage.errors import FileMissing

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_SUFFIX: Final = re.compile(r"(\.[a-z0-9]{1,8})?")


def digest_of(data: bytes, suffix: str) -> str:
    """The name for these bytes. `suffix` is like ".jpg" or empty, and cannot lead elsewhere: ValueError."""
    if not _SUFFIX.fullmatch(suffix):
        raise ValueError(f"not a file suffix: {suffix!r}")
    return sha256(data).hexdigest()


def check_digest(digest: str) -> None:
    """Raise FileMissing for what names no file, whatever else it may be."""
    if not _DIGEST.fullmatch(digest):
        raise FileMissing("That is not the digest of a kept file.")
