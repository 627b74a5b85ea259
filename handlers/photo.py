"""A photo comes in: describe it, or answer its caption, and judge it against the chat's watches."""

from __future__ import annotations

from telegram import Update
from telegram.ext import MessageHandler, filters

from handlers.address import addressed, without_mention
from handlers.answer import answer
from handlers.presence import typing
from handlers.sight import see
from handlers.work import Context

PICTURES = filters.PHOTO | filters.Document.IMAGE


async def photo(update: Update, context: Context) -> None:
    """Look at a new photo; in a group, answer only when spoken to, and watch in silence otherwise."""
    message, work = update.message, context.work
    if message is None:
        return
    async with work.desk.store.read() as records:
        watches = tuple(await records.watches.of_chat(message.chat_id))
    speak = addressed(message, context.bot)
    if not (speak or watches):
        return
    async with typing(context, message, shown=speak):
        sighting, pictures = await see(message, context.bot, work)
        question = without_mention(message.caption or "", context.bot)
        await answer(context, message, sighting, pictures, question=question or None, watches=watches, speak=speak)


handler = MessageHandler(filters.UpdateType.MESSAGE & PICTURES, photo)
