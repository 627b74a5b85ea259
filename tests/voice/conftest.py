from __future__ import annotations

import io
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import av
import numpy as np
import pytest

from voice.espeak import EspeakSpeaker
from voice.note import VoiceNote


@dataclass(frozen=True)
class Sound:
    """What FFmpeg itself says of an encoded file, and its samples between -1 and 1."""

    codec: str
    rate: int
    channels: int
    packets: tuple[float, ...]  # seconds of each
    samples: np.ndarray

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate

    @property
    def loudness(self) -> float:
        return float(np.sqrt(np.mean(self.samples**2)))


def _listen(note: VoiceNote) -> Sound:
    with av.open(io.BytesIO(note.data)) as container:
        stream = container.streams.audio[0]
        context, base = stream.codec_context, stream.time_base
        packets = tuple(float(packet.duration * base) for packet in container.demux(stream) if packet.duration)
    with av.open(io.BytesIO(note.data)) as container:
        samples = np.concatenate([frame.to_ndarray().reshape(-1) for frame in container.decode(audio=0)])
    return Sound(context.name, context.sample_rate, context.channels, packets, samples)


@pytest.fixture
def listen() -> Callable[[VoiceNote], Sound]:
    """Decodes a voice note with nothing of the room under test."""
    return _listen


@pytest.fixture
async def espeak() -> AsyncIterator[EspeakSpeaker]:
    async with EspeakSpeaker() as speaker:
        yield speaker
