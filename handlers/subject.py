"""Which picture a message is about: one that it brings, one that it replies to, or the latest."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any

from telegram import Message

from handlers.answer import answer
from handlers.due import due
from handlers.formatted import html
from handlers.hold import unless_stopped
from handlers.medium import has_picture, medium_of
from handlers.presence import typing
from handlers.sight import recall, see, see_again
from handlers.stop import stopped
from handlers.work import Context
from storage.records import Sighting
from vision.picture import Picture

Subject = tuple[Sighting, tuple[Picture, ...]]


async def subject(message: Message, context: Context, *, latest_within: timedelta | None) -> Subject | None:
    """What the message replies to: a picture, here or in another chat, or an answer of ours about one.

    Else the chat's latest, if so young.
    """
    work, answered = context.work, message.reply_to_message
    if message.external_reply and has_picture(message.external_reply):
        return await see(message, context.bot, work)
    sighting = await _sighting_of(answered, context) if answered else None
    if sighting is None and answered and has_picture(answered):
        return await see(answered, context.bot, work)
    if sighting is None and latest_within is not None:
        async with work.desk.store.read() as records:
            latest = await records.sightings.latest(message.chat_id)
        sighting = latest if latest and message.date - latest.at < latest_within else None
    return (sighting, await recall(sighting, work.desk)) if sighting else None


async def command_about(
    message: Message,
    context: Context,
    do: Callable[[Sighting, tuple[Picture, ...]], Coroutine[Any, Any, None]],
    *,
    refusal: str | None,
    missing: str | Callable[[], Awaitable[None]],
    latest_within: timedelta | None = timedelta.max,
) -> None:
    """Do what a command asks of the picture that it is about: the one it stands under, else as `subject`.

    A `refusal` is said instead. Where there is no picture `missing` is said, or done if it is a function. A picture
    that the command itself brings is judged by the chat's watches in any case, also when somebody stops the command.
    """
    async with typing(context, message):
        meant = await _brought(message, context) or await subject(message, context, latest_within=latest_within)
        if refusal:
            context.work.say(refusal)
        elif meant is None:
            await _without_picture(context, missing)
        elif not await unless_stopped(context.work, do(*meant)):
            said = html((stopped(context.work.phrases),))
            context.work.say(said, html=True, reply_to=message.message_id, sighting=meant[0].id)
        if meant and medium_of(message) and (context.work.change is None or context.work.change.picture):
            await _looked_over(message, context, meant)


async def _brought(message: Message, context: Context) -> Subject | None:
    """What the message itself shows; after an edit, as it is now."""
    work = context.work
    if medium_of(message) is None:
        return None
    async with work.desk.store.read() as records:
        known = await records.sightings.of_message(message.chat_id, message.message_id) if work.change else None
    if work.change is None or known is None:
        return await see(message, context.bot, work)
    if not work.change.picture:
        return known, await recall(known, work.desk)
    seen = await see_again(known, message, context.bot, work)
    return seen.sighting, seen.pictures


async def _without_picture(context: Context, missing: str | Callable[[], Awaitable[None]]) -> None:
    if isinstance(missing, str):
        context.work.say(missing)
    else:
        await missing()


async def _looked_over(message: Message, context: Context, meant: Subject) -> None:
    if watches := await due(context.work, message.date):
        await answer(context, message, *meant, question=None, watches=watches, speak=False)


async def _sighting_of(message: Message, context: Context) -> Sighting | None:
    """The sighting that a message brought, or that an answer of ours was about."""
    async with context.work.desk.store.read() as records:
        brought = await records.sightings.of_message(message.chat_id, message.message_id)
        about = await records.outbox.about(context.bot.id, message.chat_id, message.message_id)
        return brought or (await records.sightings.get(about.sighting) if about.sighting is not None else None)
