"""Against a server that answers like translate.google.com: gTTS and everything below it is the real thing.

gTTS lets a caller choose the top-level domain and nothing else of its address, so the one thing replaced is the
function that makes the address.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import av
import gtts.tts
import numpy as np
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

import voice.google
from voice.errors import AudioUnreadable, LanguageUnknown, NothingToSay, SpeakerUnreachable, VoiceError
from voice.google import GoogleSpeaker
from voice.note import VoiceNote

PART = 0.5  # seconds of speech in each answer

Listen = Callable[[VoiceNote], Any]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def mp3(seconds: float) -> bytes:
    samples = (8000 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * 24_000)) / 24_000)).astype(np.int16)
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=24_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples[np.newaxis], format="s16", layout="mono")
        frame.sample_rate = 24_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return buffer.getvalue()


@dataclass
class Google:
    """What was asked of the stand-in, and what it answers next (speech, unless told otherwise)."""

    asked: list[tuple[str, str]] = field(default_factory=list)
    audio: bytes = field(default_factory=lambda: mp3(PART))
    misbehave: Handler | None = None

    async def answer(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        ((rpc, parameters, _, kind),) = json.loads(str(form["f.req"]))[0]
        assert (rpc, kind) == ("jQ1olc", "generic")
        text, language, _, _ = json.loads(parameters)
        self.asked.append((text, language))
        return await self.misbehave(request) if self.misbehave else web.Response(text=envelope(self.audio))


def envelope(audio: bytes) -> str:
    """As batchexecute wraps it: a guard line, lengths, and JSON inside JSON."""
    inner = json.dumps([base64.b64encode(audio).decode()], separators=(",", ":"))
    outer = json.dumps([["wrb.fr", "jQ1olc", inner, None, None, None, "generic"]], separators=(",", ":"))
    return f')]}}\'\n\n{len(outer)}\n{outer}\n25\n[["e",4,null,null,131]]\n'


@pytest.fixture
async def google(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Google]:
    stand_in = Google()
    app = web.Application()
    app.router.add_post("/_/TranslateWebserverUi/data/batchexecute", stand_in.answer)
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    async with TestServer(app) as server:
        monkeypatch.setattr(gtts.tts, "_translate_url", lambda tld, path="": str(server.make_url(f"/{path}")))
        yield stand_in


def answering(response: Callable[[], web.Response]) -> Handler:
    async def handler(_request: web.Request) -> web.StreamResponse:
        return response()

    return handler


async def test_a_text_reaches_google_and_comes_back_as_a_voice_note(google: Google, listen: Listen) -> None:
    async with GoogleSpeaker() as speaker:
        note = await speaker.speak("A **red** circle.", "en")
    assert google.asked == [("A red circle.", "en")]
    sound = listen(note)
    assert (sound.codec, sound.rate, sound.channels) == ("opus", 48_000, 1)
    assert note.duration == pytest.approx(PART, abs=0.1)
    assert note.duration == pytest.approx(sound.seconds, abs=0.001)
    assert sound.loudness > 0.1


async def test_a_longer_text_is_asked_in_parts_and_joined(google: Google) -> None:
    sentence = "There is a green tree on the left of the white house with the red roof."
    note = await GoogleSpeaker().speak(" ".join([sentence] * 4), "en")
    assert " ".join(text for text, _ in google.asked).count("green tree") == 4
    assert all(len(text) <= 100 for text, _ in google.asked)
    assert note.duration == pytest.approx(PART * len(google.asked), abs=0.1 * len(google.asked))


@pytest.mark.parametrize(
    ("tag", "asked"),
    [
        ("en", "en"),
        ("en-GB", "en"),
        ("zh", "zh-CN"),
        ("zh-hans", "zh-CN"),
        ("zh-hant", "zh-TW"),
        ("zh-TW", "zh-TW"),
        ("zh-hk", "yue"),
        ("yue", "yue"),
        ("pt-br", "pt"),
        ("pt-PT", "pt-PT"),
        ("he", "iw"),
        ("nb", "no"),
    ],
)
async def test_languages_are_asked_by_googles_names(tag: str, asked: str, google: Google) -> None:
    await GoogleSpeaker().speak("Hello 你好", tag)
    assert [language for _, language in google.asked] == [asked]


@pytest.mark.parametrize("tag", ["xx", "tlh", "", "../en"])
async def test_an_unknown_language_is_not_sent(tag: str, google: Google) -> None:
    with pytest.raises(LanguageUnknown):
        await GoogleSpeaker().speak("hello", tag)
    assert google.asked == []


async def test_no_word_is_not_sent(google: Google) -> None:
    with pytest.raises(NothingToSay):
        await GoogleSpeaker().speak("😀 --", "en")
    assert google.asked == []


@pytest.mark.parametrize(("seconds", "text"), [(3.0, "hello"), (0.8, "Here it is. " * 20)])
async def test_a_note_is_never_longer_than_the_longest(
    seconds: float, text: str, google: Google, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voice.google, "LONGEST", 1.0)
    google.audio = mp3(seconds)
    note = await GoogleSpeaker().speak(text, "en")
    assert note.duration == pytest.approx(1.0, abs=0.001)


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500, 503])
async def test_a_refusal_is_unreachable_and_names_the_status(status: int, google: Google) -> None:
    google.misbehave = answering(lambda: web.Response(status=status))
    with pytest.raises(SpeakerUnreachable, match=str(status)):
        await GoogleSpeaker().speak("hello", "en")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", SpeakerUnreachable),
        (b"<html>sorry</html>", SpeakerUnreachable),
        (b"jQ1olc \xff\xfe", SpeakerUnreachable),
        (b'[["wrb.fr","jQ1olc",null,null]]', SpeakerUnreachable),
        (b'[["wrb.fr","jQ1olc","[\\"AAA\\"]"]]', SpeakerUnreachable),
        ('[["wrb.fr","jQ1olc","[\\"é\\"]"]]'.encode(), SpeakerUnreachable),
        (b'[["wrb.fr","jQ1olc","[\\"\\"]"]]', AudioUnreadable),
        (envelope(b"not an MP3 at all" * 50).encode(), AudioUnreadable),
    ],
)
async def test_an_answer_without_speech_is_told_apart(body: bytes, error: type[VoiceError], google: Google) -> None:
    google.misbehave = answering(lambda: web.Response(body=body, content_type="application/json"))
    with pytest.raises(error):
        await GoogleSpeaker().speak("hello", "en")


async def test_a_dropped_connection_is_unreachable(google: Google) -> None:
    async def drop(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    google.misbehave = drop
    with pytest.raises(SpeakerUnreachable):
        await GoogleSpeaker().speak("hello", "en")


async def test_silence_is_unreachable_when_the_time_is_over(google: Google) -> None:
    done = asyncio.Event()

    async def hang(_request: web.Request) -> web.StreamResponse:
        await done.wait()
        return web.Response()

    google.misbehave = hang
    try:
        with pytest.raises(SpeakerUnreachable):
            await GoogleSpeaker(timeout=0.2).speak("hello", "en")
    finally:
        done.set()


async def test_the_deadline_holds_for_all_parts_together(google: Google) -> None:
    done = asyncio.Event()

    async def hang(_request: web.Request) -> web.StreamResponse:
        await done.wait()
        return web.Response(text=envelope(google.audio))

    google.misbehave = hang
    try:
        with pytest.raises(SpeakerUnreachable, match=r"more than 0\.2 seconds"):
            await GoogleSpeaker(timeout=20, deadline=0.2).speak("Here it is. " * 20, "en")
    finally:
        done.set()
    await asyncio.get_running_loop().shutdown_default_executor()
    assert len(google.asked) == 1  # nothing goes on asking for a caller who has left


async def test_nobody_listening_is_unreachable(google: Google, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gtts.tts, "_translate_url", lambda tld, path="": f"http://127.0.0.1:9/{path}")
    with pytest.raises(SpeakerUnreachable):
        await GoogleSpeaker().speak("hello", "en")


@pytest.mark.parametrize("text", ["hello secret", "hello secret. " * 20])
async def test_the_text_reaches_no_log(text: str, google: Google, caplog: pytest.LogCaptureFixture) -> None:
    speaker = GoogleSpeaker()
    with caplog.at_level(logging.DEBUG):
        await speaker.speak(text, "en")
        google.misbehave = answering(lambda: web.Response(status=429))
        with pytest.raises(SpeakerUnreachable) as caught:
            await speaker.speak(text, "en")
    assert google.asked
    assert "secret" not in caplog.text
    assert "secret" not in str(caught.value)
