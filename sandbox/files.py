"""The bytes that were sent, found again by file_id or by path; the oldest are forgotten when there are too many."""

from __future__ import annotations

import re
import secrets
from collections import deque
from dataclasses import dataclass
from itertools import count
from typing import Any

from sandbox.limits import KEPT_FILE_BYTES

_EXTENSION = re.compile(r"\.([A-Za-z0-9]{1,8})$")
_EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/gif": "gif",
    "audio/ogg": "oga",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "video/mp4": "mp4",
}
# What a browser may be told that a file is; everything else is served as mere bytes.
_SHOWABLE = frozenset(
    {*_EXTENSIONS, "video/webm", "video/quicktime", "audio/webm", "audio/wav", "audio/x-wav", "audio/aac", "image/avif"}
)


@dataclass(slots=True)
class Blob:
    """Bytes that several files (the sizes of a photo) share; `data` is None once forgotten."""

    data: bytes | None
    size: int


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file_id and where its bytes are."""

    file_id: str
    file_unique_id: str
    path: str
    mime_type: str
    blob: Blob

    def as_json(self) -> dict[str, Any]:
        """The fields that every file object of the Bot API has."""
        return {"file_id": self.file_id, "file_unique_id": self.file_unique_id, "file_size": self.blob.size}

    @property
    def shown_type(self) -> str:
        """A content type that is safe to hand to a browser."""
        return self.mime_type if self.mime_type in _SHOWABLE else "application/octet-stream"


class Files:
    """All files of a world, at most `capacity` bytes of them."""

    def __init__(self, capacity: int = KEPT_FILE_BYTES) -> None:
        self._capacity = capacity
        self._kept = 0
        self._blobs: deque[Blob] = deque()
        self._by_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}
        self._numbers = count(1)

    def blob(self, data: bytes) -> Blob:
        """Keep bytes, forgetting the oldest ones that no longer fit; the newest always stay."""
        blob = Blob(data, len(data))
        self._blobs.append(blob)
        self._kept += blob.size
        while self._kept > self._capacity and len(self._blobs) > 1:
            oldest = self._blobs.popleft()
            self._kept -= oldest.size
            oldest.data = None
        return blob

    def add(self, blob: Blob, folder: str, mime_type: str, name: str = "") -> StoredFile:
        """Give bytes an identity of their own, in a folder named as at Telegram ("photos", "voice", …)."""
        found = _EXTENSION.search(name)
        extension = found.group(1).lower() if found else _EXTENSIONS.get(mime_type, "bin")
        path = f"{folder}/file_{next(self._numbers)}.{extension}"
        stored = StoredFile(secrets.token_urlsafe(42), secrets.token_urlsafe(10), path, mime_type, blob)
        self._by_id[stored.file_id] = stored
        self._by_path[path] = stored
        return stored

    def by_id(self, file_id: str) -> StoredFile | None:
        return self._by_id.get(file_id)

    def by_path(self, path: str) -> StoredFile | None:
        return self._by_path.get(path)
