"""One call of a Bot API method, and the readings of its parameters that methods share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.bot import Bot
from sandbox.chat import Conversation
from sandbox.errors import BadRequest
from sandbox.limits import CAPTION_LENGTH
from sandbox.markup import Formatted, format_text
from sandbox.message import Message
from sandbox.parameters import Parameters, flag_field, integer_field, leading_integer, string_field
from sandbox.posts import elsewhere
from sandbox.reply_markup import read_reply_markup
from sandbox.world import World


@dataclass(frozen=True, slots=True)
class Call:
    """Who calls, with what."""

    world: World
    bot: Bot
    parameters: Parameters

    def chat_id(self, name: str = "chat_id") -> int:
        """The chat that a parameter names, by its number or as @username."""
        value = self.parameters.text(name).strip()
        if not value:
            raise BadRequest("chat_id is empty")
        return self._chat_id(value)

    def _chat_id(self, value: str) -> int:
        if not value.startswith("@"):
            return leading_integer(value)
        named = self.world.named(value[1:])
        if named is None:
            raise BadRequest("chat not found")
        return named.id

    def conversation(self) -> Conversation:
        """The chat that chat_id names, for writing."""
        return self.world.writable(self.bot, self.chat_id())

    def message(self, conversation: Conversation, what: str) -> Message:
        """The message that message_id names; `what` words the error ("message to edit")."""
        message = conversation.messages.get(self.parameters.integer("message_id"))
        if message is None:
            raise BadRequest(f"{what} not found")
        return message

    def formatted(self, text: str, entities: str) -> Formatted:
        """A text parameter with its parse_mode or the entities parameter."""
        given = self.parameters.json(entities, "entities") if not self.parameters.text("parse_mode") else None
        return self.format(self.parameters.text(text), self.parameters.text("parse_mode"), given)

    def format(self, text: str, parse_mode: str, given: Any) -> Formatted:
        users = {person.id: person.as_json() for person in self.world.people.values()}
        return format_text(text, parse_mode, given, users)

    def caption(self) -> dict[str, Any]:
        """The caption's fields of a message."""
        return caption_content(self.formatted("caption", "caption_entities"))

    def whereabouts(self, conversation: Conversation) -> dict[str, Any]:
        """The fields of Message for what is replied to, and for the thread."""
        reply = self._reply(conversation)
        return {**reply, "topic": self.topic(conversation, reply.get("reply_to"))}

    def _reply(self, conversation: Conversation) -> dict[str, Any]:
        """What is replied to, here or in another chat; nothing where it is gone and that was allowed for."""
        chat, message_id, may_be_gone = self._reply_parameters()
        source = self.world.conversation(self.bot, self._chat_id(chat)) if chat else conversation
        message = source.messages.get(message_id)
        if message is None and message_id and not may_be_gone:
            raise BadRequest("message to be replied not found")
        if message is None:
            return {}
        return {"reply_to": message_id} if source is conversation else {"external_reply": elsewhere(source, message)}

    def topic(self, conversation: Conversation, reply_to: int | None = None) -> int | None:
        """The thread that a message goes to: the one named, else that of the message it replies to."""
        named = self.parameters.integer("message_thread_id")
        if named and named not in conversation.chat.topics:
            raise BadRequest("message thread not found")
        replied = conversation.messages.get(reply_to or 0)
        return named or (replied.topic if replied else None)

    def _reply_parameters(self) -> tuple[str, int, bool]:
        """The chat of the message that is replied to, empty for the same; its id; and whether it may be gone."""
        parameters = self.parameters
        if parameters.text("reply_to_message_id"):
            return "", max(parameters.integer("reply_to_message_id"), 0), parameters.flag("allow_sending_without_reply")
        found = parameters.json("reply_parameters", "reply parameters") or {}
        if not isinstance(found, Mapping):
            raise BadRequest("Object expected as reply parameters")
        if not found:
            return "", 0, False
        message_id = integer_field(found, "message_id", required=True)
        return string_field(found, "chat_id"), max(message_id, 0), flag_field(found, "allow_sending_without_reply")

    def marked(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """A content with what the parameters of all send methods add to it."""
        return {**content, "has_protected_content": True} if self.parameters.flag("protect_content") else {**content}

    def send(self, content: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        """Post a message of the bot with the parameters that all send methods know; its Message object."""
        reply_markup = read_reply_markup(self.parameters)
        conversation = self.conversation()
        more |= {**self.whereabouts(conversation), "reply_markup": reply_markup}
        message = self.world.post(conversation, self.bot, self.marked(content), **more)
        return conversation.show(message)


@dataclass(frozen=True, slots=True)
class Described:
    """A result that comes with a sentence."""

    result: Any
    description: str


Method = Callable[[Call], Any | Awaitable[Any]]


def caption_content(caption: Formatted) -> dict[str, Any]:
    if len(caption.text) > CAPTION_LENGTH:
        raise BadRequest("message caption is too long")
    return caption.as_content("caption", "caption_entities")
