"""Random but valid updates: no handler fails, nothing stays unfinished, and nobody who asked is left waiting."""

from __future__ import annotations

import pytest
from telegram import Update

from bench.updates.shapes import fields_of
from bench.updates.tried import tried
from handlers import ask


@pytest.mark.timeout(600)
def test_two_thousand_random_updates_leave_nobody_waiting(tmp_path):
    tally = tried(2000, tmp_path)
    assert tally.updates.total() >= 2000
    assert len(set(fields_of(Update)[1]) - set(tally.updates)) <= 3
    assert set(tally.replies) >= {"text", "photo"}


def test_a_handler_that_fails_is_found(tmp_path, monkeypatch):
    async def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(ask, "subject", fail)
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        tried(500, tmp_path)
