"""What people press under an alert: right, wrong, quiet for an hour, pause, and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from telegram import CallbackQuery, Update
from telegram.error import BadRequest
from telegram.ext import CallbackQueryHandler

from handlers.alert import keyboard_of
from handlers.keyboard import keyboard
from handlers.page import whisper
from handlers.work import Context, Work
from handlers.zones import zone_of
from lookout.threshold import shift_after, threshold_of
from storage.records import Alert, Watch
from storage.store import Records
from storage.watches import Options

SNOOZED_FOR: Final = timedelta(hours=1)


async def press(update: Update, context: Context) -> None:
    """Do what the button says, tell who pressed, and mark under the alert what holds now."""
    query, work = update.callback_query, context.work
    if query is None or query.data is None:
        return
    _name, act, number, sighting = query.data.split(":")
    async with work.desk.store.write() as records:
        watch, alert = await records.watches.get(int(number)), await records.alerts.get(int(number), int(sighting))
        if watch is None or alert is None or work.chat.id not in (watch.chat, watch.target):
            watch = None
        elif act in ("right", "wrong"):
            alert = await records.alerts.judge(watch.id, alert.sighting, right=act == "right") or alert
            learned = shift_after((each.p_yes, bool(each.right)) for each in await records.alerts.judged(watch.id))
            watch = await _changed(records, watch, shift=learned)
        else:
            watch = await _changed(records, watch, **_rest(act))
    if watch is None or alert is None:
        await whisper(query, work.phrases("This watch is gone."), alert=True)
        return
    await whisper(query, _answer(work, act, watch))
    await _mark(query, work, alert, watch)


def _rest(act: str) -> Options:
    match act:
        case "snooze":
            return {"snoozed": datetime.now(UTC) + SNOOZED_FOR}
        case "wake":
            return {"snoozed": None}
        case "pause":
            return {"paused": True}
    return {"paused": False}


async def _changed(records: Records, watch: Watch, **changes: object) -> Watch | None:
    return await records.watches.change(watch.chat, watch.id, **changes)  # type: ignore[arg-type]


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


async def _mark(query: CallbackQuery, work: Work, alert: Alert, watch: Watch) -> None:
    try:
        await query.edit_message_reply_markup(keyboard(keyboard_of(alert, watch, work.phrases)))
    except BadRequest:  # the message is gone, or shows it already
        return


handlers = (CallbackQueryHandler(press, pattern=r"^alert:(right|wrong|snooze|wake|pause|resume):\d{1,18}:\d{1,18}$"),)
