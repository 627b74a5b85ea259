"""Words about a picture that was sent before: a reply to it, to our answer about it, or simply the next question."""

from __future__ import annotations

from telegram import Message, Update
from telegram.constants import ChatType
from telegram.ext import MessageHandler, filters

from handlers.address import addressed, without_mention
from handlers.answer import answer
from handlers.presence import typing
from handlers.sight import has_picture, recall, see
from handlers.work import Context
from storage.records import Sighting
from vision.picture import Picture


async def ask(update: Update, context: Context) -> None:
    """Answer a question about the picture that it is about; say how to begin where there is none."""
    message = update.message
    if message is None or not message.text or not addressed(message, context.bot, context.work.chat):
        return
    async with typing(context, message):
        subject = await _subject(message, context)
        if subject is None:
            _ = context.work.phrases
            context.work.say(_("Send me a picture first, then ask me about it. /help shows what I can do."))
            return
        sighting, pictures = subject
        question = without_mention(message.text, context.bot)
        await answer(context, message, sighting, pictures, question=question or None)


async def _subject(message: Message, context: Context) -> tuple[Sighting, tuple[Picture, ...]] | None:
    """What the message is about: what it replies to, or where every word is for us the latest picture."""
    work, answered = context.work, message.reply_to_message
    sighting = await _sighting_of(answered, context) if answered else None
    if sighting is None and answered and has_picture(answered):
        return await see(answered, context.bot, work)
    if sighting is None and (message.chat.type == ChatType.PRIVATE or work.chat.speaks == "always"):
        async with work.desk.store.read() as records:
            sighting = await records.sightings.latest(message.chat_id)
    return (sighting, await recall(sighting, work.desk)) if sighting else None


async def _sighting_of(message: Message, context: Context) -> Sighting | None:
    """The sighting that a message brought, or that an answer of ours was about."""
    async with context.work.desk.store.read() as records:
        brought = await records.sightings.of_message(message.chat_id, message.message_id)
        about = await records.outbox.about(context.bot.id, message.chat_id, message.message_id)
        return brought or (await records.sightings.get(about) if about is not None else None)


handler = MessageHandler(filters.UpdateType.MESSAGE & filters.TEXT & ~filters.COMMAND, ask)
