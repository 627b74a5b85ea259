"""Hypothesis and the trial brought together: so many updates, and the smallest that breaks the bot."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from hypothesis import HealthCheck, Phase, given, settings

from bench.updates.trial import Tally, trial
from bench.updates.updates import Json, conversations

LENGTH: Final = 5
"""Updates of a conversation: enough for a photo, a command and what answers them."""


def tried(count: int, folder: Path, *, smallest: bool = False) -> Tally:
    """Draw at least `count` updates and have a bot in that folder work on them. Raises Broken.

    With `smallest` the updates at which that happened are cut down first, which takes minutes.
    """
    with asyncio.Runner() as runner:
        opened = trial(folder)
        bot = runner.run(opened.__aenter__())
        try:

            @settings(
                max_examples=-(-count // LENGTH),
                deadline=None,
                database=None,
                derandomize=True,
                phases=(Phase.generate, Phase.shrink) if smallest else (Phase.generate,),
                suppress_health_check=list(HealthCheck),
            )
            @given(conversations(LENGTH, bot.presses))
            def each(updates: list[Json]) -> None:
                runner.run(bot.run(updates))

            each()
        finally:
            runner.run(opened.__aexit__(None, None, None))
        return bot.tally
