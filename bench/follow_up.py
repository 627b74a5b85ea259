"""Another question about a picture that was seen before: how long until the first token."""

from __future__ import annotations

from itertools import islice
from statistics import median

from bench.conditions import questions
from bench.contender import Contender, Writing
from bench.field import Field
from bench.pictures import pictures
from bench.table import table
from prompts.questions import describe

PHOTOS = 3
OTHERS = 50
HEAD = (
    "",
    "a new picture: ms",
    "the same, at once: ms",
    "part of a new one",
    f"after {OTHERS} others: ms",
    "part of a new one",
    "tokens found",
)
_NEXT, _LATER = "What is in the background?", "Is anybody in danger there?"


async def follow_up_table(field: Field, title: str) -> str:
    """The table: medians over a few photos. Each contender is asked for all of them before the next one is."""
    files = pictures(seed=79)
    photos, others = list(islice(files, PHOTOS)), list(islice(files, OTHERS))
    return table(title, HEAD, [await _row(field, contender, photos, others) for contender in field.all])


async def _row(field: Field, contender: Contender, photos: list[bytes], others: list[bytes]) -> tuple[str, ...]:
    await contender.write(next(pictures(seed=80)), describe("en"), 2)  # warm up
    new, at_once = [], []
    for photo in photos:
        new.append(await contender.write(photo, describe("en"), 2))
        at_once.append(await contender.write(photo, _NEXT, 2))
    if contender is field.bindings:  # they keep nothing, whatever comes between
        return (contender.name, *_shown(new, at_once), "the same", "", "0")
    for other in others:
        await contender.questions(other, questions(1))
    later = [await contender.write(photo, _LATER, 2) for photo in photos]
    found = f"{later[0].cached_tokens} of {later[0].prompt_tokens}"
    return (contender.name, *_shown(new, at_once), *_shown(new, later)[1:], found)


def _shown(new: list[Writing], again: list[Writing]) -> tuple[str, str, str]:
    full, short = (median(writing.first_s for writing in writings) for writings in (new, again))
    return f"{1000 * full:.0f}", f"{1000 * short:.0f}", f"1/{full / short:.1f}"
