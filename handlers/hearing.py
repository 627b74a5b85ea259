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
    "that off (@BotFather, /setprivacy) and add me to it anew."
)


async def blind(update: Update, bot: Bot) -> bool:
    """Whether pictures and words that do not speak to the bot stay hidden from it here. It sees all as an admin."""
    chat = update.effective_chat
    if chat is None or chat.type == ChatType.PRIVATE or await _reads_all(bot):
        return False
    try:
        itself = await bot.get_chat_member(chat.id, bot.id)
    except BadRequest:
        return True
    return itself.status not in ADMINS


async def _reads_all(bot: Bot) -> bool:
    """What Telegram hid when the bot started it need not hide any more: that is asked anew."""
    return bool(bot.can_read_all_group_messages or (await bot.get_me()).can_read_all_group_messages)
