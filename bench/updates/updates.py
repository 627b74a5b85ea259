"""Updates as Telegram would send them: of every kind, in every kind of chat, one after the other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from functools import cache, lru_cache
from typing import Any, Final, TypeAlias

from hypothesis import strategies as st
from telegram import (
    Animation,
    CallbackQuery,
    Chat,
    Document,
    InaccessibleMessage,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Location,
    Message,
    MessageEntity,
    Update,
    User,
    Venue,
)

from bench.updates.shapes import DEEPEST, HOSTILE, MOMENT, WORDS, Draw, Maker, fields_of, value
from handlers.start import COMMANDS
from sandbox.markup.formatted import format_text

Json: TypeAlias = dict[str, Any]

US: Final = User(999, "Lookout", is_bot=True, username="lookout_bot")
PEOPLE: Final = (101, 102, 103)
CHATS: Final = ("private", "private", "private", "group", "supergroup", "forum", "channel")
NUMBERS: Final = {"group": -5, "supergroup": -1001000000001, "forum": -1001000000002, "channel": -1001000000003}

# What stands in a message beside what it says.
_ENVELOPE: Final = frozenset(
    [
        "message_id",
        "date",
        "chat",
        "from_user",
        "reply_to_message",
        "edit_date",
        "entities",
        "caption",
        "caption_entities",
        "media_group_id",
        "reply_markup",
        "via_bot",
        "sender_chat",
        "author_signature",
        "is_automatic_forward",
        "has_protected_content",
        "is_topic_message",
        "message_thread_id",
        "has_media_spoiler",
        "link_preview_options",
        "external_reply",
        "quote",
        "forward_origin",
        "reply_to_story",
        "sender_boost_count",
        "business_connection_id",
        "sender_business_bot",
        "is_from_offline",
        "effect_id",
        "show_caption_above_media",
        "paid_star_count",
        "is_paid_post",
        "direct_messages_topic",
        "reply_to_checklist_task_id",
        "suggested_post_info",
        "sender_tag",
        "reply_to_poll_option_id",
        "guest_bot_caller_user",
        "guest_bot_caller_chat",
        "guest_query_id",
    ]
)
_BESIDE: Final = [
    "via_bot",
    "quote",
    "external_reply",
    "forward_origin",
    "effect_id",
    "is_from_offline",
    "sender_boost_count",
    "author_signature",
    "has_protected_content",
    "link_preview_options",
    "paid_star_count",
    "sender_tag",
    "reply_to_story",
]
_CAPTIONED: Final = ("photo", "document", "video", "animation", "audio", "voice", "paid_media", "live_photo")
_GROUPED: Final = ("photo", "document", "video", "audio")
_FLAGS: Final = ("delete_chat_photo", "group_chat_created", "supergroup_chat_created", "channel_chat_created")
_HALF: Final = re.compile("[\ud800-\udfff]")
_MIGRATIONS: Final = {"migrate_to_chat_id": "supergroup", "migrate_from_chat_id": "group"}
_OFTEN: Final = ("text",) * 60 + ("photo",) * 60 + ("document",) * 16 + ("location", "video", "sticker") * 4

_ARGUMENTS: Final = (
    "",
    "cat",
    "火、猫，红色的圆",
    'a, b, "c, d"',
    "on",
    "off",
    "clear",
    "reset",
    "中文",
    "en",
    "Berlin",
    "stats",
    "1",
    "1 hours 22:00-06:30",
    "1 cooldown 5m",
    "1 ask is the gate open?",
    "1 to -1001000000001",
    "1 to @our_street",
    "1 to https://127.0.0.1/",
    "1 to the moon",
    "x" * 4000,
    "😀" * 2000,
    *HOSTILE,
)
_LONG: Final = ("x" * 4096, "😀" * 2048, "龘" * 4096, "a\n" * 2048)


@cache
def contents() -> tuple[str, ...]:
    """Everything that a message can say or tell, by the names of its fields; what people say most comes most often."""
    needed, possible = fields_of(Message)
    return _OFTEN + tuple(sorted((needed | possible).keys() - _ENVELOPE))


@st.composite
def conversations(draw: Draw, length: int, presses: tuple[str, ...]) -> list[Json]:
    """So many updates, one after the other; `presses` are regular expressions of what buttons bring."""
    home = draw(st.sampled_from(CHATS[:-1])), draw(st.sampled_from(PEOPLE))
    return [_Teller(draw, number, presses, home).update() for number in range(1, length + 1)]


class _Teller:
    """Tells one update, the `number`th of its conversation; most are about one chat, and from one person."""

    def __init__(self, draw: Draw, number: int, presses: tuple[str, ...], home: tuple[str, int]) -> None:
        self._draw = draw
        self._home = home
        self._number = number
        self._presses = presses
        self._made: Mapping[type, Maker] = {
            Chat: lambda *_: self._chat(draw(st.sampled_from(CHATS)), draw(st.sampled_from(PEOPLE))),
            User: lambda *_: self._user(draw(st.sampled_from(PEOPLE))),
            Message: lambda _, depth: self._nested(depth),
            MessageEntity: lambda *_: MessageEntity("bold", 0, 1),
            InlineKeyboardMarkup: lambda *_: InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data="x")]]),
            Location: lambda *_: self._location(),
        }

    def update(self) -> Json:
        draw = self._draw
        kind = draw(_kinds())
        match kind:
            case "callback_query":
                content: object = self._press()
            case "message" | "business_message" | "guest_message" | "channel_post":
                content = self._message(post=kind == "channel_post")
            case "edited_message" | "edited_business_message" | "edited_channel_post":
                content = self._message(post=kind == "edited_channel_post", edit_date=draw(MOMENT))
            case _:
                content = value(draw, fields_of(Update)[1][kind], self._made, 0)
        told: Json = _without_false(Update(5_000 + self._number, **{kind: content}).to_dict())  # type: ignore[arg-type]
        return told

    # ---- a message ----

    def _message(self, *, post: bool, **given: Any) -> Message:
        draw = self._draw
        where, person = self._place()
        chat = self._chat("channel" if post else where, person)
        kind = draw(st.sampled_from(contents()))
        if chat.type not in {"group", "supergroup"} and kind in _MIGRATIONS:
            kind = "text"
        beside = draw(st.sets(st.sampled_from(_BESIDE), max_size=2))
        hints = fields_of(Message)[1]
        return Message(
            **{name: value(draw, hints[name], self._made, DEEPEST - 1) for name in beside},
            **self._content(kind),
            **self._whose(chat, person),
            **self._answered(chat),
            message_id=100 + self._number,
            date=draw(MOMENT),
            chat=chat,
            **given,
        )

    def _content(self, kind: str) -> dict[str, Any]:
        draw = self._draw
        if kind == "text":
            return self._words("text", "entities", draw(_texts()))
        if kind in _FLAGS:
            return {kind: True}
        if kind in _MIGRATIONS:
            return {kind: NUMBERS[_MIGRATIONS[kind]]}
        said: dict[str, Any] = {kind: value(draw, fields_of(Message)[1][kind], self._made, DEEPEST - 2)}
        if kind in _CAPTIONED and draw(st.booleans()):
            said |= self._words("caption", "caption_entities", draw(_captions())[:1024])
        if kind in _GROUPED and draw(st.integers(0, 3)) == 0:
            said["media_group_id"] = "7"
        match said[kind]:  # what older clients are told too
            case Animation() as film:
                said["document"] = Document(film.file_id, film.file_unique_id, mime_type="video/mp4")
            case Venue() as venue:
                said["location"] = venue.location
        return said

    def _words(self, text_name: str, entities_name: str, text: str) -> dict[str, Any]:
        said, entities = _marked(text)
        return {text_name: said, entities_name: entities}

    def _whose(self, chat: Chat, person: int) -> dict[str, Any]:
        """Who sent it, and where in the chat."""
        draw = self._draw
        if chat.type == Chat.CHANNEL:
            return {"sender_chat": chat}
        speaks_for = None if chat.type == Chat.PRIVATE else draw(st.integers(0, 7))
        if speaks_for == 0:
            anonymous = User(1087968824, "Group", is_bot=True, username="GroupAnonymousBot")
            return {"sender_chat": chat, "from_user": anonymous}
        if speaks_for == 1:
            account = User(136817688, "Channel", is_bot=True, username="Channel_Bot")
            return {"sender_chat": Chat(NUMBERS["channel"], Chat.CHANNEL, title="Camera"), "from_user": account}
        topic = {"message_thread_id": 3, "is_topic_message": True} if chat.is_forum and draw(st.booleans()) else {}
        return {"from_user": self._user(person), **topic}

    def _answered(self, chat: Chat) -> dict[str, Any]:
        draw = self._draw
        if draw(st.integers(0, 3)):
            return {}
        return {"reply_to_message": self._earlier(chat, ours=draw(st.booleans()))}

    def _earlier(self, chat: Chat, *, ours: bool) -> Message:
        """A message of before, ours or somebody's, of this conversation or of long ago."""
        draw = self._draw
        number = draw(st.integers(90, 100 + self._number - 1))
        sender = US if ours else self._user(draw(st.sampled_from(PEOPLE)))
        kind = draw(st.sampled_from(("text", "photo", "sticker", "document")))
        return Message(number, draw(MOMENT), chat, from_user=sender, **self._content(kind))

    def _nested(self, depth: int) -> Message:
        chat = self._chat(self._draw(st.sampled_from(CHATS)), self._draw(st.sampled_from(PEOPLE)))
        content = {"text": "before"} if depth >= DEEPEST else self._content("text")
        return Message(90, self._draw(MOMENT), chat, from_user=self._user(PEOPLE[0]), **content)

    # ---- what stands in many ----

    def _place(self) -> tuple[str, int]:
        draw = self._draw
        places = st.just(self._home) | st.tuples(st.sampled_from(CHATS[:-1]), st.sampled_from(PEOPLE))
        where, person = draw(places)
        return where, person

    def _press(self) -> CallbackQuery:
        draw = self._draw
        where, person = self._place()
        chat = self._chat(where, person)
        data = draw(_pressed(self._presses))
        places: dict[str, dict[str, Any]] = {
            "here": {"message": self._earlier(chat, ours=True)},
            "gone": {"message": InaccessibleMessage(chat, 95)},
            "inline": {"inline_message_id": "abc"},
        }
        there = places[draw(st.sampled_from(sorted(places)))]
        return CallbackQuery(f"{self._number}", self._user(person), "5", data=data, **there)

    def _user(self, number: int) -> User:
        draw = self._draw
        return User(
            number,
            draw(WORDS),
            is_bot=False,
            last_name=draw(st.none() | WORDS),
            language_code=draw(st.sampled_from((None, "en", "zh-hans", "zh-TW", "pt-br", "xx"))),
        )

    def _chat(self, kind: str, person: int) -> Chat:
        if kind == "private":
            return Chat(person, Chat.PRIVATE, first_name="Ada")
        said = "supergroup" if kind == "forum" else kind
        return Chat(NUMBERS[kind], said, title=self._draw(WORDS), is_forum=True if kind == "forum" else None)

    def _location(self) -> Location:
        draw = self._draw
        live = draw(st.sampled_from((None, 60, 0x7FFFFFFF)))
        return Location(
            draw(st.floats(-180, 180)),
            draw(st.floats(-90, 90)),
            live_period=None if live is None else timedelta(seconds=live),
        )


@lru_cache(4096)
def _marked(text: str) -> tuple[str, tuple[MessageEntity, ...]]:
    """A text as it stands in a message, with what Telegram marks in it by itself. It is never empty."""
    said = format_text(_HALF.sub("?", text))  # half a character is as long as this one
    shown = text if _HALF.search(text) else said.text or "."
    return shown, tuple(MessageEntity(one.type, one.offset, one.length) for one in said.entities)


def _without_false(told: Any) -> Any:
    """Telegram leaves a flag out of a message rather than saying that it is not set."""
    match told:
        case dict():
            return {
                name: _without_false(part) for name, part in told.items() if part is not False or name not in _FLAGS
            }
        case list():
            return [_without_false(part) for part in told]
    return told


@cache
def _kinds() -> st.SearchStrategy[str]:
    often = ("message",) * 20 + ("callback_query",) * 4 + ("edited_message",) * 3
    return st.sampled_from(often + tuple(sorted(fields_of(Update)[1])))


@cache
def _pressed(patterns: tuple[str, ...]) -> st.SearchStrategy[str]:
    """What buttons of ours bring, and what none does."""
    ours = (st.from_regex(pattern, alphabet=st.characters(codec="ascii")) for pattern in patterns)
    return st.one_of(st.sampled_from([text for text in HOSTILE if text]), *ours)


@cache
def _captions() -> st.SearchStrategy[str]:
    under = st.sampled_from(("/find cat", "/find@lookout_bot 猫、红色的圆", "/which a, b", "/watch cat"))
    return st.one_of(*(under,) * 4, _texts())  # half of each: the texts are of four kinds


@cache
def _texts() -> st.SearchStrategy[str]:
    commands = [*COMMANDS, "start", "frobnicate", ""]
    to = st.sampled_from(("", "", "", "@lookout_bot", "@LOOKOUT_BOT", "@other_bot"))
    command = st.builds("/{}{} {}".format, st.sampled_from(commands), to, st.sampled_from(_ARGUMENTS))
    mention = st.builds("@lookout_bot {}".format, WORDS)
    return command | mention | WORDS | st.sampled_from(_LONG)
