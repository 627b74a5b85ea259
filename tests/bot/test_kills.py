"""Whatever is killed, and whenever: each photo is answered, once, in its chat's order."""

import re

import pytest

from bench.kills.trial import Plan, trial


@pytest.mark.timeout(300)  # much of it is starting again, on however busy a machine
@pytest.mark.parametrize(
    "plan",
    [
        Plan(photos=30, kills=4, seed=12, cruel=True, growing=True),
        Plan(photos=40, kills=6, seed=13, database="postgresql", processes=4),
    ],
    ids=["sqlite-cruel-growing", "postgresql-four-processes"],
)
async def test_no_photo_is_lost_or_answered_twice_or_out_of_turn(plan, tmp_path):
    told: list[str] = []
    outcome = await trial(plan, tmp_path, told.append)
    assert outcome.tally.sound, "\n".join([repr(outcome), *told])
    assert outcome.tally.promised > 0
    assert not re.search("waiting|running|failed", outcome.left)  # nothing but voice notes that perhaps arrived
    assert len(outcome.kills) == len(told) == plan.kills
    assert any(kill.waiting for kill in outcome.kills)
