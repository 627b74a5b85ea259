"""Editing, deleting, copying and reacting to messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sandbox.chat import Conversation
from sandbox.errors import BadRequest, parsing
from sandbox.media import KINDS
from sandbox.message import Message, origin_of
from sandbox.methods.call import Call
from sandbox.methods.texts import text_content
from sandbox.methods.uploads import read_input_media
from sandbox.parameters import leading_integer, string_field
from sandbox.reactions import EMOJI
from sandbox.reply_markup import read_reply_markup

_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)
_MOST_IDS = 100


def edit_message_text(call: Call) -> dict[str, Any]:
    content = text_content(call)
    conversation, message = editable(call)
    if "text" not in message.content:
        raise BadRequest("There is no text in the message to edit")
    return change(call, conversation, message, content)


def edit_message_caption(call: Call) -> dict[str, Any]:
    caption = call.caption()
    conversation, message = editable(call)
    if not any(kind in message.content for kind in KINDS):
        raise BadRequest("There is no caption in the message to edit")
    rest = {name: value for name, value in message.content.items() if name not in {"caption", "caption_entities"}}
    return change(call, conversation, message, rest | caption)


def edit_message_media(call: Call) -> dict[str, Any]:
    call.parameters.required_text("media")
    _, content = read_input_media(call, call.parameters.json("media", "input media"))
    conversation, message = editable(call)
    if not any(kind in message.content for kind in (*KINDS, "text")):
        raise BadRequest("Message media can't be edited")
    return change(call, conversation, message, content)


def edit_message_reply_markup(call: Call) -> dict[str, Any]:
    conversation, message = editable(call)
    return change(call, conversation, message, message.content)


def delete_message(call: Call) -> bool:
    for name, what in (("chat_id", "Chat"), ("message_id", "Message")):
        if not call.parameters.text(name):
            raise BadRequest(f"{what} identifier is not specified")
    conversation = call.conversation()
    _delete(call, conversation, call.message(conversation, "message to delete"))
    return True


def delete_messages(call: Call) -> bool:
    """Those of the messages that are there."""
    message_ids = _message_ids(call)
    conversation = call.conversation()
    for message in [conversation.messages[found] for found in message_ids if found in conversation.messages]:
        _delete(call, conversation, message)
    return True


def copy_message(call: Call) -> dict[str, Any]:
    """The same content again, with another caption if one is given; only the new id is told."""
    original = _original(call, "message to copy")
    content = dict(original.content)
    if "caption" in call.parameters.values:
        content = {name: value for name, value in content.items() if not name.startswith("caption")} | call.caption()
    return {"message_id": call.send(content)["message_id"]}


def forward_message(call: Call) -> dict[str, Any]:
    original = _original(call, "message to forward")
    return call.send(original.content, forward_origin=origin_of(original))


def set_message_reaction(call: Call) -> bool:
    found = call.parameters.json("reaction", "reaction types")
    if found is not None and not isinstance(found, list):
        raise BadRequest("Expected an Array of ReactionType")
    reactions = [_reaction(one) for one in found or ()]
    if len(reactions) > 1:
        raise BadRequest("REACTIONS_TOO_MANY")
    conversation = call.conversation()
    message = call.message(conversation, "message to react")
    call.world.react(conversation, message.id, call.bot, reactions)
    return True


def editable(call: Call) -> tuple[Conversation, Message]:
    """The bot's own message that the call is about."""
    parameters = call.parameters
    if not parameters.text("chat_id") and not parameters.integer("message_id"):
        if parameters.text("inline_message_id"):
            raise BadRequest("MESSAGE_ID_INVALID")  # there is no inline mode, so no inline message
        raise BadRequest("Message identifier is not specified")
    conversation = call.conversation()
    message = call.message(conversation, "message to edit")
    if message.sender["id"] != call.bot.id or message.forward_origin is not None:
        raise BadRequest("Message can't be edited")
    return conversation, message


def change(
    call: Call, conversation: Conversation, message: Message, content: Mapping[str, Any], **more: Any
) -> dict[str, Any]:
    """Give a message a new content and keyboard, which must differ from what it has."""
    reply_markup = read_reply_markup(call.parameters)
    if replace(message, content=content, reply_markup=reply_markup, **more) == message:
        raise BadRequest(_NOT_MODIFIED)
    edited = call.world.edit(conversation, message, content=content, reply_markup=reply_markup, **more)
    return conversation.show(edited)


def _delete(call: Call, conversation: Conversation, message: Message) -> None:
    """In a private chat a bot may delete both sides' messages, elsewhere only its own."""
    if not conversation.chat.is_private and message.sender["id"] != call.bot.id:
        raise BadRequest("Message can't be deleted for everyone")
    call.world.delete(conversation, message.id)


def _message_ids(call: Call) -> list[int]:
    found = call.parameters.json("message_ids", "message_ids")
    if found is None:
        raise BadRequest("Message identifiers are not specified")
    if not isinstance(found, list):
        raise BadRequest("Expected an Array of message identifiers")
    if len(found) > _MOST_IDS:
        raise BadRequest("Too many message identifiers specified")
    if not all(isinstance(one, int | str) and not isinstance(one, bool) for one in found):
        raise BadRequest("Message identifier must be a Number")
    return [leading_integer(str(one)) for one in found]


def _original(call: Call, what: str) -> Message:
    return call.message(call.world.conversation(call.bot, call.chat_id("from_chat_id")), what)


def _reaction(found: Any) -> dict[str, Any]:
    with parsing("ReactionType"):
        if not isinstance(found, Mapping):
            raise BadRequest("expected an Object")
        kind = string_field(found, "type", required=True)
        if kind not in {"emoji", "custom_emoji"}:
            raise BadRequest("invalid reaction type specified")
        emoji = string_field(found, "emoji", required=kind == "emoji")
    if emoji not in EMOJI:
        raise BadRequest("REACTION_INVALID")
    return {"type": "emoji", "emoji": emoji}
