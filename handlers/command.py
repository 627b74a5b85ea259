"""Reading commands, in a message's text or in the words under a picture."""

from __future__ import annotations

import re
from typing import Any, Final

from telegram import Message, Update
from telegram.ext import filters

from handlers.change import Change
from handlers.medium import medium_of
from handlers.work import current

UNDER_PICTURES: Final = ("find", "which", "watch")
"""The commands that may stand under a picture."""

ON: Final = frozenset({"on", "开", "打开", "开启"})
OFF: Final = frozenset({"off", "关", "关闭", "关掉"})
"""What people write behind a command that turns something on or off."""

_COMMAND: Final = re.compile(r"/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]+)?")
_OPENING: Final = re.compile(rf"{_COMMAND.pattern}(?:[\s,：，]|:(?![()]))*")  # a smiley is a word
# To Telegram, a command that Chinese words follow at once is none.
_TOUCHED: Final = re.compile(rf"{_COMMAND.pattern}(?=[^\W0-9A-Za-z_])")


def argument(update: Update) -> str:
    """What stands behind the command, with its own line breaks; empty where nothing does."""
    message = update.effective_message
    return _OPENING.sub("", _words(message), count=1).strip() if message else ""


def noticed(body: dict[str, Any]) -> dict[str, Any]:
    """A raw update with the command in it that Telegram did not see: "/watch有没有烟" has no space behind it."""
    kind = next((each for each in ("message", "edited_message") if each in body), None)
    message = body[kind] if kind else {}
    found = _TOUCHED.match(str(message.get("text", "")))
    if kind is None or found is None:
        return body
    command = {"type": "bot_command", "offset": 0, "length": found.end()}
    return {**body, kind: {**message, "entities": [command, *message.get("entities", ())]}}


def commanded(update: Update, change: Change) -> Update:
    """An edit into a command, as if that had just been sent: so it is carried out. Any other edit as it is."""
    edited = update.edited_message
    if edited is None or not (change.words or change.picture):
        return update
    command = (edited.text or "").startswith("/") or captioned(edited, *UNDER_PICTURES)
    return Update(update.update_id, message=edited) if command else update


class Captioned(filters.MessageFilter):
    """Pictures, videos, and files that may be some, with a command under them, or under another of their album."""

    def __init__(self, command: str) -> None:
        super().__init__(f"/{command} under a picture")
        self._command = command

    def filter(self, message: Message) -> bool:
        """Whether the message is of this kind."""
        return any(captioned(each, self._command) for each in current.get().album or (message,))


def captioned(message: Message, *commands: str) -> bool:
    """Whether one of these commands (as patterns) stands under what may be a picture. One for another bot is none."""
    if medium_of(message) is None:
        return False
    wanted, name = "|".join(commands), re.escape(message.get_bot().username)
    return re.match(rf"/(?:{wanted})(?:@{name})?(?![A-Za-z0-9_@/])", message.caption or "", re.IGNORECASE) is not None


def _words(message: Message) -> str:
    """A text, or what is written under a picture: of an album, the command that stands under any of its pictures."""
    captions = [each.caption or "" for each in current.get().album or (message,)]
    return message.text or next((words for words in captions if words.startswith("/")), message.caption or "")
