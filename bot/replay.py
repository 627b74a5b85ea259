"""`replay`: what failed for good goes back into its queue, while the bot runs or before it starts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rich.console import Console

from bot.errors import BotError
from bot.settings import Settings
from bot.status import LETTERS
from storage.store import Store

_LABEL: Final = re.compile(rf"[{''.join(LETTERS.values())}][0-9]{{1,18}}")


async def replay(settings: Settings, labels: Sequence[str], console: Console, *, everything: bool) -> None:
    """Put back the failures with these labels (u12, r7, c3), or all of them, and say how many that were."""
    if everything == bool(labels):
        raise BotError("name what to replay, as `status` lists it (u12 r7 c3), or say --all")
    updates, replies, calls = (None if everything else _numbers(kind, labels) for kind in ("update", "reply", "call"))
    async with (
        Store.open(**settings.storage, recover=False, migrate=False) as store,
        store.write() as records,
    ):
        back = await records.failures.replay(updates=updates, replies=replies, calls=calls)
    console.print(f"{back} put back." if everything else f"{back} of {len(set(labels))} put back.")


def _numbers(kind: str, labels: Sequence[str]) -> list[int]:
    for label in labels:
        if not _LABEL.fullmatch(label):
            raise BotError(f"{label!r} is not how `status` lists a failure: u12 is an update, r7 a reply, c3 a call")
    return [int(label[1:]) for label in labels if label.startswith(LETTERS[kind])]
