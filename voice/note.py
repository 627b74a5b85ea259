"""The voice note."""

from dataclasses import dataclass

LONGEST = 180.0
"""Seconds; at the bit rate of `voice.opus` this is about 600 KB, and above 1 MB Telegram shows a file, not a voice."""


@dataclass(frozen=True)
class VoiceNote:
    """Speech as Telegram wants it: `data` is OGG/Opus (48 kHz, mono, 20 ms packets), `duration` is in seconds."""

    data: bytes
    duration: float
