"""/start and /help: what this bot does and how to begin, in this chat as it is now."""

from __future__ import annotations

from typing import Final

from telegram import BotCommand, Update
from telegram.constants import ChatType
from telegram.ext import CommandHandler, filters

from handlers.instructions import quoted
from handlers.page import shortened
from handlers.phrases import N_, Phrases
from handlers.work import Context, Work

COMMANDS: dict[str, str] = {
    "help": N_("What I can do"),
    "settings": N_("Everything this chat can choose"),
    "prompt": N_("Your own instruction for this chat"),
    "find": N_("Point at something in a picture"),
    "which": N_("Say which of several things a picture shows"),
    "preset": N_("Keep instructions under a name"),
    "watch": N_("Tell you when a picture shows something"),
    "watches": N_("What is watched for here"),
    "voice": N_("Voice notes on or off"),
    "language": N_("The language I speak here"),
    "timezone": N_("The time zone used here"),
    "stop": N_("Stop the answer that I am writing"),
}
"""The command menu, in its order, with what each command does."""

IN_SETTINGS: Final = frozenset({"voice", "language", "timezone", "preset"})
"""Left out of the menu in groups, where it stands among other bots' menus: /settings has buttons for them."""

_LONGEST_LIST = 240


def menu(phrases: Phrases, *, group: bool) -> list[BotCommand]:
    """The command menu in one language; in a group a shorter one."""
    return [BotCommand(name, phrases(says)) for name, says in COMMANDS.items() if not (group and name in IN_SETTINGS)]


async def start(update: Update, context: Context) -> None:
    """Greet, and say the first things to try."""
    _ = context.work.phrases
    hello = _("Hello! Send me a photo and I tell you what I see. Write a question under it, and I answer that.")
    context.work.say(f"{hello}\n\n{await _help(update, context)}")


async def help_(update: Update, context: Context) -> None:
    """Say what can be done here, what this chat has chosen, and what kind of eyes look."""
    context.work.say(await _help(update, context))


async def _help(update: Update, context: Context) -> str:
    work = context.work
    private = update.effective_chat is None or update.effective_chat.type == ChatType.PRIVATE
    parts = (_abilities(work, context.bot.username, private=private), await _choices(work), _eyes(work))
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def _abilities(work: Work, name: str, *, private: bool) -> list[str]:
    _ = work.phrases
    return [
        *([] if private else [_when_spoken_to(work, name)]),
        _("• A photo, an album or a video: I describe it, or answer its caption."),
        _("• A reply to a photo, or simply the next question: I look again.")
        if private or work.chat.speaks == "always"
        else _("• A reply to my answer, or @{name} in a reply to a photo: I look again.", name=name),
        _("• A pin or your live location: I know where your pictures are taken."),
        *(f"/{command} – {_(says)}" for command, says in COMMANDS.items() if command != "help"),
    ]


def _when_spoken_to(work: Work, name: str) -> str:
    _ = work.phrases
    if work.chat.speaks == "always":
        return _("In this group I answer everything that is sent.")
    return _("In this group I speak when you write @{name} or reply to me. /settings changes that.", name=name)


async def _choices(work: Work) -> list[str]:
    """What is different here from how I am everywhere."""
    _, chat = work.phrases, work.chat
    async with work.desk.store.read() as records:
        watches = await records.watches.of_chat(chat.id)
    lines = []
    if chat.prompt is not None:
        lines.append(_("I follow this chat's instruction: {prompt}", prompt=quoted(chat.prompt, _)))
    if watches:
        conditions = shortened(_.listed(watch.condition for watch in watches), _LONGEST_LIST)
        lines.append(_("I look for these in every new picture: {conditions}", conditions=conditions))
    if chat.voice:
        lines.append(_("I also speak my answers."))
    return lines


def _eyes(work: Work) -> list[str]:
    if not work.desk.tiny:
        return []
    return [
        work.phrases("My eyes here are a tiny model that knows drawn pictures only: shapes, colours and a few scenes.")
    ]


handlers = (
    CommandHandler("start", start, filters.UpdateType.MESSAGE),
    CommandHandler("help", help_, filters.UpdateType.MESSAGE),
)
