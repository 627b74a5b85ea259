"""Words about a picture that was sent before: a reply to it, to our answer about it, or simply the next question."""

from __future__ import annotations

from telegram import Update
from telegram.constants import ChatType
from telegram.ext import MessageHandler, filters

from handlers.address import addressed, without_mention
from handlers.answer import answer
from handlers.presence import typing
from handlers.subject import subject
from handlers.work import Context


async def ask(update: Update, context: Context) -> None:
    """Answer a question about the picture that it is about; say how to begin where there is none."""
    message = update.message
    if message is None or not message.text or not addressed(message, context.bot, context.work.chat):
        return
    async with typing(context, message):
        # Where every word is for us, words alone are about the latest picture.
        all_ours = message.chat.type == ChatType.PRIVATE or context.work.chat.speaks == "always"
        meant = await subject(message, context, otherwise_latest=all_ours)
        if meant is None:
            _ = context.work.phrases
            context.work.say(_("Send me a picture first, then ask me about it. /help shows what I can do."))
            return
        sighting, pictures = meant
        question = without_mention(message.text, context.bot)
        await answer(context, message, sighting, pictures, question=question or None)


handler = MessageHandler(filters.UpdateType.MESSAGE & filters.TEXT & ~filters.COMMAND, ask)
