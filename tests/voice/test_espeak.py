from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import espeakng_loader
import pytest

from voice import espeak as espeak_module
from voice import espeak_process
from voice.errors import LanguageUnknown, NothingToSay, SpeakerDown
from voice.espeak import EspeakSpeaker
from voice.note import LONGEST, VoiceNote

Listen = Callable[[VoiceNote], Any]

ENGLISH = "A red circle is above the blue square. There is a tree on the left."
CHINESE = "红色的圆在蓝色正方形上面。左边有一棵树。"


def pid(speaker: EspeakSpeaker) -> int:
    assert speaker._process is not None
    return speaker._process.pid


async def reaped(speaker: EspeakSpeaker) -> None:
    assert speaker._process is not None
    await speaker._process.wait()


def is_running(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (ENGLISH, "en"),
        (CHINESE, "zh-hans"),
        ("紅色的圓在藍色正方形上面。左邊有一棵樹。", "zh-hant"),
        ("红色的圆在蓝色正方形上面。", "yue"),
        ("Ein roter Kreis über dem blauen Quadrat.", "de-AT"),
        ("Um círculo vermelho.", "pt-br"),
        ("En rød sirkel er over.", "no"),
        ("שלום עולם", "he"),
        ("مرحبا بالعالم", "ar"),
        ("<speak>", "en"),
        ("a\0b", "en"),
    ],
)
async def test_a_text_becomes_a_voice_note(text: str, language: str, espeak: EspeakSpeaker, listen: Listen) -> None:
    note = await espeak.speak(text, language)
    sound = listen(note)
    assert (sound.codec, sound.rate, sound.channels) == ("opus", 48_000, 1)
    assert note.duration == pytest.approx(sound.seconds, abs=0.001)
    assert 0.02 < note.duration / len(text) < 0.5
    assert sound.loudness > 0.02


async def test_english_is_spoken_at_the_pace_of_a_reader(espeak: EspeakSpeaker) -> None:
    text = "Somebody wearing yellow trousers carefully carries seventeen wooden ladders underneath the railway bridge."
    note = await espeak.speak(text, "en")
    assert 110 < len(text.split()) / note.duration * 60 < 190


async def test_chinese_is_read_as_words_and_not_as_letter_names(espeak: EspeakSpeaker) -> None:
    mandarin = await espeak.speak(CHINESE, "zh-hans")
    letters = await espeak.speak(CHINESE, "en")  # English says "Chinese letter" for each
    assert 0.12 < mandarin.duration / len(CHINESE) < 0.2  # about 240 words a minute
    assert letters.duration > 2 * mandarin.duration


async def test_the_two_ways_to_write_chinese_sound_the_same(espeak: EspeakSpeaker) -> None:
    simplified = await espeak.speak("左边有一棵树。", "zh-hans")
    traditional = await espeak.speak("左邊有一棵樹。", "zh-hant")
    assert simplified.duration == pytest.approx(traditional.duration, rel=0.02)


async def test_languages_do_not_colour_each_other(espeak: EspeakSpeaker) -> None:
    first = await espeak.speak(ENGLISH, "en")
    await espeak.speak(CHINESE, "zh-hans")
    assert (await espeak.speak(ENGLISH, "en")).duration == pytest.approx(first.duration, rel=0.02)


@pytest.mark.parametrize("language", ["xx", "tlh", "../voices/x", ""])
async def test_an_unknown_language_is_said_to_be_one(language: str, espeak: EspeakSpeaker) -> None:
    with pytest.raises(LanguageUnknown):
        await espeak.speak("hello", language)
    assert (await espeak.speak("hello", "en")).duration > 0.1


@pytest.mark.parametrize("text", ["", "--", "😀👍🏽", "\0"])
async def test_no_word_is_nothing_to_say_and_starts_nothing(text: str, espeak: EspeakSpeaker) -> None:
    with pytest.raises(NothingToSay):
        await espeak.speak(text, "en")
    assert espeak._process is None


@pytest.mark.parametrize("text", ["word, and " * 1000, "9" * 10_000, "a" * 10_000])
async def test_ten_thousand_characters_stay_within_a_voice_note(text: str, espeak: EspeakSpeaker) -> None:
    note = await espeak.speak(text, "en")
    assert 10 < note.duration <= LONGEST + 0.001
    assert len(note.data) < 1_000_000


async def test_the_engine_stops_at_the_longest_speech() -> None:
    long = json.dumps({"text": "word, and " * 10_000, "voices": ["en"], "rate": 80, "seconds": 5})
    async with EspeakSpeaker() as speaker:
        note = espeak_module._note(await speaker._reply(long.encode()))
    assert note.duration == pytest.approx(5, abs=0.001)


async def test_many_texts_at_once_are_spoken_one_after_another(espeak: EspeakSpeaker) -> None:
    texts = [" ".join(["word"] * count) for count in range(1, 9)]
    notes = await asyncio.gather(*(espeak.speak(text, "en") for text in texts))
    durations = [note.duration for note in notes]
    assert durations == sorted(durations)
    assert len(set(durations)) == len(texts)


async def test_a_process_killed_between_texts_is_started_again(espeak: EspeakSpeaker) -> None:
    await espeak.speak("hello", "en")
    first = pid(espeak)
    os.kill(first, signal.SIGKILL)
    assert (await espeak.speak("hello", "en")).duration > 0.1
    assert pid(espeak) != first


async def test_a_process_that_is_long_dead_is_started_again(espeak: EspeakSpeaker) -> None:
    await espeak.speak("hello", "en")
    os.kill(pid(espeak), signal.SIGKILL)
    await reaped(espeak)
    assert (await espeak.speak("hello", "en")).duration > 0.1


async def test_a_process_killed_over_a_text_is_started_again_and_the_text_spoken(espeak: EspeakSpeaker) -> None:
    expected = await espeak.speak(ENGLISH, "en")
    first = pid(espeak)
    os.kill(first, signal.SIGSTOP)  # so that the text is surely in work when the process dies
    async with asyncio.TaskGroup() as group:
        speech = group.create_task(espeak.speak(ENGLISH, "en"))
        await asyncio.sleep(0)  # the task runs until it waits for the reply
        assert espeak._turn.locked()
        os.kill(first, signal.SIGKILL)
    assert speech.result().duration == pytest.approx(expected.duration, rel=0.02)
    assert pid(espeak) != first


async def test_a_process_that_hangs_is_given_up_and_the_next_text_spoken() -> None:
    async with EspeakSpeaker(timeout=0.5) as speaker:
        speaker._timeout = 20.0
        await speaker.speak("hello", "en")
        first = pid(speaker)
        os.kill(first, signal.SIGSTOP)
        speaker._timeout = 0.2
        with pytest.raises(SpeakerDown):
            await speaker.speak("hello", "en")
        speaker._timeout = 20.0
        assert (await speaker.speak("hello", "en")).duration > 0.1
        assert not is_running(first)


async def test_a_cancelled_text_does_not_become_the_next_ones_answer(espeak: EspeakSpeaker) -> None:
    short = await espeak.speak("hello", "en")
    os.kill(pid(espeak), signal.SIGSTOP)
    speech = asyncio.ensure_future(espeak.speak(ENGLISH, "en"))
    await asyncio.sleep(0)  # the task runs until it waits for the reply
    assert espeak._turn.locked()
    speech.cancel()
    with pytest.raises(asyncio.CancelledError):
        await speech
    assert (await espeak.speak("hello", "en")).duration == pytest.approx(short.duration, rel=0.02)


async def test_a_process_that_always_dies_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(espeak_module, "_PROGRAM", (sys.executable, "-I", "-c", "raise SystemExit(1)"))
    async with EspeakSpeaker() as speaker:
        with pytest.raises(SpeakerDown):
            await speaker.speak("hello", "en")


async def test_a_process_that_cannot_start_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(espeak_module, "_PROGRAM", ("/nowhere/python",))
    async with EspeakSpeaker() as speaker:
        with pytest.raises(SpeakerDown):
            await speaker.speak("hello", "en")


async def test_closing_ends_the_process_and_refuses_more() -> None:
    speaker = EspeakSpeaker()
    await speaker.speak("hello", "en")
    number = pid(speaker)
    await speaker.aclose()
    await speaker.aclose()
    assert not is_running(number)
    with pytest.raises(SpeakerDown):
        await speaker.speak("hello", "en")


async def test_the_process_ends_when_its_parent_is_gone(espeak: EspeakSpeaker) -> None:
    await espeak.speak("hello", "en")
    assert espeak._process is not None
    assert espeak._process.stdin is not None
    espeak._process.stdin.close()
    assert await espeak._process.wait() == 0


def test_the_process_ends_in_silence_when_nobody_is_left_to_hear_its_answer() -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen(espeak_module._PROGRAM, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        process.stdin.write(espeak_process.framed(espeak_module._request("hello", "en")))
        process.stdin.flush()
        assert process.wait() == 0
        assert process.stderr.read() == b""


async def test_ctrl_c_in_the_terminal_is_left_to_the_parent(espeak: EspeakSpeaker) -> None:
    await espeak.speak("hello", "en")
    assert os.getsid(pid(espeak)) != os.getsid(0)


async def test_what_the_library_prints_is_not_taken_for_speech(monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "import os, runpy, espeakng_loader; path = espeakng_loader.get_library_path(); "
        "espeakng_loader.get_library_path = lambda: (os.write(1, b'noise'), path)[1]; "
        f"runpy.run_path({espeak_process.__file__!r}, run_name='__main__')"
    )
    monkeypatch.setattr(espeak_module, "_PROGRAM", (sys.executable, "-I", "-c", code))
    async with EspeakSpeaker() as speaker:
        assert (await speaker.speak("hello", "en")).duration > 0.1


async def test_it_speaks_from_any_folder_and_however_long_the_way_to_its_data_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = tmp_path / ("deep" * 50)
    far.mkdir()
    (far / "espeak-ng-data").symlink_to(espeakng_loader.get_data_path())
    code = (
        f"import runpy, espeakng_loader; espeakng_loader.get_data_path = lambda: {str(far / 'espeak-ng-data')!r}; "
        f"runpy.run_path({espeak_process.__file__!r}, run_name='__main__')"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(espeak_module, "_PROGRAM", (sys.executable, "-I", "-c", code))
    async with EspeakSpeaker() as speaker:
        assert (await speaker.speak("hello", "en")).duration > 0.1
