"""What of a message can be looked at: which file, and what it claims to be."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from telegram import (
    Animation,
    Document,
    ExternalReplyInfo,
    Message,
    PhotoSize,
    Video,
    VideoNote,
    VideoQuality,
)

LARGEST_DOWNLOAD: Final = 20 * 1024 * 1024
"""Bytes that getFile hands out (https://core.telegram.org/bots/api#getfile)."""

_PICTURE = re.compile(r"\.(jpe?g|jpe|jfif|png|webp|gif|bmp|tiff?|hei[cf]|avif)$", re.IGNORECASE)
_VIDEO = re.compile(r"\.(mp4|m4v|mov|qt|mkv|webm|avi|ogv|3gp|3g2|mpe?g|flv|wmv|asf)$", re.IGNORECASE)

Kind = Literal["picture", "video", "file"]
"""What a message says that its file is; "file" where only the bytes will tell."""


@dataclass(frozen=True, slots=True)
class Medium:
    """A file at Telegram; two are the same if their `unique` is. `size`, in bytes, is None where it is not known."""

    kind: Kind
    file_id: str = field(compare=False)  # another one each time
    unique: str
    size: int | None

    @property
    def too_big(self) -> bool:
        """Whether Telegram will not hand it out."""
        return (self.size or 0) > LARGEST_DOWNLOAD


def medium_of(message: Message | ExternalReplyInfo) -> Medium | None:
    """What can be looked at in a message, or in one of another chat that it replies to."""
    if message.photo:  # of a live photo, which moves for a moment, the still one
        return _photo(message.photo)
    if message.live_photo and message.live_photo.photo:
        return _photo(message.live_photo.photo)
    if message.video:
        return _smallest_enough(message.video)
    if moving := message.animation or message.video_note:
        return _medium("video", moving)
    if message.document:
        return _medium(_claimed(message.document), message.document)
    return None


def has_picture(message: Message | ExternalReplyInfo) -> bool:
    """Whether the message shows something: a photo, a video, or a file that says it is one."""
    medium = medium_of(message)
    return medium is not None and medium.kind != "file"


def _photo(sizes: Sequence[PhotoSize]) -> Medium:
    return _medium("picture", sizes[-1])


def _smallest_enough(video: Video) -> Medium:
    """The video as it was sent, or where that is too big the best that Telegram has made of it and hands out."""
    whole = _medium("video", video)
    if not whole.too_big:
        return whole
    others = (_medium("video", each) for each in video.qualities or ())
    return max((one for one in others if one.size and not one.too_big), key=lambda one: one.size or 0, default=whole)


def _medium(kind: Kind, file: PhotoSize | Video | VideoQuality | Animation | VideoNote | Document) -> Medium:
    return Medium(kind, file.file_id, file.file_unique_id, file.file_size)


def _claimed(document: Document) -> Kind:
    mime, name = document.mime_type or "", document.file_name or ""
    if mime.startswith("image/") or _PICTURE.search(name):
        return "picture"
    return "video" if mime.startswith("video/") or _VIDEO.search(name) else "file"
