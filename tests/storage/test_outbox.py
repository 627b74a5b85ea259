"""The outbox: what is to be said is said in order, and repeated work adds nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from storage.records import About, Button, Outgoing, Reply
from storage.store import Store

BOT = 1


def text(chat: int, words: str) -> Reply:
    return Reply(chat=chat, kind="text", text=words)


async def add(store: Store, *replies: Reply, update: int | None = None) -> None:
    async with store.write() as records:
        await records.outbox.add(BOT, replies, update=update)


async def look(store: Store, busy: tuple[int, ...] = ()) -> Outgoing | None:
    async with store.write() as records:
        return await records.outbox.take(busy)


async def take(store: Store) -> Outgoing:
    found = await look(store)
    assert found
    return found


async def all_words(store: Store) -> list[str]:
    words = []
    while outgoing := await look(store):
        words.append(outgoing.reply.text)
        async with store.write() as records:
            await records.outbox.sent(outgoing, 100 + outgoing.id)
    return words


BUTTONS = ((Button("Yes", "y"), Button("No", "n")), (Button("?", "why"),))


@pytest.mark.parametrize(
    "reply",
    [
        Reply(chat=-7, kind="text", text="<b>A dog</b> 🐕 狗", html=True, reply_to=5, thread=3, buttons=BUTTONS),
        Reply(chat=7, kind="voice", file="cd" * 32, duration=4),
    ],
)
async def test_a_reply_comes_out_as_it_went_in(store, reply):
    await add(store, reply)
    outgoing = await take(store)
    assert (outgoing.bot, outgoing.reply, outgoing.attempts) == (BOT, reply, 1)


async def test_who_is_left_for_later_hears_after_all_others_and_still_in_order(store):
    await add(store, text(1, "a"), text(2, "b"), text(1, "c"), text(3, "d"))
    said = []
    for _ in range(4):
        async with store.write() as records:
            found = await records.outbox.take((), later={1, 2})
            assert found
            said.append(found.reply.text)
            await records.outbox.sent(found, found.id)
    assert said == ["d", "a", "b", "c"]


async def test_a_chat_hears_in_order_and_one_reply_at_a_time(store):
    await add(store, text(1, "a"), text(1, "b"), text(2, "c"))
    assert (await take(store)).reply.text == "a"
    assert (await take(store)).reply.text == "c"
    assert await look(store) is None


async def test_a_retried_reply_keeps_its_place(store, clock):
    await add(store, text(1, "a"), text(1, "b"))
    first = await take(store)
    async with store.write() as records:
        await records.outbox.retry(first, after=timedelta(seconds=3), error="429")
    assert await look(store) is None
    clock.forward(3)
    assert await all_words(store) == ["a", "b"]


async def test_a_failed_reply_lets_the_next_one_out(store):
    await add(store, text(1, "a"), text(1, "b"))
    async with store.write() as records:
        await records.outbox.fail(await records.outbox.take(), "bot was blocked")
        assert await records.outbox.depth() == {"waiting": 1, "running": 0, "failed": 1, "unknown": 0}
    assert await all_words(store) == ["b"]


async def test_an_update_worked_on_twice_is_answered_once(store):
    replies = [text(1, "a"), text(1, "a"), text(1, "b")]
    await add(store, *replies, update=9)
    await add(store, *replies, update=9)
    assert await all_words(store) == ["a", "a", "b"]


async def test_an_answer_is_not_sent_again_after_it_was_sent(store):
    await add(store, text(1, "a"), update=9)
    await all_words(store)
    await add(store, text(1, "a"), update=9)
    assert await look(store) is None


async def test_one_update_may_be_answered_in_several_transactions(store):
    await add(store, text(1, "one moment"), update=9)
    await add(store, text(1, "a dog"), update=9)
    assert await all_words(store) == ["one moment", "a dog"]


async def test_two_updates_may_have_the_same_answer(store):
    await add(store, text(1, "a dog"), update=9)
    await add(store, text(1, "a dog"), update=10)
    await add(store, text(1, "a dog"))
    await add(store, text(1, "a dog"))
    assert await all_words(store) == ["a dog"] * 4


async def test_a_sent_message_is_known_to_be_about_its_sighting_and_its_watch(store, clock):
    async with store.write() as records:
        seen = await records.sightings.add(
            chat=1, sender=2, at=clock.now, pictures=[], caption=None, place=None, messages=[5]
        )
        watch = await records.watches.add(chat=1, condition="a dog", language="en", message_id=5)
        await records.outbox.add(BOT, [Reply(chat=1, kind="text", text="a dog", sighting=seen.id, watch=watch.id)])
        await records.outbox.sent(await records.outbox.take(), 6)
    async with store.read() as records:
        assert await records.outbox.about(BOT, 1, 6) == About(seen.id, watch.id)
        assert await records.outbox.about(BOT, 1, 7) == About()
        assert await records.outbox.about(BOT, 2, 6) == About()
        assert await records.outbox.about(BOT + 1, 1, 6) == About()


async def test_what_holds_a_replys_place_is_remembered_and_counts_as_sent_to(store, clock):
    await add(store, text(1, "a"))
    first = await take(store)
    async with store.write() as records:
        assert await records.outbox.placed(first, 7)
        await records.outbox.retry(first, after=timedelta(0), error="502")
    again = await take(store)
    assert (again.message, again.unsure, again.reply) == (7, False, first.reply)


async def test_a_reply_that_left_without_an_answer_is_known_to_be_unsure_until_it_stayed(store):
    await add(store, text(1, "a"))
    for leaves, unsure in (("leaving", True), ("stayed", False)):
        outgoing = await take(store)
        async with store.write() as records:
            assert await getattr(records.outbox, leaves)(outgoing)
            await records.outbox.recover()
        async with store.write() as records:
            again = await records.outbox.take()
            assert again.unsure == unsure
            await records.outbox.recover()


async def test_who_lost_a_reply_to_another_sender_is_told_so(store):
    await add(store, text(1, "a"))
    lost = await take(store)
    async with store.write() as records:
        await records.outbox.recover()
        assert not await records.outbox.placed(lost, 6)
    held = await take(store)
    async with store.write() as records:
        assert not await records.outbox.placed(lost, 6)
        assert not await records.outbox.leaving(lost)
        assert not await records.outbox.retry(lost, after=timedelta(0), error="late")
        assert not await records.outbox.fail(lost, "late")
        assert not await records.outbox.unknown(lost, "late")
        assert not await records.outbox.sent(lost, 6)
        assert await records.outbox.placed(held, 7)
        assert await records.outbox.sent(held, 7)
        assert not await records.outbox.stayed(lost)
        assert await records.outbox.depth() == {"waiting": 0, "running": 0, "failed": 0, "unknown": 0}


async def test_an_unknown_end_is_counted_and_lets_the_next_one_out(store):
    await add(store, text(1, "a"), text(1, "b"))
    first = await take(store)
    async with store.write() as records:
        await records.outbox.unknown(first, "TimedOut")
        assert (await records.outbox.depth())["unknown"] == 1
        await records.outbox.recover()
    assert await all_words(store) == ["b"]


async def test_a_chat_that_is_gone_is_given_up_whole_and_no_other(store):
    await add(store, text(1, "a"), text(1, "b"), text(2, "c"))
    async with store.write() as records:
        await records.outbox.add(BOT + 1, [text(1, "another bot's")])
    assert (await take(store)).reply.text == "a"
    async with store.write() as records:
        assert await records.outbox.fail_chat(BOT, 1, "bot was blocked by the user") == 2
        assert (await records.outbox.depth())["failed"] == 2
    assert sorted(await all_words(store)) == ["another bot's", "c"]


async def test_the_alerts_for_a_chat_that_is_lost_are_said_where_their_watches_were_made(store):
    async with store.write() as records:
        watch = await records.watches.add(chat=10, condition="fire", language="en", message_id=None)
        await records.watches.change(10, watch.id, target=20)
    alert = Reply(20, "text", "fire!", watch=watch.id, reply_to=5, thread=6)
    await add(store, alert, text(20, "an answer"), replace(alert, chat=30), replace(alert, chat=10))
    taken = await take(store)
    async with store.write() as records:
        assert await records.outbox.bring_home(BOT, 20) == {taken.id}
        assert await records.outbox.bring_home(BOT, 10) == set()
    brought = await take(store)
    assert (brought.id, brought.reply) == (taken.id, Reply(10, "text", "fire!", watch=watch.id))


async def test_a_reply_in_a_moved_chat_forgets_the_old_chats_messages(store):
    await add(store, Reply(chat=-7, kind="text", text="a", reply_to=5))
    first = await take(store)
    async with store.write() as records:
        await records.outbox.placed(first, 6)
        await records.chats.moved(-7, -1007)
        await records.outbox.recover()
    again = await take(store)
    assert (again.message, again.reply) == (None, Reply(chat=-1007, kind="text", text="a"))
