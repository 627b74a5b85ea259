"""The rule by which somebody waits for a reply."""

import pytest

from bench.updates.owed import owed, unanswered

US = {"id": 999, "first_name": "Lookout", "is_bot": True}


def update(number: int = 1, chat: str = "private", **message: object) -> dict[str, object]:
    return {"update_id": number, "message": {"chat": {"id": 5, "type": chat}, **message}}


@pytest.mark.parametrize(
    ("heard", "is_owed"),
    [
        (update(text="hello"), True),
        (update(sticker={}), True),
        (update(pinned_message={}), False),
        ({"update_id": 1, "edited_message": {"chat": {"id": 5, "type": "private"}, "text": "hello"}}, False),
        (update(chat="group", text="hello"), False),
        (update(chat="group", text="hello @Lookout_bot"), True),
        (update(chat="group", text="hello @lookout_bottom"), False),
        (update(chat="group", text="yes", reply_to_message={"from": US}), True),
        (update(chat="group", text="/find@lookout_bot cat"), True),
        (update(chat="group", text="/find@other_bot cat"), False),
        (update(chat="group", text="/frobnicate"), False),
        (update(chat="group", photo=[]), False),
        (update(chat="group", photo=[], caption="/find cat"), True),
        (update(chat="group", photo=[], caption="@lookout_bot"), True),
        (update(chat="group", sticker={}, reply_to_message={"from": US}), False),
    ],
)
def test_who_speaks_to_the_bot_waits(heard, is_owed):
    assert owed(heard) is is_owed


def test_one_reply_is_enough_for_an_album():
    album = [update(number, photo=[], media_group_id="7") for number in (1, 2, 3)]
    assert unanswered(album, {2}) == []
    assert unanswered(album, set()) == album


def test_who_stops_an_answer_need_not_hear_of_it_again():
    told = [update(1, text="what is it?"), update(2, text="/stop"), update(3, text="and now?")]
    assert unanswered(told, set()) == told[2:]
