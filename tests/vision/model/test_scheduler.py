"""Who goes first, who waits and how much a step holds, with times that are given."""

from __future__ import annotations

from collections import Counter
from itertools import count
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from vision.model.scheduler import Need, Scheduler, Standing, Want
from vision.request import Priority

Kind = Literal["token", "rows", "whole"]
numbers = count(1)


def scheduler(*, running: int = 8, rows: int = 512, bounded: int = 64) -> Scheduler:
    return Scheduler(most_running=running, most_rows=rows, bounded_rows=bounded)


def standing(chat: str = "a", priority: Priority = "interactive", arrived: float = 0.0) -> Standing:
    return Standing(next(numbers), chat, priority, arrived)


def arrived(to: Scheduler, *standings: Standing) -> list[int]:
    for one in standings:
        to.arrive(one.chat)
    return [one.number for one in standings]


def in_order(by: Scheduler, standings: list[Standing], now: float) -> list[int]:
    return [one.number for one in sorted(standings, key=lambda one: by.rank(one, now))]


# ---- ranks ----


def test_urgent_before_early() -> None:
    deciding = scheduler()
    batch, camera, person = standing("a", "batch", 0), standing("b", "camera", 1), standing("c", "interactive", 2)
    arrived(deciding, batch, camera, person)
    assert in_order(deciding, [batch, camera, person], 3) == [person.number, camera.number, batch.number]


def test_what_waits_long_rises_and_is_never_overtaken_for_ever() -> None:
    deciding = scheduler()
    batch, late = standing("a", "batch", 0.0), standing("b", "interactive", 61.0)
    arrived(deciding, batch, late)
    assert in_order(deciding, [batch, late], 29.0 + 30) == [late.number, batch.number]
    assert in_order(deciding, [batch, late], 62.0) == [batch.number, late.number]


def test_of_the_same_chat_the_first_comes_first() -> None:
    deciding = scheduler()
    first, second = standing(arrived=1.0), standing(arrived=1.0)
    arrived(deciding, first, second)
    assert in_order(deciding, [second, first], 5.0) == [first.number, second.number]


# ---- admission ----


def test_no_more_than_there_is_room_for() -> None:
    deciding = scheduler()
    needs = [Need(standing(arrived=n), cells) for n, cells in enumerate([40, 50, 20])]
    arrived(deciding, *(need.of for need in needs))
    assert deciding.admit(needs, running=0, free_cells=100, now=9) == [needs[0].of.number, needs[1].of.number]


def test_a_small_request_does_not_overtake_a_large_one() -> None:
    deciding = scheduler()
    large, small = Need(standing(arrived=0), 90), Need(standing(arrived=1), 1)
    arrived(deciding, large.of, small.of)
    assert deciding.admit([small, large], running=1, free_cells=50, now=2) == []
    assert deciding.admit([small, large], running=1, free_cells=90, now=2) == [large.of.number]


def test_only_so_many_run() -> None:
    deciding = scheduler(running=3)
    needs = [Need(standing(arrived=n), 1) for n in range(5)]
    arrived(deciding, *(need.of for need in needs))
    assert deciding.admit(needs, running=1, free_cells=100, now=9) == [need.of.number for need in needs[:2]]
    assert deciding.admit(needs, running=3, free_cells=100, now=9) == []


@given(st.lists(st.integers(0, 60), max_size=12), st.integers(0, 9), st.integers(0, 200))
def test_who_is_admitted_is_a_beginning_of_the_line_that_fits(cells: list[int], running: int, free: int) -> None:
    deciding = scheduler()
    needs = [Need(standing(arrived=n), need) for n, need in enumerate(cells)]
    arrived(deciding, *(need.of for need in needs))
    found = deciding.admit(reversed(needs), running=running, free_cells=free, now=100)
    assert found == [need.of.number for need in needs[: len(found)]]
    assert sum(cells[: len(found)]) <= free
    if len(found) < len(needs):
        assert running + len(found) >= 8 or sum(cells[: len(found) + 1]) > free


# ---- steps ----

wants = st.lists(
    st.one_of(
        st.tuples(st.just("token"), st.just(1)),
        st.tuples(st.just("rows"), st.integers(1, 2000)),
        st.tuples(st.just("whole"), st.integers(1, 2000)),
    ),
    min_size=1,
    max_size=8,
)


@given(wants, st.integers(16, 512))
def test_a_step_is_bounded_and_somebody_gets_on(kinds: list[tuple[Kind, int]], bounded: int) -> None:
    deciding = scheduler(bounded=bounded)
    wanting = [Want(standing(str(n)), kind, rows) for n, (kind, rows) in enumerate(kinds)]
    arrived(deciding, *(want.of for want in wanting))
    shares = deciding.share(wanting, 1.0)
    by_number = {want.of.number: want for want in wanting}
    assert shares
    assert all(0 < rows <= by_number[number].rows for number, rows in shares.items())
    tokens = [want for want in wanting if want.kind == "token"]
    assert all(shares[want.of.number] == 1 for want in tokens)
    others = [(by_number[number], rows) for number, rows in shares.items() if by_number[number].kind != "token"]
    assert all(rows == want.rows for want, rows in others if want.kind == "whole")
    limit = bounded if tokens else 512
    before_last = sum(rows for _, rows in others[:-1])
    assert not others or before_last < limit, "none begins when the step is full"
    if not others or others[-1][0].kind == "rows":
        assert sum(rows for _, rows in others) <= limit


def test_a_whole_picture_is_never_cut_and_fills_the_step() -> None:
    deciding = scheduler(bounded=64)
    writing, picture, rows = (
        Want(standing("a"), "token"),
        Want(standing("b"), "whole", 256),
        Want(standing("c", arrived=1), "rows", 9),
    )
    arrived(deciding, writing.of, picture.of, rows.of)
    assert deciding.share([rows, picture, writing], 2.0) == {writing.of.number: 1, picture.of.number: 256}
    # The picture's chat has had its share: the rows go first now.
    assert deciding.share([rows, picture, writing], 2.0)[rows.of.number] == 9


def test_urgent_rows_come_before_a_batch_of_them() -> None:
    deciding = scheduler(rows=100)
    batch, person = Want(standing("a", "batch"), "rows", 1000), Want(standing("b", arrived=5), "rows", 70)
    arrived(deciding, batch.of, person.of)
    assert deciding.share([batch, person], 6.0) == {person.of.number: 70, batch.of.number: 30}


# ---- fairness ----


def served(deciding: Scheduler, wanting: list[Want], steps: int, begin: int = 0) -> Counter[str]:
    """Rows by chat after so many steps, each a tenth of a second, so that nothing rises."""
    given_out: Counter[str] = Counter()
    for step in range(steps):
        shares = deciding.share(wanting, (begin + step) / 10)
        for want in wanting:
            given_out[want.of.chat] += shares.get(want.of.number, 0)
    return given_out


def test_a_chat_that_floods_gets_no_more_than_its_share() -> None:
    deciding = scheduler(rows=100)
    flood = [Want(standing("flood"), "rows", 10_000) for _ in range(7)]
    quiet = Want(standing("quiet", arrived=0.5), "rows", 10_000)
    arrived(deciding, *(want.of for want in [*flood, quiet]))
    given_out = served(deciding, [*flood, quiet], 100)
    assert abs(given_out["flood"] - given_out["quiet"]) <= 100


def test_a_newcomer_is_neither_starved_nor_privileged() -> None:
    deciding = scheduler(rows=100)
    old = [Want(standing(chat), "rows", 10_000) for chat in "ab"]
    arrived(deciding, *(want.of for want in old))
    served(deciding, old, 50)
    new = Want(standing("new", arrived=5.0), "rows", 10_000)
    arrived(deciding, new.of)
    given_out = served(deciding, [*old, new], 30, begin=50)
    assert max(given_out.values()) - min(given_out.values()) <= 100


def test_who_went_and_comes_again_has_earned_nothing() -> None:
    deciding = scheduler(rows=100)
    away, busy = standing("away"), Want(standing("busy"), "rows", 10_000)
    arrived(deciding, away, busy.of)
    deciding.leave("away")
    served(deciding, [busy], 50)
    back = Want(standing("away", arrived=5.0), "rows", 10_000)
    arrived(deciding, back.of)
    given_out = served(deciding, [busy, back], 20, begin=50)
    assert abs(given_out["busy"] - given_out["away"]) <= 100


def test_chats_that_are_gone_are_forgotten() -> None:
    deciding = scheduler()
    for chat in "abc":
        arrived(deciding, one := standing(chat), standing(chat))
        deciding.share([Want(one, "rows", 5)], 1.0)
        deciding.leave(chat)
        assert chat in deciding._served
        deciding.leave(chat)
    assert not deciding._served
    assert not deciding._requests


def test_places_are_kept_for_who_waits_at_a_screen() -> None:
    deciding = scheduler(running=8)
    batch = [Need(standing(priority="batch"), 1) for _ in range(8)]
    person = Need(standing(priority="interactive", arrived=1.0), 1)
    arrived(deciding, *(need.of for need in [*batch, person]))
    assert deciding.admit(batch, running=0, free_cells=99, now=2) == [need.of.number for need in batch[:6]]
    assert deciding.admit([*batch, person], running=7, free_cells=99, now=2) == [person.of.number]
    assert len(deciding.admit(batch, running=0, free_cells=99, now=60)) == 8  # they have risen


def test_a_step_is_bounded_too_where_pictures_are_looked_at() -> None:
    deciding = scheduler(rows=512, bounded=64)
    want = Want(standing(), "rows", 2000)
    arrived(deciding, want.of)
    assert deciding.share([want], 1.0, others_wait=True) == {want.of.number: 64}
    assert deciding.share([want], 1.0) == {want.of.number: 512}
