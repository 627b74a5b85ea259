"""Making sightings of messages: fetch the file, see that it is a picture, keep it, write down who, when and where."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Final

from telegram import Bot, Message
from telegram.error import BadRequest

from handlers.errors import FileTooBig
from handlers.work import Desk, Work
from places.exif import position_from_exif
from storage.records import Place, Sighting
from vision.picture import Picture, open_picture

LARGEST_DOWNLOAD: Final = 20 * 1024 * 1024
"""Bytes that getFile hands out (https://core.telegram.org/bots/api#getfile)."""

PLACE_HOLDS_FOR: Final = timedelta(hours=1)
"""For how long a pin, or the last point of a live location, says where its sender's pictures were taken."""


def has_picture(message: Message) -> bool:
    """Whether the message is a photo, or a picture sent as a file."""
    return bool(message.photo) or _is_picture_file(message)


async def see(message: Message, bot: Bot, work: Work) -> tuple[Sighting, tuple[Picture, ...]]:
    """The sighting of a message with a picture. Raises PictureError, FileTooBig; asked twice, it gives the same."""
    data = await _download(message, bot)
    picture = await asyncio.to_thread(open_picture, data)
    digest = await work.desk.store.files.put(data, "")
    async with work.desk.store.write() as records:
        sender = message.from_user.id if message.from_user else None
        place = _place_in(picture, message.date)
        if place is None and message.forward_origin is None:  # a forwarded picture was taken somewhere else
            place = await records.places.last(message.chat_id, sender, within=PLACE_HOLDS_FOR, now=message.date)
        sighting = await records.sightings.add(
            chat=message.chat_id,
            sender=sender,
            at=message.date,
            pictures=(digest,),
            caption=message.caption,
            place=place,
            messages=(message.message_id,),
        )
    return sighting, (picture,)


async def recall(sighting: Sighting, desk: Desk) -> tuple[Picture, ...]:
    """The pictures of an earlier sighting."""
    files = [await desk.store.files.get(digest) for digest in sighting.pictures]
    return tuple([await asyncio.to_thread(open_picture, data) for data in files])


def _is_picture_file(message: Message) -> bool:
    return message.document is not None and (message.document.mime_type or "").startswith("image/")


async def _download(message: Message, bot: Bot) -> bytes:
    attachment = message.photo[-1] if message.photo else message.document
    if attachment is None:
        raise ValueError("a message without a picture is not seen")
    if (attachment.file_size or 0) > LARGEST_DOWNLOAD:
        raise FileTooBig
    try:
        file = await bot.get_file(attachment.file_id)
    except BadRequest as error:
        if "too big" in error.message:
            raise FileTooBig from error
        raise
    return bytes(await file.download_as_bytearray())


def _place_in(picture: Picture, at: datetime) -> Place | None:
    position = position_from_exif(picture.gps or {})
    return Place(position.latitude, position.longitude, "exif", at) if position else None
