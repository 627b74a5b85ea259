"""A process that dies, at any point, loses nothing and does nothing twice."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from storage.records import Reply
from storage.store import Store

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@pytest.fixture
def url(file: Path) -> str:
    """Where one process at a time has the database, opening it takes up what a dead one left."""
    return f"sqlite:///{file}"


def start(url: str, pictures: Path, die_at: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(HERE / "dying.py"), url, str(pictures), die_at]
    return subprocess.Popen(command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True)


async def answered(url: str, pictures: Path) -> list[int]:
    """The photos that have an answer, in the order of the answers, after a look at all files that records refer to."""
    numbers = []
    async with Store.open(url, pictures) as store, store.write() as records:
        for digest in await records.files():
            assert sha256(await store.files.get(digest)).hexdigest() == digest
        while outgoing := await records.outbox.take():
            numbers.append(int(outgoing.reply.text.removeprefix("photo ")))
            await records.outbox.fail(outgoing, "taken to be looked at")
    return numbers


async def test_what_a_dead_process_had_in_hand_waits_again(url, pictures):
    async with Store.open(url, pictures) as store, store.write() as records:
        await records.inbox.add(1, {"update_id": 1, "message": {"message_id": 1, "chat": {"id": 1}}})
        await records.outbox.add(1, [Reply(1, "text", "hello")])
        assert await records.inbox.take()
        assert await records.outbox.take()
    async with Store.open(url, pictures) as store, store.sole("sender"), store.write() as records:
        arrival, outgoing = await records.inbox.take(), await records.outbox.take()
    assert arrival
    assert outgoing
    assert (arrival.attempts, outgoing.attempts) == (2, 2)


async def test_a_command_beside_a_running_bot_leaves_its_work_alone(url, pictures):
    async with Store.open(url, pictures) as bot:
        async with bot.write() as records:
            await records.inbox.add(1, {"update_id": 1, "message": {"message_id": 1, "chat": {"id": 1}}})
            await records.inbox.take()
        async with Store.open(url, pictures, recover=False) as beside, beside.read() as records:
            assert await records.inbox.depth() == {"waiting": 0, "running": 1, "failed": 0}


@pytest.mark.parametrize("point", ["taken", "put", "uncommitted", "committed"])
async def test_dying_at_this_point_loses_nothing(url, pictures, point):
    process = start(url, pictures, die_at=point)
    announced = [int(line) for line in process.communicate()[0].splitlines()]
    assert process.returncode == -signal.SIGKILL
    assert announced == ([0] if point == "committed" else [])
    assert await answered(url, pictures) == announced
    async with Store.open(url, pictures) as store, store.write() as records:
        waiting = await records.inbox.take()
    assert waiting
    assert waiting.body["update_id"] == len(announced)


async def test_dying_at_random_loses_nothing_and_repeats_nothing(url, pictures):
    chance = random.Random(7)
    announced: list[int] = []
    for _ in range(3):
        process = start(url, pictures, die_at="")
        assert process.stdout
        announced += [int(process.stdout.readline()) for _ in range(chance.randrange(5, 40))]
        process.kill()
        announced += [int(line) for line in process.communicate()[0].splitlines()]
    numbers = await answered(url, pictures)
    assert numbers == list(range(len(numbers)))
    # A death between the commit and the print leaves an answer that was not announced.
    assert set(announced) <= set(numbers)
    assert len(announced) == len(set(announced)) >= len(numbers) - 3
