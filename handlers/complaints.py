"""What is said when something went wrong: one sentence that says what to do."""

from __future__ import annotations

from typing import Final

from handlers.errors import TelegramAway
from handlers.phrases import N_, Phrases
from storage.errors import StorageDown
from vision.errors import EngineDown, EngineTimeout, NoRoom

PASSING: Final = (TelegramAway, StorageDown, EngineDown, EngineTimeout, NoRoom)
"""Errors that may be gone at the next try."""

_NOT_ON_EARTH: Final = N_("This position is not on Earth. Please send the location again.")

_SENTENCES: Final[dict[str, str]] = {
    "not_a_picture": N_("I can't read this file as a picture. Please send a photo, or a JPEG, PNG, WebP or HEIC file."),
    "broken_picture": N_("This picture is damaged or incomplete. Please send it once more."),
    "picture_too_large": N_("This picture is more than I can open. Please send it as a photo, or made smaller."),
    "unsupported_picture": N_("I can't read this kind of picture. Please send it as a photo."),
    "file_too_big": N_(
        "Telegram lets me download 20 MB at most. Please send a video shorter or smaller, and a picture as a photo."
    ),
    "broken_video": N_("I can't read this video. Please send it once more, or a photo of what you mean."),
    "no_frames": N_("There is nothing to see in this file: perhaps it has sound only. Please send a photo or a video."),
    "video_too_large": N_(
        "This video is more than I can take apart. Please send it smaller or shorter, or a photo of what you mean."
    ),
    "pdf": N_("This is a PDF, which I can't read. Please send its pages as pictures: screenshots will do."),
    "prompt_too_long": N_(
        "That is more text than the model can take in. Please ask in fewer words, or shorten /prompt."
    ),
    "latitude": _NOT_ON_EARTH,
    "longitude": _NOT_ON_EARTH,
    "engine_down": N_("The model does not run at the moment. Your picture is kept: reply to it later to ask again."),
    "engine_killed": N_("The model breaks down at this. Please send another picture, or ask in another way."),
    "engine_timeout": N_(
        "The model takes too long at the moment. Your picture is kept: reply to it later to ask again."
    ),
    "file_missing": N_("I no longer have this picture. Please send it once more."),
    "telegram_away": N_("I could not fetch this from Telegram. Please send it once more."),
    "webhooks_off": N_("Webhooks are switched off here. My operator can switch them on."),
    "webhook_not_an_address": N_("I can't read this as an address. It looks like this: https://example.org/alerts"),
    "webhook_not_https": N_("I call https addresses only. Please give one that begins with https://"),
    "webhook_has_password": N_(
        "This address holds a name or a password. Please leave them out: each call is signed instead."
    ),
    "webhook_host_unknown": N_("I can't find this host. Please check the address, or try again later."),
    "webhook_not_public": N_(
        "This address leads into a private network, which I may not call. Please give one that is public."
    ),
}

_DELAYS: Final[dict[str, str]] = {
    "engine_down": N_("The model does not run at the moment. I keep trying, and answer here as soon as it does."),
    "engine_timeout": N_("The model takes too long at the moment. I keep trying, and answer here."),
    "telegram_away": N_("I cannot fetch this from Telegram at the moment. I keep trying, and answer here."),
}

_OTHERWISE: Final = N_(
    "Something went wrong on my side. Please send it once more; if it happens again, tell my operator."
)


def expected(error: Exception) -> bool:
    """Whether the error is one that people can bring about, and not a fault of the program."""
    return getattr(error, "code", None) in _SENTENCES


def delay(error: Exception, phrases: Phrases) -> str | None:
    """The sentence for an error that may pass, said while it is waited for; None where nothing needs to be said."""
    sentence = _DELAYS.get(getattr(error, "code", ""))
    return sentence and phrases(sentence)


def complaint(error: Exception, phrases: Phrases) -> str:
    """The sentence for an error, in the reader's language."""
    return phrases(_SENTENCES.get(getattr(error, "code", ""), _OTHERWISE))
