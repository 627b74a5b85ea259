"""Photos, voice notes, documents and the like: from bytes to the object that stands in a message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.errors import BadRequest
from sandbox.files import Blob, Files
from sandbox.limits import PHOTO_BYTES, PHOTO_SIZES, UPLOAD_BYTES
from sandbox.ogg import ogg_seconds
from sandbox.parameters import Upload
from sandbox.picture import Picture, read_picture

_FOLDERS = {
    "animation": "animations",
    "audio": "music",
    "document": "documents",
    "sticker": "stickers",
    "video": "videos",
    "video_note": "video_notes",
    "voice": "voice",
}
KINDS = ("photo", *_FOLDERS)
_SHOWN_NAMES = {
    "photo": "Photo",
    "animation": "Animation",
    "audio": "Audio",
    "document": "Document",
    "sticker": "Sticker",
    "video": "Video",
    "video_note": "VideoNote",
    "voice": "VoiceNote",
}
_DEFAULT_TYPES = {
    "animation": "video/mp4",
    "audio": "audio/mpeg",
    "sticker": "image/webp",
    "video": "video/mp4",
    "video_note": "video/mp4",
    "voice": "audio/ogg",
}


class NotAPictureError(Exception):
    """The bytes of a photo are no JPEG, PNG, WebP or GIF."""


@dataclass(frozen=True, slots=True)
class Media:
    """One medium as it stands in a message: `{kind: value}`, for a photo the list of its sizes."""

    kind: str
    value: Any

    def as_content(self) -> dict[str, Any]:
        """The message's fields; an animation stands there as a document too, for older clients."""
        content = {self.kind: self.value}
        if self.kind == "animation":
            content["document"] = {
                name: value for name, value in self.value.items() if name not in {"duration", "width", "height"}
            }
        return content

    def file_ids(self) -> list[str]:
        sizes = self.value if self.kind == "photo" else [self.value]
        return [size["file_id"] for size in sizes]


class MediaShelf:
    """Everything that was uploaded, so that it can be sent again by its file_id."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._by_file_id: dict[str, Media] = {}

    def upload(self, kind: str, upload: Upload, details: Mapping[str, Any] | None = None) -> Media:
        """Keep an upload as a medium; `details` (duration, width, title, …) win over what the bytes say.

        NotAPictureError, or BadRequest when it is empty or too large.
        """
        if not upload.data:
            raise BadRequest("file must be non-empty")
        if kind == "photo" and len(upload.data) > PHOTO_BYTES:
            raise BadRequest(f"file of size {len(upload.data)} bytes is too big for a photo")
        if len(upload.data) > UPLOAD_BYTES:
            raise BadRequest(f"file of size {len(upload.data)} bytes is too big")
        media = self._photo(upload) if kind == "photo" else self._other(kind, upload, details or {})
        for file_id in media.file_ids():
            self._by_file_id[file_id] = media
        return media

    def again(self, kind: str, file_id: str) -> Media:
        """The medium that was sent before; BadRequest for a file_id that is unknown or of another kind."""
        media = self._by_file_id.get(file_id)
        if media is None:
            raise BadRequest("wrong remote file identifier specified: can't unserialize it. Wrong string length")
        if media.kind != kind:
            raise BadRequest(f"Can't use file of type {_SHOWN_NAMES[media.kind]} as {_SHOWN_NAMES[kind]}")
        return media

    def _photo(self, upload: Upload) -> Media:
        picture = read_picture(upload.data)
        if picture is None:
            raise NotAPictureError
        blob = self._files.blob(upload.data)
        longest = max(picture.width, picture.height)
        sides = [side for side in PHOTO_SIZES if side < longest]
        if longest <= PHOTO_SIZES[-1]:
            sides.append(longest)
        return Media("photo", [self._photo_size(blob, picture, side / longest) for side in sides])

    def _photo_size(self, blob: Blob, picture: Picture, scale: float) -> dict[str, Any]:
        stored = self._files.add(blob, "photos", picture.mime_type)
        width, height = (max(1, round(side * scale)) for side in (picture.width, picture.height))
        return {**stored.as_json(), "width": width, "height": height}

    def _other(self, kind: str, upload: Upload, details: Mapping[str, Any]) -> Media:
        mime_type = _mime_type(kind, upload)
        stored = self._files.add(self._files.blob(upload.data), _FOLDERS[kind], mime_type, upload.name)
        value: dict[str, Any] = {**_measures(kind, upload.data, details)}
        if kind in {"animation", "audio", "document", "video"} and upload.name:
            value["file_name"] = upload.name
        if kind not in {"sticker", "video_note"}:
            value["mime_type"] = mime_type
        return Media(kind, {**value, **stored.as_json()})


def _mime_type(kind: str, upload: Upload) -> str:
    declared = upload.mime_type
    if declared and declared != "application/octet-stream":
        return declared
    picture = read_picture(upload.data)
    if picture is not None:
        return picture.mime_type
    return _DEFAULT_TYPES.get(kind, "application/octet-stream")


def _measures(kind: str, data: bytes, details: Mapping[str, Any]) -> dict[str, Any]:
    picture = read_picture(data)
    duration = details.get("duration") or ogg_seconds(data)
    width = details.get("width") or (picture.width if picture else 0)
    height = details.get("height") or (picture.height if picture else 0)
    match kind:
        case "voice":
            return {"duration": duration}
        case "audio":
            named = {name: details[name] for name in ("title", "performer") if details.get(name)}
            return {"duration": duration, **named}
        case "video" | "animation":
            return {"duration": duration, "width": width, "height": height}
        case "video_note":
            return {"duration": duration, "length": details.get("length") or 240}
        case "sticker":
            size = {"width": width or 512, "height": height or 512}
            return {**size, "is_animated": False, "is_video": False, "type": "regular"}
        case _:
            return {}
