"""Watches and their verdicts."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from storage.errors import Conflict
from storage.records import Alert, Judged, Tally, Verdict, Watch
from storage.store import Records
from tests.storage.conftest import Clock


async def add(records: Records, condition: str = "smoke", *, chat: int = 1, message_id: int = 5) -> Watch:
    return await records.watches.add(chat=chat, condition=condition, language="en", message_id=message_id)


async def sighting(records: Records, clock: Clock, message: int = 50) -> int:
    seen = await records.sightings.add(
        chat=1, sender=2, at=clock.now, pictures=[], caption=None, place=None, messages=[message]
    )
    return seen.id


async def test_a_chat_has_its_own_watches_oldest_first(store, clock):
    async with store.write() as records:
        smoke, fire = await add(records), await add(records, "fire", message_id=6)
        await add(records, "cats", chat=2)
    async with store.read() as records:
        assert await records.watches.of_chat(1) == [smoke, fire]
        assert await records.watches.get(smoke.id) == smoke
        assert await records.watches.get(99) is None
    assert (smoke.condition, smoke.sensitivity, smoke.created) == ("smoke", "normal", clock.now)


async def test_one_message_makes_one_watch(store):
    async with store.write() as records:
        assert await add(records) == await add(records)
        assert len(await records.watches.of_chat(1)) == 1


async def test_a_watch_is_removed_by_its_own_chat_only(store):
    async with store.write() as records:
        watch = await add(records)
        assert await records.watches.remove(2, watch.id) is None
        assert await records.watches.of_chat(1) == [watch]
        assert await records.watches.remove(1, watch.id) == watch
        assert await records.watches.of_chat(1) == []
        assert await records.watches.remove(1, watch.id) is None


async def test_a_watch_knows_when_it_went_on(store, clock):
    async def changed(**options: bool) -> Watch:
        clock.forward(60)
        async with store.write() as records:
            return cast("Watch", await records.watches.change(1, made.id, **options))

    async with store.write() as records:
        made = await add(records)
    assert (await changed(paused=False)).resumed is None
    assert (await changed(paused=True)).resumed is None
    resumed = (await changed(paused=False)).resumed
    assert resumed == clock.now
    assert (await changed(paused=False)).resumed == (await changed(voice=True)).resumed == resumed
    async with store.write() as records:
        await records.watches.remove(1, made.id)
        assert (await records.watches.restore(1, made.id)).resumed == clock.now


async def test_handling_the_message_again_does_not_bring_a_removed_watch_back(store):
    async with store.write() as records:
        watch = await add(records)
        await records.watches.remove(1, watch.id)
        await add(records)
        assert await records.watches.of_chat(1) == []


async def test_a_removed_watch_can_be_restored_by_its_own_chat(store, clock):
    async with store.write() as records:
        watch = await add(records)
        assert await records.watches.restore(1, watch.id) is None
        await records.watches.remove(1, watch.id)
        assert await records.watches.restore(2, watch.id) is None
        restored = replace(watch, resumed=clock.now)
        assert await records.watches.restore(1, watch.id) == restored
        assert await records.watches.of_chat(1) == [restored]


async def test_a_surer_yes_takes_the_place_of_an_earlier_verdict(store, clock):
    async with store.write() as records:
        watch, seen = await add(records), await sighting(records, clock)
        await records.watches.record([Verdict(watch.id, seen, p_yes=0.1, outside=0.0, outcome="no")])
        late = Verdict(watch.id, seen, p_yes=0.91, outside=0.02, outcome="yes")
        await records.watches.record([late])
        assert await records.watches.verdicts(watch.id) == [late]


async def test_the_surest_verdict_stands_and_outlives_its_watch(store, clock):
    async with store.write() as records:
        watch, seen = await add(records), await sighting(records, clock)
        first = Verdict(watch.id, seen, p_yes=0.91, outside=0.02, outcome="yes")
        await records.watches.record([first])
        await records.watches.record([Verdict(watch.id, seen, p_yes=0.1, outside=0.0, outcome="no")])
        await records.watches.record([])
        await records.watches.remove(1, watch.id)
        assert await records.watches.verdicts(watch.id) == [first]


async def test_watches_of_no_message_are_each_their_own(store):
    async with store.write() as records:
        for condition in ("smoke", "fire"):
            await records.watches.add(chat=1, condition=condition, language="en", message_id=None)
        assert [watch.condition for watch in await records.watches.of_chat(1)] == ["smoke", "fire"]


async def test_the_course_of_a_watch_tells_its_newest_verdicts_with_what_came_of_them(store, clock):
    async with store.write() as records:
        watch, judged = await add(records), []
        for number, right in enumerate((None, None, True, False)):
            clock.forward(60)
            seen = await records.sightings.get(await sighting(records, clock, 60 + number))
            await records.watches.record([Verdict(watch.id, seen.id, number / 4, 0.0, "yes")])
            if number:
                alert = Alert(watch.id, seen.id, "yes", True, number / 4, seen.at, right)
                await records.alerts.put([alert], seen, watches=[watch], update=number)
            judged.append(Judged(seen.at, number / 4, "yes", number > 0, right))
        assert await records.watches.course(watch.id, most=10) == judged
        assert await records.watches.course(watch.id, most=2) == judged[2:]


async def test_a_reworded_watch_begins_anew_and_no_other_does(store, clock):
    async with store.write() as records:
        watch, other = await add(records), await add(records, "fire", message_id=6)
        seen = await records.sightings.get(await sighting(records, clock))
        for each in (watch, other):
            await records.watches.change(1, each.id, shift=1.0, cooldown=60)
            await records.watches.record([Verdict(each.id, seen.id, 0.9, 0.0, "yes")])
            await records.alerts.put(
                [Alert(each.id, seen.id, "yes", True, 0.9, seen.at)], seen, watches=[each], update=each.id
            )
        assert await records.watches.reword(2, watch.id, condition="fog", language="en") is None
        asked = await records.watches.reword(1, watch.id, condition="雾", language="zh-hans")
        assert (asked.condition, asked.language, asked.shift, asked.cooldown) == ("雾", "zh-hans", 0.0, 60)
        tallies = await records.alerts.tallies([asked, other])
        assert tallies == {watch.id: Tally(), other.id: Tally(1, 1, 0, 0, seen.at)}
        await records.watches.remove(1, watch.id)
        assert await records.watches.reword(1, watch.id, condition="fog", language="en") is None


async def test_a_verdict_needs_its_watch_and_its_sighting(store):
    with pytest.raises(Conflict):
        async with store.write() as records:
            await records.watches.record([Verdict(98, 99, p_yes=0.5, outside=0.0, outcome="unsure")])
