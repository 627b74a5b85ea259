"""/settings: everything that a chat can choose, in one message whose buttons change it in place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Unpack

from telegram import Update
from telegram.constants import ChatType
from telegram.ext import CallbackQueryHandler, CommandHandler, filters

from handlers.hearing import BLIND, blind
from handlers.instructions import quoted
from handlers.language import name_of
from handlers.page import Page, say_page, turn_page, whisper
from handlers.permission import is_admin
from handlers.phrases import N_
from handlers.timezone import zone_label
from handlers.work import Context, Work
from storage.chats import Choices
from storage.records import Button, PromptBy, Speaks

SPEAKS: Final[dict[Speaks, str]] = {
    "mentioned": N_("I speak when I am mentioned or replied to"),
    "always": N_("I answer everything, as in a private chat"),
}
PROMPT_BY: Final[dict[PromptBy, str]] = {
    "everyone": N_("Everyone changes the instruction"),
    "admins": N_("Only admins change the instruction"),
}
_SHORT = 30


async def settings(update: Update, context: Context) -> None:
    """Show what this chat has chosen."""
    say_page(context.work, await _page(update, context))


async def press(update: Update, context: Context) -> None:
    """Make the choice whose button was pressed, if one was, and show all of them in place."""
    query, work = update.callback_query, context.work
    if query is None or query.data is None:
        return
    match query.data.split(":"):
        case [_, "voice", wanted]:
            await _choose(work, voice=wanted == "on")
        case [_, _, _] if not await is_admin(update, context.bot):
            await whisper(query, work.phrases("In a group only its admins change this."), alert=True)
            return
        case [_, "speaks", "always" | "mentioned" as wanted]:
            await _choose(work, speaks=wanted)
        case [_, "prompt_by", "everyone" | "admins" as wanted]:
            await _choose(work, prompt_by=wanted)
    await whisper(query)
    await turn_page(query, await _page(update, context))


async def _choose(work: Work, **changes: Unpack[Choices]) -> None:
    async with work.desk.store.write() as records:
        work.chat = await records.chats.set(work.chat.id, **changes)


async def _page(update: Update, context: Context) -> Page:
    work = context.work
    _, chat = work.phrases, work.chat
    async with work.desk.store.read() as records:
        watches = await records.watches.of_chat(chat.id)
    voice = (_("🔊 Voice notes: on"), "off") if chat.voice else (_("🔇 Voice notes: off"), "on")
    buttons = [
        Button(_("🌐 Language: {language}", language=name_of(chat.language, _)), "language"),
        Button(voice[0], f"settings:voice:{voice[1]}"),
        Button(_("📝 Instruction: {prompt}", prompt=_quoted(work)), "prompt"),
        Button(_("⭐ Presets"), "presets"),
        Button(_("👁 Watches: {number}", number=len(watches)), "watches"),
        Button(_("🕘 Time zone: {zone}", zone=zone_label(chat, _)), "timezone"),
    ]
    if update.effective_chat and update.effective_chat.type != ChatType.PRIVATE:
        buttons += [
            Button(f"💬 {_(SPEAKS[chat.speaks])}", f"settings:speaks:{_other(SPEAKS, chat.speaks)}"),
            Button(f"🔒 {_(PROMPT_BY[chat.prompt_by])}", f"settings:prompt_by:{_other(PROMPT_BY, chat.prompt_by)}"),
        ]
    said = _("What this chat has chosen. Press what you want to change.")
    if chat.speaks == "always" and await blind(update, context.bot):
        said = f"{said}\n\n{_(BLIND)}"
    return Page(said, tuple((each,) for each in buttons))


def _quoted(work: Work) -> str:
    chosen = work.chat.prompt
    if chosen is None:
        return work.phrases("none")
    return quoted(chosen, work.phrases, _SHORT)


def _other(both: Mapping[Any, str], chosen: str) -> str:
    return next(str(each) for each in both if each != chosen)


handlers = (
    CommandHandler("settings", settings, filters.UpdateType.MESSAGE),
    CallbackQueryHandler(
        press, pattern=r"^settings(:(voice:(on|off)|speaks:(mentioned|always)|prompt_by:(everyone|admins)))?$"
    ),
)
