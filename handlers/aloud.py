"""Words as a voice note that is kept, to be sent."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from handlers.work import Work
from prompts.languages import Language
from voice.errors import NothingToSay, VoiceError

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Spoken:
    """A kept OGG/Opus file, and how many whole seconds it takes."""

    file: str
    duration: int


async def spoken(work: Work, words: str, language: Language) -> Spoken | None:
    """The words aloud; None where there is nothing in them to be said. Raises VoiceError."""
    try:
        note = await work.desk.speaker.speak(words, language)
    except NothingToSay:
        return None
    except VoiceError as error:
        log.warning("no voice note", code=error.code)
        raise
    return Spoken(await work.desk.store.files.put(note.data, ".ogg"), max(1, round(note.duration)))
