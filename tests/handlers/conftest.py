"""What tests of the chat's edge look at behind it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from itertools import count
from typing import cast

import pytest

from bot.assembly import Assembly
from handlers import growing
from lookout.second import LONGEST_DESCRIPTION
from sandbox.methods import METHODS, Method
from vision.request import Delta, Done, Event, Request, Score, Timings, Usage


@pytest.fixture
def asked(bot: Assembly, monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """All that the model is asked from here on."""
    requests: list[Request] = []
    ask = bot.engine.ask

    def listening(request: Request) -> AsyncGenerator[Event, None]:
        requests.append(request)
        return ask(request)

    monkeypatch.setattr(bot.engine, "ask", listening)
    return requests


@pytest.fixture
async def privacy_mode(bot: Assembly, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Telegram keeps the bot from reading everything, and has told it; what this gives ends that, as @BotFather can."""
    get_me = METHODS["getme"]
    methods = cast("dict[str, Method]", METHODS)
    hiding = {"can_read_all_group_messages": False}
    monkeypatch.setitem(methods, "getme", lambda call: {**cast("dict[str, object]", get_me(call)), **hiding})
    await bot.bot.get_me()
    return lambda: monkeypatch.setitem(methods, "getme", get_me)


Channel = Callable[..., Awaitable[None]]


@pytest.fixture
def as_channel(bot: Assembly) -> Channel:
    """Says something in the sandbox's group as one of the channels that people there speak for, in Telegram's words.

    The sandbox has no channels. All of them come from the same account of Telegram's.
    """
    numbers = count(2**30)

    async def say(channel: int, **content: object) -> None:
        message = {
            "message_id": next(numbers),
            "date": int(time.time()),
            "chat": {"id": -1001000000001, "type": "supergroup", "title": "Neighbours"},
            "from": {"id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"},
            "sender_chat": {"id": channel, "type": "channel", "title": f"Camera {channel}"},
            **content,
        }
        assert bot.poller
        await bot.poller._intake.keep([{"update_id": message["message_id"], "message": message}])

    return say


TURNED_ROUND = "no sign of"
"""What a question says that is asked the other way round."""


class Model:
    """The model's part, played by the test: it says what it is told to, and sees who leaves it in the middle.

    Its answer to every watch is yes, and a second look, which is no part of the play, agrees.
    """

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.left = 0
        self._words: asyncio.Queue[str | Exception | None] = asyncio.Queue()

    def say(self, *words: str) -> None:
        for word in words:
            self._words.put_nowait(word)

    def fail(self, error: Exception) -> None:
        self._words.put_nowait(error)

    def end(self) -> None:
        self._words.put_nowait(None)

    async def ask(self, request: Request) -> AsyncGenerator[Event, None]:
        if _looks_again(request):
            for event in _agreed(request):
                yield event
            return
        self.requests.append(request)
        try:
            for number, _ in enumerate(request.questions):
                yield Score(number, 0.9, 0.0)
            writes = request.choices or (request.generate and request.generate.max_tokens)
            while writes and (word := await self._words.get()) is not None:
                if isinstance(word, Exception):
                    raise word
                yield Delta(word)
            yield Done("stop", Usage(0, 0, 0, 0), Timings(0, 0, 0, 0, 0))
        except (asyncio.CancelledError, GeneratorExit):
            self.left += 1
            raise


def _looks_again(request: Request) -> bool:
    described = request.generate is not None and request.generate.max_tokens == LONGEST_DESCRIPTION
    return described or any(TURNED_ROUND in question for question in request.questions)


def _agreed(request: Request) -> list[Event]:
    scores = [Score(at, 0.1 if TURNED_ROUND in text else 0.9, 0.0) for at, text in enumerate(request.questions)]
    words = [Delta("a picture")] if request.generate else []
    return [*scores, *words, Done("stop", Usage(0, 0, 0, 0), Timings(0, 0, 0, 0, 0))]


@pytest.fixture
def model(bot: Assembly, monkeypatch: pytest.MonkeyPatch) -> Model:
    """In the engine's place."""
    played = Model()
    monkeypatch.setattr(bot.engine, "ask", played.ask)
    return played


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every answer counts as one that takes long, and is shown as often as it can be."""
    monkeypatch.setattr(growing, "STANDS_AFTER_S", 0.0)
    monkeypatch.setattr(growing, "_PRIVATE_PACE_S", (0.0,))
    monkeypatch.setattr(growing, "_GROUP_PACE_S", (0.0,))
