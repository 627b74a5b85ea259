"""What the edit of a message has changed."""

from __future__ import annotations

from dataclasses import dataclass

from telegram import Message

from handlers.medium import medium_of


@dataclass(frozen=True, slots=True)
class Change:
    """Whether an edit has changed the words, and what is to be seen."""

    words: bool
    picture: bool


def change_of(message: Message, before: Message | None) -> Change:
    """What is different from how the message was; everything where that is not known."""
    if before is None:
        return Change(words=True, picture=True)
    return Change(words=_words(before) != _words(message), picture=medium_of(before) != medium_of(message))


def _words(message: Message) -> str:
    return message.text or message.caption or ""
