"""/timezone: in which time zone a chat's hours and times are meant."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Final

from telegram import Update
from telegram.ext import CallbackQueryHandler, CommandHandler, filters

from handlers.command import OFF, argument
from handlers.page import Page, say_page, turn_page, whisper
from handlers.phrases import Phrases
from handlers.work import Context, Work
from handlers.zones import MOST_GUESSES, exactly, label_of, nearly, zone_of
from storage.records import Button, Chat

_OFF: Final = OFF | {"auto", "clear", "default", "自动", "清除"}


async def timezone(update: Update, context: Context) -> None:
    """Go by the zone behind the command from now on; without one that is known, show which may be meant."""
    work, asked = context.work, argument(update)
    if not asked:
        say_page(work, page(work))
    elif asked.casefold() in _OFF:
        say_page(work, await _chosen(work, None))
    else:
        zones = await asyncio.to_thread(exactly, asked)
        say_page(work, await _chosen(work, zones[0]) if len(zones) == 1 else await _offered(work, zones, asked))


async def press(update: Update, context: Context) -> None:
    """Show the zone, or go by the one whose button was pressed."""
    query, work = update.callback_query, context.work
    if query is None or query.data is None:
        return
    zones = await asyncio.to_thread(exactly, query.data.partition(":")[2])
    await whisper(query)
    await turn_page(query, await _chosen(work, zones[0]) if zones else page(work))


def page(work: Work) -> Page:
    """Which zone holds here, what time it is in it, and how to choose another."""
    _, chat = work.phrases, work.chat
    hint = _("Choose one like this:\n/timezone Berlin\n/timezone Asia/Shanghai\n/timezone UTC+8")
    if chat.zone:
        said = _("Times here are in the zone {zone}.", zone=zone_label(chat, _))
        hint = "\n".join((hint, _("/timezone off goes back to my operator's zone.")))
    else:
        said = _("Times here are in my operator's zone.")
    return Page(f"{said} {_clock(work)}\n\n{hint}", _back(_))


def zone_label(chat: Chat, phrases: Phrases) -> str:
    """A chat's choice in words."""
    return label_of(chat.zone) if chat.zone else phrases("my operator's")


async def _chosen(work: Work, zone: str | None) -> Page:
    async with work.desk.store.write() as records:
        work.chat = await records.chats.set(work.chat.id, zone=zone)
    return page(work)


async def _offered(work: Work, zones: list[str], asked: str) -> Page:
    """Those that the words may mean, to choose from."""
    _ = work.phrases
    zones = (zones or await asyncio.to_thread(nearly, asked))[:MOST_GUESSES]
    said = (
        _("Which of these zones do you mean?")
        if zones
        else _("I don't know that place. Please name a large city near you, in English or Chinese: /timezone Berlin")
    )
    return Page(said, (*((Button(label_of(zone), f"timezone:{zone}"),) for zone in zones), *_back(_)))


def _clock(work: Work) -> str:
    return work.phrases("It is {time} now.", time=f"{datetime.now(UTC).astimezone(zone_of(work.chat)):%H:%M}")


def _back(phrases: Phrases) -> tuple[tuple[Button, ...], ...]:
    return ((Button(phrases("‹ Settings"), "settings"),),)


handlers = (
    CommandHandler("timezone", timezone, filters.UpdateType.MESSAGE),
    CallbackQueryHandler(press, pattern=r"^timezone(:[A-Za-z0-9_/+-]{1,50})?$"),
)
