"""Whether a verdict is told, given what the watch has seen and told of the same sender before. Pure.

Time is when the picture was taken or sent, not when it is looked at: what waited for hours is told as if it had not.
"""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from storage.records import Alert, Hours, Past, Verdict, Watch


def awake(watch: Watch, at: datetime, zone: tzinfo | None) -> bool:
    """Whether a watch is asked at all about what was seen at that time; no zone stands for this machine's."""
    return not watch.paused and (watch.hours is None or within(watch.hours, at.astimezone(zone)))


def snoozed(watch: Watch, at: datetime) -> bool:
    """Whether nobody is told at that time, though the watch goes on looking."""
    return watch.snoozed is not None and at < watch.snoozed


def within(hours: Hours, at: datetime) -> bool:
    """Whether a local time lies in the hours; where they begin and end at the same minute that is the whole day."""
    minute = at.hour * 60 + at.minute
    if hours.start < hours.end:
        return hours.start <= minute < hours.end
    return minute >= hours.start or minute < hours.end


def alert_of(watch: Watch, verdict: Verdict, past: Past, at: datetime, zone: tzinfo | None) -> Alert | None:
    """What a watch has to say of a verdict: that it holds, that it is over, or nothing.

    What began before a pause of the watch, or in earlier hours, begins anew: what was in between it has not seen. An
    end is noted also where it is not told, as in a snooze: the next sighting must know of it, and so must a watch that
    begins to tell beginnings only.
    """
    quiet = snoozed(watch, at)
    if _over(watch, verdict, past):
        told = watch.tells == "both" and not quiet
        return Alert(watch.id, verdict.sighting, "over", told, verdict.p_yes, at)
    if verdict.outcome != "yes" or not _holds(watch, verdict, past):
        return None
    known = watch.tells != "every" and past.standing and not _slept_since(watch, past, at.astimezone(zone))
    if known or quiet or _cooling(watch, past, at):
        return None
    return Alert(watch.id, verdict.sighting, "yes", True, verdict.p_yes, at)


def _slept_since(watch: Watch, past: Past, at: datetime) -> bool:
    """Whether the watch has been paused or out of its hours since it last told, at a local time within them."""
    if past.told is None:
        return False
    if watch.resumed is not None and past.told < watch.resumed:
        return True
    if watch.hours is None:
        return False
    begun = at.replace(hour=watch.hours.start // 60, minute=watch.hours.start % 60, second=0, microsecond=0)
    return past.told < (begun if begun <= at else begun - timedelta(days=1))


def _over(watch: Watch, verdict: Verdict, past: Past) -> bool:
    return past.standing and verdict.outcome == "no" and not _holds(watch, verdict, past)


def _holds(watch: Watch, verdict: Verdict, past: Past) -> bool:
    """Whether enough of the last sightings showed it, this one among them."""
    last = (verdict.outcome, *past.outcomes)[: watch.among]
    return sum(outcome == "yes" for outcome in last) >= watch.needed


def _cooling(watch: Watch, past: Past, at: datetime) -> bool:
    return past.told is not None and timedelta(0) <= at - past.told < timedelta(seconds=watch.cooldown)
