"""/watch and /watches: subscribe to a condition, see the list, take one off it."""

from __future__ import annotations

from telegram import Update
from telegram.ext import CallbackQueryHandler, CommandHandler, filters

from handlers.command import argument
from handlers.page import Page, say_page, turn_page, whisper
from handlers.phrases import Phrases
from handlers.split import LONGEST_MESSAGE, units
from handlers.work import Context
from prompts.conditions import condition_of, question_of
from prompts.languages import language_of, language_written
from storage.records import Button, Watch

LONGEST_CONDITION = 200
MOST_WATCHES = 100
MOST_BUTTONS = 100
"""Telegram shows no more under a message."""


async def watch(update: Update, context: Context) -> None:
    """Subscribe this chat to the condition behind the command."""
    work, message, condition = context.work, update.effective_message, condition_of(argument(update))
    _ = work.phrases
    if message is None or not condition:
        work.say(_("Tell me what to watch for, like this:\n/watch fire\n/watch is there smoke?"))
        return
    if len(condition) > LONGEST_CONDITION:
        work.say(_("Please say it in at most {most} characters.", most=LONGEST_CONDITION))
        return
    async with work.desk.store.write() as records:
        watches = await records.watches.of_chat(work.chat.id)
        kept = next((known for known in watches if known.condition.casefold() == condition.casefold()), None)
        if kept is None and len(watches) >= MOST_WATCHES:
            work.say(_("This chat has {most} watches, and that is the most. /watches removes some.", most=MOST_WATCHES))
            return
        kept = kept or await records.watches.add(
            chat=work.chat.id,
            condition=condition,
            language=language_written(condition, otherwise=work.language),
            message_id=message.message_id,
        )
    work.say(
        _.html(
            "👁 I look for <b>{condition}</b> in every new picture here and tell you. This is what I ask:\n{question}",
            condition=kept.condition,
            question=question_of(kept.condition, language_of(kept.language)),
        ),
        html=True,
    )


async def watches(_update: Update, context: Context) -> None:
    """List this chat's watches, each with a button that removes it."""
    work = context.work
    async with work.desk.store.read() as records:
        say_page(work, listed(await records.watches.of_chat(work.chat.id), work.phrases))


async def unwatch(update: Update, context: Context) -> None:
    """Remove the watch whose button was pressed, and show the list without it."""
    work, query = context.work, update.callback_query
    if query is None or query.data is None:
        return
    async with work.desk.store.write() as records:
        removed = await records.watches.remove(work.chat.id, int(query.data.partition(":")[2]))
        page = listed(await records.watches.of_chat(work.chat.id), work.phrases)
    _ = work.phrases
    await whisper(
        query, _("Removed: {condition}", condition=removed.condition) if removed else _("It was gone already.")
    )
    await turn_page(query, page)


def listed(watches: list[Watch], phrases: Phrases) -> Page:
    """A chat's watches, each with a button that removes it."""
    back = (Button(phrases("‹ Settings"), "settings"),)
    if not watches:
        return Page(phrases("Nothing is watched for here. /watch begins."), (back,))
    lines = [phrases("I look for these in every new picture:")]
    lines += [f"{number}. {watch.condition}" for number, watch in enumerate(watches, 1)]
    buttons = tuple(
        (Button(f"✕ {number}. {watch.condition[:40]}", f"unwatch:{watch.id}"),)
        for number, watch in enumerate(watches, 1)
    )
    # The buttons name them too, so a list that fits no message is not needed.
    text = "\n".join(lines)
    return Page(text if units(text) <= LONGEST_MESSAGE else lines[0], (*buttons, back)[:MOST_BUTTONS])


handlers = (
    CommandHandler("watch", watch, filters.UpdateType.MESSAGE),
    CommandHandler("watches", watches, filters.UpdateType.MESSAGE),
    CallbackQueryHandler(unwatch, pattern=r"^unwatch:\d{1,18}$"),
)
