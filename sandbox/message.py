"""A message, and how it looks as the Bot API's Message object."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Message:
    """What was said at one place of a chat; an edit makes a new one with the same id.

    `content` holds the Bot API's own fields (text and entities, photo and caption, location, …), `sender` and `chat`
    are its User and Chat objects, `reply_to` is a message id of the same chat, `topic` the one that opened its thread.
    """

    id: int
    chat: Mapping[str, Any]
    sender: Mapping[str, Any]
    date: int
    content: Mapping[str, Any]
    edit_date: int | None = None
    reply_to: int | None = None
    topic: int | None = None
    media_group_id: str | None = None
    forward_origin: Mapping[str, Any] | None = None
    external_reply: Mapping[str, Any] | None = None
    quote: Mapping[str, Any] | None = None
    reply_markup: Mapping[str, Any] | None = None
    live_until: float | None = None

    @property
    def inline_keyboard(self) -> list[list[dict[str, Any]]]:
        keyboard: list[list[dict[str, Any]]] = (self.reply_markup or {}).get("inline_keyboard", [])
        return keyboard

    def offers(self, data: str) -> bool:
        """Whether one of its buttons carries this callback data."""
        return any(button.get("callback_data") == data for row in self.inline_keyboard for button in row)


def origin_of(message: Message) -> Mapping[str, Any]:
    """The MessageOrigin of a message: who wrote it first."""
    return message.forward_origin or {"type": "user", "date": message.date, "sender_user": dict(message.sender)}


def new_album_id() -> str:
    """A media_group_id."""
    return str(secrets.randbits(53) | 1 << 53)


def as_json(message: Message, replied: Message | None = None) -> dict[str, Any]:
    """The Message object; the message it replies to stands in it without its own reply, as at Telegram."""
    found: dict[str, Any] = {
        "message_id": message.id,
        "from": dict(message.sender),
        "chat": dict(message.chat),
        "date": message.date,
    }
    if message.edit_date is not None:
        found["edit_date"] = message.edit_date
    if message.topic is not None:
        found |= {"message_thread_id": message.topic, "is_topic_message": True}
    if message.forward_origin is not None:
        found["forward_origin"] = dict(message.forward_origin)
    if message.external_reply is not None:
        found["external_reply"] = dict(message.external_reply)
    if message.quote is not None:
        found["quote"] = dict(message.quote)
    if replied is not None:
        found["reply_to_message"] = as_json(replied)
    if message.media_group_id is not None:
        found["media_group_id"] = message.media_group_id
    found |= message.content
    if message.inline_keyboard:
        found["reply_markup"] = {"inline_keyboard": message.inline_keyboard}
    return found
