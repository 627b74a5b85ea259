"""/watch: subscribe a chat to a condition, say back what it asks, and let other words be asked instead.

With a picture at hand, the one it stands under or replies to, the condition is tried on that first.
"""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from functools import partial
from typing import Final

from telegram import CallbackQuery, Message, Update
from telegram.ext import CallbackQueryHandler, CommandHandler, MessageHandler, filters

from handlers.chart import percent
from handlers.command import Captioned, argument
from handlers.hearing import BLIND, blind
from handlers.medium import medium_of
from handlers.page import Page, say_page, strip_page, whisper
from handlers.phrases import N_, Phrases
from handlers.quiet import why_quiet
from handlers.subject import command_about
from handlers.trial import outcome_told, tried
from handlers.work import Context, Work
from handlers.zones import zone_of
from lookout.threshold import threshold_of
from prompts.conditions import condition_of, question_of
from prompts.languages import language_of, language_written
from storage.records import Button, Sighting, Watch
from storage.store import Records
from vision.picture import Picture

LONGEST_CONDITION: Final = 200

GONE: Final = N_("This watch was removed. /watches shows those that are left.")

KNOWN: Final = N_("I look for this in every new picture here already.")

EXAMPLES: Final[dict[str, str]] = {
    "smoke": N_("smoke or fire"),
    "door": N_("somebody at the door"),
    "parcel": N_("a parcel"),
    "helmet": N_("somebody without a helmet"),
    "parking": N_("a free parking space"),
    "open": N_("the gate is open"),
}
"""What people want to be told of: the name that a button has for it, and the condition."""


async def watch(update: Update, context: Context) -> None:
    """Subscribe this chat to the condition behind the command; try it first where it is about a picture."""
    work, message, condition = context.work, update.effective_message, condition_of(argument(update))
    if message is None:
        return
    about_picture = medium_of(message) or message.reply_to_message or message.external_reply
    if not about_picture:
        await _subscribe(update, context, condition, message)
        return
    await command_about(
        message,
        context,
        partial(_try_first, work, condition, message),
        refusal=_refusal(condition, work.phrases),
        latest_within=None,
        missing=partial(_subscribe, update, context, condition, message),
    )


async def _subscribe(update: Update, context: Context, condition: str, message: Message) -> None:
    work = context.work
    if not condition:
        say_page(work, _examples(work.phrases))
        return
    made = _refusal(condition, work.phrases) or await _made(work, condition, message.message_id)
    if isinstance(made, str):
        work.say(made)
    else:
        await _say_made(update, context, made)


def _refusal(condition: str, phrases: Phrases) -> str | None:
    if not any(unicodedata.category(each)[0] in "LNS" for each in condition):  # neither a letter nor an emoji
        return phrases("Tell me what to watch for, like this:\n/watch fire\n/watch is there smoke?")
    if len(condition) > LONGEST_CONDITION:
        return phrases("Please say it in at most {most} characters.", most=LONGEST_CONDITION)
    return None


async def _made(work: Work, condition: str, message: int | None) -> Watch | str:
    """The chat's watch for a condition, made if there is none; or why there cannot be one."""
    async with work.desk.store.write() as records:
        if known := await _known(condition, message, work, records):
            return known
        if full := await _full(work, records):
            return full
        language = language_written(condition, otherwise=work.language)
        made = await records.watches.add(chat=work.chat.id, condition=condition, language=language, message_id=message)
        return await records.watches.restore(work.chat.id, made.id) or made


async def _known(condition: str, message: int | None, work: Work, records: Records) -> Watch | None:
    """The chat's watch for that condition: one that asks it, or one that this message made before it was edited."""
    if same := await _same(condition, work, records):
        return same
    made = await records.watches.made_by(work.chat.id, message) if message is not None else None
    if made is None or made.condition == condition:
        return None
    language = language_written(condition, otherwise=work.language)
    return await records.watches.reword(work.chat.id, made.id, condition=condition, language=language)


async def _listed(id: int, work: Work, records: Records) -> Watch | None:  # noqa: A002
    """The watch with that id, if it is on the chat's list."""
    return next((each for each in await records.watches.of_chat(work.chat.id) if each.id == id), None)


async def _same(condition: str, work: Work, records: Records) -> Watch | None:
    """The chat's watch for that very condition."""
    known = await records.watches.of_chat(work.chat.id)
    return next((each for each in known if each.condition.casefold() == condition.casefold()), None)


async def _full(work: Work, records: Records) -> str | None:
    """Why the chat can have no other watch; None where it can."""
    _, desk = work.phrases, work.desk
    if len(await records.watches.of_chat(work.chat.id)) >= desk.watches_per_chat:
        most = desk.watches_per_chat
        return _("This chat has {most} watches, and that is the most. /watches removes some.", most=most)
    if await records.watches.count() >= desk.watches:
        return _(
            "All chats together have {most} watches, and my operator allows no more. Remove one of yours in /watches, "
            "or ask my operator.",
            most=desk.watches,
        )
    return None


async def _say_made(update: Update, context: Context, watch: Watch) -> None:
    """Say back what a watch asks, and where pictures stay hidden from it."""
    say_watch(context.work, watch, last=context.work.phrases(BLIND) if await blind(update, context.bot) else "")


def say_watch(work: Work, watch: Watch, *, first: str = "", last: str = "") -> None:
    """Say back what a watch asks, what keeps it quiet, and what can be done about it; an answer to that corrects it."""
    _ = work.phrases
    said = _.html(
        "👁 I look for <b>{condition}</b> in every new picture here. This is what I ask:\n<b>{question}</b>\n"
        "I tell you when a yes is {threshold} likely or more.\n\n"
        "Reply to this message with better words and I ask that instead.",
        condition=watch.condition,
        question=question_of(watch.condition, language_of(watch.language)),
        threshold=percent(threshold_of(watch)),
    )
    buttons = (
        (Button(_("Try on the last photo"), f"watch:{watch.id}:try"),),
        (Button(_("⚙️ Options"), f"watch:{watch.id}"), Button(_("🗑 Remove"), f"watch:{watch.id}:remove")),
    )
    parts = (first, said, _why_quiet(watch, work), last)
    work.say("\n\n".join(filter(None, parts)), html=True, watch=watch.id, buttons=buttons)


def _looked_for(watch: Watch, work: Work) -> str:
    """That there is such a watch already, and what keeps it quiet."""
    return "\n".join(filter(None, (work.phrases(KNOWN), _why_quiet(watch, work))))


def _why_quiet(watch: Watch, work: Work) -> str:
    return "\n".join(why_quiet(watch, datetime.now(UTC).astimezone(zone_of(work.chat)), work.phrases))


async def reword(work: Work, id: int, words: str) -> None:  # noqa: A002
    """Let a watch ask what somebody has put in better words, and say that back."""
    _, condition = work.phrases, condition_of(words)
    async with work.desk.store.write() as records:
        before = await _listed(id, work, records)
        asked = await _reworded(before, condition, work, records) if before else _(GONE)
    if before is None or isinstance(asked, str):
        work.say(str(asked))
        return
    first = _.html(
        "I asked about “{before}” until now. What I have learnt from Right and Wrong was about that and is forgotten.",
        before=before.condition,
    )
    say_watch(work, asked, first=first)


async def _reworded(watch: Watch, condition: str, work: Work, records: Records) -> Watch | str:
    """The watch with another condition; or why it cannot have that."""
    if refusal := _refusal(condition, work.phrases):
        return refusal
    same = await _same(condition, work, records)
    if same and (same.id != watch.id or same.condition == condition):
        return _looked_for(same, work)
    language = language_written(condition, otherwise=work.language)
    asked = await records.watches.reword(watch.chat, watch.id, condition=condition, language=language)
    return asked or work.phrases(GONE)


def _examples(phrases: Phrases) -> Page:
    said = phrases(
        "Tell me what to watch for, and I look for it in every new picture here, like this:\n"
        "/watch fire\n/watch is there smoke?\n\n"
        "As a reply to a photo, or under one, I try it on that first. Or press what you want to be told of:"
    )
    buttons = tuple((Button(phrases(each), f"watch:example:{key}"),) for key, each in EXAMPLES.items())
    return Page(said, buttons)


async def press_example(update: Update, context: Context) -> None:
    """Subscribe the chat to the example whose button was pressed."""
    query, work = update.callback_query, context.work
    if query is None or query.data is None:
        return
    if query.message is None:  # our buttons stand in chats
        await whisper(query)
        return
    made = await _made(work, work.phrases(EXAMPLES[query.data.rpartition(":")[2]]), None)
    if isinstance(made, str):
        await whisper(query, made, alert=True)
    else:
        await whisper(query)
        await _say_made(update, context, made)


async def _try_first(
    work: Work, condition: str, message: Message, sighting: Sighting, pictures: tuple[Picture, ...]
) -> None:
    """Say what the condition makes of a picture, and ask whether it shall be watched for."""
    _ = work.phrases
    async with work.desk.store.write() as records:
        known = await _known(condition, message.message_id, work, records)
        proposed = known or await records.watches.add(
            chat=work.chat.id,
            condition=condition,
            language=language_written(condition, otherwise=work.language),
            message_id=message.message_id,
            kept=False,
        )
    said = outcome_told(proposed, await tried(proposed, sighting, pictures, work), _)
    row: tuple[Button, ...]
    if known:
        asked = _looked_for(known, work)
        row = (Button(_("⚙️ Options"), f"watch:{known.id}"),)
    else:
        asked = _("Shall I look for this in every new picture here?")
        keep = Button(_("Watch for this"), f"watch:{proposed.id}:keep")
        row = (keep, Button(_("No"), f"watch:{proposed.id}:drop"))
    work.say(f"{said}\n\n{asked}", html=True, reply_to=message.message_id, sighting=sighting.id, buttons=(row,))


async def decide(update: Update, context: Context) -> None:
    """Watch for what was only tried, or leave it."""
    query, work = update.callback_query, context.work
    if query is None or query.data is None:
        return
    _name, id_, act = query.data.split(":")
    async with work.desk.store.read() as records:
        kept = await _listed(int(id_), work, records)
    if act == "keep" and query.message:
        await _keep(update, context, query, int(id_))
    elif kept:  # by somebody else, who pressed before
        await whisper(query, _looked_for(kept, work), alert=True)
    else:
        await whisper(query, work.phrases("Then I don't watch for it."))
    await strip_page(query)


async def _keep(update: Update, context: Context, query: CallbackQuery, id: int) -> None:  # noqa: A002
    work = context.work
    kept = await put_back(work, id)
    if isinstance(kept, str):
        await whisper(query, kept, alert=True)
    else:
        await whisper(query, work.phrases("Kept."))
        await _say_made(update, context, kept)


async def put_back(work: Work, id: int) -> Watch | str:  # noqa: A002
    """A watch that was tried or removed, on its chat's list again; or why it cannot be."""
    _ = work.phrases
    async with work.desk.store.write() as records:
        watch = await records.watches.get(id)
        if watch is None or watch.chat != work.chat.id:
            return _(GONE)
        if same := await _same(watch.condition, work, records):
            # An attempt before this one may have put it back, and then lost the connection.
            return same if same.id == id and work.arrival.attempts > 1 else _looked_for(same, work)
        full = await _full(work, records)
        return full or await records.watches.restore(work.chat.id, id) or _(GONE)


handlers = (
    CommandHandler("watch", watch, filters.UpdateType.MESSAGE),
    MessageHandler(filters.UpdateType.MESSAGE & Captioned("watch"), watch),
    CallbackQueryHandler(press_example, pattern=rf"^watch:example:({'|'.join(EXAMPLES)})\Z"),
    CallbackQueryHandler(decide, pattern=r"^watch:\d{1,18}:(keep|drop)\Z"),
)
