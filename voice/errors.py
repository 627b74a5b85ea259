"""What can go wrong on the way from text to voice note."""

from typing import ClassVar


class VoiceError(Exception):
    """No voice note came out. `code` is stable; the message is for the operator and holds none of the text."""

    code: ClassVar[str] = "voice"


class NothingToSay(VoiceError):
    """The text has no word in it: it is empty, or only marks and emoji."""

    code = "nothing_to_say"


class LanguageUnknown(VoiceError):
    """The engine has no voice for the language."""

    code = "language_unknown"


class SpeakerDown(VoiceError):
    """The engine on this machine died, hung or could not be started."""

    code = "speaker_down"


class SpeakerUnreachable(VoiceError):
    """The engine on the network did not answer in time, or refused, or answered without audio."""

    code = "speaker_unreachable"


class AudioUnreadable(VoiceError):
    """Bytes that should be audio are not."""

    code = "audio_unreadable"
