"""What waits to be fetched by one bot."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from sandbox.errors import Conflict
from sandbox.limits import KEPT_PAST_UPDATES, KEPT_UPDATES

KINDS = frozenset(
    {
        "message",
        "edited_message",
        "channel_post",
        "edited_channel_post",
        "business_connection",
        "business_message",
        "edited_business_message",
        "deleted_business_messages",
        "message_reaction",
        "message_reaction_count",
        "inline_query",
        "chosen_inline_result",
        "callback_query",
        "shipping_query",
        "pre_checkout_query",
        "purchased_paid_media",
        "poll",
        "poll_answer",
        "my_chat_member",
        "chat_member",
        "chat_join_request",
        "chat_boost",
        "removed_chat_boost",
    }
)
# Telegram sends these only to a bot that names them.
_ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
DEFAULT_KINDS = KINDS - _ON_REQUEST
_OTHER_POLLER = "terminated by other getUpdates request; make sure that only one bot instance is running"


class UpdateQueue:
    """Updates in order, kept until an offset passes them; one long poll at a time."""

    def __init__(self, first_id: int) -> None:
        self._next_id = first_id
        self._pending: deque[dict[str, Any]] = deque(maxlen=KEPT_UPDATES)
        self._given = 0  # how many of these were handed out: no offset forgets the others
        self._past: deque[dict[str, Any]] = deque(maxlen=KEPT_PAST_UPDATES)
        self._again: list[dict[str, Any]] = []
        self._poll: asyncio.Future[None] | None = None
        self._closed = False
        self.allowed: frozenset[str] = DEFAULT_KINDS
        self.on_put: Callable[[], None] | None = None

    def __len__(self) -> int:
        return len(self._pending)

    def put(self, kind: str, payload: Any) -> None:
        """Queue an update, unless the bot did not ask for its kind."""
        if kind not in self.allowed:
            return
        if len(self._pending) == KEPT_UPDATES:
            self._given = max(self._given - 1, 0)
        self._pending.append({"update_id": self._next_id, kind: payload})
        self._next_id += 1
        self._wake()
        self.announce()

    def announce(self) -> None:
        """Tell whoever delivers to a webhook that there may be something to do."""
        if self.on_put is not None:
            self.on_put()

    def allow(self, kinds: Sequence[str]) -> None:
        """Which kinds are queued from now on; an empty list means the default ones."""
        self.allowed = frozenset(kinds) & KINDS or DEFAULT_KINDS

    def first(self) -> dict[str, Any] | None:
        """The next one, which counts as handed out."""
        self._given = max(self._given, min(1, len(self._pending)))
        return self._pending[0] if self._pending else None

    def confirm(self, offset: int) -> None:
        """Forget the updates before `offset`; a negative one leaves that many from the end."""
        if offset < 0:
            while len(self._pending) > -offset:
                self._forget_first()
        while offset > 0 and self._given and self._pending[0]["update_id"] < offset:
            self._forget_first()

    def _forget_first(self) -> None:
        self._past.append(self._pending.popleft())
        self._given = max(self._given - 1, 0)

    def clear(self) -> None:
        self._pending.clear()
        self._given = 0

    # Misbehaviour

    def repeat(self, dice: random.Random) -> None:
        """Hand one of the last confirmed updates out again, with the next poll."""
        if self._past:
            self._again.append(dice.choice(self._past))

    def renumber(self, dice: random.Random) -> None:
        """Go on with another number, as Telegram does after a week without updates."""
        self._next_id = dice.randrange(1, 2**31 - KEPT_UPDATES)

    async def poll(self, offset: int, limit: int, seconds: float) -> list[dict[str, Any]]:
        """The next updates, after at most `seconds` of waiting for the first.

        A poll that has to wait ends the one that waits already, which gets a Conflict.
        """
        self.confirm(offset)
        again, self._again = self._again, []
        if not self._pending and not again and seconds > 0 and not self._closed:
            self.end_poll(_OTHER_POLLER)
            await self._wait(seconds)
        count = min(limit, len(self._pending))
        self._given = max(self._given, count)
        return [*again, *(self._pending[at] for at in range(count))]

    def end_poll(self, reason: str) -> None:
        """Let the waiting poll, if there is one, fail with a Conflict."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(Conflict(reason))

    def open(self) -> None:
        """Let polls wait, which they may from the start."""
        self._closed = False

    def close(self) -> None:
        """Let the waiting poll come back empty, and no later one wait."""
        self._closed = True
        self._wake()

    async def _wait(self, seconds: float) -> None:
        poll = asyncio.get_running_loop().create_future()
        self._poll = poll
        try:
            async with asyncio.timeout(seconds):
                await poll
        except TimeoutError:
            pass
        finally:
            if self._poll is poll:
                self._poll = None

    def _wake(self) -> None:
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)
