"""The state of the sandbox: people, bots, chats, messages and files. It knows nothing of HTTP."""

from __future__ import annotations

import hmac
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sandbox.bot import Bot
from sandbox.callback import Answer, CallbackQuery
from sandbox.chat import SUPERGROUPS, Chat, Conversation
from sandbox.errors import BadRequest, BotApiError, Forbidden, Moved
from sandbox.events import Events
from sandbox.files import Files
from sandbox.limits import BOTS, CALLBACK_SECONDS
from sandbox.media import MediaShelf
from sandbox.message import Message
from sandbox.person import Person
from sandbox.updates import UpdateQueue

ADA = Person(101, "Ada", "en")
MING = Person(102, "小明", "zh-hans")
GROUP_ID = -1_001_000_000_001
BOT_ID = 7_000_000_001
_FIRST_BASIC_GROUP = -4_000_000_000
_TOKEN = re.compile(r"([1-9][0-9]{0,15}):[A-Za-z0-9_-]{20,256}")

Json = dict[str, Any]


class World:
    """Everything that happened. Its methods change the state, tell the bots and log the events."""

    def __init__(self, *, token: str | None = None, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        # A sandbox that starts anew gives no number again that one before it has given, however soon.
        self._first_id = int(100 * clock()) % 2**30
        self.events = Events(self._first_id)
        self.files = Files()
        self.media = MediaShelf(self.files)
        self.note: Any = None
        self.on_update: Callable[[Bot], None] | None = None
        self.people: dict[int, Person] = {person.id: person for person in (ADA, MING)}
        self.bots: dict[int, Bot] = {}
        self._conversations: dict[tuple[int, int | None], Conversation] = {}
        self._callbacks: dict[str, CallbackQuery] = {}
        self.token = token or f"{BOT_ID}:{secrets.token_urlsafe(26)}"
        if not _TOKEN.fullmatch(self.token):
            raise ValueError("a token is a number, a colon and at least 20 letters, digits, _ or -")
        self.bot = self.authorise(self.token)
        self.bot.username, self.bot.first_name = "lookout_bot", "Lookout"
        self._add_group(Chat(GROUP_ID, "Neighbours", {ADA.id, MING.id, self.bot.id}, ADA.id))

    def open(self) -> None:
        """Let event streams and long polls wait, again if it was closed."""
        self.events.open()
        for bot in self.bots.values():
            bot.updates.open()

    def close(self) -> None:
        """End the event streams and long polls that wait, which would otherwise hold a server open."""
        self.events.close()
        for bot in self.bots.values():
            bot.updates.close()

    # Who is there

    def say(self, note: Any) -> None:
        """Show a note in the page, as one text or one for each language; None shows none."""
        self.note = note
        self.events.publish("world")

    def authorise(self, token: str) -> Bot:
        """The bot of a token; a new id makes a new bot, a known id wants the token it first came with."""
        shape = _TOKEN.fullmatch(token)
        if shape is None:
            raise BotApiError(404, "Not Found")
        bot = self.bots.get(int(shape.group(1)))
        if bot is None and len(self.bots) < BOTS:
            bot = self._new_bot(int(shape.group(1)), token)
        if bot is None or not hmac.compare_digest(bot.token, token):
            raise BotApiError(401, "Unauthorized")
        return bot

    def _new_bot(self, bot_id: int, token: str) -> Bot:
        bot = Bot(bot_id, token, f"sandbox_{bot_id}_bot", f"Bot {bot_id}", UpdateQueue(self._first_id))
        bot.updates.on_put = lambda: self.on_update(bot) if self.on_update is not None else None
        self.bots[bot_id] = bot
        return bot

    def add_person(self, first_name: str, language_code: str) -> Person:
        person = Person(max(self.people) + 1, first_name, language_code)
        self.people[person.id] = person
        self.events.publish("world")
        return person

    def add_group(
        self, title: str, members: set[int], creator: int, *, basic: bool = False, username: str | None = None
    ) -> Chat:
        """A new group with these people and the default bot, which is told that it was added."""
        chat = Chat(self._next_group_id(basic=basic), title, members | {self.bot.id}, creator, username=username)
        self._add_group(chat)
        self._tell_membership(self.bot, chat, self.people[creator], "left", "member")
        self.events.publish("world")
        return chat

    def upgrade(self, conversation: Conversation, person: Person) -> Chat:
        """A basic group becomes a supergroup: another chat, to which everybody goes. Both tell the bots."""
        old = conversation.chat
        new = Chat(self._next_group_id(), old.title, set(old.members), old.creator, set(old.admins))
        new.restricted |= old.restricted
        self._add_group(new)
        self.post(conversation, person, {"migrate_to_chat_id": new.id})
        old.moved_to = new.id
        self.post(self.conversation(self.bot, new.id), person, {"migrate_from_chat_id": old.id})
        self.events.publish("world")
        return new

    def open_topic(self, conversation: Conversation, person: Person, name: str) -> Message:
        """A new thread of a group, which thereby is a forum."""
        topic = conversation.next_id
        conversation.chat.topics.add(topic)
        content = {"forum_topic_created": {"name": name, "icon_color": 0x6FB9F0}}
        return self.post(conversation, person, content, topic=topic)

    def _next_group_id(self, *, basic: bool = False) -> int:
        ids = (chat_id for chat_id, _ in self._conversations if chat_id < 0)
        return min((chat_id for chat_id in ids if (chat_id > SUPERGROUPS) == basic), default=_FIRST_BASIC_GROUP) - 1

    def _add_group(self, chat: Chat) -> None:
        self._conversations[chat.id, None] = Conversation(chat, None, self._first_id)

    def block(self, bot: Bot, person: Person, *, blocked: bool) -> None:
        """A person blocks or unblocks a bot."""
        if blocked == (person.id in bot.blocked_by):
            return
        change = ("member", "kicked") if blocked else ("kicked", "member")
        (bot.blocked_by.add if blocked else bot.blocked_by.remove)(person.id)
        self._tell_membership(bot, self.conversation(bot, person.id).chat, person, *change)

    def _tell_membership(self, bot: Bot, chat: Chat, who: Person, before: str, after: str) -> None:
        bot.updates.put(
            "my_chat_member",
            {
                "chat": chat.as_json(),
                "from": who.as_json(),
                "date": self.now(),
                "old_chat_member": _membership(bot, before),
                "new_chat_member": _membership(bot, after),
            },
        )

    # Chats

    def now(self) -> int:
        return int(self.clock())

    def groups(self) -> list[Chat]:
        return [conversation.chat for conversation in self._conversations.values() if not conversation.chat.is_private]

    def named(self, username: str) -> Chat | None:
        """The group that goes by a name, however it is spelt."""
        return next((chat for chat in self.groups() if (chat.username or "").lower() == username.lower()), None)

    def conversation(self, bot: Bot, chat_id: int) -> Conversation:
        """A chat as a bot knows it; BadRequest when there is none."""
        if chat_id < 0:
            found = self._conversations.get((chat_id, None))
        else:
            found = self._conversations.get((chat_id, bot.id)) or self._new_private(bot, chat_id)
        if found is None:
            raise BadRequest("chat not found")
        return found

    def writable(self, bot: Bot, chat_id: int) -> Conversation:
        """The same, Forbidden when the bot may not write there."""
        conversation = self.conversation(bot, chat_id)
        if chat_id in bot.blocked_by:
            raise Forbidden("bot was blocked by the user")
        if conversation.chat.moved_to is not None:
            raise Moved(conversation.chat.moved_to)
        if bot.id not in conversation.chat.members:
            raise Forbidden("bot is not a member of the supergroup chat")
        return conversation

    def _new_private(self, bot: Bot, person_id: int) -> Conversation | None:
        person = self.people.get(person_id)
        if person is None:
            return None
        chat = Chat(person_id, person.first_name, {person_id, bot.id}, person_id)
        conversation = Conversation(chat, bot.id, self._first_id)
        self._conversations[person_id, bot.id] = conversation
        return conversation

    # What is said

    def post(
        self, conversation: Conversation, sender: Person | Bot, content: Mapping[str, Any], **more: Any
    ) -> Message:
        """A new message; bots hear what people say. `more` are further fields of Message."""
        message = Message(
            id=conversation.take_id(),
            chat=conversation.chat.as_json(),
            sender=sender.as_json(),
            date=self.now(),
            content=content,
            **more,
        )
        conversation.put(message)
        self._publish(conversation, "message", message=conversation.show(message))
        if isinstance(sender, Person):
            self._tell_bots(conversation, "message", conversation.show(message))
        return message

    def edit(self, conversation: Conversation, message: Message, **changes: Any) -> Message:
        """Replace fields of a message; bots hear of it when it is a person's."""
        edited = replace(message, edit_date=self.now(), **changes)
        conversation.put(edited)
        self._publish(conversation, "edit", message=conversation.show(edited))
        if not edited.sender["is_bot"]:
            self._tell_bots(conversation, "edited_message", conversation.show(edited))
        return edited

    def delete(self, conversation: Conversation, message_id: int) -> bool:
        """Whether there was such a message; bots are never told."""
        there = conversation.drop(message_id)
        if there:
            self._publish(conversation, "delete", message_id=message_id)
        return there

    def react(self, conversation: Conversation, message_id: int, sender: Person | Bot, reactions: list[Json]) -> None:
        """Set somebody's reactions to a message."""
        by_user = conversation.reactions.setdefault(message_id, {})
        before = by_user.pop(sender.id, [])
        if reactions:
            by_user[sender.id] = reactions
        shown = conversation.show_reactions(message_id)
        self._publish(conversation, "reaction", message_id=message_id, reactions=shown)
        if isinstance(sender, Person):
            payload = {
                "chat": conversation.chat.as_json(),
                "message_id": message_id,
                "user": sender.as_json(),
                "date": self.now(),
                "old_reaction": before,
                "new_reaction": reactions,
            }
            self._tell_bots(conversation, "message_reaction", payload)

    def hint(self, conversation: Conversation, kind: str, **data: Any) -> None:
        """Something that shows for a moment only: a draft or a chat action."""
        self._publish(conversation, kind, **data)

    # Buttons

    def press(
        self,
        conversation: Conversation,
        message: Message,
        person: Person,
        data: str,
        *,
        on_answer: Callable[[Answer], None],
    ) -> None:
        """A person presses a button of a bot's message; `on_answer` hears the bot's first answer."""
        bot = self.bots[message.sender["id"]]
        self._forget_callbacks()
        query_id = str(secrets.randbits(62) | 1 << 62)
        self._callbacks[query_id] = CallbackQuery(
            query_id, bot.id, conversation.chat.id, person.id, self.clock(), on_answer
        )
        bot.updates.put(
            "callback_query",
            {
                "id": query_id,
                "from": person.as_json(),
                "message": conversation.show(message),
                "chat_instance": str(conversation.chat.id),
                "data": data,
            },
        )

    def answer(self, bot: Bot, query_id: str, answer: Answer) -> None:
        """The bot answers a pressed button; a second answer changes nothing."""
        self._forget_callbacks()
        query = self._callbacks.get(query_id)
        if query is None or query.bot != bot.id:
            raise BadRequest("query is too old and response timeout expired or query ID is invalid")
        if query.answer is not None:
            return
        query.answer = answer
        query.on_answer(answer)
        self._publish(
            self.conversation(bot, query.chat), "answer", person=query.person, callback_query_id=query_id, **answer
        )

    def _forget_callbacks(self) -> None:
        oldest = self.clock() - CALLBACK_SECONDS
        self._callbacks = {key: query for key, query in self._callbacks.items() if query.pressed_at > oldest}

    # Who hears of it

    def _tell_bots(self, conversation: Conversation, kind: str, payload: Json) -> None:
        for bot in self.bots.values():
            if bot.id in conversation.chat.members and conversation.chat.id not in bot.blocked_by:
                bot.updates.put(kind, payload)

    def _publish(self, conversation: Conversation, kind: str, **data: Any) -> None:
        self.events.publish(kind, bot=conversation.bot, chat=conversation.chat.id, **data)


def _membership(bot: Bot, status: str) -> Json:
    until = {"until_date": 0} if status == "kicked" else {}
    return {"user": bot.as_json(), "status": status, **until}
