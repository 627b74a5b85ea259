"""Telegram's limits, and the sandbox's own bounds on what it keeps."""

from __future__ import annotations

TEXT_LENGTH = 4096  # characters, after the entities are parsed
CAPTION_LENGTH = 1024
RAW_TEXT_BYTES = 1 << 15  # before the entities are parsed
PHOTO_BYTES = 10 << 20
UPLOAD_BYTES = 50 << 20
DOWNLOAD_BYTES = 20 << 20
ALBUM = 10
TITLE_LENGTH = 128  # of groups and topics
CALLBACK_DATA_BYTES = 64
ENTITIES = 100  # of one text; Telegram drops the rest without a word
BUTTONS = 100  # of one keyboard
CALLBACK_TEXT_LENGTH = 200
LONG_POLL_SECONDS = 50
LIVE_PERIOD_FOREVER = 0x7FFFFFFF

PHOTO_SIZES = (90, 320, 1280)  # the long side, in pixels, of the sizes a photo is offered in

# Bounds of this program, so that nothing grows for ever.
BODY_BYTES = 60 << 20
PAGE_BODY_BYTES = ALBUM * PHOTO_BYTES + (1 << 20)
JSON_BYTES = 1 << 20
NAME_LENGTH = 64  # of people
PARTS = 100
KEPT_FILE_BYTES = 512 << 20
KEPT_MESSAGES = 20_000  # a chat
KEPT_EVENTS = 10_000
KEPT_CALLS = 10_000
KEPT_UPDATES = 100_000
KEPT_PAST_UPDATES = 100  # confirmed ones, for a bot that shall get one of them again
BOTS = 100
PEOPLE = 1000
CHATS = 1000
CALLBACK_SECONDS = 60  # how long a pressed button can be answered
