"""/start and /help: what this bot does and how to begin."""

from __future__ import annotations

from telegram import Update
from telegram.ext import CommandHandler, filters

from handlers.phrases import N_
from handlers.work import Context, Work

COMMANDS: dict[str, str] = {
    "help": N_("What I can do"),
    "prompt": N_("Your own instruction for this chat"),
    "find": N_("Point at something in a picture"),
    "which": N_("Choose what a picture shows"),
    "watch": N_("Tell you when a picture shows something"),
    "watches": N_("What is watched for here"),
    "voice": N_("Voice notes on or off"),
    "stop": N_("Stop the answer that I am writing"),
}
"""The command menu, in its order, with what each command does."""


async def start(_update: Update, context: Context) -> None:
    """Greet, and say the first things to try."""
    _ = context.work.phrases
    hello = _("Hello! Send me a photo and I tell you what I see. Write a question under it, and I answer that.")
    context.work.say(f"{hello}\n\n{_abilities(context.work)}")


async def help_(_update: Update, context: Context) -> None:
    """Say what can be done here, and what kind of eyes do it."""
    context.work.say(_abilities(context.work))


def _abilities(work: Work) -> str:
    _ = work.phrases
    lines = [
        _("• A photo: I describe it, or answer its caption."),
        _("• A reply to a photo, or simply the next question: I look again."),
        _("• A pin or your live location: I know where your pictures are taken."),
        *(f"/{command} – {_(says)}" for command, says in COMMANDS.items() if command != "help"),
    ]
    if work.desk.modest:
        lines += [
            "",
            _("My eyes here are a tiny model that knows drawn pictures only: shapes, colours and a few scenes."),
        ]
    return "\n".join(lines)


handlers = (
    CommandHandler("start", start, filters.UpdateType.MESSAGE),
    CommandHandler("help", help_, filters.UpdateType.MESSAGE),
)
