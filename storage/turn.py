"""Whose update is worked on next: chats take turns, however many updates one of them has waiting.

Start-time fair queueing (Goyal, Vin, Cheng 1996), each update costing one: what runs has the turn that all the work has
come to; a new update of a chat with nothing waiting gets that turn, each further one of the same chat the turn after.
Pure: it is told what the inbox holds.
"""

from __future__ import annotations


def turn(*, running: int | None, least: int | None, newest: int | None) -> int:
    """The turn of a new update.

    `running` is the greatest turn that is being worked on, `least` the smallest that is unfinished, `newest` that of
    its own chat's newest unfinished update; None where there is none.
    """
    now = running if running is not None else least if least is not None else 0
    return now if newest is None else max(now, newest + 1)
