"""A pin or a live location: where its sender's next pictures are taken."""

from __future__ import annotations

from typing import Final

from telegram import Update
from telegram.ext import MessageHandler, filters

from handlers.address import addressed
from handlers.phrases import N_
from handlers.sender import sender_of
from handlers.work import Context
from places.position import Position
from storage.records import Place

_PIN: Final = N_("📍 {position}. I keep it in mind for your pictures of the next hour.")
_LIVE: Final = N_("📍 {position}. I follow it as it moves, and keep its last point in mind for an hour.")


async def place(update: Update, context: Context) -> None:
    """Remember the position; confirm a new one where spoken to, and follow a live one in silence."""
    work, message = context.work, update.effective_message
    if message is None or message.location is None:
        return
    location = message.location
    position = Position(location.latitude, location.longitude)
    live = location.live_period is not None or update.edited_message is not None
    where = Place(position.latitude, position.longitude, "live" if live else "pin", message.edit_date or message.date)
    async with work.desk.store.write() as records:
        await records.places.remember(message.chat_id, sender_of(message), where)
    if update.message and addressed(update.message, context.bot, work.chat):
        work.say(work.phrases(_LIVE if live else _PIN, position=position), reply_to=message.message_id)


handler = MessageHandler((filters.UpdateType.MESSAGE | filters.UpdateType.EDITED_MESSAGE) & filters.LOCATION, place)
