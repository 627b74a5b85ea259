"""People who send photos and watch for the answers."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Sequence
from contextlib import suppress

from bench.kills.ledger import Ledger
from sandbox.driver import Driver, Message, NoReplyError

BURSTS = (1, 1, 1, 2, 4)
ALBUMS = (1, 1, 1, 1, 1, 2, 3, 10)
"""How many pictures are sent at once; several are an album, which counts as one photo."""

HABITS = {2: "/voice on", 3: "/watch circle or square", 5: "/watch is there a star, a ring or a cross?"}
"""What some chats have asked for before their photos, by their number in six."""

PAUSE_S = 0.4
"""Between bursts on average: a bot that nobody kills keeps up easily, one that is killed again and again does not."""
LOOK_S = 0.05


class Feeder:
    """Sends `photos` photos (None: without end), now one, now several at once, to random chats.

    At most `backlog` wait for their answer, and a few more.
    """

    def __init__(
        self,
        people: Sequence[Driver],
        ledger: Ledger,
        files: Iterator[bytes],
        *,
        photos: int | None,
        backlog: int,
        dice: random.Random,
    ) -> None:
        self._people = people
        self._ledger = ledger
        self._files = files
        self._photos = photos
        self._backlog = backlog
        self._dice = dice

    async def run(self) -> None:
        """Send them all; then say that it is over."""
        for number, person in enumerate(self._people):
            if habit := HABITS.get(number % 6):
                await person.say(habit)
                await person.reply(timeout=120)
        while self._left() > 0:
            person = self._dice.choice(self._people)
            for _ in range(min(self._left(), self._dice.choice(BURSTS))):
                await self._send(person)
            await asyncio.sleep(self._dice.expovariate(1 / PAUSE_S))
            while self._ledger.open >= self._backlog:  # noqa: ASYNC110 - the answers come from another process
                await asyncio.sleep(LOOK_S)
        self._ledger.over = True

    def _left(self) -> int:
        if self._ledger.over:
            return 0
        return max(BURSTS) if self._photos is None else self._photos - len(self._ledger.sent)

    async def _send(self, person: Driver) -> None:
        files = [await asyncio.to_thread(next, self._files) for _ in range(self._dice.choice(ALBUMS))]
        messages = await person.send_photo(files)
        self._ledger.send(*((person.chat, message["message_id"]) for message in messages))


async def watch(person: Driver, ledger: Ledger) -> None:
    """Write down what the bot says in one chat, until cancelled."""

    def see(message: Message) -> bool:
        ledger.see(message)
        return False

    while True:
        with suppress(NoReplyError):
            await person.wait_for(see, timeout=3600)
