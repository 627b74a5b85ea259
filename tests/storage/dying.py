"""A program that works on photos and kills itself without warning; `test_crash` runs it.

Arguments: the database's address, the folder of pictures, the point to die at ("" for none: somebody else kills it).
Each line it prints names a photo whose work was committed.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from storage.records import Arrival, Reply
from storage.store import Records, Store

PHOTOS = 5


def reach(point: str) -> None:
    if point == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)


async def take_in(store: Store) -> None:
    async with store.write() as records:
        last = await records.sightings.latest(1)
        for number in range((last.id if last else 0), (last.id if last else 0) + PHOTOS):
            await records.inbox.add(1, {"update_id": number, "message": {"message_id": number, "chat": {"id": 1}}})


async def answer(records: Records, arrival: Arrival, number: int, digest: str) -> None:
    seen = await records.sightings.add(
        chat=1, sender=2, at=datetime.now(UTC), pictures=[digest], caption=None, place=None, messages=[number]
    )
    await records.outbox.add(1, [Reply(1, "text", f"photo {number}", sighting=seen.id)], update=arrival.id)
    await records.inbox.done(arrival)


async def work(store: Store) -> None:
    async with store.write() as records:
        arrival = await records.inbox.take()
    if arrival is None:
        await take_in(store)
        return
    reach("taken")
    number = arrival.body["message"]["message_id"]
    digest = await store.files.put(f"photo {number}".encode(), ".jpg")
    reach("put")
    async with store.write() as records:
        await answer(records, arrival, number, digest)
        reach("uncommitted")
    print(number, flush=True)  # noqa: T201 - how the test hears of it
    reach("committed")


async def main() -> None:
    async with Store.open(sys.argv[1], Path(sys.argv[2])) as store:
        while True:
            await work(store)


asyncio.run(main())
