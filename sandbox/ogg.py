"""How long an OGG/Opus recording lasts."""

from __future__ import annotations

import struct

_OPUS_RATE = 48_000  # granule positions of Opus count at this rate, whatever was recorded


def ogg_seconds(data: bytes) -> int:
    """Whole seconds, rounded up, by the last page that has a granule position (else it says -1); 0 for no OGG."""
    if not data.startswith(b"OggS"):
        return 0
    at = data.rfind(b"OggS")
    while at > 0:
        if at + 14 <= len(data):
            position: int = struct.unpack_from("<q", data, at + 6)[0]
            if position >= 0:
                return min(-(-position // _OPUS_RATE), 24 * 60 * 60)
        at = data.rfind(b"OggS", 0, at)
    return 0
