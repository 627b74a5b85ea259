"""A photo comes in: describe it, or answer its caption, and judge it against the chat's watches."""

from __future__ import annotations

from telegram import Message, Update
from telegram.ext import MessageHandler, filters

from handlers.address import addressed, without_mention
from handlers.answer import answer
from handlers.errors import FileTooBig
from handlers.presence import typing
from handlers.sight import has_picture, see
from handlers.work import Context
from storage.records import Watch
from vision.errors import PictureError


async def photo(update: Update, context: Context) -> None:
    """Look at a new photo, or at any file that may be one; in a group answer only when spoken to, else just watch."""
    message = update.message
    if message is None:
        return
    async with context.work.desk.store.read() as records:
        watches = tuple(await records.watches.of_chat(message.chat_id))
    if addressed(message, context.bot, context.work.chat):
        async with typing(context, message):
            await _look(message, context, watches, speak=True)
    elif watches and has_picture(message):
        await _look_in_silence(message, context, watches)


async def _look_in_silence(message: Message, context: Context, watches: tuple[Watch, ...]) -> None:
    try:
        await _look(message, context, watches, speak=False)
    except (PictureError, FileTooBig):
        return  # nobody asked, so nobody is told that it could not be looked at


async def _look(message: Message, context: Context, watches: tuple[Watch, ...], *, speak: bool) -> None:
    sighting, pictures = await see(message, context.bot, context.work)
    question = without_mention(message.caption or "", context.bot)
    await answer(context, message, sighting, pictures, question=question or None, watches=watches, speak=speak)


handler = MessageHandler(filters.UpdateType.MESSAGE & (filters.PHOTO | filters.Document.ALL), photo)
