"""Making sightings of messages: fetch the files, see what they show, keep it, write down who, when and where."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from telegram import Bot, Message, Update
from telegram.error import BadRequest, NetworkError, RetryAfter

from handlers.errors import FileTooBig
from handlers.medium import Medium, medium_of
from handlers.sender import author_of, sender_of
from handlers.work import Desk, Work
from places.exif import position_from_exif
from storage.inbox import MOST_PARTS
from storage.records import Place, Sighting
from storage.store import Records
from vision.errors import NotAPicture, PictureError
from vision.picture import Picture
from vision.video import MOST_FRAMES, is_video

_AGAIN_AFTER_S: Final = (0.3, 1.0)

PLACE_HOLDS_FOR: Final = timedelta(hours=1)
"""For how long a pin, or the last point of a live location, says where its sender's pictures were taken."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What one message shows: the kept files and the pictures that they open to; of a video, frames in order."""

    message: Message
    digests: tuple[str, ...]
    pictures: tuple[Picture, ...]
    video: bool


@dataclass(frozen=True, slots=True)
class Unread:
    """A message whose file cannot be looked at, and why."""

    message: Message
    error: PictureError | FileTooBig


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture, the message that showed it, and the kept file that it was opened from."""

    message: Message
    picture: Picture
    digest: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A sighting with its pictures, by the messages that showed them, and those among them that are left out."""

    sighting: Sighting
    opened: tuple[Opened, ...]
    unread: tuple[Unread, ...] = ()

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """All pictures, in order."""
        return tuple(picture for each in self.opened for picture in each.pictures)

    def shown_by(self, messages: Sequence[Message]) -> tuple[Shown, ...]:
        """The pictures that these messages showed."""
        numbers = {message.message_id for message in messages}
        opened = (each for each in self.opened if each.message.message_id in numbers)
        return tuple(
            Shown(each.message, picture, digest)
            for each in opened
            for picture, digest in zip(each.pictures, each.digests, strict=True)
        )


async def see(message: Message, bot: Bot, work: Work) -> tuple[Sighting, tuple[Picture, ...]]:
    """The sighting of a message that shows something, with all of its album.

    Raises PictureError, FileTooBig; asked twice, it gives the same.
    """
    seen = await see_together(await album_of(message, work), bot, work)
    return seen.sighting, seen.pictures


async def see_together(messages: Sequence[Message], bot: Bot, work: Work) -> Seen:
    """One sighting of all that these messages show: an album, or a single one.

    What cannot be looked at is left out; raises its error only where nothing is left.
    """
    opened, unread = await _open_all(messages, bot, work.desk)
    first = messages[0]
    async with work.desk.store.write() as records:
        sighting = await records.sightings.add(
            chat=first.chat_id,
            sender=sender_of(first),
            at=first.date,
            pictures=_digests(opened),
            caption=caption_of(messages),
            place=await _place(first, opened, records),
            messages=[message.message_id for message in messages],
            video=_is_video(messages, opened),
            forwarded=_from_elsewhere(first),
        )
    return Seen(sighting, opened, unread)


async def see_again(sighting: Sighting, message: Message, bot: Bot, work: Work) -> Seen:
    """The sighting of a message that shows another picture now, or says something else."""
    album = await album_of(message, work)
    opened, unread = await _open_all(album, bot, work.desk)
    async with work.desk.store.write() as records:
        changed = await records.sightings.change(
            sighting.id,
            pictures=_digests(opened),
            caption=_caption_now(sighting, message, album, work),
            place=await _place(album[0], opened, records),
            video=_is_video(album, opened),
        )
    return Seen(changed, opened, unread)


async def album_of(message: Message, work: Work) -> tuple[Message, ...]:
    """The messages of the album that a message belongs to, as far as they came to us, and as edits have left them."""
    if message.media_group_id is None:
        return (message,)
    async with work.desk.store.read() as records:
        parts = await records.inbox.album(work.arrival.bot, message.chat_id, message.media_group_id)
        bodies = [await records.inbox.as_edited(work.arrival, part.body) for part in parts]
    others = messages_in(bodies, message.get_bot())
    return in_order([message, *(one for one in others if one.message_id != message.message_id)])


def messages_in(bodies: Sequence[dict[str, object]], bot: Bot) -> list[Message]:
    """The messages in raw updates, new or edited."""
    return [message for body in bodies if (message := Update.de_json(body, bot).effective_message)]


def in_order(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Messages in the order in which the chat shows them."""
    return tuple(sorted(messages, key=lambda message: message.message_id))


def caption_of(messages: Sequence[Message]) -> str | None:
    """What was written to an album, in any of its messages, or to a single one."""
    return "\n".join(message.caption for message in messages if message.caption) or None


def _caption_now(sighting: Sighting, message: Message, album: Sequence[Message], work: Work) -> str | None:
    """What an edited message says; another picture in an album leaves what was said there as it was."""
    if len(album) > 1 and work.change and not work.change.words:
        return sighting.caption
    return message.caption or caption_of(album)


async def recall(sighting: Sighting, desk: Desk) -> tuple[Picture, ...]:
    """The pictures of an earlier sighting."""
    files = [await desk.store.files.get(digest) for digest in sighting.pictures]
    return tuple([await desk.pictures.open(data) for data in files])


async def _open_all(messages: Sequence[Message], bot: Bot, desk: Desk) -> tuple[tuple[Opened, ...], tuple[Unread, ...]]:
    frames = max(1, min(MOST_FRAMES, MOST_PARTS // len(messages)))  # so that a sighting has ten pictures at most
    found = [await _open(message, bot, desk, frames) for message in messages[:MOST_PARTS]]
    opened = tuple(each for each in found if isinstance(each, Opened))
    unread = tuple(each for each in found if isinstance(each, Unread))
    if not opened:
        raise unread[0].error
    return opened, unread


async def _open(message: Message, bot: Bot, desk: Desk, frames: int) -> Opened | Unread:
    medium = medium_of(message)
    if medium is None and message.external_reply:
        medium = medium_of(message.external_reply)
    try:
        if medium is None:
            raise NotAPicture("a message without a file")
        data = await _download(medium, bot)
        files, video = await _shown_in(data, medium, desk, frames)
        pictures = [await desk.pictures.open(file) for file in files]
    except (PictureError, FileTooBig) as error:
        return Unread(message, error)
    digests = [await desk.store.files.put(file, "") for file in files]
    return Opened(message, tuple(digests), tuple(pictures), video)


async def _shown_in(data: bytes, medium: Medium, desk: Desk, frames: int) -> tuple[tuple[bytes, ...], bool]:
    """The files that show what a file does, and whether they are frames."""
    if medium.kind == "video" or is_video(data):
        return await desk.videos.frames(data, most=frames), True
    if await desk.pictures.moves(data):
        with suppress(PictureError):  # one that cannot be taken apart shows its first image
            return await desk.videos.frames(data, most=frames), True
    return (data,), False


async def _download(medium: Medium, bot: Bot) -> bytes:
    """The file, asked for a few times: for one lost connection an album of ten would have to be fetched anew."""
    for pause in _AGAIN_AFTER_S:
        try:
            return await _fetch(medium, bot)
        except BadRequest:
            raise
        except (NetworkError, RetryAfter):
            await asyncio.sleep(pause)
    return await _fetch(medium, bot)


async def _fetch(medium: Medium, bot: Bot) -> bytes:
    if medium.too_big:
        raise FileTooBig
    try:
        file = await bot.get_file(medium.file_id)
    except BadRequest as error:
        if "too big" in error.message:
            raise FileTooBig from error
        raise
    return bytes(await file.download_as_bytearray())


def _digests(opened: Sequence[Opened]) -> tuple[str, ...]:
    return tuple(digest for each in opened for digest in each.digests)


def _from_elsewhere(message: Message) -> bool:
    """Whether somebody else took it, and wrote what is written to it: it was forwarded, or stands in another chat."""
    author = author_of(message)
    own = author is not None and author == sender_of(message)
    return (message.forward_origin is not None and not own) or medium_of(message) is None


def _is_video(messages: Sequence[Message], opened: Sequence[Opened]) -> bool:
    """Whether the pictures are one video's frames. Those of a video in an album count as pictures to be compared."""
    return len(messages) == 1 and opened[0].video


async def _place(message: Message, opened: Sequence[Opened], records: Records) -> Place | None:
    """Where it was seen, by the pictures, else by where their sender was."""
    place = _place_in(opened, message.date)
    if place is None and not _from_elsewhere(message):
        sender = sender_of(message)
        place = await records.places.last(message.chat_id, sender, within=PLACE_HOLDS_FOR, now=message.date)
    return place


def _place_in(opened: Sequence[Opened], at: datetime) -> Place | None:
    positions = (position_from_exif(picture.gps or {}) for each in opened for picture in each.pictures)
    position = next(filter(None, positions), None)
    return Place(position.latitude, position.longitude, "exif", at) if position else None
