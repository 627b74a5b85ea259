"""What people press under an alert: right, wrong, quiet for an hour, pause, and back."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

from telegram import Update
from telegram.constants import ChatType
from telegram.error import BadRequest
from telegram.ext import CallbackQueryHandler

from handlers.alert import keyboard_of
from handlers.chart import percent
from handlers.keyboard import keyboard
from handlers.options import CHANGES
from handlers.page import whisper
from handlers.permission import is_admin
from handlers.work import Context, Work
from handlers.zones import zone_of
from lookout.threshold import shift_after, threshold_of
from storage.records import Alert, Watch
from storage.store import Records
from storage.watches import Options

SNOOZED_FOR: Final = timedelta(hours=1)

_JUDGEMENTS: Final = ("right", "wrong")
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
    if not await _may_press(update, context):
        await whisper(query, work.phrases("In a channel only its admins press these."), alert=True)
        return
    _name, act, number, sighting = query.data.split(":")
    async with work.desk.store.write() as records:
        watch, alert = await records.watches.get(int(number)), await records.alerts.get(int(number), int(sighting))
        theirs = watch and work.chat.id in (watch.chat, watch.target)
        now = await _done(records, watch, alert, act) if watch and theirs else None
    if now is None:
        _ = work.phrases
        elsewhere = watch is not None and not theirs
        said = _("This watch does not tell here any more.") if elsewhere else _("This watch is gone.")
        await whisper(query, said, alert=True)
        return
    watch, alert = now
    await whisper(query, _answer(work, act, watch, alert))
    buttons = keyboard_of(watch, int(sighting), alert, datetime.now(UTC), work.phrases)
    with suppress(BadRequest):  # the message is gone, or shows it already
        await query.edit_message_reply_markup(keyboard(buttons))


async def _may_press(update: Update, context: Context) -> bool:
    """Everybody in a chat may; in a channel, where everybody reads and only admins write, only these."""
    chat = update.effective_chat
    return chat is None or chat.type != ChatType.CHANNEL or await is_admin(update, context.bot)


async def _done(records: Records, watch: Watch, alert: Alert | None, act: str) -> tuple[Watch, Alert | None] | None:
    """The watch and the alert after a press; None where the watch is on no list any more.

    The alert itself is forgotten where the watch has been given other words since.
    """
    if act in _JUDGEMENTS:
        alert = alert and await records.alerts.judge(watch.id, alert.sighting, right=act == "right")
        judged = await records.alerts.judged(watch.id)
        changes = Options(shift=shift_after((each.p_yes, bool(each.right)) for each in judged))
    elif act == "snooze":
        changes = Options(snoozed=datetime.now(UTC) + SNOOZED_FOR)
    else:
        changes = _CHANGES[act]
    changed = await records.watches.change(watch.chat, watch.id, **changes)
    return (changed, alert) if changed else None


def _answer(work: Work, act: str, watch: Watch, alert: Alert | None) -> str:
    _, threshold = work.phrases, percent(threshold_of(watch))
    if act in _JUDGEMENTS and alert is None:
        return _("This watch asks something else by now, so that no longer counts.")
    match act:
        case "right":
            return _("Thank you. This watch tells from {percent} on.", percent=threshold)
        case "wrong":
            return _("Sorry. From now on this watch tells from {percent} on.", percent=threshold)
        case "snooze" if watch.snoozed:
            until = f"{watch.snoozed.astimezone(zone_of(work.chat)):%H:%M}"
            return _("Quiet until {time}. I go on looking.", time=until)
        case "pause":
            return _("Paused: I don't look for this until you resume it.")
    return _("I tell you again.")


handlers = (CallbackQueryHandler(press, pattern=r"^alert:(right|wrong|snooze|wake|pause|resume):\d{1,18}:\d{1,18}$"),)
