"""/preset: ready instructions to choose from: everybody's, captions by style and length, and the chat's own."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final

from telegram import CallbackQuery, Update
from telegram.ext import CallbackQueryHandler, CommandHandler, filters

from handlers.command import argument
from handlers.instructions import (
    GONE,
    LENGTH_LABELS,
    ONLY_ADMINS,
    STYLE_LABELS,
    TASK_LABELS,
    choice,
    fits,
    found,
    shown,
    source_of,
)
from handlers.keyboard import Buttons
from handlers.page import CHOSEN, Page, say_page, turn_page, whisper
from handlers.permission import may_instruct
from handlers.work import Context, Work
from prompts.presets import LENGTHS, STYLES
from storage.records import Button, Preset

LONGEST_NAME: Final = 40
MOST_PRESETS: Final = 20


async def save(update: Update, context: Context) -> None:
    """Keep an instruction under the name behind the command: the lines below it, else the one that is followed."""
    work, words = context.work, argument(update)
    first, _line, below = words.partition("\n")
    name, text = " ".join(first.split()), below.strip() or work.chat.prompt or ""
    _ = work.phrases
    if not name:
        say_page(work, await _own(work))
    elif not await may_instruct(update, context):
        work.say(_(ONLY_ADMINS))
    elif len(name) > LONGEST_NAME or not _can_be_seen(name):
        work.say(_("Please choose a name of at most {most} characters.", most=LONGEST_NAME))
    elif not text:
        work.say(_("Tell me the instruction in the lines below the name, or set it with /prompt before."))
    elif await fits(text, work):
        say_page(work, await _saved(work, name, text))


def _can_be_seen(name: str) -> bool:
    """Whether a button with this name has anything on it: a letter, a digit, a mark of any kind."""
    return any(unicodedata.category(character)[0] in "LNPS" for character in name)


async def _saved(work: Work, name: str, text: str) -> Page:
    _ = work.phrases
    async with work.desk.store.write() as records:
        before = await records.presets.of_chat(work.chat.id)
        known = any(preset.name.casefold() == name.casefold() for preset in before)
        if len(before) >= MOST_PRESETS and not known:
            return Page(
                _("This chat has {most} presets, and that is the most. Remove one first.", most=MOST_PRESETS),
                _own_buttons(before, work),
            )
        await records.presets.save(work.chat.id, name, text)
        kept = await records.presets.of_chat(work.chat.id)
    return Page(_("Kept under the name “{name}”.", name=name), _own_buttons(kept, work))


async def turn(update: Update, context: Context) -> None:
    """Turn the message to the page of presets that the button names."""
    query, work = update.callback_query, context.work
    if query is None or query.data is None:
        return
    match query.data.split(":"):
        case [_, "own"]:
            await _turn(query, await _own(work))
        case [_, "caption", style, length]:
            await _turn(query, _caption(work, style, length))
        case [_, "view", source]:
            await _view(query, work, source)
        case [_, "forget", number] if await may_instruct(update, context):
            await _forget(query, work, int(number))
        case [_, "forget", _]:
            await whisper(query, work.phrases(ONLY_ADMINS), alert=True)
        case _:
            await _turn(query, _everybodys(work))


async def _turn(query: CallbackQuery, page: Page) -> None:
    await whisper(query)
    await turn_page(query, page)


def _everybodys(work: Work) -> Page:
    _ = work.phrases
    buttons = [Button(_(label), f"presets:view:{source_of(key)}") for key, label in TASK_LABELS.items()]
    buttons.append(Button(_("Caption"), f"presets:caption:{STYLES[0]}:{LENGTHS[0]}"))
    return Page(_("Which of these shall I do with every picture?"), (*_pairs(buttons), _back(work)))


def _caption(work: Work, style: str, length: str) -> Page:
    """One preset of the many captions, with its style and length to choose."""
    _ = work.phrases
    styles = [_option(_(label), key == style, f"{key}:{length}") for key, label in STYLE_LABELS.items()]
    lengths = [_option(_(label), key == length, f"{style}:{key}") for key, label in LENGTH_LABELS.items()]
    source = source_of(f"caption.{style}.{length}")
    keep, _discard, try_ = choice(source, _)
    return Page(
        _("A caption for every picture. Choose its style and its length."),
        (*_pairs(styles), tuple(lengths), (keep, try_), (Button(_("‹ Presets"), "presets"),)),
    )


def _option(label: str, chosen: bool, what: str) -> Button:
    return Button(f"{CHOSEN if chosen else ''}{label}", f"presets:caption:{what}")


async def _view(query: CallbackQuery, work: Work, source: str) -> None:
    """One preset in full, before it is chosen."""
    async with work.desk.store.read() as records:
        text = await found(source, records, work)
    if text is None:
        await whisper(query, work.phrases(GONE), alert=True)
        await turn_page(query, await _own(work))
        return
    keep, _discard, try_ = choice(source, work.phrases)
    back = Button(work.phrases("‹ Presets"), "presets:own" if source.startswith("o") else "presets")
    await _turn(query, Page(shown(text, work.phrases), ((keep, try_), (back,))))


async def _own(work: Work) -> Page:
    async with work.desk.store.read() as records:
        kept = await records.presets.of_chat(work.chat.id)
    _ = work.phrases
    said = (
        _("The instructions that this chat keeps:")
        if kept
        else _("This chat keeps no instructions of its own yet. Keep one like this:\n/preset Labels\nRead the labels.")
    )
    return Page(said, _own_buttons(kept, work))


def _own_buttons(kept: Iterable[Preset], work: Work) -> Buttons:
    rows = [(Button(each.name, f"presets:view:o{each.id}"), Button("✕", f"presets:forget:{each.id}")) for each in kept]
    return (*rows, _back(work))


async def _forget(query: CallbackQuery, work: Work, number: int) -> None:
    async with work.desk.store.write() as records:
        gone = await records.presets.remove(work.chat.id, number)
    _ = work.phrases
    await whisper(query, _("Removed: {condition}", condition=gone.name) if gone else _("It was gone already."))
    await turn_page(query, await _own(work))


def _pairs(buttons: list[Button]) -> Buttons:
    return tuple(tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2))


def _back(work: Work) -> tuple[Button, ...]:
    return (Button(work.phrases("‹ Instruction"), "prompt"),)


_STYLED = "|".join(STYLES)
_LONG = "|".join(LENGTHS)
handlers = (
    CommandHandler("preset", save, filters.UpdateType.MESSAGE),
    CallbackQueryHandler(
        turn,
        pattern=rf"^presets(:(own|caption:({_STYLED}):({_LONG})|view:[a-z0-9.]{{1,40}}|forget:\d{{1,18}}))?$",
    ),
)
