"""The trial's count finds what it is there to find."""

import pytest

from bench.kills.ledger import APOLOGIES, Ledger, tally
from sandbox.driver import PLACEHOLDER

CHAT = 7
PHOTOS = [(CHAT, 1), (CHAT, 2), (CHAT, 3)]


def reply(to: int, text: str = "a cat", *, chat: int = CHAT, is_bot: bool = True):
    return {
        "chat": {"id": chat},
        "from": {"is_bot": is_bot},
        "text": text,
        "reply_to_message": {"message_id": to, "photo": [{}]},
    }


def count(*messages, sent=PHOTOS, finished=PHOTOS, firsts=None, late=frozenset(), promised=0):
    return tally(sent, {CHAT: messages}, finished, firsts or {}, late=late, promised=promised)


def test_each_answered_once_and_in_order_is_sound():
    found = count(reply(1), {"chat": {"id": CHAT}, "from": {"is_bot": True}, "text": "welcome"}, reply(2), reply(3))
    assert found.sound
    assert (found.sent, found.answered) == (3, 3)


def test_nothing_sent_is_not_sound():
    assert not count(sent=[], finished=[]).sound


@pytest.mark.parametrize("instead", [[], [reply(2, PLACEHOLDER)], [reply(2, is_bot=False)], [reply(2, chat=8)]])
def test_a_photo_without_an_answer_of_its_own_is_lost(instead):
    found = count(reply(1), *instead, reply(3))
    assert found.lost == 1
    assert not found.sound


@pytest.mark.parametrize("apology", sorted(APOLOGIES))
def test_an_apology_is_no_answer(apology):
    found = count(reply(1), reply(2, apology), reply(3))
    assert (found.lost, found.excused, found.sound) == (0, 1, False)


def test_two_answers_to_one_photo_are_one_too_many():
    found = count(reply(1), reply(2), reply(3), reply(2, "a dog"))
    assert (found.twice, found.sound) == (1, False)


def test_an_alert_and_a_voice_note_beside_the_answer_are_none_too_many():
    voice = reply(1, "") | {"voice": {}}
    found = count(reply(1), reply(1, "🔔 fire"), voice, reply(2), reply(3), promised=1)
    assert (found.alerts, found.voices, found.twice, found.sound) == (1, 1, 0, True)
    assert count(reply(1), voice, voice, reply(2), reply(3)).twice == 1
    assert count(reply(1), reply(1, "🔔 fire"), reply(1, "🔔 fire"), reply(2), reply(3)).twice == 1


@pytest.mark.parametrize("promised", [0, 2])
def test_other_alerts_than_were_promised_are_not_sound(promised):
    found = count(reply(1), reply(1, "🔔 fire"), reply(2), reply(3), promised=promised)
    assert (found.alerts, found.promised, found.sound) == (1, promised, False)


def test_answers_in_another_order_than_the_photos_are_counted():
    found = count(reply(2), reply(1), reply(3))
    assert (found.disordered, found.sound) == (1, False)


def test_answers_that_were_whole_in_another_order_are_counted():
    found = count(reply(1), reply(2), reply(3), finished=[(CHAT, 3), (CHAT, 1), (8, 5), (CHAT, 2), (8, 6)])
    assert (found.disordered, found.sound) == (2, False)


def test_a_placeholder_beside_the_answer_is_a_stray_and_no_more():
    found = count(reply(1), reply(2, PLACEHOLDER), reply(2), reply(3))
    assert (found.stray, found.sound) == (1, True)


def test_an_album_is_answered_by_an_answer_to_any_of_its_messages():
    album = {"sent": [(CHAT, 1), (CHAT, 4)], "finished": [(CHAT, 1), (CHAT, 4)], "firsts": {(CHAT, 2): (CHAT, 1)}}
    assert count(reply(2), reply(4), **album).sound
    late = count(reply(1), reply(4), reply(2), **album, late={(CHAT, 2)})
    assert (late.answered, late.twice, late.again, late.sound) == (2, 0, 1, True)
    again = count(reply(1), reply(4), reply(2), **album)
    assert (again.answered, again.twice, again.again, again.sound) == (2, 1, 0, False)
    assert count(reply(2), reply(2), reply(4), **album).twice == 1
    ledger = Ledger()
    ledger.send((CHAT, 1), (CHAT, 2))
    ledger.see(reply(2))
    assert (ledger.open, ledger.answered) == (0, 1)


def test_a_photo_is_open_until_its_answer_is_whole():
    ledger = Ledger()
    ledger.send((CHAT, 1))
    ledger.see(reply(1, PLACEHOLDER))
    assert (ledger.open, ledger.answered) == (1, 0)
    ledger.see(reply(1, "a cat"))
    ledger.see(reply(1, "a cat"))
    assert (ledger.open, ledger.answered) == (0, 1)
