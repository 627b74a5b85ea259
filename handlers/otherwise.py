"""Whatever else a person sends."""

from __future__ import annotations

from telegram import Update
from telegram.constants import ChatType
from telegram.ext import MessageHandler, filters

from handlers.work import Context


async def otherwise(update: Update, context: Context) -> None:
    """Say kindly what can be sent, where only we are spoken to."""
    message = update.message
    if message is None or message.chat.type != ChatType.PRIVATE:
        return
    _ = context.work.phrases
    if message.text:
        context.work.say(_("I don't know that command. /help shows what I can do."))
    else:
        context.work.say(_("I look at photos, and at pictures sent as files. /help shows what I can do."))


handler = MessageHandler(filters.UpdateType.MESSAGE & ~filters.StatusUpdate.ALL, otherwise)
