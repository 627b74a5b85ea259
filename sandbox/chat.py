"""A chat and what was said in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.limits import KEPT_MESSAGES
from sandbox.message import Message, as_json

SUPERGROUPS = -1_000_000_000_000
"""Their ids are below this."""


@dataclass(slots=True)
class Chat:
    """A private chat (its id is the person's, its title the first name), a basic group or a supergroup.

    `topics` are the threads of a forum: the ids of the messages that opened them. A basic group that became a
    supergroup is `moved_to` that. Who is `restricted` may read there only.
    """

    id: int
    title: str
    members: set[int]
    creator: int
    admins: set[int] = field(default_factory=set)
    topics: set[int] = field(default_factory=set)
    moved_to: int | None = None
    username: str | None = None
    restricted: set[int] = field(default_factory=set)

    @property
    def is_private(self) -> bool:
        return self.id > 0

    @property
    def is_basic(self) -> bool:
        """Whether it is a group of the old kind, which becomes a supergroup one day."""
        return SUPERGROUPS < self.id < 0

    def as_json(self) -> dict[str, Any]:
        """The Bot API's Chat."""
        if self.is_private:
            return {"id": self.id, "first_name": self.title, "type": "private"}
        more: dict[str, Any] = {"is_forum": True} if self.topics else {}
        if self.username:
            more["username"] = self.username
        return {"id": self.id, "title": self.title, "type": "group" if self.is_basic else "supergroup", **more}


@dataclass(slots=True)
class Conversation:
    """The messages of a chat; `bot` is the id of the bot in a private chat, None in a group, which bots share."""

    chat: Chat
    bot: int | None
    next_id: int
    messages: dict[int, Message] = field(default_factory=dict)
    reactions: dict[int, dict[int, list[dict[str, Any]]]] = field(default_factory=dict)

    def take_id(self) -> int:
        taken = self.next_id
        self.next_id += 1
        return taken

    def put(self, message: Message) -> None:
        """Keep a message, new or edited; the oldest goes when there are too many."""
        self.messages[message.id] = message
        if len(self.messages) > KEPT_MESSAGES:
            self.drop(next(iter(self.messages)))

    def has(self, message_id: object) -> bool:
        """Whether that is the id of a message that is here."""
        return isinstance(message_id, int) and message_id in self.messages

    def drop(self, message_id: int) -> bool:
        """Whether there was such a message."""
        self.reactions.pop(message_id, None)
        return self.messages.pop(message_id, None) is not None

    def show(self, message: Message) -> dict[str, Any]:
        """The Message object with the message it replies to."""
        reply_to = message.reply_to if message.reply_to is not None else message.topic
        replied = self.messages.get(reply_to) if reply_to not in {None, message.id} else None
        return as_json(message, replied)

    def show_reactions(self, message_id: int) -> list[dict[str, Any]]:
        """Who reacted how: `[{"user_id", "emoji"}]`."""
        return [
            {"user_id": user_id, "emoji": reaction.get("emoji")}
            for user_id, reactions in self.reactions.get(message_id, {}).items()
            for reaction in reactions
        ]
