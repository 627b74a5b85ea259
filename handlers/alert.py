"""Alerts: what the watches have to say of a sighting is kept, and told with the photo itself, once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from telegram import Message

from handlers.aloud import Spoken, spoken
from handlers.chart import percent
from handlers.formatted import BOLD, Formatted, Piece, html, link
from handlers.keyboard import Buttons
from handlers.notice import alert_notice
from handlers.phrases import N_, Phrases
from handlers.readers import Readers, readers_of
from handlers.sight import Shown
from handlers.work import Work
from handlers.zones import moment, zone_of
from lookout.look import Looked
from lookout.tell import alert_of, snoozed
from places.position import Position, map_link
from prompts.languages import language_of
from storage.records import Alert, Button, Place, Reply, Sighting, Watch
from vision.marks import marked
from voice.errors import VoiceError

RIGHT: Final = N_("✓ Right")
WRONG: Final = N_("✗ Wrong")
SNOOZE: Final = N_("💤 Snooze 1 h")
PAUSE: Final = N_("⏸ Pause")
WAKE: Final = N_("🔔 Wake")
RESUME: Final = N_("▶️ Resume")

_CHOSEN = "● "


async def tell(
    work: Work, sighting: Sighting, watches: Sequence[Watch], looked: Looked, shown: Sequence[Shown]
) -> None:
    """Keep the verdicts, and leave to be told what they bring. `shown` are the pictures that were judged."""
    about = {watch.id: shown[at] for watch, at in zip(watches, looked.surest, strict=True)}
    for watch, alert in await _kept(work, sighting, watches, looked):
        if alert.told:
            await _tell(work, alert, sighting, watch, about[watch.id])


async def _kept(work: Work, sighting: Sighting, watches: Sequence[Watch], looked: Looked) -> list[tuple[Watch, Alert]]:
    """Keep the verdicts and what follows from them; gives the alerts, each with its watch as that is now.

    An update that is worked on again decides anew from the same past; another update about the same sighting, as an
    edit is, says nothing where a word has been said.
    """
    async with work.desk.store.write() as records:
        await records.watches.record(looked.verdicts)
        settled = await records.alerts.settled(sighting.id, update=work.arrival.id)
        past = await records.alerts.past(watches, sighting)
        # Where they tell somebody may have pressed something while the picture was looked at.
        now = await records.watches.as_now(watches)
        alerts = [
            (watch, alert)
            for watch, verdict in zip(now, looked.verdicts, strict=True)
            if not (watch.id in settled or watch.paused)
            and (alert := alert_of(watch, verdict, past[watch.id], sighting.at, zone_of(work.chat)))
        ]
        told = [alert for _watch, alert in alerts]
        await records.alerts.put(told, sighting, watches=watches, update=work.arrival.id)
    return alerts


async def _tell(work: Work, alert: Alert, sighting: Sighting, watch: Watch, shown: Shown) -> None:
    reply = _addressed(work, sighting, watch, shown.message)
    readers = await readers_of(work, reply.chat)
    words = html(_words(readers, alert, sighting, watch, shown.message))
    buttons = keyboard_of(watch, sighting.id, alert, datetime.now(UTC), readers.phrases)
    work.replies.append(
        replace(reply, kind="photo", text=words, html=True, file=await _photo(work, shown), buttons=buttons)
    )
    if watch.voice and (note := await _aloud(work, alert, watch)):
        work.replies.append(replace(reply, kind="voice", file=note.file, duration=note.duration))
    sender, link_ = _sender(shown.message), shown.message.link
    work.notify(watch, alert_notice(watch, alert, sighting, sender=sender, link=link_))


def _addressed(work: Work, sighting: Sighting, watch: Watch, message: Message) -> Reply:
    """An empty reply that goes where the watch tells: in its own chat as an answer to the picture."""
    if watch.target is not None and watch.target != work.chat.id:
        return Reply(watch.target, "text", sighting=sighting.id, watch=watch.id)
    return Reply(
        work.chat.id,
        "text",
        reply_to=message.message_id,
        thread=work.thread,
        sighting=sighting.id,
        watch=watch.id,
    )


def keyboard_of(watch: Watch, sighting: int, alert: Alert | None, now: datetime, phrases: Phrases) -> Buttons:
    """The buttons under an alert. Of Right and Wrong, what was pressed is marked.

    Neither stands under an alert which says that something is over, nor where the alert is forgotten (None).
    """

    def button(text: str, act: str, *, chosen: bool = False) -> Button:
        return Button(f"{_CHOSEN if chosen else ''}{phrases(text)}", f"alert:{act}:{watch.id}:{sighting}")

    quiet = button(WAKE, "wake") if snoozed(watch, now) else button(SNOOZE, "snooze")
    resting = button(RESUME, "resume") if watch.paused else button(PAUSE, "pause")
    if alert is None or alert.kind == "over":
        return ((quiet, resting),)
    said = (
        button(RIGHT, "right", chosen=alert.right is True),
        button(WRONG, "wrong", chosen=alert.right is False),
    )
    return (said, (quiet, resting))


def where(place: Place) -> Formatted:
    """A place, as a link to a map of there."""
    position = Position(place.latitude, place.longitude)
    return (Piece("📍 "), Piece(place.name or str(position), (link(map_link(position)),)))


def _words(readers: Readers, alert: Alert, sighting: Sighting, watch: Watch, message: Message) -> Formatted:
    """What it was, how sure, when, by whom and where."""
    _ = readers.phrases
    values = {"percent": percent(alert.p_yes), "time": moment(alert.at, readers.chat)}
    if alert.kind == "yes":
        said = _("Yes, {percent} sure. {time}", **values)
    else:
        said = _("It is over: no longer so ({percent}). {time}", **values)
    pieces: Formatted = (
        Piece("🔔 " if alert.kind == "yes" else "🔕 "),
        Piece(watch.condition, (BOLD,)),
        Piece(f"\n{said}"),
    )
    if sender := _sender(message):
        pieces += (Piece("\n" + _("Sent by {name}", name=sender)),)
    return (*pieces, Piece("\n"), *where(sighting.place)) if sighting.place else pieces


def _sender(message: Message) -> str | None:
    """The name of who sent the picture, if that is known."""
    if message.sender_chat:
        return message.sender_chat.effective_name
    return message.from_user.full_name if message.from_user else None


async def _photo(work: Work, shown: Shown) -> str:
    """The picture as Telegram takes it for a photo. What came as a file is drawn anew, without all that it tells."""
    if shown.message.photo:
        return shown.digest
    return await work.desk.store.files.put(await asyncio.to_thread(marked, shown.picture, ()), ".jpg")


async def _aloud(work: Work, alert: Alert, watch: Watch) -> Spoken | None:
    """The alert in the language of the watch; the photo goes without where it cannot be spoken."""
    phrases = Phrases(language_of(watch.language))
    said = N_("Yes: {condition}") if alert.kind == "yes" else N_("It is over: {condition}")
    try:
        return await spoken(work, phrases(said, condition=watch.condition), phrases.language)
    except VoiceError:
        return None
