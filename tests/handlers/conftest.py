"""What tests of the chat's edge look at behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.assembly import Assembly
from vision.request import Event, Request


@pytest.fixture
def asked(bot: Assembly, monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """All that the model is asked from here on."""
    requests: list[Request] = []
    ask = bot.engine.ask

    def listening(request: Request) -> AsyncIterator[Event]:
        requests.append(request)
        return ask(request)

    monkeypatch.setattr(bot.engine, "ask", listening)
    return requests
