"""Who a message is from: a person, or the channel that somebody speaks for."""

from __future__ import annotations

from telegram import Message, MessageOriginChannel, MessageOriginChat, MessageOriginUser


def sender_of(message: Message) -> int | None:
    """The number of who sent a message, None where Telegram does not say.

    All who speak for a channel in a group come from one account of Telegram's, so it is the channel's number that
    tells them apart. Admins who stay anonymous speak for the group itself, and are one sender.
    """
    chat = message.sender_chat
    if chat is not None and chat.id != message.chat_id:
        return chat.id
    return message.from_user.id if message.from_user else None


def author_of(message: Message) -> int | None:
    """The number of who first sent what was forwarded, where Telegram tells it."""
    match message.forward_origin:
        case (
            MessageOriginUser(sender_user=author)
            | MessageOriginChat(sender_chat=author)
            | MessageOriginChannel(chat=author)
        ):
            return author.id
    return None
