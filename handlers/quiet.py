"""What keeps a watch quiet at the moment: that it is paused or snoozed, or sleeps outside of its hours."""

from __future__ import annotations

from datetime import datetime

from handlers.phrases import Phrases
from lookout.tell import snoozed, within
from storage.records import Watch


def signs(watch: Watch, now: datetime) -> str:
    """What keeps a watch quiet at a local time, as signs before its name."""
    return "".join(
        f"{sign} "
        for sign, holds in (
            ("⏸", watch.paused),
            ("💤", snoozed(watch, now)),
            ("🌙", watch.hours is not None and not within(watch.hours, now)),
        )
        if holds
    )


def why_quiet(watch: Watch, now: datetime, phrases: Phrases) -> list[str]:
    """Why a watch does not tell at a local time, if there is a reason."""
    _ = phrases
    return [
        *([_("⏸ Paused: it looks at nothing.")] if watch.paused else []),
        *(
            [_("💤 Quiet until {time}.", time=f"{watch.snoozed.astimezone(now.tzinfo):%Y-%m-%d %H:%M}")]
            if watch.snoozed and snoozed(watch, now)
            else []
        ),
        *([_("🌙 Outside of its hours: it looks at nothing.")] if watch.hours and not within(watch.hours, now) else []),
    ]
