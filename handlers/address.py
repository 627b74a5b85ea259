"""Whether a message speaks to the bot."""

from __future__ import annotations

import re

from telegram import Bot, Message
from telegram.constants import ChatType

from handlers.command import UNDER_PICTURES, captioned
from storage.records import Chat


def addressed(message: Message, bot: Bot, chat: Chat) -> bool:
    """In a private chat always, and in a group that likes it so; else when the bot is mentioned, answered or told."""
    if message.chat.type == ChatType.PRIVATE or chat.speaks == "always":
        return True
    answered = message.reply_to_message
    to_us = answered is not None and answered.from_user is not None and answered.from_user.id == bot.id
    told = captioned(message, *UNDER_PICTURES)
    return to_us or told or _mention(bot).search(message.text or message.caption or "") is not None


def without_mention(text: str, bot: Bot) -> str:
    """The words of a text without the bot's @name."""
    return " ".join(_mention(bot).sub(" ", text).split()) if _mention(bot).search(text) else text.strip()


def _mention(bot: Bot) -> re.Pattern[str]:
    # Chinese words may touch the name on either side, unlike in what Telegram marks as a mention.
    return re.compile(rf"(?<![A-Za-z0-9_])@{re.escape(bot.username)}(?![A-Za-z0-9_])", re.IGNORECASE)
