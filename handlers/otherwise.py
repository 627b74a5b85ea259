"""Whatever else a person sends."""

from __future__ import annotations

from contextlib import suppress

from telegram import Message, Update
from telegram.constants import ChatType
from telegram.error import BadRequest
from telegram.ext import CallbackQueryHandler, MessageHandler, filters

from handlers.phrases import N_
from handlers.work import Context


async def otherwise(update: Update, context: Context) -> None:
    """Say kindly what can be sent, where only we are spoken to."""
    message = update.message
    if message is None or message.chat.type != ChatType.PRIVATE:
        return
    context.work.say(context.work.phrases(_reason(message)), reply_to=message.message_id)


def _reason(message: Message) -> str:
    if message.text:
        return N_("I don't know that command. /help shows what I can do.")
    if message.sticker:
        return N_("A nice sticker, but I look at photos, videos and files only. /help shows what I can do.")
    if message.voice or message.audio:
        return N_("I can't listen yet. Please write your question, or send a picture. /help shows what I can do.")
    if message.paid_media:
        return N_("Telegram doesn't show me pictures that cost stars. Please send it as an ordinary photo.")
    if message.story:
        return N_("Telegram doesn't show me stories. Please send it as a photo or a video.")
    return N_("I look at photos, videos, and pictures sent as files. /help shows what I can do.")


async def stale(update: Update, context: Context) -> None:
    """Say that a button means nothing any more."""
    if update.callback_query:
        _ = context.work.phrases
        with suppress(BadRequest):
            await update.callback_query.answer(_("This button is no longer in use."))


class _InChannel(CallbackQueryHandler[Context, None]):
    """Presses in a channel. Everybody reads there, only its admins write, and a press may bring what no button has.

    Nothing of the bot's stands there but alerts, whose buttons are looked at before
    (https://core.telegram.org/bots/api#callbackquery).
    """

    def check_update(self, update: object) -> bool:
        """Whether it is one."""
        chat = update.effective_chat if isinstance(update, Update) else None
        return chat is not None and chat.type == ChatType.CHANNEL and bool(super().check_update(update))


in_channel = _InChannel(stale)
handlers = (
    MessageHandler(filters.UpdateType.MESSAGE & ~filters.StatusUpdate.ALL, otherwise),
    CallbackQueryHandler(stale),
)
