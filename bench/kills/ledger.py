"""What was sent, what was seen of the answers while it went on, and what stands in the chats at the end.

Knows messages as the Bot API shows them; knows neither the bot nor who kills it.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from handlers.complaints import complaint, delay
from handlers.errors import TelegramAway
from handlers.phrases import Phrases
from sandbox.driver import Message, is_placeholder, text_of
from vision.errors import EngineDown, EngineTimeout

Photo = tuple[int, int]
"""The chat and the message that a photo came in; an album is known by its first."""

Kind = Literal["answer", "alert", "voice", "apology", "placeholder"]

_ERRORS = (EngineDown(""), EngineTimeout(""), TelegramAway(), Exception())  # of a sound photo none else is said
APOLOGIES = frozenset(
    text for error in _ERRORS for say in (complaint, delay) if (text := say(error, Phrases("en"))) is not None
)


@dataclass(frozen=True, slots=True)
class Tally:
    """How it went. `lost` photos have no answer, `excused` ones an apology in its place; neither may be, nor may
    `twice` (answers, alerts and voice notes) and `disordered`, nor other alerts than were `promised`. A `stray`
    placeholder is one that no answer came into, beside the answer. An album was answered `again` where a part of it
    came only after its answer; without such a part it was answered twice."""

    sent: int
    answered: int
    lost: int
    excused: int
    twice: int
    disordered: int
    stray: int
    again: int
    alerts: int
    promised: int
    voices: int

    @property
    def sound(self) -> bool:
        """Whether nothing was lost, doubled or out of order."""
        amiss = self.lost or self.excused or self.twice or self.disordered
        return self.sent > 0 and not amiss and self.alerts == self.promised


class Ledger:
    """The book of one run, kept while it goes on. Times are seconds of the monotonic clock."""

    def __init__(self) -> None:
        self.sent: list[Photo] = []
        self.over = False
        """Whether no more photos will be sent."""
        self._firsts: dict[Photo, Photo] = {}
        self._answers: dict[Photo, float] = {}
        self._changed = time.monotonic()

    def send(self, photo: Photo, *others: Photo) -> None:
        """A photo was handed to Telegram, or an album with `others` in it."""
        self.sent.append(photo)
        self._firsts |= dict.fromkeys(others, photo)
        self._changed = time.monotonic()

    def see(self, message: Message) -> None:
        """A message or an edit of the bot was seen in a chat."""
        photo = answered_by(message, self._firsts)
        if photo and _kind(message) == "answer" and photo not in self._answers:
            self._answers[photo] = self._changed = time.monotonic()

    def touch(self) -> None:
        """Something was done from which it needs time to recover."""
        self._changed = time.monotonic()

    @property
    def open(self) -> int:
        """How many photos wait for their answer."""
        return len(self.sent) - len(self._answers)

    @property
    def answered(self) -> int:
        """How many have it."""
        return len(self._answers)

    @property
    def quiet_s(self) -> float:
        """How long nothing was sent, answered or killed."""
        return time.monotonic() - self._changed

    def next_answer_after(self, moment: float) -> float | None:
        """Seconds from `moment` to the first answer after it."""
        return min((at - moment for at in self._answers.values() if at > moment), default=None)

    def tally(self, shown: Mapping[int, Sequence[Message]], *, late: AbstractSet[Photo], promised: int) -> Tally:
        """The count, from the chats as they stand at the end: the order is that of the messages, and of being whole."""
        return tally(self.sent, shown, list(self._answers), self._firsts, late=late, promised=promised)


def tally(
    sent: Sequence[Photo],
    shown: Mapping[int, Sequence[Message]],
    finished: Sequence[Photo],
    firsts: Mapping[Photo, Photo],
    *,
    late: AbstractSet[Photo],
    promised: int,
) -> Tally:
    """The count over photos `sent`, chats as `shown`, and photos in the order in which their answers were whole.

    `firsts` leads from the other messages of an album to its first; `late` are those that came after its answer.
    """
    said = Counter(
        (kind, photo)
        for each in shown.values()
        for message in each
        if (photo := answered_by(message)) and (kind := _kind(message)) in {"answer", "alert", "voice"}
    )
    replies = [
        (_kind(message), photo)
        for each in shown.values()
        for message in each
        if (photo := answered_by(message, firsts))
    ]
    photos = {kind: [photo for its, photo in replies if its == kind] for kind, _ in replies}
    answers, excuses = photos.get("answer", []), {*photos.get("apology", [])} - {*photos.get("answer", [])}
    replied_to = {photo for kind, photo in said if kind == "answer"}
    on_time = replied_to - late
    repeated = len(on_time) - len({firsts.get(photo, photo) for photo in on_time})
    return Tally(
        sent=len(sent),
        answered=len({*sent} & {*answers}),
        lost=len({*sent} - {*answers} - excuses),
        excused=len(excuses),
        twice=said.total() - len(said) + repeated,
        disordered=_disordered([*dict.fromkeys(answers)]) + _disordered(finished),
        stray=len(photos.get("placeholder", [])),
        again=len(replied_to) - len({*answers}) - repeated,
        alerts=len(photos.get("alert", [])),
        promised=promised,
        voices=len(photos.get("voice", [])),
    )


def answered_by(message: Message, firsts: Mapping[Photo, Photo] | None = None) -> Photo | None:
    """The photo that a message of the bot answers; of an album the message itself, or by `firsts` its first."""
    replied = message.get("reply_to_message", {})
    if not message.get("from", {}).get("is_bot") or "photo" not in replied:
        return None
    photo: Photo = message["chat"]["id"], replied["message_id"]
    return (firsts or {}).get(photo, photo)


def _kind(message: Message) -> Kind:
    if is_placeholder(message):
        return "placeholder"
    if "voice" in message:
        return "voice"
    text = text_of(message)
    return "apology" if text in APOLOGIES else "alert" if text.startswith("🔔") else "answer"


def _disordered(photos: Sequence[Photo]) -> int:
    """How many photos come after a later one of their chat."""
    chats: dict[int, list[int]] = {}
    for chat, message in photos:
        chats.setdefault(chat, []).append(message)
    return sum(
        number < latest
        for numbers in chats.values()
        for number, latest in zip(numbers, accumulate(numbers, max), strict=True)
    )
