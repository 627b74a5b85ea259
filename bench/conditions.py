"""What the benchmarks' watches look for: a thousand different conditions as people would word them."""

from __future__ import annotations

import random
from itertools import product

from prompts.conditions import yes_or_no

_WHO = (
    "a man",
    "a woman",
    "a child",
    "two people",
    "a crowd",
    "a dog",
    "a black cat",
    "a fox",
    "a horse",
    "a bird",
    "a red car",
    "a white van",
    "a truck",
    "a bicycle",
    "a motorbike",
    "a delivery person",
    "a police officer",
    "a worker without a helmet",
    "somebody wearing a mask",
    "somebody carrying a box",
    "smoke",
    "an open fire",
    "a fallen tree",
    "broken glass",
    "standing water",
    "deep snow",
    "a parcel",
    "an empty shelf",
    "a ladder",
    "a suitcase left alone",
    "a bottle",
    "a knife",
    "garbage bags",
    "an open umbrella",
    "a wheelchair",
    "a stroller",
    "a traffic jam",
    "an accident",
    "a road sign",
    "a long queue",
)
_WHERE = (
    "near the gate",
    "at the front door",
    "in the garden",
    "on the roof",
    "by the window",
    "on the road",
    "in the parking lot",
    "behind the fence",
    "on the stairs",
    "in the kitchen",
    "close to the camera",
    "in the dark",
    "on the left side",
    "in the far background",
    "under the bridge",
    "at the bus stop",
    "beside a pool",
    "in heavy rain",
    "next to the counter",
    "on a platform",
    "between parked cars",
    "at the crossing",
    "inside the warehouse",
    "on the balcony",
    "blocking the exit",
)


def conditions() -> list[str]:
    """A thousand of them, always the same, in an order that does not put like to like."""
    found = [f"{who} {where}" for who, where in product(_WHO, _WHERE)]
    random.Random(1000).shuffle(found)
    return found


def questions(count: int) -> tuple[str, ...]:
    """The first so many conditions as the bot would ask them, in English."""
    return tuple(yes_or_no(condition, "en") for condition in conditions()[:count])
