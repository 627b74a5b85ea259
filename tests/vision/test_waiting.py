"""Who goes to the model's process next, and who is suspected when it dies."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from vision.request import Priority
from vision.waiting import ROOM, Place, Waiting


def many(chat: str, priority: Priority, count: int) -> list[tuple[str, Priority]]:
    return [(chat, priority)] * count


def lined_up(*who: tuple[str, Priority]) -> tuple[Waiting, list[Place]]:
    waiting = Waiting()
    places = [Place(number, chat, priority) for number, (chat, priority) in enumerate(who, 1)]
    for place in places:
        waiting.add(place)
    return waiting, places


def taken(waiting: Waiting, most: int = 1000) -> list[int]:
    numbers: list[int] = []
    while len(numbers) < most and (number := waiting.take()) is not None:
        numbers.append(number)
    return numbers


def test_in_one_chat_the_order_is_that_of_arrival() -> None:
    waiting, _ = lined_up(*many("ada", "interactive", 5))
    assert taken(waiting) == [1, 2, 3, 4, 5]


def test_who_waits_for_it_goes_before_cameras_and_those_before_the_night() -> None:
    waiting, _ = lined_up(("a", "batch"), ("a", "camera"), ("b", "batch"), ("b", "interactive"), ("c", "camera"))
    assert taken(waiting) == [4, 2, 5, 1, 3]


def test_the_chat_with_the_fewest_inside_goes_first() -> None:
    waiting, _ = lined_up(*many("ada", "interactive", 3), ("bob", "interactive"), ("eve", "interactive"))
    assert taken(waiting) == [1, 4, 5, 2, 3]
    waiting.add(Place(6, "ada", "interactive"))
    waiting.add(Place(7, "bob", "interactive"))
    for number in (1, 2, 3):
        waiting.settle(number)
    assert taken(waiting) == [6, 7], "ada has none inside any more, bob has one"


def test_a_flood_of_one_kind_leaves_room_for_the_kinds_before_it() -> None:
    waiting, _ = lined_up(*many("night", "batch", 200))
    assert len(taken(waiting)) == ROOM["batch"]
    cameras = [Place(1000 + n, f"camera {n % 7}", "camera") for n in range(200)]
    people = [Place(2000 + n, f"chat {n % 7}", "interactive") for n in range(200)]
    for place in cameras:
        waiting.add(place)
    assert len(taken(waiting)) == ROOM["camera"] - ROOM["batch"] > 0
    for place in people:
        waiting.add(place)
    entered = taken(waiting)
    assert len(entered) == ROOM["interactive"] - ROOM["camera"] > 0
    assert all(number >= 2000 for number in entered)
    waiting.settle(entered[0])
    assert taken(waiting) == [people[len(entered)].number], "what leaves makes room for the first in order"


def test_nobody_goes_in_twice_and_who_gave_up_not_at_all() -> None:
    waiting, places = lined_up(*many("ada", "interactive", 4))
    assert taken(waiting, 1) == [1]
    assert waiting.give_up(places[1]) is False
    assert waiting.give_up(places[0]) is True, "it is inside, so the process must be told"
    assert waiting.give_up(places[1]) is False, "once more changes nothing"
    assert taken(waiting) == [3, 4]
    assert waiting.inside == (1, 3, 4)


def test_after_a_death_all_who_were_inside_are_tried_alone_before_anybody_else() -> None:
    waiting, _ = lined_up(("ada", "interactive"), ("bob", "interactive"), ("eve", "interactive"))
    taken(waiting, 2)
    assert waiting.died() == ([1, 2], [])
    waiting.add(Place(4, "zoe", "interactive"))
    for number in (1, 2):
        assert taken(waiting) == [number]
        waiting.settle(number)
    assert taken(waiting) == [3, 4]


def test_with_whom_alone_it_dies_again_is_guilty_and_the_others_are_not() -> None:
    waiting, _ = lined_up(*many("ada", "interactive", 4))
    taken(waiting, 3)
    waiting.died()
    assert taken(waiting) == [1]
    assert waiting.died() == ([], [1])
    assert taken(waiting) == [2]
    waiting.settle(2)
    assert taken(waiting) == [3]
    waiting.settle(3)
    assert taken(waiting) == [4]
    assert waiting.died() == ([4], []), "it was the only one inside, but no suspect: it is asked once more"
    assert taken(waiting) == [4]
    assert waiting.died() == ([], [4])


def test_an_abandoned_suspect_is_not_tried() -> None:
    waiting, places = lined_up(*many("ada", "interactive", 4))
    taken(waiting, 3)
    waiting.give_up(places[0])
    assert waiting.died() == ([2, 3], [])
    waiting.give_up(places[1])
    assert taken(waiting) == [3]
    waiting.give_up(places[2])
    assert taken(waiting) == [], "it is alone until the process is through with it"
    assert waiting.died() == ([], [])
    assert taken(waiting) == [4]


def test_a_death_while_nobody_is_inside_blames_nobody() -> None:
    waiting, _ = lined_up(("ada", "interactive"))
    assert waiting.died() == ([], [])
    assert taken(waiting) == [1]


whose = st.tuples(st.sampled_from("abc"), st.sampled_from(list(ROOM)))
steps = st.one_of(
    whose, st.sampled_from(["take", "die"]), st.tuples(st.sampled_from(["settle", "leave"]), st.integers(0))
)


@given(st.lists(steps, min_size=30, max_size=200))
def test_whatever_happens_each_request_ends_once_and_no_room_is_lost(happens: list[Any]) -> None:
    waiting = Waiting()
    places: dict[int, Place] = {}
    deaths: Counter[int] = Counter()
    number = 0
    for step in happens:
        match step:
            case "take":
                taken(waiting, 3)
            case "die":
                again, guilty = waiting.died()
                deaths.update(again + guilty)
                assert all(deaths[one] == 1 for one in again)
                assert all(deaths[one] == 2 and places.pop(one) for one in guilty)
            case ("settle", index) if waiting.inside:
                gone = waiting.inside[index % len(waiting.inside)]
                waiting.settle(gone)
                places.pop(gone, None)
            case ("leave", index) if places:
                place = list(places.values())[index % len(places)]
                waiting.give_up(place)
                del places[place.number]
            case (chat, priority) if priority in ROOM:
                number += 1
                places[number] = Place(number, chat, priority)
                waiting.add(places[number])
    ended: list[int] = []
    while inside := waiting.inside or taken(waiting):
        for one in tuple(inside):
            waiting.settle(one)
            ended.append(one)
    assert len(ended) == len(set(ended))
    assert set(ended) >= set(places), "everybody who still wanted an answer went in"
