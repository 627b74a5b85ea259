"""eSpeak NG: speech on this machine, offline, in about a hundred languages."""

import asyncio
import json
import sys
from contextlib import suppress
from types import TracebackType
from typing import Self

import structlog

from voice import espeak_process, opus
from voice.errors import LanguageUnknown, SpeakerDown
from voice.languages import candidates
from voice.note import LONGEST, VoiceNote
from voice.plain import spoken

_log = structlog.get_logger()

_VOICES = {
    "zh": "cmn",
    "zh-hk": "yue",
    "zh-mo": "yue",
    "no": "nb",
    "iw": "he",
    "in": "id",
}
_RATES = {"cmn": 240, "yue": 240}  # words a minute; the engine counts a Chinese character as a word
_RATE = 170
# -I: nothing of the environment or the current folder is imported. By its path, so that this works from any folder.
_PROGRAM = (sys.executable, "-I", espeak_process.__file__)


class _Died(Exception):
    """The process ended before it had answered."""


class EspeakSpeaker:
    """Speaks with eSpeak NG in a child process, which starts at the first text and again whenever it has died.

    One text at a time; others wait. A text that takes longer than `timeout` seconds ends the process.
    """

    def __init__(self, *, timeout: float = 20.0) -> None:
        self._timeout = timeout
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._closed = False

    async def speak(self, text: str, language: str) -> VoiceNote:
        """`text` as a voice note; NothingToSay, LanguageUnknown or SpeakerDown."""
        request = _request(spoken(text, language), language)
        async with self._turn:
            reply = await self._reply(request)
        return await asyncio.to_thread(_note, reply)

    async def aclose(self) -> None:
        """End the process. A text in work is spoken to its end, those that wait are refused."""
        self._closed = True
        async with self._turn:
            await self._stop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _reply(self, request: bytes) -> bytes:
        """The reply, asked for twice if need be: only asking shows that the process died since the last text."""
        try:
            return await self._exchange(request)
        except _Died:
            _log.warning("espeak_restarts")
        try:
            return await self._exchange(request)
        except _Died as error:
            raise SpeakerDown("eSpeak NG died twice over one text.") from error

    async def _exchange(self, request: bytes) -> bytes:
        process = await self._running()
        try:
            async with asyncio.timeout(self._timeout):
                return await _talk(process, request)
        except (ConnectionError, asyncio.IncompleteReadError) as error:
            await self._stop()
            raise _Died from error
        except TimeoutError as error:
            await self._stop()
            raise SpeakerDown(f"eSpeak NG did not answer within {self._timeout:g} seconds.") from error
        except asyncio.CancelledError:
            await self._stop()  # else the next text would read this one's reply
            raise

    async def _running(self) -> asyncio.subprocess.Process:
        if self._closed:
            raise SpeakerDown("The speaker is closed.")
        if self._process is None:
            pipe = asyncio.subprocess.PIPE
            try:
                # A session of its own: Ctrl-C in the terminal is the parent's to handle.
                self._process = await asyncio.create_subprocess_exec(
                    *_PROGRAM, stdin=pipe, stdout=pipe, start_new_session=True
                )
            except OSError as error:
                raise SpeakerDown("The process of eSpeak NG could not be started.") from error
        return self._process

    async def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.communicate(b"")  # closes the pipes and waits for the end


def _request(text: str, language: str) -> bytes:
    voices = [_VOICES.get(tag, tag) for tag in candidates(language)]
    rate = _RATES.get(voices[-1], _RATE)
    return json.dumps({"text": text, "voices": voices, "rate": rate, "seconds": LONGEST}).encode()


async def _talk(process: asyncio.subprocess.Process, request: bytes) -> bytes:
    if process.stdin is None or process.stdout is None:
        raise SpeakerDown("The process of eSpeak NG has no pipes.")
    process.stdin.write(espeak_process.framed(request))
    await process.stdin.drain()
    (length,) = espeak_process.LENGTH.unpack(await process.stdout.readexactly(espeak_process.LENGTH.size))
    return await process.stdout.readexactly(length)


def _note(reply: bytes) -> VoiceNote:
    status, body = reply[:1], reply[1:]
    if status == espeak_process.LANGUAGE_UNKNOWN:
        raise LanguageUnknown("eSpeak NG has no voice for this language.")
    if status != espeak_process.SPOKEN:
        raise SpeakerDown("eSpeak NG refused the text.")
    (rate,) = espeak_process.SAMPLE_RATE.unpack_from(body)
    return opus.encode(body[espeak_process.SAMPLE_RATE.size :], rate)
