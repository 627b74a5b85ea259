"""/voice on|off: whether answers come as voice notes too."""

from __future__ import annotations

from telegram import Update
from telegram.ext import CommandHandler, filters

from handlers.command import OFF, ON, argument
from handlers.work import Context

_WORDS = {**dict.fromkeys(ON, True), **dict.fromkeys(OFF, False)}


async def voice(update: Update, context: Context) -> None:
    """Turn voice notes on or off, or say which it is."""
    work = context.work
    _ = work.phrases
    wanted = _WORDS.get(argument(update).lower())
    if wanted is not None:
        async with work.desk.store.write() as records:
            work.chat = await records.chats.set(work.chat.id, voice=wanted)
    if work.chat.voice:
        work.say(_("Voice notes are on: I also speak my answers. /voice off stops that."))
    else:
        work.say(_("Voice notes are off. With /voice on I also speak my answers."))


handler = CommandHandler("voice", voice, filters.UpdateType.MESSAGE)
