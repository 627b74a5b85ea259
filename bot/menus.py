"""The command menu of each chat that has chosen its language: Telegram itself knows only each person's own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

import structlog
from telegram import BotCommandScopeChat
from telegram.error import ChatMigrated, RetryAfter, TelegramError
from telegram.ext import ExtBot

from bot.refusals import reason, wait_after
from handlers.phrases import Phrases
from handlers.start import menu
from handlers.wait import asked_for
from prompts.languages import LANGUAGES, language_of
from storage.errors import StorageError
from storage.store import Store

log = structlog.get_logger()

LOOK_EVERY_S: Final = 1.0
"""How often it is looked whether a chat has chosen another language, and the least time between two menus."""

_AWAY_S: Final = 30.0


class Menus:
    """Brings the menus at Telegram up to date with the chats' choices, and with this version's commands."""

    def __init__(self, bot: ExtBot[None], store: Store) -> None:
        self._bot = bot
        self._store = store

    async def run(self) -> None:
        """Set one menu after the other until cancelled. What Telegram refuses for good is not tried again."""
        versions: dict[str, str] = {language: _version(Phrases(language_of(language))) for language in LANGUAGES}
        while True:
            try:
                rest = await self._step(versions)
            except StorageError:
                rest = LOOK_EVERY_S
            await asyncio.sleep(rest)

    async def _step(self, versions: Mapping[str, str]) -> float:
        """Set the menu of one chat that has not its own. Seconds to rest."""
        async with self._store.read() as records:
            behind = await records.chats.menu_behind(versions)
        if behind is None:
            return LOOK_EVERY_S
        chat, language = behind
        try:
            await self._set(chat, language)
        except RetryAfter as error:
            return asked_for(error).total_seconds()
        except ChatMigrated as error:
            async with self._store.write() as records:
                await records.chats.moved(chat, error.new_chat_id)
            return LOOK_EVERY_S
        except TelegramError as error:
            log.warning("a chat's command menu was not set", error=reason(error))
            if wait_after(error, 1) is not None:
                return _AWAY_S
        async with self._store.write() as records:
            await records.chats.menu_set(chat, versions[language] if language else None)
        return LOOK_EVERY_S

    async def _set(self, chat: int, language: str | None) -> None:
        scope = BotCommandScopeChat(chat)
        if language is None:
            await self._bot.delete_my_commands(scope)
        else:
            await self._bot.set_my_commands(menu(Phrases(language_of(language)), group=chat < 0), scope)


def _version(phrases: Phrases) -> str:
    """What tells one language's menu from another's, and from those of other versions of this program."""
    told = [f"{entry.command} {entry.description}" for entry in menu(phrases, group=False)]
    return f"{phrases.language} {sha256(chr(10).join(told).encode()).hexdigest()[:12]}"
