"""Trying a watch on one sighting, and saying what it makes of it."""

from __future__ import annotations

from html import escape
from typing import Final

from handlers.chart import told_apart
from handlers.phrases import N_, Phrases
from handlers.work import Work
from lookout.inquiry import Inquiry
from lookout.judge import MOST_OUTSIDE
from lookout.look import look
from lookout.threshold import threshold_of
from prompts.conditions import question_of
from prompts.languages import language_of
from storage.records import Outcome, Sighting, Verdict, Watch
from vision.picture import Picture

_OUTCOMES: Final[dict[Outcome, str]] = {
    "yes": N_(
        "✅ <b>Yes</b>: a yes is {percent} likely. I tell from {threshold} on, so I would tell you of this photo."
    ),
    "unsure": N_(
        "🤔 <b>Unsure</b>: a yes is {percent} likely. I tell from {threshold} on, so I would not tell you of it."
    ),
    "no": N_(
        "❌ <b>No</b>: a yes is {percent} likely. I tell from {threshold} on, so I would not tell you of this photo."
    ),
}


async def tried(watch: Watch, sighting: Sighting, pictures: tuple[Picture, ...], work: Work) -> Verdict:
    """What the watch makes of a sighting. It is not counted among what the watch has checked.

    Raises EngineError.
    """
    asked = Inquiry(
        pictures=pictures,
        language=language_of(watch.language),
        watches=(watch,),
        video=sighting.video,
        answer=False,
        chat=str(work.chat.id),
    )
    [verdict] = (await look(asked, work.desk.backend, sighting=sighting.id)).verdicts
    return verdict


def outcome_told(watch: Watch, verdict: Verdict, phrases: Phrases) -> str:
    """A verdict in words, with the question before it, as Telegram's HTML."""
    question = escape(question_of(watch.condition, language_of(watch.language)), quote=False)
    if verdict.outside > MOST_OUTSIDE:
        said = phrases("🤔 The model would rather answer something else than yes or no. Other words may help.")
    else:
        share, threshold = told_apart(verdict.p_yes, threshold_of(watch))
        said = phrases.html(_OUTCOMES[verdict.outcome], percent=share, threshold=threshold)
    return f"👁 {question}\n{said}"
