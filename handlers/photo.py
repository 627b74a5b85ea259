"""Something to look at comes in: describe it, or answer its caption, and judge it against the chat's watches.

A photo, a video, a file that is one of them, or an album of several, which is one job with one answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext

from telegram import Message, Update
from telegram.ext import MessageHandler, filters

from handlers.address import addressed, without_mention
from handlers.answer import answer
from handlers.command import captioned
from handlers.complaints import complaint
from handlers.due import due
from handlers.errors import FileTooBig
from handlers.medium import has_picture
from handlers.presence import typing
from handlers.sight import Seen, Shown, album_of, see_again, see_together
from handlers.work import Context
from storage.records import Sighting
from vision.errors import PictureError

_SHOWN = filters.PHOTO | filters.VIDEO | filters.ANIMATION | filters.VIDEO_NOTE | filters.Document.ALL


async def photo(update: Update, context: Context) -> None:
    """Look at what is new, or at any file that may be a picture; in a group answer only when spoken to."""
    message = update.message
    if message is not None:
        album = context.work.album or (message,)
        async with _presence(message, album, context):
            await _look(message, album, context)


async def edited(update: Update, context: Context) -> None:
    """Another caption asks anew about the same pictures, and another picture is looked at like a new one."""
    message = update.edited_message
    if message is None:
        return
    work, album = context.work, await album_of(message, context.work)
    async with work.desk.store.read() as records:
        known = await records.sightings.of_message(message.chat_id, message.message_id)
    other = work.change is None or work.change.picture
    asks = bool(message.caption) and (work.change is None or work.change.words)
    if not (other or asks) or not (known or _spoken_to(album, context)):
        return
    async with _presence(message, album, context):
        if known is None:
            await _look(message, album, context)
        else:
            await _look_again(message, album, context, known, other=other)


async def _look_again(
    message: Message, album: Sequence[Message], context: Context, known: Sighting, *, other: bool
) -> None:
    try:
        seen = await see_again(known, message, context.bot, context.work)
    except (PictureError, FileTooBig):
        if _spoken_to(album, context):
            raise
        return  # as of a new picture that nobody asked about
    await _tell(message, album, context, seen, watched=seen.shown_by([message]) if other else ())


async def _look(message: Message, album: Sequence[Message], context: Context) -> None:
    watches = await due(context.work, message.date)
    if not _spoken_to(album, context) and not (watches and any(map(has_picture, album))):
        return
    try:
        seen = await see_together(album, context.bot, context.work)
    except (PictureError, FileTooBig):
        if _spoken_to(album, context):
            raise
        return  # nobody asked, so nobody is told that it could not be looked at
    await _tell(message, album, context, seen, watched=seen.shown_by(context.work.late or album))


async def _tell(
    message: Message, album: Sequence[Message], context: Context, seen: Seen, *, watched: tuple[Shown, ...]
) -> None:
    """Answer where spoken to, judge the `watched` pictures, and name what was left out."""
    watches = await due(context.work, message.date) if watched else ()
    speak = _spoken_to(album, context)
    if not speak and not watches:
        return
    caption = None if seen.sighting.forwarded else seen.sighting.caption
    misplaced = caption is not None and any(captioned(each, r"\w+") for each in album)
    question = None if misplaced else without_mention(caption or "", context.bot) or None
    await answer(
        context, message, seen.sighting, seen.pictures, question=question, watches=watches, watched=watched, speak=speak
    )
    if speak and misplaced:
        work = context.work
        words = work.phrases(
            "Under a picture I know /find, /which and /watch. Please send other commands by themselves."
        )
        work.say(words, reply_to=message.message_id)
    if speak:
        _name_unread(album, seen, context)


def _presence(message: Message, album: Sequence[Message], context: Context) -> AbstractAsyncContextManager[None]:
    return typing(context, message) if _spoken_to(album, context) else nullcontext()


def _name_unread(album: Sequence[Message], seen: Seen, context: Context) -> None:
    _ = context.work.phrases
    for unread in seen.unread:
        context.work.say(
            _(
                "I left out number {number} of {total}. {reason}",
                number=album.index(unread.message) + 1,
                total=len(album),
                reason=complaint(unread.error, _),
            ),
            reply_to=unread.message.message_id,
        )


def _spoken_to(album: Sequence[Message], context: Context) -> bool:
    return any(addressed(message, context.bot, context.work.chat) for message in album)


handlers = (
    MessageHandler(filters.UpdateType.MESSAGE & _SHOWN, photo),
    MessageHandler(filters.UpdateType.EDITED_MESSAGE & _SHOWN, edited),
)
