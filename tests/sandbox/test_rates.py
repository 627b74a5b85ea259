"""What bots send is counted, and beyond Telegram's rates refused where that is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.driver import Driver
from sandbox.errors import TooManyRequests
from sandbox.parameters import Parameters
from sandbox.rates import Rates

GROUP = -1_001_000_000_001


class Speaker:
    """A bot that speaks at a moment of the test's choice."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.rates = Rates(lambda: self.now)
        self.rates.begin(enforced=True)

    def says(self, chat: int, method: str = "sendmessage") -> int:
        """0, or how many seconds it shall wait."""
        try:
            self.rates.take(1, method, Parameters({"chat_id": str(chat)}))
        except TooManyRequests as refused:
            return refused.parameters["retry_after"]
        return 0


def test_a_private_chat_takes_a_burst_and_then_one_a_second() -> None:
    bot = Speaker()
    assert [bot.says(101) for _ in range(6)] == [0] * 5 + [1]
    bot.now += 1
    assert [bot.says(101) for _ in range(2)] == [0, 1]
    assert bot.says(102) == 0


def test_a_group_takes_twenty_a_minute_with_edits() -> None:
    bot = Speaker()
    assert [bot.says(GROUP, method) for _ in range(10) for method in ("sendmessage", "editmessagetext")] == [0] * 20
    bot.now += 2
    assert bot.says(GROUP) == 58
    bot.now += 58
    assert bot.says(GROUP) == 0


def test_all_chats_together_take_thirty_a_second() -> None:
    bot = Speaker()
    assert [bot.says(chat) for chat in range(1, 32)] == [0] * 30 + [1]
    bot.now += 1
    assert bot.says(31) == 0


@pytest.mark.parametrize("method", ["sendchataction", "sendmessagedraft", "getupdates", "deletemessage"])
def test_what_leaves_nothing_in_the_chat_does_not_count(method: str) -> None:
    bot = Speaker()
    assert {bot.says(101, method) for _ in range(100)} == {0}


def test_without_being_asked_to_it_only_counts() -> None:
    bot = Speaker()
    bot.rates.begin(enforced=False)
    for _ in range(40):
        bot.says(GROUP)
    bot.says(101, "editmessagetext")
    told = {"enforced": False, "sent": 40, "edited": 1, "refused": 0, "busiest_second": 41, "busiest_minute": 40}
    assert bot.rates.as_json() == told


async def test_a_bot_over_http_is_told_how_long_to_wait(api: Any, ada: Driver) -> None:
    await ada.count(enforced=True)
    answers = [await api.ask("sendMessage", chat_id=101, text="hello") for _ in range(6)]
    assert [answer["ok"] for answer in answers] == [True] * 5 + [False]
    assert answers[-1]["parameters"] == {"retry_after": 1}
    assert (await ada.counted())["refused"] == 1
    await ada.count()
    assert (await api.ask("sendMessage", chat_id=101, text="hello"))["ok"]
