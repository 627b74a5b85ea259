"""The way in: an update from the inbox becomes work, is handled, and gives replies or an error of ours."""

from __future__ import annotations

from typing import Any

from telegram import Bot, Message, Update
from telegram.error import BadRequest, ChatMigrated, NetworkError, RetryAfter, TelegramError, TimedOut
from telegram.ext import Application, ApplicationBuilder, ContextTypes, ExtBot

from handlers import (
    ask,
    feedback,
    find,
    group,
    language,
    otherwise,
    photo,
    place,
    presets,
    prompt,
    settings,
    start,
    stop,
    tally,
    timezone,
    voice,
    watch,
    watches,
    watching,
    which,
)
from handlers.address import addressed
from handlers.change import change_of
from handlers.command import commanded, noticed
from handlers.complaints import complaint, delay
from handlers.errors import TelegramAway, TelegramRefused
from handlers.medium import has_picture
from handlers.phrases import reader
from handlers.sight import in_order, messages_in
from handlers.standing import earlier_said, leave, stand
from handlers.work import Context, Desk, Output, Work, current
from storage.records import Arrival, Part, Reply
from storage.whole import whole

Machine = Application[ExtBot[None], Context, dict[str, object], dict[str, object], dict[str, object], None]


def machine(bot: ExtBot[None]) -> Machine:
    """The application with its handlers, in the order in which they are tried. It never fetches updates itself."""
    application: Machine = (
        ApplicationBuilder().bot(bot).updater(None).job_queue(None).context_types(ContextTypes(context=Context)).build()
    )
    application.add_handlers(
        [
            *feedback.handlers,
            otherwise.in_channel,
            *start.handlers,
            *settings.handlers,
            *prompt.handlers,
            *presets.handlers,
            *language.handlers,
            *timezone.handlers,
            *watch.handlers,
            *watches.handlers,
            *watching.handlers,
            *tally.handlers,
            voice.handler,
            *stop.handlers,
            place.handler,
            group.handler,
            *find.handlers,
            *which.handlers,
            *photo.handlers,
            ask.handler,
            *otherwise.handlers,
        ]
    )
    application.add_error_handler(_keep_failure)
    return application


async def handle(arrival: Arrival, application: Machine, desk: Desk) -> Output:
    """Do the work of one update. Gives what it brought; raises what went wrong, translated to our own errors."""
    work, update = await _begin(arrival, application, desk)
    token = current.set(work)
    try:
        await application.process_update(update)
    finally:
        current.reset(token)
    if work.failure is not None:
        raise _translated(work.failure) from work.failure
    return work.output


async def apologise(arrival: Arrival, application: Machine, desk: Desk, error: Exception) -> Output:
    """What is said of an update whose work went wrong for good."""
    work, update = await _begin(arrival, application, desk)
    message = update.effective_message
    if not _awaited(work, update, application.bot):
        return Output()
    work.say(complaint(error, work.phrases), reply_to=message.message_id if message else None)
    return work.output


async def tell_of_delay(arrival: Arrival, application: Machine, desk: Desk, error: Exception) -> None:
    """Say why the answer keeps its sender waiting, in the message that it will go into.

    Raises TelegramError, StorageError.
    """
    work, update = await _begin(arrival, application, desk)
    words, message = delay(error, work.phrases), update.message
    if words is None or message is None or not _awaited(work, update, application.bot):
        return
    reply = Reply(work.chat.id, "text", words, reply_to=message.message_id, thread=work.thread)
    if work.message is None and await earlier_said(work):
        await stand(work, application.bot, reply)
    if work.message is None:
        return
    try:
        await desk.carrier.edit(reply, work.message)
    except TimedOut:
        await leave(work, application.bot)
        raise


def _awaited(work: Work, update: Update, bot: Bot) -> bool:
    """Whether somebody waits for an answer: a picture may only be watched over."""
    shown = work.album or ((update.effective_message,) if update.effective_message else ())
    return not any(map(has_picture, shown)) or any(addressed(each, bot, work.chat) for each in shown)


async def _begin(arrival: Arrival, application: Machine, desk: Desk) -> tuple[Work, Update]:
    body, parts = _told_by(arrival)
    update = Update.de_json(noticed(body), application.bot)
    async with desk.store.read() as records:
        chat = await records.chats.get(arrival.chat)
        held = await records.inbox.held(arrival)
        before = await records.inbox.before(arrival) if update.edited_message else None
        bodies = [await records.inbox.as_edited(arrival, part.body) for part in parts]
    change = change_of(update.edited_message, _message_in(before, application.bot)) if update.edited_message else None
    update = commanded(update, change) if change else update
    message = update.effective_message
    thread = message.message_thread_id if message and message.is_topic_message else None
    album = in_order(messages_in(bodies, application.bot))
    answered = any(part.finished for part in parts)
    late = messages_in([part.body for part in parts if not part.finished], application.bot) if answered else []
    work = Work(
        desk=desk,
        arrival=arrival,
        chat=chat,
        language=reader(chat, update.effective_user),
        thread=thread,
        change=change,
        album=album,
        late=tuple(late),
        message=held.message if held else None,
    )
    return work, update


def _message_in(body: dict[str, Any] | None, bot: Bot) -> Message | None:
    return Update.de_json(body, bot).effective_message if body else None


def _told_by(arrival: Arrival) -> tuple[dict[str, Any], tuple[Part, ...]]:
    """The raw update to work on, and the parts of its album if it has one. A text that came in parts is joined."""
    texts = [part.body["message"]["text"] for part in arrival.parts if "text" in part.body.get("message", {})]
    if texts:
        first = arrival.parts[0].body
        return {**first, "message": {**first["message"], "text": whole(texts)}}, ()
    return next((part.body for part in arrival.parts if _is_command(part.body)), arrival.body), arrival.parts


def _is_command(body: dict[str, Any]) -> bool:
    """Whether the words under a picture are a command; in an album they may stand under any of its pictures."""
    return str(body.get("message", {}).get("caption", "")).startswith("/")


async def _keep_failure(_update: object, context: Context) -> None:
    context.work.failure = context.error


def _translated(error: Exception) -> Exception:
    match error:
        case BadRequest() | ChatMigrated():
            return TelegramRefused()
        case NetworkError() | RetryAfter():
            return TelegramAway()
        case TelegramError():
            return TelegramRefused()
    return error
