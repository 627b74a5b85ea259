"""Whether a message speaks to the bot."""

from __future__ import annotations

import re

from telegram import Bot, Message
from telegram.constants import ChatType


def addressed(message: Message, bot: Bot) -> bool:
    """In a private chat always; in a group when the bot is mentioned or one of its messages is answered."""
    if message.chat.type == ChatType.PRIVATE:
        return True
    answered = message.reply_to_message
    to_us = answered is not None and answered.from_user is not None and answered.from_user.id == bot.id
    return to_us or _mention(bot).search(message.text or message.caption or "") is not None


def without_mention(text: str, bot: Bot) -> str:
    """The words of a text without the bot's @name."""
    return " ".join(_mention(bot).sub(" ", text).split()) if _mention(bot).search(text) else text.strip()


def _mention(bot: Bot) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)@{re.escape(bot.username)}\b", re.IGNORECASE)
