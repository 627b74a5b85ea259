"""The interface of everything that speaks, and the choice between the engines."""

from types import TracebackType
from typing import Literal, Protocol, Self, assert_never

from voice.espeak import EspeakSpeaker
from voice.google import GoogleSpeaker
from voice.note import VoiceNote


class Speaker(Protocol):
    """Turns text into voice notes; `async with` or `aclose()` ends what it started."""

    async def speak(self, text: str, language: str) -> VoiceNote:
        """The words of `text` (at most about three minutes of them) in a language such as "en", "zh-hans" or "pt-br".

        Raises a VoiceError: NothingToSay, LanguageUnknown, or that the engine failed.
        """
        ...

    async def aclose(self) -> None:
        """Let go of processes and connections."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def speaker(engine: Literal["espeak", "google"]) -> Speaker:
    """eSpeak NG speaks on this machine; Google's voice is finer and sends the text to Google."""
    match engine:
        case "espeak":
            return EspeakSpeaker()
        case "google":
            return GoogleSpeaker()
        case _:
            assert_never(engine)
