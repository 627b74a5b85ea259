"""One watch's page: what it asks, how it has done, and what has been chosen about it; and what is pressed there."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from telegram import CallbackQuery, Message, Update
from telegram.ext import CallbackQueryHandler

from handlers.alert import PAUSE, RESUME, WAKE
from handlers.chart import percent
from handlers.keyboard import Buttons
from handlers.options import CHANGES, CHOICES, TELLS, cooldown_label
from handlers.page import Page, turn_page, whisper
from handlers.permission import is_admin
from handlers.phrases import Phrases
from handlers.presence import typing
from handlers.quiet import why_quiet
from handlers.sight import recall
from handlers.spans import hours_label
from handlers.target import ONLY_ADMINS, target_label
from handlers.trial import outcome_told, tried
from handlers.watch import GONE, put_back
from handlers.work import Context, Work
from handlers.zones import label_of, moment, zone_of
from lookout.tell import snoozed
from lookout.threshold import BY_SENSITIVITY, threshold_of
from prompts.conditions import question_of
from prompts.languages import language_of
from storage.records import Button, Tally, Watch
from storage.watches import Options


async def watch_page(watch: Watch, context: Context) -> Page:
    """Everything about a watch, and the ways to change it."""
    work = context.work
    _ = work.phrases
    async with work.desk.store.read() as records:
        tally = (await records.alerts.tallies([watch]))[watch.id]
        kept = await records.watches.of_chat(watch.chat)
    number = next((at for at, each in enumerate(kept, 1) if each.id == watch.id), 0)
    now = datetime.now(UTC).astimezone(zone_of(work.chat))
    quiet = why_quiet(watch, now, _)
    lines = [
        f"👁 {number}. {watch.condition}",
        question_of(watch.condition, language_of(watch.language)),
        "",
        *(quiet and [*quiet, ""]),
        _threshold(watch, tally, _),
        *_done(tally, work),
        "",
        _("Cool-down after an alert: {length}", length=cooldown_label(watch.cooldown, _)),
        _("I tell {when}.", when=_(TELLS[watch.tells])),
        _count(watch.needed, watch.among, _),
        _("Hours: {hours}", hours=_hours(watch, work)),
        _("Alerts go to: {target}", target=await target_label(watch, context)),
        _("Spoken alerts: on") if watch.voice else _("Spoken alerts: off"),
    ]
    return Page("\n".join(lines), _buttons(watch, now, _))


def _threshold(watch: Watch, tally: Tally, phrases: Phrases) -> str:
    now, base = percent(threshold_of(watch)), percent(BY_SENSITIVITY[watch.sensitivity])
    if not tally.right + tally.wrong:
        return phrases("I tell when a yes is {threshold} likely or more.", threshold=now)
    return phrases(
        "I tell when a yes is {threshold} likely or more: {base} by its sensitivity, moved by what you said of alerts "
        "({right} right, {wrong} wrong).",
        threshold=now,
        base=base,
        right=tally.right,
        wrong=tally.wrong,
    )


def _done(tally: Tally, work: Work) -> list[str]:
    """How it has done so far."""
    _, judged = work.phrases, tally.right + tally.wrong
    done = [_("Checked {checked}, told {told}.", checked=tally.checked, told=tally.told)]
    if judged:
        done.append(_("Right: {percent} of what was judged.", percent=percent(tally.right / judged)))
    if tally.last:
        done.append(_("The last alert: {time}.", time=moment(tally.last, work.chat)))
    return done


def _hours(watch: Watch, work: Work) -> str:
    if watch.hours is None:
        return work.phrases("always")
    label = hours_label(watch.hours)
    return f"{label} ({label_of(work.chat.zone)})" if work.chat.zone else label


def _count(needed: int, among: int, phrases: Phrases) -> str:
    if among == 1:
        return phrases("One picture is enough.")
    return phrases(
        "It has to show in {needed} of the last {among} pictures of the same sender.", needed=needed, among=among
    )


def _buttons(watch: Watch, now: datetime, phrases: Phrases) -> Buttons:
    _, at = phrases, f"watch:{watch.id}"
    pause = Button(_(RESUME), f"{at}:pause:off") if watch.paused else Button(_(PAUSE), f"{at}:pause:on")
    wake = [Button(_(WAKE), f"{at}:wake")] if snoozed(watch, now) else []
    voice = Button(_("🔇 Don't speak"), f"{at}:voice:off") if watch.voice else Button(_("🔊 Speak"), f"{at}:voice:on")
    return (
        (pause, *wake, Button(_("Try on the last photo"), f"{at}:try")),
        (Button(_("🎚 Sensitivity"), f"{at}:sensitivity"), Button(_("⏳ Cool-down"), f"{at}:cooldown")),
        (Button(_("🔁 When to tell"), f"{at}:tells"), Button(_("🖼 How many pictures"), f"{at}:count")),
        (Button(_("🌙 Hours"), f"{at}:hours"), Button(_("📨 Where to"), f"{at}:to")),
        (voice, Button(_("🗑 Remove"), f"{at}:remove")),
        (Button(_("‹ Watches"), "watches"),),
    )


async def press(update: Update, context: Context) -> None:
    """Show the watch, let something about it be chosen, or choose what the button names."""
    query, work = update.callback_query, context.work
    if query is None or query.data is None:
        return
    _name, id_, act = [*query.data.split(":", 2), ""][:3]
    async with work.desk.store.read() as records:
        kept = await records.watches.of_chat(work.chat.id)
    watch = next((each for each in kept if each.id == int(id_)), None)
    if act == "undo":
        await _undo(query, context, int(id_))
    elif watch is None:
        await whisper(query, work.phrases(GONE), alert=True)
        await turn_page(query, _removed(work.phrases(GONE), int(id_), work.phrases))
    elif act == "try":
        await _try(query, context, watch)
    elif act == "remove":
        await _remove(query, work, watch)
    elif act.startswith("to:") and not await is_admin(update, context.bot):
        await whisper(query, work.phrases(ONLY_ADMINS), alert=True)
    elif act in CHOICES:
        await whisper(query)
        await turn_page(query, CHOICES[act](watch, kept.index(watch) + 1, work.phrases))
    else:
        await _choose(query, context, watch, CHANGES.get(act, {}))


async def _choose(query: CallbackQuery, context: Context, watch: Watch, changes: Options) -> None:
    work = context.work
    if changes:
        async with work.desk.store.write() as records:
            watch = await records.watches.change(work.chat.id, watch.id, **changes) or watch
    await whisper(query)
    await turn_page(query, await watch_page(watch, context))


async def _remove(query: CallbackQuery, work: Work, watch: Watch) -> None:
    async with work.desk.store.write() as records:
        await records.watches.remove(work.chat.id, watch.id)
    _ = work.phrases
    said = _("Removed: {condition}", condition=watch.condition)
    await whisper(query, said)
    await turn_page(query, _removed(said, watch.id, _))


def _removed(said: str, id: int, phrases: Phrases) -> Page:  # noqa: A002
    undo = Button(phrases("↩️ Undo"), f"watch:{id}:undo")
    return Page(said, ((undo,), (Button(phrases("‹ Watches"), "watches"),)))


async def _undo(query: CallbackQuery, context: Context, id: int) -> None:  # noqa: A002
    back = await put_back(context.work, id)
    if isinstance(back, str):
        await whisper(query, back, alert=True)
    else:
        await whisper(query)
        await turn_page(query, await watch_page(back, context))


async def _try(query: CallbackQuery, context: Context, watch: Watch) -> None:
    """Say what the watch makes of the last picture."""
    work, message = context.work, query.message
    _ = work.phrases
    async with work.desk.store.read() as records:
        last = await records.sightings.latest(work.chat.id)
        shown = await records.sightings.message_of(last) if last else None
    if last is None or not isinstance(message, Message):
        await whisper(query, _("Send me a photo first, then I can try it on that."), alert=True)
        return
    await whisper(query, _("I look at the last photo with this…"))
    async with typing(context, message):
        verdict = await tried(watch, last, await recall(last, work.desk), work)
    work.say(outcome_told(watch, verdict, _), html=True, reply_to=shown, sighting=last.id)


_ACTS: Final = "|".join(map(re.escape, ("try", "remove", "undo", *CHOICES, *CHANGES)))
handlers = (CallbackQueryHandler(press, pattern=rf"^watch:\d{{1,18}}(:({_ACTS}))?\Z"),)
