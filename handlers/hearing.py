"""What of a group Telegram shows the bot: everything, or only what speaks to it (its privacy mode)."""

from __future__ import annotations

from typing import Final

from telegram import Bot, Update
from telegram.constants import ChatType
from telegram.error import BadRequest

from handlers.permission import ADMINS
from handlers.phrases import N_

BLIND: Final = N_(
    "Telegram shows me only what mentions me or replies to me. Make me an admin of this group, or let my operator turn "
    "that off (@BotFather, /setprivacy)."
)


async def blind(update: Update, bot: Bot) -> bool:
    """Whether pictures and words that do not speak to the bot stay hidden from it here. It sees all as an admin."""
    chat = update.effective_chat
    if chat is None or chat.type == ChatType.PRIVATE or bot.can_read_all_group_messages:
        return False
    try:
        itself = await bot.get_chat_member(chat.id, bot.id)
    except BadRequest:
        return True
    return itself.status not in ADMINS
