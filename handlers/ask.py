"""Words about a picture that was sent before: a reply to it, to our answer about it, or simply the next question."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from telegram import Bot, Message, Update
from telegram.constants import ChatType
from telegram.ext import MessageHandler, filters

from handlers.address import addressed, without_mention
from handlers.answer import answer
from handlers.presence import typing
from handlers.subject import subject
from handlers.watch import reword
from handlers.work import Context, Work
from prompts.courtesy import courteous

CONVERSATION_LASTS: Final = timedelta(days=1)
"""For how long after a picture words that reply to nothing are about it."""


async def ask(update: Update, context: Context) -> None:
    """Answer a question about the picture that it is about; say how to begin where there is none and we are meant."""
    message = update.message
    if message is None or not message.text or not addressed(message, context.bot, context.work.chat):
        return
    async with typing(context, message):
        # Where every word is for us, words alone are about the latest picture.
        always = context.work.chat.speaks == "always" and not _between_people(message, context.bot)
        all_ours = message.chat.type == ChatType.PRIVATE or always
        if (corrected := await _corrected(message, context)) is not None:
            await _correct(corrected, without_mention(message.text, context.bot), context.work)
            return
        meant = await subject(message, context, latest_within=CONVERSATION_LASTS if all_ours else None)
        if meant is None:
            if addressed(message, context.bot, replace(context.work.chat, speaks="mentioned")):
                await _say_how(message, context.work, all_ours=all_ours)
            return
        sighting, pictures = meant
        question = without_mention(message.text, context.bot)
        await answer(context, message, sighting, pictures, question=question or None)


async def _corrected(message: Message, context: Context) -> int | None:
    """The watch whose question this message replies to."""
    answered = message.reply_to_message
    if answered is None:
        return None
    async with context.work.desk.store.read() as records:
        about = await records.outbox.about(context.bot.id, message.chat_id, answered.message_id)
    return about.watch if about.sighting is None else None


async def _correct(watch: int, words: str, work: Work) -> None:
    if courteous(words):
        work.say(work.phrases("Then I go on asking that. To change it, reply to that message with better words."))
    else:
        await reword(work, watch, words)


def _between_people(message: Message, bot: Bot) -> bool:
    """Whether it replies to somebody else. In a topic, what replies to nothing replies to the topic's opening."""
    answered = message.reply_to_message
    if answered is None or answered.forum_topic_created:
        return False
    return answered.from_user is None or answered.from_user.id != bot.id


async def _say_how(message: Message, work: Work, *, all_ours: bool) -> None:
    _ = work.phrases
    async with work.desk.store.read() as records:
        earlier = await records.sightings.latest(message.chat_id)
    if not all_ours:
        words = _("Reply to the picture that you mean, and mention me. /help shows what I can do.")
    elif earlier:
        words = _("Your last picture is from some time ago. Reply to it to ask about it, or send me a new one.")
    else:
        words = _("Send me a picture first, then ask me about it. /help shows what I can do.")
    work.say(words, reply_to=message.message_id)


handler = MessageHandler(filters.UpdateType.MESSAGE & filters.TEXT & ~filters.COMMAND, ask)
