from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from voice import opus
from voice.errors import AudioUnreadable
from voice.note import VoiceNote

Listen = Callable[[VoiceNote], Any]


def tone(seconds: float, rate: int) -> bytes:
    return (8000 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate)) / rate)).astype(np.int16).tobytes()


@pytest.mark.parametrize("rate", [16_000, 22_050, 24_000, 48_000])
@pytest.mark.parametrize("seconds", [0.01, 0.5, 2.345])
def test_a_note_is_opus_as_long_as_what_went_in(rate: int, seconds: float, listen: Listen) -> None:
    note = opus.encode(tone(seconds, rate), rate)
    sound = listen(note)
    assert (sound.codec, sound.rate, sound.channels) == ("opus", 48_000, 1)
    assert note.duration == pytest.approx(seconds, abs=0.001)
    assert note.duration == pytest.approx(sound.seconds, abs=0.001)


def test_packets_are_20_ms_at_about_25_kbit_a_second(listen: Listen) -> None:
    noise = np.random.default_rng(7).normal(0, 4000, 10 * 48_000).astype(np.int16).tobytes()
    note = opus.encode(noise, 48_000)
    assert set(listen(note).packets[:-1]) == {0.02}
    assert 15_000 < len(note.data) * 8 / note.duration < 32_000


def test_the_tone_that_went_in_comes_out(listen: Listen) -> None:
    samples = listen(opus.encode(tone(1.0, 22_050), 22_050)).samples
    spectrum = np.abs(np.fft.rfft(samples))
    assert np.argmax(spectrum) * 48_000 / len(samples) == pytest.approx(440, abs=2)
    assert np.sqrt(np.mean(samples**2)) == pytest.approx(8000 / 32768 / np.sqrt(2), rel=0.1)


def test_the_same_samples_give_the_same_shape_twice() -> None:
    first, second = (opus.encode(tone(0.3, 22_050), 22_050) for _ in range(2))
    assert (len(first.data), first.duration) == (len(second.data), second.duration)


def test_decoding_stops_at_the_limit() -> None:
    note = opus.encode(tone(3.0, 48_000), 48_000)
    assert len(opus.decode(note.data, 1.5)) == 1.5 * 48_000 * 2
    assert len(opus.decode(note.data, 60)) == pytest.approx(3 * 48_000 * 2, abs=96)


@pytest.mark.parametrize("data", [b"", b"garbage" * 100, b"ID3\x04\0\0\0\0\0\0", b"OggS", b"\xff\xfb\x90\x00"])
def test_what_is_no_audio_is_unreadable(data: bytes) -> None:
    with pytest.raises(AudioUnreadable):
        opus.decode(data, 60)


def test_a_picture_is_no_audio() -> None:
    file = io.BytesIO()
    Image.new("RGB", (16, 16)).save(file, "JPEG")
    with pytest.raises(AudioUnreadable):
        opus.decode(file.getvalue(), 60)


@pytest.mark.parametrize("data", [b"", b"OggS", b"OpusHead", b"x" * 100])
def test_the_duration_of_something_else_is_unreadable(data: bytes) -> None:
    with pytest.raises(AudioUnreadable):
        opus.duration(data)
