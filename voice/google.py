"""Google Translate's voice, through gTTS."""

import asyncio
import logging
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from gtts import gTTS, gTTSError
from gtts.lang import tts_langs

from voice import opus
from voice.errors import LanguageUnknown, NothingToSay, SpeakerUnreachable
from voice.languages import candidates
from voice.note import LONGEST, VoiceNote
from voice.plain import spoken

_VOICES = {
    "zh": "zh-CN",
    "zh-hant": "zh-TW",
    "zh-tw": "zh-TW",
    "zh-hk": "yue",
    "zh-mo": "yue",
    "he": "iw",
    "jv": "jw",
    "nb": "no",
    "nn": "no",
}


class GoogleSpeaker:
    """Speaks with the voice of Google Translate. It SENDS THE TEXT TO GOOGLE.

    gTTS does not check the certificate of the host that answers. Every hundred characters are a request, one after
    another: `timeout` is for each, `deadline` for all of them, in seconds.
    """

    def __init__(self, *, timeout: float = 10.0, deadline: float = 60.0) -> None:
        self._timeout = timeout
        self._deadline = deadline
        logging.getLogger("gtts").setLevel(logging.WARNING)  # below that it logs the text

    async def speak(self, text: str, language: str) -> VoiceNote:
        """`text` as a voice note; NothingToSay, LanguageUnknown, SpeakerUnreachable or AudioUnreadable."""
        request = gTTS(spoken(text, language), lang=_voice(language), lang_check=False, timeout=self._timeout)
        try:
            async with asyncio.timeout(self._deadline):
                return await asyncio.to_thread(_note, request, time.monotonic() + self._deadline)
        except TimeoutError as error:
            raise SpeakerUnreachable(f"Google Translate took more than {self._deadline:g} seconds.") from error

    async def aclose(self) -> None:
        """Nothing is kept open."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


def _voice(language: str) -> str:
    known = {name.lower(): name for name in tts_langs()}
    for tag in candidates(language):
        if name := _VOICES.get(tag, known.get(tag)):
            return name
    raise LanguageUnknown("Google Translate has no voice for this language.")


def _note(request: gTTS, until: float) -> VoiceNote:
    # Each part is a whole MP3 file: joined before decoding, the header of the first would speak for all.
    pcm = b"".join(opus.decode(part, LONGEST) for part in _parts(request, until))
    if not pcm:
        raise SpeakerUnreachable("Google Translate answered without audio.")
    return opus.encode(pcm[: int(LONGEST * opus.RATE) * opus.SAMPLE], opus.RATE)


def _parts(request: gTTS, until: float) -> Iterator[bytes]:
    """The MP3 files of the text's parts, each fetched when it is asked for."""
    try:
        for part in request.stream():
            yield part
            if time.monotonic() > until:  # the caller has given up, and a thread must end itself
                return
    except gTTSError as error:
        status = f"status {error.rsp.status_code}" if error.rsp is not None else "no answer"
        raise SpeakerUnreachable(f"Google Translate gave no speech: {status}.") from error
    except AssertionError as error:  # how gTTS says that nothing is left when it has cleaned the text
        raise NothingToSay("There is no word to say in this text.") from error
    except ValueError as error:  # an answer that is no UTF-8 or no base64
        raise SpeakerUnreachable("Google Translate answered without audio.") from error
