"""What an error of the Bot API means for the reply that was to be sent, by the words of tdlib/telegram-bot-api."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

import httpx
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError

from bot.pause import pause
from handlers.wait import asked_for
from storage.errors import StorageDown

MOST_ATTEMPTS: Final = 300
"""How often a reply is tried while Telegram is away: about a day."""

_FAULT_ATTEMPTS: Final = 3  # for a fault of the program at this one reply

# How the library begins a reason where the answer has none: "Forbidden (403)".
_UNDESCRIBED: Final = re.compile(r"[\w ]+ \(4\d\d\)", re.ASCII)
_NEVER_LEFT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

# The library writes a refusal's first letter large and all others small.
_NO_CHAT: Final = ("chat not found", "group chat was deactivated")
_NO_TOPIC: Final = ("message thread not found", "topic_closed", "topic_deleted")
_SILENCED: Final = (
    "need administrator rights in the channel chat",
    "rights to send text messages",
    "have no rights to send a message",
    "have no write access to the chat",
    "chat_write_forbidden",
    "chat_send_plain_forbidden",
    "chat_admin_required",
    "chat_restricted",
    "user_banned_in_channel",
    *_NO_TOPIC,  # what was refused in the general topic, too
)
_NO_PICTURE: Final = (
    "rights to send photos",
    "send_photos_forbidden",
    "send_media_forbidden",
    "photo_invalid",
    "image_process_failed",
    "media can't be edited",
)
_NO_MESSAGE: Final = ("message to edit not found", "message can't be edited", "message_id_invalid", *_NO_TOPIC)


def from_telegram(error: TelegramError) -> bool:
    """Whether Telegram itself refused the call, with a reason, and not a proxy or a gateway before it."""
    while isinstance(error.__cause__, type(error)):  # the library's own words around it
        error = error.__cause__
    # An answer that is no JSON, as no answer of Telegram's is, is the error's cause.
    return error.__cause__ is None and not _UNDESCRIBED.match(error.message)


def may_have_arrived(error: Exception) -> bool:
    """Whether Telegram may have done what the call asked for: the call left, and no answer of Telegram's came back."""
    if isinstance(error, BadRequest) or not isinstance(error, NetworkError):
        return type(error) is TelegramError  # an answer that is no JSON; all others are Telegram's own
    # Without a cause Telegram itself said 5xx; with one that is no httpx error, something before Telegram did.
    return error.__cause__ is not None and not isinstance(error.__cause__, _NEVER_LEFT)


def wait_after(error: Exception, attempts: int) -> timedelta | None:
    """How long to wait before trying a reply again after `error`; None where trying again is of no use."""
    match error:
        case RetryAfter():
            return asked_for(error)
        case BadRequest() | Forbidden() if _said(error) is not None:
            return None
        case TelegramError() | StorageDown():
            return pause(attempts) if attempts < MOST_ATTEMPTS else None
    return pause(attempts) if attempts < _FAULT_ATTEMPTS else None


def chat_gone(error: Exception) -> bool:
    """Whether nothing can be said in this chat any more: the bot was blocked or thrown out, or the chat is no more."""
    return (isinstance(error, Forbidden) and _said(error) is not None) or _says(error, _NO_CHAT)


def silenced(error: Exception) -> bool:
    """Whether the bot may not write in this chat: somebody took the right away, and may give it back."""
    return _says(error, _SILENCED)


def topic_gone(error: Exception) -> bool:
    """Whether the topic of a group was closed or deleted."""
    return _says(error, _NO_TOPIC)


def message_gone(error: Exception) -> bool:
    """Whether the message that was to be edited cannot be, now or later."""
    return _says(error, _NO_MESSAGE)


def picture_refused(error: Exception) -> bool:
    """Whether it is the picture that cannot be shown there; words may be."""
    return _says(error, _NO_PICTURE)


def already_so(error: Exception) -> bool:
    """Whether the message says already what it was to say."""
    return _says(error, ("message is not modified",))


def markup_refused(error: Exception) -> bool:
    """Whether Telegram could not read the text as HTML."""
    return _says(error, ("can't parse entities",))


def reason(error: Exception) -> str:
    """What an operator is told: the error's kind and, where Telegram gave one, its reason, without what it quotes."""
    name, said = type(error).__name__, _said(error)
    if said is None:
        return name
    quotes_nothing = re.split('[:"]', said.removeprefix("Forbidden: "), maxsplit=1)[0]
    return f"{name}: {quotes_nothing.strip()}"


def _says(error: Exception, words: tuple[str, ...]) -> bool:
    said = _said(error)
    return isinstance(error, BadRequest) and said is not None and any(each in said.lower() for each in words)


def _said(error: Exception) -> str | None:
    """The reason of a refusal of Telegram's own; None where something else has refused the call."""
    return error.message if isinstance(error, (BadRequest, Forbidden)) and from_telegram(error) else None
