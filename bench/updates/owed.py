"""The rule by which nobody is left waiting: which updates must bring a reply.

Whatever somebody sends to the bot that is no mere notice of Telegram's is answered: in a private chat everything, in a
group what names the bot, replies to it, or is one of its commands. Of an album's parts one reply is enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from bench.updates.updates import US
from handlers.command import UNDER_PICTURES
from handlers.start import COMMANDS
from handlers.stop import wishes_stop

_SAID = (
    "text photo document location video animation audio voice video_note sticker contact venue dice game poll story "
    "invoice paid_media checklist giveaway giveaway_winners live_photo"
)
_IN_GROUPS = ("text", "photo", "document", "location")
_COMMAND = re.compile(r"/([A-Za-z0-9_]+)(?:@(\w+))?(?=\s|$)")
_OURS = {*COMMANDS, "start"}
_MENTION = re.compile(rf"(?<!\w)@{US.username}\b", re.IGNORECASE)


def owed(update: Mapping[str, Any]) -> bool:
    """Whether somebody waits for a reply to this update."""
    message = update.get("message")
    if message is None or not _says_something(message):
        return False
    return message["chat"]["type"] == "private" or _speaks_to_us(message)


def album(update: Mapping[str, Any]) -> tuple[int, str] | None:
    """The chat and the number of the album that an update is a part of."""
    message = update.get("message", {})
    return (message["chat"]["id"], message["media_group_id"]) if "media_group_id" in message else None


def unanswered(updates: Iterable[Mapping[str, Any]], answered: set[int]) -> list[Mapping[str, Any]]:
    """Those to which a reply was owed and none came; `answered` holds the update_ids that brought one.

    Who wishes to stop what is being written may hear nothing more of it, and of the wish.
    """
    known = list(updates)
    served = {album(update) for update in known if update["update_id"] in answered} - {None}
    stopped = {_chat(update): update["update_id"] for update in known if wishes_stop(dict(update))}
    return [
        update
        for update in known
        if owed(update)
        and update["update_id"] not in answered
        and album(update) not in served
        and update["update_id"] > stopped.get(_chat(update), 0)
    ]


def _chat(update: Mapping[str, Any]) -> int | None:
    spoken_in = update.get("message") or update.get("callback_query", {}).get("message") or {}
    number: int | None = spoken_in.get("chat", {}).get("id")
    return number


def _says_something(message: Mapping[str, Any]) -> bool:
    return any(name in message for name in _SAID.split())


def _speaks_to_us(message: Mapping[str, Any]) -> bool:
    if not any(name in message for name in _IN_GROUPS):
        return False
    words = message.get("text") or message.get("caption") or ""
    if command := _COMMAND.match(words):
        mine = _OURS if "text" in message else UNDER_PICTURES
        to_us = (command[2] or US.username or "").lower() == US.username
        if to_us and command[1].lower() in mine:
            return True
        if "text" in message:
            return False
    answered = message.get("reply_to_message", {}).get("from", {}).get("id") == US.id
    return answered or _MENTION.search(words) is not None
