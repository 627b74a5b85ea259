"""A text that Telegram's apps have cut is one again; what only follows it is not a part of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from storage.inbox import ALBUM_SETTLES_AFTER
from storage.whole import LONGEST_MESSAGE, goes_on, may_go_on, whole

LONG = "word " * 800
BOT = 1


def said(number: int, text: str, **more: Any) -> dict[str, Any]:
    message = {"message_id": number, "date": 100, "chat": {"id": 1}, "from": {"id": 1}, "text": text}
    return {"update_id": number, "message": message | more}


@pytest.mark.parametrize(
    ("after", "is_part"),
    [
        (said(2, "the rest"), True),
        (said(2, "the rest", date=102), True),
        (said(2, "the rest", date=103), False),
        (said(2, "/help"), False),
        (said(2, "the rest", **{"from": {"id": 2}}), False),
        (said(2, "the rest", sender_chat={"id": -2}), False),
        (said(2, "the rest", message_thread_id=7), False),
        (said(2, "the rest", forward_origin={}), False),
        (said(2, "the rest", reply_to_message={"message_id": 1}), False),
        ({"update_id": 2, "message": {"message_id": 2, "photo": []}}, False),
    ],
)
def test_only_what_the_same_person_sent_at_once_goes_on_with_a_text(after, is_part):
    assert goes_on(after, said(1, LONG)) == is_part


def test_a_text_may_go_on_if_it_fills_half_a_message_as_telegram_counts():
    assert may_go_on(said(1, "x" * (LONGEST_MESSAGE // 2)))
    assert may_go_on(said(1, "😀" * (LONGEST_MESSAGE // 4)))
    assert not may_go_on(said(1, "龘" * (LONGEST_MESSAGE // 2 - 1)))
    assert not may_go_on(said(1, LONG, forward_origin={}))
    assert not may_go_on({"update_id": 1, "edited_message": said(1, LONG)["message"]})


def test_a_lost_pause_is_made_up_for_and_a_word_cut_through_is_whole_again():
    assert whole(["one two", "three"]) == "one two\nthree"
    assert whole(["x" * LONGEST_MESSAGE, "y"]) == "x" * LONGEST_MESSAGE + "y"


async def test_the_parts_are_taken_together_and_what_comes_later_is_not(store, clock):
    async with store.write() as records:
        for body in (said(1, LONG), said(2, LONG), said(3, "the end")):
            assert await records.inbox.add(BOT, body)
        assert await records.inbox.take() is None
    clock.forward(ALBUM_SETTLES_AFTER.total_seconds())
    async with store.write() as records:
        taken = await records.inbox.take()
        assert [part.body["message"]["message_id"] for part in taken.parts] == [1, 2, 3]
        await records.inbox.retry(taken, after=timedelta(seconds=9), error="no")
        await records.inbox.add(BOT, said(4, "by itself"))
    clock.forward(9)
    async with store.write() as records:
        again = await records.inbox.take()
        assert again.parts == taken.parts
        assert not await records.inbox.outgrown(again)
        assert await records.inbox.done(again)
        await records.inbox.finish_parts(again)
        after = await records.inbox.take()
    assert (after.body["message"]["message_id"], after.parts) == (4, ())
