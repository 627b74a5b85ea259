"""A program that takes updates, says of which chats, and never gets on with them; `test_feed` kills it.

Arguments: the database's address, the folder of pictures.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from storage.records import Arrival
from storage.store import Store


async def never(arrival: Arrival) -> None:
    print(arrival.chat, flush=True)  # noqa: T201 - how the test hears of it
    await asyncio.Event().wait()


async def main() -> None:
    async with Store.open(sys.argv[1], Path(sys.argv[2])) as store:
        await store.feed.run(never, at_once=2)


asyncio.run(main())
