"""Telegram's rates, kept before it complains: who has to rest, and until when. Decides, touches nothing, asks no clock.

Moments are seconds of any clock that only goes forward. A call counts from when it ended: Telegram has counted it
before, and nobody here knows when.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Rate:
    """At most this many in any window of so many seconds."""

    most: int
    seconds: float


# https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
ALL: Final = Rate(30, 1.0)
"""Calls in all."""
PRIVATE: Final = Rate(3, 3.0)
"""New messages in a private chat: one a second, in the short bursts that Telegram allows, for what belongs together."""
GROUP: Final = Rate(20, 60.0)
"""Calls in a group. Whether edits count is not written anywhere; here they do."""

CALLS: Final = 2
"""Calls that a reply takes: a message that holds its place, and the edit."""

KEPT: Final = 0.5
"""The part of each rate that is left to replies by what is shown besides: drafts, and answers that grow."""


class Pace:
    """The calls of the last minute."""

    def __init__(self) -> None:
        self._all: deque[float] = deque(maxlen=ALL.most)
        self._chats: dict[int, deque[float]] = {}

    def took(self, chat: int, at: float, *, new: bool) -> None:
        """A call ended, well or not. `new` says that it brought a message, and did not change one."""
        self._all.append(at)
        if new or chat < 0:
            self._chats.setdefault(chat, deque(maxlen=_rate(chat).most)).append(at)

    def resting(self, now: float) -> dict[int, float]:
        """The chats in which no reply may begin yet, and the moment from which each may."""
        self._forget(now)
        free = {chat: _free(calls, _rate(chat), _needed(chat)) for chat, calls in self._chats.items()}
        return {chat: at for chat, at in free.items() if at > now}

    def lately(self, now: float) -> set[int]:
        """The chats that heard something within the time over which their rate counts."""
        self._forget(now)
        return set(self._chats)

    def spare(self, chat: int, now: float) -> bool:
        """Whether another call leaves enough for the replies that are to come."""
        windows = [(self._all, ALL)]
        if chat < 0 and chat in self._chats:
            windows.append((self._chats[chat], GROUP))
        return all(sum(at + rate.seconds > now for at in calls) < KEPT * rate.most for calls, rate in windows)

    def opens(self, under_way: int) -> float:
        """The moment from which another reply may begin beside those under way; infinity while they are too many."""
        return _free(self._all, ALL, CALLS * (under_way + 1))

    def _forget(self, now: float) -> None:
        for chat in [chat for chat, calls in self._chats.items() if calls[-1] + _rate(chat).seconds <= now]:
            del self._chats[chat]


def _rate(chat: int) -> Rate:
    return GROUP if chat < 0 else PRIVATE


def _needed(chat: int) -> int:
    return CALLS if chat < 0 else 1


def _free(calls: deque[float], rate: Rate, needed: int) -> float:
    """From when on so many more calls keep the rate."""
    if needed > rate.most:
        return math.inf
    surplus = len(calls) + needed - rate.most
    return calls[surplus - 1] + rate.seconds if surplus > 0 else -math.inf
