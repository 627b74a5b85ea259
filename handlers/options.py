"""What can be chosen about a watch: the pages with the choices, and what a button of theirs changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from handlers.chart import percent
from handlers.page import CHOSEN, Page
from handlers.phrases import N_, Phrases
from handlers.spans import hours_label, length_label
from lookout.threshold import threshold_of
from storage.records import Button, Hours, Sensitivity, Tells, Watch
from storage.watches import Options

_SENSITIVITIES: Final[dict[Sensitivity, str]] = {
    "high": N_("High: from {threshold} on"),
    "normal": N_("Normal: from {threshold} on"),
    "low": N_("Low: from {threshold} on"),
}
TELLS: Final[dict[Tells, str]] = {
    "every": N_("every time"),
    "start": N_("when it begins"),
    "both": N_("when it begins, and when it is over"),
}
_COOLDOWNS: Final = (0, 60, 600, 3600, 6 * 3600)
_COUNTS: Final = ((1, 1), (2, 3), (3, 5), (4, 5))
_HOURS: Final = (Hours(7 * 60, 22 * 60), Hours(22 * 60, 7 * 60))


CHANGES: Final[dict[str, Options]] = {
    "wake": Options(snoozed=None),
    "pause:on": Options(paused=True),
    "pause:off": Options(paused=False),
    "voice:on": Options(voice=True),
    "voice:off": Options(voice=False),
    **{f"sensitivity:{each}": Options(sensitivity=each) for each in _SENSITIVITIES},
    **{f"tells:{each}": Options(tells=each) for each in TELLS},
    **{f"cooldown:{each}": Options(cooldown=each) for each in _COOLDOWNS},
    **{f"count:{needed}.{among}": Options(needed=needed, among=among) for needed, among in _COUNTS},
    "hours:always": Options(hours=None),
    **{f"hours:{each.start}.{each.end}": Options(hours=each) for each in _HOURS},
    "to:here": Options(target=None),
    "to:off": Options(webhook=None, secret=None),
}
"""What each button changes, by the name that it has for that."""


def cooldown_label(seconds: int, phrases: Phrases) -> str:
    """A cool-down in words."""
    return length_label(seconds, phrases) if seconds else phrases("none")


def _sensitivities(watch: Watch, _number: int, phrases: Phrases) -> Page:
    said = phrases(
        "How sure do I have to be before I tell of “{condition}”? High misses less and errs more often, low the other "
        "way round.",
        condition=watch.condition,
    )
    rows = [
        (
            phrases(label, threshold=percent(threshold_of(replace(watch, sensitivity=each)))),
            each,
            each == watch.sensitivity,
        )
        for each, label in _SENSITIVITIES.items()
    ]
    return _choice(said, watch, "sensitivity", rows, phrases)


def _cooldowns(watch: Watch, number: int, phrases: Phrases) -> Page:
    said = phrases(
        "For how long shall I be quiet about “{condition}” after an alert? Each sender is counted separately. "
        "Other lengths: /watches {number} cooldown 5m",
        condition=watch.condition,
        number=number,
    )
    rows = [(cooldown_label(each, phrases), str(each), each == watch.cooldown) for each in _COOLDOWNS]
    return _choice(said, watch, "cooldown", rows, phrases)


def _tells(watch: Watch, _number: int, phrases: Phrases) -> Page:
    said = phrases("When shall I tell of “{condition}”?", condition=watch.condition)
    rows = [(phrases(label), each, each == watch.tells) for each, label in TELLS.items()]
    return _choice(said, watch, "tells", rows, phrases)


def _counts(watch: Watch, _number: int, phrases: Phrases) -> Page:
    said = phrases(
        "In how many of the last pictures of one sender does “{condition}” have to show? More than one is for cameras.",
        condition=watch.condition,
    )
    rows = [
        (
            phrases("{needed} of {among}", needed=needed, among=among),
            f"{needed}.{among}",
            (needed, among) == (watch.needed, watch.among),
        )
        for needed, among in _COUNTS
    ]
    return _choice(said, watch, "count", rows, phrases)


def _hours(watch: Watch, number: int, phrases: Phrases) -> Page:
    said = phrases(
        "When shall I look for “{condition}”? By the time of /timezone. Other hours: "
        "/watches {number} hours 22:00-06:30",
        condition=watch.condition,
        number=number,
    )
    rows = [
        (phrases("always"), "always", watch.hours is None),
        *((hours_label(each), f"{each.start}.{each.end}", each == watch.hours) for each in _HOURS),
    ]
    return _choice(said, watch, "hours", rows, phrases)


def _targets(watch: Watch, number: int, phrases: Phrases) -> Page:
    _ = phrases
    said = _(
        "Alerts of “{condition}” come here unless you say otherwise, with its number {number}:\n"
        "/watches {number} to @channel\n"
        "/watches {number} to -1001234567890\n"
        "/watches {number} to https://example.org/hook\n"
        "/watches {number} to here\n"
        "/watches {number} to off\n\n"
        "A chat has to have me and you in it, and both of us must be allowed to write there. A web address is called "
        "as well, with signed JSON; off ends that.",
        condition=watch.condition,
        number=number,
    )
    rows = [
        *([(_("Here again"), "here", False)] if watch.target is not None else []),
        *([(_("Call no web address"), "off", False)] if watch.webhook is not None else []),
    ]
    return _choice(said, watch, "to", rows, phrases)


def _choice(said: str, watch: Watch, act: str, rows: Sequence[tuple[str, str, bool]], phrases: Phrases) -> Page:
    """A page to choose from: what each button says, what it chooses, and whether that is so now."""
    buttons = [
        (Button(f"{CHOSEN if now else ''}{label}", f"watch:{watch.id}:{act}:{value}"),) for label, value, now in rows
    ]
    return Page(said, (*buttons, (Button(phrases("‹ Back"), f"watch:{watch.id}"),)))


CHOICES: Final[dict[str, Callable[[Watch, int, Phrases], Page]]] = {
    "sensitivity": _sensitivities,
    "cooldown": _cooldowns,
    "tells": _tells,
    "count": _counts,
    "hours": _hours,
    "to": _targets,
}
"""The page of choices that each act leads to: of a watch, by its number in the list."""
