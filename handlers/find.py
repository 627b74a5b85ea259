"""/find THING: point at it, in a picture that was sent before or in the one that the words stand under."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from html import escape

from telegram import Update
from telegram.ext import CommandHandler, MessageHandler, filters

from handlers.chart import percent
from handlers.command import Captioned, argument
from handlers.phrases import Phrases
from handlers.split import LONGEST_CAPTION
from handlers.subject import command_about
from handlers.work import Context, Work
from lookout.find import LONGEST_LABEL, MOST_BOXES, Box, Found, find
from prompts.languages import language_written
from prompts.names import name_of, things_of
from storage.records import Sighting
from storage.whole import units
from vision.letters import drawable
from vision.marks import Mark, marked
from vision.picture import Picture

MOST_THINGS = 5

_MOST_LINES = 15


async def point(update: Update, context: Context) -> None:
    """Send the picture back with what was asked for marked in it, or say that it is not there, or not where."""
    work, message, things = context.work, update.message, things_of(argument(update))
    if message is None:
        return
    _ = work.phrases
    await command_about(
        message,
        context,
        partial(_point, context, message.message_id, things),
        refusal=_refusal(things, _),
        missing=_("Send me a picture first, and then /find with what to look for."),
    )


def _refusal(things: Sequence[str], phrases: Phrases) -> str | None:
    if not things:
        return phrases("Tell me what to find, like this:\n/find car\n/find red circle, tree")
    if len(things) > MOST_THINGS:
        return phrases("I look for {most} things at a time. Please name fewer.", most=MOST_THINGS)
    if any(len(thing) > LONGEST_LABEL for thing in things):
        return phrases("Please name each thing in at most {most} characters.", most=LONGEST_LABEL)
    return None


async def _point(
    context: Context, reply_to: int, things: tuple[str, ...], sighting: Sighting, pictures: tuple[Picture, ...]
) -> None:
    work = context.work
    nowhere: dict[str, list[str]] = {}
    try:
        for number, picture in enumerate(pictures, 1):
            language = language_written(" ".join(things), otherwise=work.language)
            found = [
                await find(picture, thing, language, work.desk.backend, chat=str(work.chat.id)) for thing in things
            ]
            boxes = [box for one in found for box in one.boxes]
            lines = [_told(one, work.phrases) for one in found]
            if boxes:
                words = "\n".join([*_numbered(number, pictures), *lines, *_legend(boxes, work.phrases)])
                await _show(work, picture, boxes, words, reply_to=reply_to, sighting=sighting.id)
                continue
            for line in lines:
                nowhere.setdefault(line, []).extend(_numbered(number, pictures))
    finally:  # also of what is left in the middle
        _say_nowhere(work, nowhere, reply_to=reply_to, sighting=sighting.id)


def _say_nowhere(work: Work, nowhere: Mapping[str, list[str]], *, reply_to: int, sighting: int) -> None:
    lines = [" ".join(filter(None, (", ".join(numbers), line))) for line, numbers in nowhere.items()]
    for begin in range(0, len(lines), _MOST_LINES):
        work.say("\n".join(lines[begin : begin + _MOST_LINES]), html=True, reply_to=reply_to, sighting=sighting)


async def _show(
    work: Work, picture: Picture, boxes: Sequence[Box], words: str, *, reply_to: int, sighting: int
) -> None:
    drawn = await asyncio.to_thread(marked, picture, [_mark(box, place) for place, box in enumerate(boxes, 1)])
    file = await work.desk.store.files.put(drawn, ".jpg")
    fits = units(words) <= LONGEST_CAPTION
    work.say_photo(file, words if fits else "", html=True, reply_to=reply_to, sighting=sighting)
    if not fits:
        work.say(words, html=True, reply_to=reply_to, sighting=sighting)


def _numbered(number: int, pictures: Sequence[Picture]) -> list[str]:
    """Which of several pictures is spoken of; nothing where there is one."""
    return [f"{number}/{len(pictures)}"] if len(pictures) > 1 else []


def _told(found: Found, phrases: Phrases) -> str:
    """One line about one thing."""
    values = {"thing": found.thing, "percent": percent(found.p_yes), "count": len(found.boxes)}
    if len(found.boxes) >= MOST_BOXES:
        return phrases.html("<b>{thing}</b>: {count} marked, and I mark no more than that.", **values)
    if found.boxes and found.outcome == "yes":
        return phrases.html("<b>{thing}</b>: {count} found ({percent} sure).", **values)
    if found.boxes:
        return phrases.html("<b>{thing}</b>: perhaps here, {count} marked. I am not sure.", **values)
    if found.outcome == "yes":
        return phrases.html(
            "<b>{thing}</b>: I think it is there ({percent} sure), but I can't say where. Not every model can point.",
            **values,
        )
    if found.outcome == "unsure":
        return phrases.html("<b>{thing}</b>: I can't tell whether it is there.", **values)
    return phrases.html("<b>{thing}</b>: I don't see any.", **values)


def _mark(box: Box, number: int) -> Mark:
    label = name_of(box.label)
    return Mark(label if drawable(label) else str(number), (box.left, box.top, box.right, box.bottom))


def _legend(boxes: Sequence[Box], phrases: Phrases) -> list[str]:
    """What the numbers mean that stand where a label has letters that cannot be drawn."""
    numbers: dict[str, list[str]] = {}
    for number, box in enumerate(boxes, 1):
        if not drawable(label := name_of(box.label)):
            numbers.setdefault(label, []).append(str(number))
    if not numbers:
        return []
    lines = [f"{', '.join(each)}: {escape(label, quote=False)}" for label, each in numbers.items()]
    return [phrases("I can't draw these letters, so numbers stand in the picture:"), *lines[:_MOST_LINES]]


handlers = (
    CommandHandler("find", point, filters.UpdateType.MESSAGE),
    MessageHandler(filters.UpdateType.MESSAGE & Captioned("find"), point),
)
