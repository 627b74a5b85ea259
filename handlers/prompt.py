"""/prompt: a chat's own instruction to the model."""

from __future__ import annotations

from telegram import Update
from telegram.ext import CommandHandler, filters

from handlers.command import argument
from handlers.work import Context

LONGEST_PROMPT = 1000
"""Characters; a picture, a question and an answer need room beside it."""

_CLEAR = {"clear", "off", "reset", "清除", "删除"}


async def prompt(update: Update, context: Context) -> None:
    """Show the instruction, set it to the words behind the command, or clear it."""
    work, text = context.work, argument(update)
    _ = work.phrases
    if not text:
        work.say(_showing(context))
        return
    if len(text) > LONGEST_PROMPT:
        work.say(_("Please say it in at most {most} characters.", most=LONGEST_PROMPT))
        return
    cleared = text.lower() in _CLEAR
    async with work.desk.store.write() as records:
        await records.chats.set(work.chat.id, prompt=None if cleared else text)
    if cleared:
        work.say(_("Cleared. I describe pictures my own way again."))
    else:
        work.say(_("Kept. From the next picture on I follow this:\n\n{prompt}", prompt=text))


def _showing(context: Context) -> str:
    work = context.work
    _ = work.phrases
    if work.chat.prompt is None:
        return _("This chat has no instruction of its own. Set one like this:\n/prompt Answer in one short sentence.")
    return _("I follow this here (/prompt clear removes it):\n\n{prompt}", prompt=work.chat.prompt)


handler = CommandHandler("prompt", prompt, filters.UpdateType.MESSAGE)
