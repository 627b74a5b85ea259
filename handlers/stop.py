"""Stop: an answer that is being written ends as it is.

The wish acts as soon as it is kept, before its turn: before that comes the very answer. It reaches whoever has the work
through the database.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any, Final

from telegram import Update
from telegram.error import BadRequest, TelegramError
from telegram.ext import CallbackQueryHandler, CommandHandler, ExtBot, filters

from handlers.formatted import ITALIC, Piece
from handlers.permission import is_admin
from handlers.phrases import Phrases, reader
from handlers.sender import sender_of
from handlers.work import Context, Work
from storage.records import Arrival, Button
from storage.store import Store

_COMMAND: Final = re.compile(r"/stop(@\w+)?(\s|$)", re.IGNORECASE)
_PRESSED: Final = re.compile(r"stop:\d{1,18}")


def stop_button(work: Work) -> Button:
    """The button under an answer that is being written."""
    return Button(work.phrases("⏹ Stop"), f"stop:{work.arrival.id}")


def stopped(phrases: Phrases) -> Piece:
    """What stands at the end of what was stopped."""
    return Piece(f"⏹ {phrases('Stopped.')}", (ITALIC,))


def wishes_stop(body: dict[str, Any]) -> bool:
    """Whether a raw update is a press of that button, or /stop."""
    query, message = body.get("callback_query"), body.get("message", body.get("edited_message"))
    if isinstance(query, dict):
        return _PRESSED.fullmatch(str(query.get("data"))) is not None
    return isinstance(message, dict) and _COMMAND.match(str(message.get("text"))) is not None


async def stop_at_once(body: dict[str, Any], bot: ExtBot[None], store: Store) -> None:
    """Do what a kept wish asks for, if the answer is being written and it is theirs to stop; else its turn will come.

    Raises StorageError, TelegramError.
    """
    update = Update.de_json(body, bot)
    if update.effective_chat is None or not _for_us(update, bot):
        return
    async with store.read() as records:
        arrival = await records.inbox.in_work_before(bot.id, body)
        chat = await records.chats.get(update.effective_chat.id)
    query, _ = update.callback_query, Phrases(reader(chat, update.effective_user))
    if arrival is None or (query and query.data != f"stop:{arrival.id}"):
        return
    if not await _may(update, arrival, bot):
        if query:
            await query.answer(_("Only who asked, or an admin of this group, can stop this."))
        return
    async with store.write() as records:
        done = await records.inbox.stop(arrival, body)
    if done and query:
        await query.answer(_("Stopped."))


def _for_us(update: Update, bot: ExtBot[None]) -> bool:
    message = update.message or update.edited_message
    command = _COMMAND.match(message.text or "") if message else None
    return command is None or command[1] is None or command[1].casefold() == f"@{bot.username}".casefold()


async def _may(update: Update, arrival: Arrival, bot: ExtBot[None]) -> bool:
    """In a private chat whoever is there; in a group who asked, and the admins."""
    asked = _whose(Update.de_json(arrival.body, bot))
    return (asked is not None and asked == _whose(update)) or await is_admin(update, bot)


def _whose(update: Update) -> int | None:
    query, message = update.callback_query, update.effective_message
    if query:
        return query.from_user.id
    return sender_of(message) if message else None


async def late(update: Update, context: Context) -> None:
    """Say that there is nothing to stop: this wish has had to wait for its turn."""
    work, query, message = context.work, update.callback_query, update.message
    _ = work.phrases
    if query:
        # One that was answered already, or shows no button any more, is nothing to complain about.
        with suppress(BadRequest):
            await query.answer(_("This answer is not being written at the moment."))
        with suppress(TelegramError):
            await query.edit_message_reply_markup(None)
    elif message:
        work.say(_("I am not writing anything that you asked for."), reply_to=message.message_id)


handlers = (
    CommandHandler("stop", late, filters.UpdateType.MESSAGE),
    CallbackQueryHandler(late, pattern=_PRESSED),
)
