"""Reading commands, in a message's text or in the words under a picture."""

from __future__ import annotations

import re

from telegram import Message, Update
from telegram.ext import filters

from handlers.medium import medium_of


def argument(update: Update) -> str:
    """What stands behind the command, with its own line breaks; empty where nothing does."""
    message = update.effective_message
    words = (message.text or message.caption or "").split(maxsplit=1) if message else []
    return words[1].strip() if len(words) > 1 else ""


class Captioned(filters.MessageFilter):
    """Pictures, videos, and files that may be some, with a command under them; one for another bot is none."""

    def __init__(self, command: str) -> None:
        super().__init__(f"/{command} under a picture")
        self._command = command

    def filter(self, message: Message) -> bool:
        """Whether the message is of this kind."""
        if medium_of(message) is None or not message.caption:
            return False
        name = re.escape(message.get_bot().username)
        return re.match(rf"/{self._command}(@{name})?(?=\s|$)", message.caption, re.IGNORECASE) is not None
