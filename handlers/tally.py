"""/watches stats: how each watch has done, in figures and as a picture of p(yes) over time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from telegram import Update
from telegram.ext import CallbackQueryHandler

from handlers.page import shortened, whisper
from handlers.phrases import N_
from handlers.split import LONGEST_CAPTION
from handlers.work import Context, Work
from handlers.zones import moment
from lookout.threshold import threshold_of
from storage.records import Judged, Tally, Watch
from storage.whole import units
from vision.plot import MOST_STRIPS, Words, plot
from vision.strips import KINDS, Kind, Point, Strip

_MOST_POINTS: Final = 1000
_LONGEST_NAME: Final = 40
_KINDS: Final[dict[Kind, str]] = dict(
    zip(KINDS, (N_("no"), N_("unsure"), N_("yes, not told"), N_("told"), N_("right"), N_("wrong")), strict=True)
)


async def stats(work: Work) -> None:
    """Say how the chat's watches have done, with a picture of the first ten that have looked at anything."""
    async with work.desk.store.read() as records:
        watches = await records.watches.of_chat(work.chat.id)
        tallies = await records.alerts.tallies(watches)
        drawn = [(n, each) for n, each in enumerate(watches, 1) if tallies[each.id].checked][:MOST_STRIPS]
        courses = [await records.watches.course(each.id, most=_MOST_POINTS) for _, each in drawn]
    said = _figures(watches, tallies, work)
    if not drawn:
        work.say(said)
        return
    strips = [_strip(n, each, course) for (n, each), course in zip(drawn, courses, strict=True)]
    picture = await asyncio.to_thread(plot, strips, _words(strips, work))
    file = await work.desk.store.files.put(picture, ".png")
    if units(said) <= LONGEST_CAPTION:
        work.say_photo(file, said)
    else:
        work.say_photo(file, "")
        work.say(said)


async def press(update: Update, context: Context) -> None:
    """Say the same when the button is pressed."""
    if query := update.callback_query:
        await whisper(query)
        if query.message:  # what was pressed elsewhere than in a chat is answered nowhere else
            await stats(context.work)


def _figures(watches: Sequence[Watch], tallies: Mapping[int, Tally], work: Work) -> str:
    _ = work.phrases
    if not watches:
        return _("Nothing is watched for here. /watch begins.")
    return "\n".join(_line(number, each, tallies[each.id], work) for number, each in enumerate(watches, 1))


def _line(number: int, watch: Watch, tally: Tally, work: Work) -> str:
    _ = work.phrases
    said = _(
        "{number}. {condition}: checked {checked}, told {told}, right {right}, wrong {wrong}",
        number=number,
        condition=shortened(watch.condition, _LONGEST_NAME),
        checked=tally.checked,
        told=tally.told,
        right=tally.right,
        wrong=tally.wrong,
    )
    if tally.last is None:
        return said
    return _("{figures}, last {time}", figures=said, time=moment(tally.last, work.chat))


def _strip(number: int, watch: Watch, course: Sequence[Judged]) -> Strip:
    points = tuple(Point(each.at, each.p_yes, _kind(each)) for each in course)
    return Strip(f"{number}. {watch.condition}", points, threshold_of(watch))


def _kind(judged: Judged) -> Kind:
    if not judged.told:
        return judged.outcome
    return "told" if judged.right is None else "right" if judged.right else "wrong"


def _words(strips: Sequence[Strip], work: Work) -> Words:
    _ = work.phrases
    times = [point.at for strip in strips for point in strip.points]
    kinds = {kind: _(label) for kind, label in _KINDS.items()}
    return Words(moment(min(times), work.chat), moment(max(times), work.chat), kinds, _("Nothing yet."))


handlers = (CallbackQueryHandler(press, pattern=r"^watches:stats$"),)
