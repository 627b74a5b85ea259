"""Who may change what in a group."""

from __future__ import annotations

from typing import Final

from telegram import Bot, Chat, Update
from telegram.constants import ChatMemberStatus, ChatType
from telegram.error import BadRequest

from handlers.work import Context

ADMINS: Final = (ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR)


async def may_instruct(update: Update, context: Context) -> bool:
    """Whether whoever wrote or pressed may change the chat's instruction and its presets."""
    return context.work.chat.prompt_by == "everyone" or await is_admin(update, context.bot)


def speaks_for(update: Update) -> Chat | None:
    """The group or the channel that whoever wrote speaks for: then Telegram does not say who it is."""
    message = update.effective_message
    return message.sender_chat if message and update.callback_query is None else None


async def is_admin(update: Update, bot: Bot) -> bool:
    """Whether it was an admin of the group, be it one who stays anonymous; in a private chat everybody is."""
    chat, person = update.effective_chat, update.effective_user
    if chat is None or chat.type == ChatType.PRIVATE:
        return True
    if speaker := speaks_for(update):
        return speaker.id == chat.id
    if person is None:
        return False
    try:
        member = await bot.get_chat_member(chat.id, person.id)
    except BadRequest:  # who is not known to Telegram in this group is no admin of it
        return False
    return member.status in ADMINS
