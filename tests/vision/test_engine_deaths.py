"""The model's process dies in every way it can, and callers hear of it in order."""

from __future__ import annotations

import asyncio
import dataclasses
import errno
import os
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from vision.child import Child
from vision.engine import Engine, EngineSettings
from vision.errors import EngineDown, EngineTimeout
from vision.request import Again, Done, Generation, Message, Request, Score
from vision.wire import Frame

SHORT = Request((Message("user", "Hello"),), Generation(5))
QUESTIONS = tuple(f"Answer yes or no: is number {number} in the picture?" for number in range(600))
LONG = Request((Message("user", "Hello"),), Generation(20), questions=QUESTIONS)
PARENT = """
import asyncio, sys
from vision.engine import Engine, EngineSettings
from vision.weights import tiny_weights
async def main():
    async with Engine(EngineSettings(tiny_weights(), threads=1)) as engine:
        print("pid", engine.pid, flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


def process_of(engine: Engine) -> int:
    assert engine.pid
    return engine.pid


async def killed_at_first(engine: Engine, events, kill: signal.Signals = signal.SIGKILL):
    """The events, with the process killed at the first score of each attempt as long as `kill` is not used up."""
    async for event in events:
        yield event
        if isinstance(event, Score):
            os.kill(process_of(engine), kill)
            break
    async for event in events:
        yield event


async def test_a_request_in_flight_is_asked_again(fresh_engine: Engine, hear) -> None:
    undisturbed = await hear(fresh_engine.ask(LONG))
    first = process_of(fresh_engine)
    heard = await hear(killed_at_first(fresh_engine, fresh_engine.ask(LONG)))
    assert heard.again == 1
    assert (heard.text, heard.scores) == (undisturbed.text, undisturbed.scores)
    assert fresh_engine.pid != first


async def test_a_second_death_is_an_error_and_the_next_request_works(fresh_engine: Engine, hear) -> None:
    events = fresh_engine.ask(LONG)
    again = 0

    async def killed_each_time() -> None:
        nonlocal again
        async for event in events:
            again += isinstance(event, Again)
            if isinstance(event, Score) and event.question == 0:
                os.kill(process_of(fresh_engine), signal.SIGKILL)

    with pytest.raises(EngineDown):
        await killed_each_time()
    assert again == 1
    assert (await hear(fresh_engine.ask(SHORT))).done


async def test_those_who_were_there_too_are_answered(fresh_engine: Engine, hear) -> None:
    dying = asyncio.create_task(hear(killed_at_first(fresh_engine, fresh_engine.ask(LONG))))
    others = [asyncio.create_task(hear(fresh_engine.ask(SHORT))) for _ in range(3)]
    heard = await asyncio.gather(dying, *others)
    assert heard[0].again == 1
    assert all(one.again <= 1 for one in heard)


async def test_the_one_that_kills_is_found_among_many_and_fails_alone(
    fresh_engine: Engine, hear, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process is killed as soon as it has been given a certain request, together with others or alone."""
    undisturbed = await hear(fresh_engine.ask(LONG))
    send, killed = Child.send, list[int]()

    async def send_and_kill(child: Child, message: Frame, *, within_s: float) -> bool:
        sent = await send(child, message, within_s=within_s)
        if message.kind == "ask" and "kill" in message.head["request"]["conversation"][0]["text"]:
            os.kill(child.pid, signal.SIGKILL)
            killed.append(child.pid)
        return sent

    monkeypatch.setattr(Child, "send", send_and_kill)
    deadly = dataclasses.replace(SHORT, conversation=(Message("user", "kill"),))
    asked = [fresh_engine.ask(request) for request in (LONG, SHORT, deadly, LONG, SHORT)]
    heard: list[Any] = await asyncio.gather(*map(hear, asked), return_exceptions=True)
    guilty = heard.pop(2)
    assert isinstance(guilty, EngineDown)
    assert "died twice" in str(guilty)
    assert len(killed) == 2
    assert [one.again for one in heard[:2]] == [1, 1]
    assert all(one.again <= 1 for one in heard)
    assert heard[0].scores == undisturbed.scores, "it was asked again alone"
    assert sorted(heard[2].scores) == sorted(undisturbed.scores)
    assert (await hear(fresh_engine.ask(SHORT))).again == 0


async def test_who_waits_for_a_process_no_longer_than_allowed_is_refused(fresh_engine: Engine, hear) -> None:
    os.kill(process_of(fresh_engine), signal.SIGKILL)
    with pytest.raises(EngineTimeout, match="waited"):
        await hear(fresh_engine.ask(dataclasses.replace(SHORT, deadline_s=0.05)))


async def test_a_process_that_dies_while_idle_is_replaced(fresh_engine: Engine, hear) -> None:
    first = process_of(fresh_engine)
    os.kill(first, signal.SIGKILL)
    assert (await hear(fresh_engine.ask(SHORT))).done
    assert fresh_engine.pid != first


async def test_a_hung_process_is_killed_and_counts_as_died(settings: EngineSettings, hear) -> None:
    async with Engine(dataclasses.replace(settings, silence_timeout_s=4)) as engine:
        heard = await hear(killed_at_first(engine, engine.ask(LONG), signal.SIGSTOP))
        assert heard.again == 1
        assert isinstance(heard.done, Done)


@pytest.mark.parametrize("crashes", [1, 2])
async def test_one_crash_while_loading_is_forgiven(
    settings: EngineSettings, hear, monkeypatch: pytest.MonkeyPatch, crashes: int
) -> None:
    """llama.cpp's faster memory layouts crash on some machines: the second process does without them."""
    start, started = Child.start, []

    async def start_and_crash() -> Child:
        child = await start()
        started.append(child)
        if len(started) <= crashes:
            os.kill(child.pid, signal.SIGKILL)
        return child

    monkeypatch.setattr(Child, "start", start_and_crash)
    if crashes == 1:
        async with Engine(settings) as engine:
            assert (await hear(engine.ask(SHORT))).again == 0
    else:
        with pytest.raises(EngineDown, match=r"while it loaded.*memory.*CACHE_TOKENS"):
            async with Engine(settings):
                pass
    assert len(started) == 2


@pytest.mark.parametrize("refusals", [1, 2])
async def test_a_system_without_room_for_a_process_is_asked_again(
    fresh_engine: Engine, hear, monkeypatch: pytest.MonkeyPatch, refusals: int
) -> None:
    """Who waits meanwhile does not hear of one refusal, and hears of more."""
    start, refused = asyncio.create_subprocess_exec, list[int]()

    async def start_or_refuse(*arguments: Any, **options: Any) -> asyncio.subprocess.Process:
        if len(refused) < refusals:
            refused.append(errno.EMFILE)
            raise OSError(errno.EMFILE, "Too many open files")
        return await start(*arguments, **options)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", start_or_refuse)
    os.kill(process_of(fresh_engine), signal.SIGKILL)
    if refusals > 1:
        with pytest.raises(EngineDown, match="Too many open files"):
            await hear(fresh_engine.ask(SHORT))
    assert (await hear(fresh_engine.ask(SHORT))).done
    assert len(refused) == refusals
    assert not fresh_engine._plain, "nothing crashed"


async def test_a_model_that_was_up_is_loaded_again_as_soon_as_that_can_be(
    settings: EngineSettings, hear, tmp_path: Path
) -> None:
    model, away = tmp_path / "model.gguf", tmp_path / "away"
    shutil.copy(settings.weights.model, model)
    weights = dataclasses.replace(settings.weights, model=model)
    async with Engine(dataclasses.replace(settings, weights=weights)) as engine:
        model.rename(away)
        os.kill(process_of(engine), signal.SIGKILL)
        with pytest.raises(EngineDown, match="no weights file"):
            await hear(engine.ask(SHORT))
        patient, engine._settings = engine._settings, dataclasses.replace(engine._settings, load_timeout_s=0.01)
        away.rename(model)
        with pytest.raises(EngineDown, match="did not load within"):
            await hear(engine.ask(SHORT))
        engine._settings = patient
        assert (await hear(engine.ask(SHORT))).done
        assert engine.state == "ready"


async def test_a_load_that_takes_too_long_is_an_error(settings: EngineSettings) -> None:
    with pytest.raises(EngineTimeout):
        async with Engine(dataclasses.replace(settings, load_timeout_s=0.01)):
            pass


async def test_closing_the_engine_ends_the_process_and_tells_who_waits(settings: EngineSettings, hear) -> None:
    async with Engine(settings) as engine:
        watch = os.pidfd_open(process_of(engine))
        events = engine.ask(LONG)
        await anext(events)
        waiting = asyncio.create_task(hear(engine.ask(SHORT)))
        await asyncio.sleep(0)
    with pytest.raises(EngineDown):
        await waiting
    with pytest.raises(EngineDown):
        await hear(events)
    assert ended(watch, within_s=0)
    assert engine.state == "down"
    with pytest.raises(EngineDown):
        await anext(engine.ask(SHORT))


@pytest.mark.skipif(sys.platform != "linux", reason="waits for a process that is not its own child")
@pytest.mark.parametrize("stopped", [False, True])
def test_the_process_does_not_outlive_its_parent(*, stopped: bool) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        child = next(int(line.split()[1]) for line in parent.stdout if line.startswith("pid"))
        watch = os.pidfd_open(child)
        if stopped:
            os.kill(child, signal.SIGSTOP)
        parent.kill()
    assert ended(watch, within_s=20)


def ended(watch: int, *, within_s: float) -> bool:
    poll = select.poll()
    poll.register(watch, select.POLLIN)
    try:
        return bool(poll.poll(within_s * 1000))
    finally:
        os.close(watch)
