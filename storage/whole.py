"""Texts that Telegram's apps have cut into several messages, because they were longer than one may be.

Nothing marks them. The apps cut in a message's second half, at a pause, and send the parts at once.
"""

from __future__ import annotations

from typing import Any, Final

LONGEST_MESSAGE: Final = 4096
"""UTF-16 units that a message may have (https://core.telegram.org/bots/api#sendmessage)."""

_WITHIN_S: Final = 2
_OTHERS_WORDS: Final = ("forward_origin", "via_bot")


def units(text: str) -> int:
    """The length of a text as Telegram counts it, in UTF-16 code units; half a character is one."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def may_go_on(body: dict[str, Any]) -> bool:
    """Whether the update is a new text that may be the first part of a longer one."""
    message = _text(body)
    return message is not None and units(message["text"]) >= LONGEST_MESSAGE // 2


def goes_on(body: dict[str, Any], before: dict[str, Any]) -> bool:
    """Whether the update is a text that the same person sent at once after one that may be cut, and as a part of it."""
    message, head = _text(body), _text(before)
    if message is None or head is None or message["text"].startswith("/"):
        return False
    same = all(message.get(name) == head.get(name) for name in ("from", "sender_chat", "message_thread_id"))
    apart = message.get("date", 0) - head.get("date", 0)
    return same and _answered(message) in (None, _answered(head)) and 0 <= apart <= _WITHIN_S


def whole(texts: list[str]) -> str:
    """The text that these are the parts of. Where it was cut at a pause, the pause was white space and is lost."""
    return "".join(text if units(text) >= LONGEST_MESSAGE else f"{text}\n" for text in texts).rstrip("\n")


def _text(body: dict[str, Any]) -> dict[str, Any] | None:
    message = body.get("message")
    if not isinstance(message, dict) or not isinstance(message.get("text"), str):
        return None
    return None if any(name in message for name in _OTHERS_WORDS) else message


def _answered(message: dict[str, Any]) -> object:
    return message.get("reply_to_message", {}).get("message_id")
