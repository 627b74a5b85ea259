"""Whatever else a person sends."""

from __future__ import annotations

from contextlib import suppress

from telegram import Update
from telegram.constants import ChatType
from telegram.error import BadRequest
from telegram.ext import CallbackQueryHandler, MessageHandler, filters

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


async def stale(update: Update, context: Context) -> None:
    """Say that a button means nothing any more."""
    if update.callback_query:
        _ = context.work.phrases
        with suppress(BadRequest):
            await update.callback_query.answer(_("This button is no longer in use."))


handlers = (
    MessageHandler(filters.UpdateType.MESSAGE & ~filters.StatusUpdate.ALL, otherwise),
    CallbackQueryHandler(stale),
)
