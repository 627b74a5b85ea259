"""Alerts, and what is known of earlier ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from storage.records import Alert, AlertKind, Outcome, Past, Sighting, Tally, Verdict, Watch
from storage.store import Records
from tests.storage.conftest import Clock

ADA, MING = 101, 102


async def watching(records: Records, condition: str = "smoke", **options: int) -> Watch:
    made = await records.watches.add(chat=1, condition=condition, language="en", message_id=hash(condition) % 999)
    return (options and await records.watches.change(1, made.id, **options)) or made  # type: ignore[arg-type]


async def seen(records: Records, clock: Clock, sender: int | None = ADA) -> Sighting:
    clock.now += timedelta(minutes=1)
    number = int(clock.now.timestamp())
    return await records.sightings.add(
        chat=1, sender=sender, at=clock.now, pictures=[], caption=None, place=None, messages=[number]
    )


def alert(watch: Watch, sighting: Sighting, kind: AlertKind = "yes", *, told: bool = True) -> Alert:
    return Alert(watch.id, sighting.id, kind, told, 0.9, sighting.at)


async def verdict(records: Records, watch: Watch, sighting: Sighting, outcome: Outcome) -> None:
    await records.watches.record([Verdict(watch.id, sighting.id, 0.5, 0.0, outcome)])


async def test_an_update_that_is_worked_on_again_decides_anew_and_another_finds_it_settled(store, clock):
    async with store.write() as records:
        smoke, fire = await watching(records), await watching(records, "fire")
        sighting = await seen(records, clock)
        await records.alerts.put(
            [alert(smoke, sighting), alert(fire, sighting)], sighting, watches=[smoke, fire], update=7
        )
        await records.alerts.put([alert(smoke, sighting)], sighting, watches=[smoke], update=7)
        assert await records.alerts.settled(sighting.id, update=7) == set()
        assert await records.alerts.settled(sighting.id, update=8) == {smoke.id}
        assert await records.alerts.get(fire.id, sighting.id) is None
        await records.alerts.put([alert(smoke, sighting, told=False)], sighting, watches=[smoke], update=8)
        assert await records.alerts.get(smoke.id, sighting.id) == alert(smoke, sighting)


async def test_what_was_only_noted_of_a_sighting_settles_nothing_and_makes_room(store, clock):
    async with store.write() as records:
        smoke = await watching(records)
        sighting = await seen(records, clock)
        await records.alerts.put([alert(smoke, sighting, "over", told=False)], sighting, watches=[smoke], update=7)
        assert await records.alerts.settled(sighting.id, update=8) == set()
        await records.alerts.put([alert(smoke, sighting)], sighting, watches=[smoke], update=8)
        assert await records.alerts.get(smoke.id, sighting.id) == alert(smoke, sighting)
        await records.alerts.put([alert(smoke, sighting, "over", told=False)], sighting, watches=[smoke], update=7)
        assert await records.alerts.get(smoke.id, sighting.id) == alert(smoke, sighting)


async def test_the_past_is_that_of_one_sender_before_the_sighting(store, clock):
    async with store.write() as records:
        smoke = await watching(records, among=3)
        hers, his, later = await seen(records, clock), await seen(records, clock, MING), await seen(records, clock)
        await verdict(records, smoke, hers, "yes")
        await verdict(records, smoke, his, "no")
        await verdict(records, smoke, later, "unsure")
        await records.alerts.put([alert(smoke, hers)], hers, watches=[smoke], update=7)
        now = await seen(records, clock)
        assert await records.alerts.past([smoke], now) == {
            smoke.id: Past(outcomes=("unsure", "yes"), told=hers.at, standing=True)
        }
        assert await records.alerts.past([smoke], hers) == {smoke.id: Past()}
        assert (await records.alerts.past([smoke], await seen(records, clock, MING)))[smoke.id].told is None
        assert (await records.alerts.past([smoke], await seen(records, clock, None)))[smoke.id] == Past()
        assert await records.alerts.past([], now) == {}


async def test_what_was_only_noted_was_not_told_and_an_end_ends_it(store, clock):
    async with store.write() as records:
        smoke = await watching(records)
        first, second = await seen(records, clock), await seen(records, clock)
        await records.alerts.put([alert(smoke, first)], first, watches=[smoke], update=7)
        await records.alerts.put([alert(smoke, second, "over", told=False)], second, watches=[smoke], update=8)
        assert (await records.alerts.past([smoke], await seen(records, clock)))[smoke.id] == Past(told=first.at)


async def test_right_and_wrong_can_be_changed_and_are_counted(store, clock):
    async with store.write() as records:
        smoke, fire = await watching(records), await watching(records, "fire")
        three = [await seen(records, clock) for _ in range(3)]
        for number, sighting in enumerate(three):
            await verdict(records, smoke, sighting, "yes")
            await records.alerts.put([alert(smoke, sighting)], sighting, watches=[smoke], update=number)
        await records.alerts.judge(smoke.id, three[0].id, right=True)
        await records.alerts.judge(smoke.id, three[1].id, right=True)
        judged = await records.alerts.judge(smoke.id, three[1].id, right=False)
        assert judged
        assert judged.right is False
        assert await records.alerts.judge(fire.id, three[1].id, right=False) is None
        await records.alerts.put([alert(fire, three[2], "over")], three[2], watches=[fire], update=9)
        assert await records.alerts.judge(fire.id, three[2].id, right=True) is None
        assert [each.right for each in await records.alerts.judged(smoke.id)] == [True, False]
        assert await records.alerts.tallies([smoke, fire]) == {
            smoke.id: Tally(checked=3, told=3, right=1, wrong=1, last=three[2].at),
            fire.id: Tally(),
        }


async def test_a_watch_is_changed_by_its_own_chat_only(store):
    async with store.write() as records:
        smoke = await watching(records)
        assert await records.watches.change(2, smoke.id, paused=True) is None
        changed = await records.watches.change(1, smoke.id, paused=True, cooldown=60)
        assert changed
        assert (changed.paused, changed.cooldown) == (True, 60)
        assert await records.watches.get(smoke.id) == changed


async def test_a_watch_that_is_only_tried_is_on_no_list_until_it_is_kept(store, clock):
    async with store.write() as records:
        tried = await records.watches.add(chat=1, condition="smoke", language="en", message_id=5, kept=False)
        assert (await records.watches.of_chat(1), await records.watches.count()) == ([], 0)
        kept = replace(tried, resumed=clock.now)
        assert await records.watches.restore(1, tried.id) == kept
        assert (await records.watches.of_chat(1), await records.watches.count()) == ([kept], 1)
