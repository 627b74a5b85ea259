"""Hours of the day and lengths of time, as people write and read them."""

from __future__ import annotations

import re
from typing import Final

from handlers.phrases import N_, Phrases
from storage.records import Hours

LONGEST_PAUSE: Final = 7 * 24 * 3600
"""Seconds between two alerts that can be asked for."""

_DAY: Final = 24 * 60
_TIME: Final = r"(\d{1,2})(?:[:.：点](\d{2})?)?\s*(am|pm|a\.m\.|p\.m\.)?"
_HOURS: Final = re.compile(rf"(?:from\s+|从)?{_TIME}\s*(?:-|–|—|~|～|to|till|until|到|至)\s*{_TIME}", re.IGNORECASE)
_Clock = tuple[str, str | None, str | None]
_LENGTH: Final = re.compile(r"(\d{1,6})\s*([a-z]+|[\u4e00-\u9fff]+)\.?", re.IGNORECASE)
_UNITS: Final[dict[str, int]] = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds", "秒", "秒钟"), 1),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes", "分", "分钟"), 60),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "时", "小时", "个小时"), 3600),
    **dict.fromkeys(("d", "day", "days", "天", "日"), 24 * 3600),
}
_LENGTHS: Final = (
    (24 * 3600, N_("{number} d")),
    (3600, N_("{number} h")),
    (60, N_("{number} min")),
    (1, N_("{number} s")),
)


def hours_in(words: str) -> Hours | None:
    """The hours that somebody wrote ("22:00-06:30", "10pm to 6am"); None where these are none.

    Hours that begin and end at the same minute are the whole day.
    """
    found = _HOURS.fullmatch(words.strip())
    if found is None:
        return None
    hour, minute, half, *last = found.groups()
    start, end = (_minute(*clock) for clock in _halves((hour, minute, half), (last[0], last[1], last[2])))
    return None if start is None or end is None else Hours(start % _DAY, end % _DAY)


def _halves(first: _Clock, last: _Clock) -> tuple[_Clock, _Clock]:
    """Both, where one of them names its half of the day: "8-10pm" begins in the evening, "9-5pm" in the morning."""
    named = first[2] or last[2]
    if not named:
        return first, last
    begin, end = (int(hour) % 12 * 60 + int(minute or 0) for hour, minute, _ in (first, last))
    meant = named if begin < end else "am" if named[0] in "pP" else "pm"
    return _in_half(first, meant), _in_half(last, meant)


def _in_half(clock: _Clock, half: str) -> _Clock:
    """The clock in that half of the day, unless it says its own or counts to 24, as 08 and 22 do."""
    hour, minute, said = clock
    whole = hour.startswith("0") or int(hour) > 12
    return hour, minute, said or (None if whole else half)


def _minute(hour: str, minute: str | None, half: str | None) -> int | None:
    """Minutes after midnight; None where no clock shows that. 24:00 is the end of the day."""
    of_hour, of_minute = int(hour), int(minute or 0)
    if half:
        if not 1 <= of_hour <= 12:
            return None
        of_hour = of_hour % 12 + (12 if half[0] in "pP" else 0)
    at = of_hour * 60 + of_minute
    return at if of_minute < 60 and at <= _DAY else None


def seconds_in(words: str) -> int | None:
    """The length of time that somebody wrote ("5m", "1 hour", "5分钟"), in seconds; None if none, or too long."""
    found = _LENGTH.fullmatch(words.strip())
    unit = _UNITS.get(found[2].lower()) if found else None
    if found is None or unit is None:
        return None
    seconds = int(found[1]) * unit
    return seconds if seconds <= LONGEST_PAUSE else None


def hours_label(hours: Hours) -> str:
    """Hours as a clock shows them."""
    return f"{hours.start // 60:02}:{hours.start % 60:02}–{hours.end // 60:02}:{hours.end % 60:02}"


def length_label(seconds: int, phrases: Phrases) -> str:
    """A length of time in the largest unit that divides it."""
    unit, words = next((unit, words) for unit, words in _LENGTHS if seconds % unit == 0)
    return phrases(words, number=seconds // unit)
