"""What people press under an alert: right, wrong, quiet for an hour, pause, and back."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

from telegram import CallbackQuery, Update
from telegram.error import BadRequest
from telegram.ext import CallbackQueryHandler

from handlers.alert import keyboard_of
from handlers.keyboard import keyboard
from handlers.options import CHANGES
from handlers.page import whisper
from handlers.work import Context, Work
from handlers.zones import zone_of
from lookout.threshold import shift_after, threshold_of
from storage.records import Alert, Watch
from storage.store import Records
from storage.watches import Options

SNOOZED_FOR: Final = timedelta(hours=1)

_CHANGES: Final[dict[str, Options]] = {
    "wake": CHANGES["wake"],
    "pause": CHANGES["pause:on"],
    "resume": CHANGES["pause:off"],
}


async def press(update: Update, context: Context) -> None:
    """Do what the button says, tell who pressed, and mark under the alert what holds now."""
    query, work = update.callback_query, context.work
    if query is None or query.data is None:
        return
    _name, act, number, sighting = query.data.split(":")
    async with work.desk.store.write() as records:
        watch, alert = await records.watches.get(int(number)), await records.alerts.get(int(number), int(sighting))
        theirs = watch and work.chat.id in (watch.chat, watch.target)
        now = await _done(records, watch, alert, act) if watch and alert and theirs else None
    if now is None:
        await whisper(query, work.phrases("This watch is gone."), alert=True)
        return
    await whisper(query, _answer(work, act, now[0]))
    await _mark(query, work, *now)


async def _done(records: Records, watch: Watch, alert: Alert, act: str) -> tuple[Watch, Alert] | None:
    """The watch and the alert after a press; None where the watch is on no list any more."""
    if act in ("right", "wrong"):
        alert = await records.alerts.judge(watch.id, alert.sighting, right=act == "right") or alert
        judged = await records.alerts.judged(watch.id)
        changes = Options(shift=shift_after((each.p_yes, bool(each.right)) for each in judged))
    elif act == "snooze":
        changes = Options(snoozed=datetime.now(UTC) + SNOOZED_FOR)
    else:
        changes = _CHANGES[act]
    changed = await records.watches.change(watch.chat, watch.id, **changes)
    return (changed, alert) if changed else None


def _answer(work: Work, act: str, watch: Watch) -> str:
    _, percent = work.phrases, f"{threshold_of(watch):.0%}"
    match act:
        case "right":
            return _("Thank you. This watch tells from {percent} on.", percent=percent)
        case "wrong":
            return _("Sorry. From now on this watch tells from {percent} on.", percent=percent)
        case "snooze" if watch.snoozed:
            until = f"{watch.snoozed.astimezone(zone_of(work.chat)):%H:%M}"
            return _("Quiet until {time}. I go on looking.", time=until)
        case "pause":
            return _("Paused: I don't look for this until you resume it.")
    return _("I tell you again.")


async def _mark(query: CallbackQuery, work: Work, watch: Watch, alert: Alert) -> None:
    buttons = keyboard_of(alert, watch, datetime.now(UTC), work.phrases)
    with suppress(BadRequest):  # the message is gone, or shows it already
        await query.edit_message_reply_markup(keyboard(buttons))


handlers = (CallbackQueryHandler(press, pattern=r"^alert:(right|wrong|snooze|wake|pause|resume):\d{1,18}:\d{1,18}$"),)
