"""A group becomes a supergroup and gets another number: everything of it goes along."""

from __future__ import annotations

from telegram import Update
from telegram.ext import MessageHandler, filters

from handlers.work import Context


async def moved(update: Update, context: Context) -> None:
    """Carry all that is known of the group over. Telegram tells it in both chats; to do it twice is harmless."""
    message = update.message
    if message is None:
        return
    old = message.migrate_from_chat_id or message.chat_id
    new = message.migrate_to_chat_id or message.chat_id
    async with context.work.desk.store.write() as records:
        await records.chats.moved(old, new)


handler = MessageHandler(filters.UpdateType.MESSAGE & filters.StatusUpdate.MIGRATE, moved)
