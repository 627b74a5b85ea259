"""How fast bots speak: counted always, and refused beyond Telegram's rates where that is asked for."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import Any

from sandbox.errors import TooManyRequests
from sandbox.parameters import Parameters, leading_integer

# https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
_IN_ALL, _IN_ALL_SECONDS = 30, 1.0
_IN_A_GROUP, _IN_A_GROUP_SECONDS = 20, 60.0
_BURST = 5  # messages to a private chat before one a second counts; how many Telegram allows is not written anywhere
_PASSING = frozenset({"sendchataction", "sendmessagedraft"})
_EDITING = ("editmessage", "stopmessage")
_BRINGING = ("send", "copymessage", "forwardmessage")


class _Window:
    """What happened in the last seconds, and the most that ever did."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._times: deque[float] = deque()
        self.busiest = 0

    def wait(self, now: float) -> float:
        while self._times and self._times[0] <= now - self._seconds:
            self._times.popleft()
        return self._times[-self._most] + self._seconds - now if len(self._times) >= self._most else 0.0

    def add(self, now: float) -> None:
        self.wait(now)
        self._times.append(now)
        self.busiest = max(self.busiest, len(self._times))


class Rates:
    """All that bots sent and edited since the last `begin`. Typing notices and drafts do not count."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.begin(enforced=False)

    def begin(self, *, enforced: bool) -> None:
        """Count anew; `enforced` says whether what is too fast is refused."""
        self._enforced = enforced
        self._sent = self._edited = self._refused = 0
        self._all: dict[int, _Window] = {}
        self._groups: dict[tuple[int, int], _Window] = {}
        self._private: dict[tuple[int, int], float] = {}  # when a chat's messages would be over at one a second

    def take(self, bot: int, method: str, parameters: Parameters) -> None:
        """Count a call (its method in lower case); TooManyRequests where it comes too soon.

        Edits count in all and in a group; a private chat's second is about new messages.
        """
        new = method.startswith(_BRINGING) and method not in _PASSING
        if not new and not method.startswith(_EDITING):
            return
        chat, now = leading_integer(parameters.text("chat_id").strip()), self._clock()
        windows = [self._all.setdefault(bot, _Window(_IN_ALL, _IN_ALL_SECONDS))]
        if chat < 0:
            windows.append(self._groups.setdefault((bot, chat), _Window(_IN_A_GROUP, _IN_A_GROUP_SECONDS)))
        over = max(self._private.get((bot, chat), now), now) + 1 if new and chat > 0 else now
        wait = max(over - now - _BURST, *(window.wait(now) for window in windows))
        if self._enforced and wait > 0:
            self._refused += 1
            raise TooManyRequests(math.ceil(wait))
        for window in windows:
            window.add(now)
        if new and chat > 0:
            self._private[bot, chat] = over
        self._sent, self._edited = self._sent + new, self._edited + (not new)

    def as_json(self) -> dict[str, Any]:
        """What was counted; the busiest second of a bot, and the busiest minute of a group."""
        return {
            "enforced": self._enforced,
            "sent": self._sent,
            "edited": self._edited,
            "refused": self._refused,
            "busiest_second": max((window.busiest for window in self._all.values()), default=0),
            "busiest_minute": max((window.busiest for window in self._groups.values()), default=0),
        }
