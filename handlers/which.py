"""/which A, B, C: which of these a picture shows, with probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from html import escape

from telegram import Update
from telegram.ext import CommandHandler, MessageHandler, filters

from handlers.chart import chart
from handlers.command import Captioned, argument
from handlers.phrases import Phrases
from handlers.subject import command_about
from handlers.work import Context
from lookout.rank import FEWEST_LABELS, LONGEST_LABEL, MOST_LABELS, Ranked, rank
from prompts.languages import language_written
from prompts.names import labels_of
from storage.records import Sighting
from vision.picture import Picture

_MOST_NAMED = 3


async def which(update: Update, context: Context) -> None:
    """Say for each label how likely it is the one."""
    work, message, labels = context.work, update.message, labels_of(argument(update))
    if message is None:
        return
    _ = work.phrases
    await command_about(
        message,
        context,
        partial(_choose, context, message.message_id, labels),
        refusal=_refusal(labels, _),
        missing=_("Send me a picture first, and then /which with what to choose from."),
    )


def _refusal(labels: Sequence[str], phrases: Phrases) -> str | None:
    if len(labels) < FEWEST_LABELS:
        return phrases("Give me two or more to choose from, with commas between, like this:\n/which cat, dog, bird")
    if len(labels) > MOST_LABELS:
        return phrases("I choose among {most} at most. Please give me fewer.", most=MOST_LABELS)
    if any(len(label) > LONGEST_LABEL for label in labels):
        return phrases("Please give me labels of at most {most} characters.", most=LONGEST_LABEL)
    return None


async def _choose(
    context: Context, reply_to: int, labels: tuple[str, ...], sighting: Sighting, pictures: tuple[Picture, ...]
) -> None:
    work = context.work
    language = language_written(" ".join(labels), otherwise=work.language)
    for number, picture in enumerate(pictures, 1):
        ranked = await rank(picture, labels, language, work.desk.backend, chat=str(work.chat.id))
        words = _told(ranked, work.phrases)
        text = f"{number}/{len(pictures)}\n{words}" if len(pictures) > 1 else words
        work.say(text, html=True, reply_to=reply_to, sighting=sighting.id)


def _told(ranked: Ranked, phrases: Phrases) -> str:
    lines = [f"<pre>{escape(chart(ranked.shares), quote=False)}</pre>"]
    if not ranked.there:
        lines.append(phrases("Asked about each alone, I see none of them in the picture."))
    elif ranked.shares[0][0] not in ranked.there:
        seen = phrases.listed(ranked.there[:_MOST_NAMED])
        lines.append(phrases.html("Asked about each alone, I see something else in the picture: {labels}", labels=seen))
    lines.append(phrases("How likely each answer is among these alone; together they make 100%."))
    return "\n".join(lines)


handlers = (
    CommandHandler("which", which, filters.UpdateType.MESSAGE),
    MessageHandler(filters.UpdateType.MESSAGE & Captioned("which"), which),
)
