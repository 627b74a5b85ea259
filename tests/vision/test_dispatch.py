"""What goes over the wire between the engine and its process, with a process that is played by the test."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from vision.child import Child, ChildDied
from vision.dispatch import Dispatch, Job
from vision.errors import EngineDown, EngineError, EngineTimeout
from vision.picture import Picture, picture_from_rgb
from vision.request import Again, Delta, Done, Generation, Message, Request, Score, Shelf, Shelves, Timings, Usage
from vision.waiting import ROOM
from vision.wire import (
    Frame,
    FrameReader,
    frame,
    pack_event,
    pack_failure,
    pack_shelves,
    unpack_picture,
    unpack_request,
)

HELLO = Request((Message("user", "Hello"),), Generation(5))
DONE = Done("stop", Usage(1, 0, 1, 0), Timings(0, 0, 0, 0, 0))
PICTURE = picture_from_rgb(1280, 1280, bytes(range(256)) * (1280 * 1280 * 3 // 256))


class Played:
    """The process's end of the socket."""

    pid = 0

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._reader = FrameReader()
        self._frames: list[Frame] = []
        self._ended = asyncio.Event()

    async def wait(self) -> int:
        await self._ended.wait()
        return -9

    def kill(self) -> None:
        self._socket.close()
        self._ended.set()

    def say(self, *messages: Frame) -> None:
        for message in messages:
            self._socket.sendall(b"".join(message.parts()))

    async def heard(self) -> Frame:
        while not self._frames:
            data = await asyncio.get_running_loop().sock_recv(self._socket, 1 << 20)
            self._frames += self._reader.feed(data)
        return self._frames.pop(0)

    async def heard_nothing(self) -> bool:
        try:
            async with asyncio.timeout(0.05):
                self._frames.insert(0, await self.heard())
        except TimeoutError:
            return True
        return False


@asynccontextmanager
async def served(dispatch: Dispatch) -> AsyncIterator[Played]:
    """A process that is served while the block lasts, and dies at its end."""
    ours, theirs = socket.socketpair()
    for end in (ours, theirs):
        end.setblocking(False)
    process = Played(theirs)
    child = Child(process, ours)  # type: ignore[arg-type]
    serving = asyncio.create_task(dispatch.serve(child))
    try:
        yield process
    finally:
        process.kill()
        with pytest.raises(ChildDied) as death:
            await serving
        dispatch.died(death.value)
        await child.stop()


def told(job: Job) -> list[object]:
    return [job.events.get_nowait() for _ in range(job.events.qsize())]


async def ending(job: Job) -> list[object]:
    """What is told of a job until its end."""
    heard: list[object] = []
    async with asyncio.timeout(5):
        while not heard or not isinstance(heard[-1], Done | EngineError):
            heard.append(await job.events.get())
    return heard


async def test_pixels_go_over_only_when_they_are_needed_and_only_once_a_need() -> None:
    dispatch = Dispatch(60)
    async with served(dispatch) as process:
        request = Request((Message("user", "What?", (PICTURE,)),), Generation(5), (PICTURE,))
        job = dispatch.open(request)
        ask = await process.heard()
        assert ask.body == b""
        assert unpack_request(ask).pictures == (Picture(1280, 1280, b"", PICTURE.digest),)
        assert await process.heard_nothing()
        process.say(frame("need", digest=PICTURE.digest))
        assert unpack_picture(await process.heard()) == PICTURE
        assert await process.heard_nothing()
        process.say(pack_event(job.number, Delta("a")), pack_event(job.number, DONE))
        assert await ending(job) == [Delta("a"), DONE]


async def test_a_process_that_takes_nothing_in_is_heard_all_the_same() -> None:
    dispatch = Dispatch(60)
    async with served(dispatch) as process:
        job = dispatch.open(Request(pictures=(PICTURE,)))
        await process.heard()
        process.say(*(frame("need", digest=PICTURE.digest) for _ in range(100)))
        await asyncio.sleep(0.05)
        process.say(pack_event(job.number, DONE))
        assert await ending(job) == [DONE]
        assert unpack_picture(await process.heard()) == PICTURE
        assert await process.heard_nothing(), "the other 99 were for a request that is done"


async def test_a_process_that_never_takes_anything_in_counts_as_died() -> None:
    dispatch = Dispatch(0.2)
    async with served(dispatch) as process:
        job = dispatch.open(Request(pictures=(PICTURE,)))
        process.say(frame("need", digest=PICTURE.digest))
        for _ in range(8):
            await asyncio.sleep(0.05)
            process.say(frame("working"))
    assert told(job) == [Again()]


async def test_a_need_for_a_picture_of_nobody_is_passed_over() -> None:
    dispatch = Dispatch(60)
    async with served(dispatch) as process:
        process.say(frame("need", digest="gone"))
        dispatch.open(HELLO)
        assert (await process.heard()).kind == "ask"


async def test_events_reach_whom_they_are_for() -> None:
    dispatch = Dispatch(60)
    async with served(dispatch) as process:
        jobs = [dispatch.open(HELLO) for _ in range(3)]
        numbers = [(await process.heard()).head["number"] for _ in jobs]
        for text in "xy":
            process.say(*(pack_event(number, Delta(f"{text}{number}")) for number in numbers))
        process.say(pack_failure(numbers[1], EngineError("no")), *(pack_event(n, DONE) for n in numbers[::2]))
        for job, number in zip(jobs, numbers, strict=True):
            *deltas, last = await ending(job)
            assert deltas == [Delta(f"x{number}"), Delta(f"y{number}")]
            assert isinstance(last, EngineError if number == numbers[1] else Done)


async def test_a_flood_of_batch_work_waits_here_and_people_go_past_it() -> None:
    dispatch = Dispatch(60)
    async with served(dispatch) as process:
        night = Request((Message("user", "Hello"),), Generation(5), priority="batch")
        for _ in range(200):
            dispatch.open(night)
        for _ in range(ROOM["batch"]):
            await process.heard()
        assert await process.heard_nothing()
        job = dispatch.open(HELLO)
        assert (await process.heard()).head["number"] == job.number


async def test_who_leaves_while_waiting_is_never_asked_and_who_leaves_inside_is_cancelled() -> None:
    dispatch = Dispatch(60)
    async with served(dispatch) as process:
        inside = [dispatch.open(HELLO) for _ in range(ROOM["interactive"])]
        waits, next_one = dispatch.open(HELLO), dispatch.open(HELLO)
        for _ in inside:
            await process.heard()
        dispatch.close(waits)
        assert await process.heard_nothing()
        dispatch.close(inside[0])
        cancel = await process.heard()
        assert (cancel.kind, cancel.head["number"]) == ("cancel", inside[0].number)
        assert await process.heard_nothing(), "it has its place until the process has cleared it away"
        process.say(frame("stopped", number=inside[0].number))
        assert (await process.heard()).head["number"] == next_one.number
        dispatch.close(inside[0])
        assert await process.heard_nothing()


async def test_the_process_is_told_what_is_left_of_the_time() -> None:
    dispatch = Dispatch(60)
    job = dispatch.open(Request(deadline_s=9.0))
    await asyncio.sleep(0.05)
    async with served(dispatch) as process:
        left_s = unpack_request(await process.heard()).deadline_s
        assert left_s is not None
        assert 0 < left_s < 8.96
        process.say(pack_event(job.number, DONE))
        await ending(job)


async def test_who_waits_too_long_is_refused_and_not_asked() -> None:
    dispatch = Dispatch(60)
    late, patient, over = (
        dispatch.open(Request(deadline_s=0.02)),
        dispatch.open(HELLO),
        dispatch.open(Request(deadline_s=-1.0)),
    )
    for job in (late, over):
        error = await job.events.get()
        assert isinstance(error, EngineTimeout)
        assert "waited" in str(error)
    async with served(dispatch) as process:
        assert (await process.heard()).head["number"] == patient.number
        assert await process.heard_nothing()


async def test_the_time_runs_on_after_a_death() -> None:
    dispatch = Dispatch(60)
    inside = dispatch.open(Request(deadline_s=0.2))
    async with served(dispatch) as process:
        await process.heard()
        await asyncio.sleep(0.3)
        assert told(inside) == [], "it is inside, where the process minds its time"
    again, late = await ending(inside)
    assert again == Again()
    assert isinstance(late, EngineTimeout)
    assert not dispatch.busy


async def test_what_cannot_be_written_down_fails_alone() -> None:
    dispatch = Dispatch(60)
    async with served(dispatch) as process:
        odd = dispatch.open(Request((Message("user", "Hello"),), Generation(json_schema={"type": object()})))
        sound = dispatch.open(Request((Message("user", "Hello"),), Generation(json_schema={"type": "object"})))
        ask = await process.heard()
        assert ask.head["number"] == sound.number
        assert unpack_request(ask) == sound.request
        assert isinstance(await odd.events.get(), EngineError)


async def test_after_a_death_each_is_asked_alone_and_new_ones_wait() -> None:
    dispatch = Dispatch(60)
    jobs = [dispatch.open(HELLO) for _ in range(3)]
    async with served(dispatch) as process:
        for _ in jobs:
            await process.heard()
        process.say(pack_event(jobs[0].number, Delta("half")), pack_event(jobs[1].number, DONE))
        assert await ending(jobs[1]) == [DONE]
        dispatch.close(jobs[2])
    assert told(jobs[0]) == [Delta("half"), Again()]
    assert told(jobs[2]) == [], "nobody reads it: it is not asked again"
    fresh = dispatch.open(HELLO)
    async with served(dispatch) as process:
        assert (await process.heard()).head["number"] == jobs[0].number
        assert await process.heard_nothing()
    assert isinstance(told(jobs[0])[0], EngineDown), "the process died again with it alone inside"
    async with served(dispatch) as process:
        assert (await process.heard()).head["number"] == fresh.number


async def test_what_the_process_said_before_it_died_is_heard() -> None:
    dispatch = Dispatch(60)
    jobs = [dispatch.open(HELLO) for _ in range(2)]
    async with served(dispatch) as process:
        for job in jobs:
            await process.heard()
            process.say(pack_event(job.number, DONE))
        dispatch.open(HELLO)
    assert [told(job) for job in jobs] == [[DONE], [DONE]]


async def test_silence_counts_only_while_something_is_inside() -> None:
    dispatch = Dispatch(0.2)
    async with served(dispatch) as process:
        await asyncio.sleep(0.5)
        job = dispatch.open(HELLO)
        await process.heard()
        for _ in range(5):
            await asyncio.sleep(0.1)
            process.say(frame("working"))
        process.say(pack_event(job.number, Score(0, 0.5, 0.0)), pack_event(job.number, DONE))
        assert (await ending(job))[-1] == DONE
        silent = dispatch.open(HELLO)
        await asyncio.sleep(0.6)
    assert told(silent) == [Again()]


async def test_what_the_process_keeps_is_known() -> None:
    dispatch = Dispatch(60)
    shelves = Shelves(Shelf(1, 2, 3, 4), Shelf(5, 6, 7, 8), Shelf(9, 10, 11, 12))
    assert dispatch.shelves is None
    async with served(dispatch) as process:
        job = dispatch.open(HELLO)
        await process.heard()
        process.say(pack_shelves(shelves), pack_event(job.number, DONE))
        await ending(job)
        assert dispatch.shelves == shelves
