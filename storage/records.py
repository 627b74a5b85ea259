"""The rows as the rest of the program sees them: frozen, without SQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

PlaceSource = Literal["pin", "live", "exif"]
Outcome = Literal["yes", "no", "unsure"]
ReplyKind = Literal["text", "voice", "photo"]
Speaks = Literal["mentioned", "always"]
PromptBy = Literal["everyone", "admins"]
Role = Literal["user", "assistant"]
Sensitivity = Literal["low", "normal", "high"]
Tells = Literal["every", "start", "both"]
AlertKind = Literal["yes", "over"]


@dataclass(frozen=True, slots=True)
class Part:
    """One update of several that belong together: its inbox id, its JSON, and whether it was worked on before."""

    id: int
    body: dict[str, Any]
    finished: bool


@dataclass(frozen=True, slots=True)
class Arrival:
    """A raw update in the inbox: `id` is the order of arrival, `body` the JSON that Telegram sent.

    `attempts` counts how often it was taken, this time included; `error` is what an attempt failed with that came to an
    end. Where it belongs to an album, or is a text that came in several messages, `parts` are all of its updates so
    far, this one among them: they are worked on together.
    """

    id: int
    bot: int
    chat: int
    body: dict[str, Any]
    attempts: int = 0
    error: str | None = None
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """An update that is being worked on: the message of ours that shows its answer, and whether it is to be stopped."""

    message: int | None
    stop: bool


@dataclass(frozen=True, slots=True)
class Chat:
    """What a chat has chosen for itself. `language` is None while it follows each person's own.

    `speaks` says when the bot speaks in a group, `prompt_by` who may change the instruction there. `zone` is the name
    of its time zone (IANA), None while it goes by the operator's.
    """

    id: int
    prompt: str | None = None
    voice: bool = False
    language: str | None = None
    speaks: Speaks = "mentioned"
    prompt_by: PromptBy = "everyone"
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class Preset:
    """An instruction that a chat keeps under a name."""

    id: int
    chat: int
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """An instruction that somebody brought up in a chat, and that is neither kept nor discarded yet."""

    id: int
    chat: int
    text: str


@dataclass(frozen=True, slots=True)
class Place:
    """A position in degrees (WGS 84) with where it came from and, once looked up, its name."""

    latitude: float
    longitude: float
    source: PlaceSource
    at: datetime
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was seen at once: the pictures (digests of kept files), who sent them, when, where, with what caption.

    Of a `video` the pictures are frames, in order. What was `forwarded` has a caption that its sender did not write.
    """

    id: int
    chat: int
    sender: int | None
    at: datetime
    pictures: tuple[str, ...]
    caption: str | None = None
    place: Place | None = None
    video: bool = False
    forwarded: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """One side's words in the conversation about a sighting."""

    sighting: int
    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Hours:
    """When a watch is awake, minutes after midnight from `start` until before `end`; over midnight if that is first."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Watch:
    """A chat's subscription to a yes/no question about every new picture.

    How likely a yes has to be follows from `sensitivity` and from `shift`, by which Right and Wrong have moved it on
    the logit scale. It is `needed` yes of the last `among` sightings of one sender that count. `tells` says whether
    every such sighting is told, only the first, or also when it is over; within `cooldown` seconds of an alert about
    one sender there is no other. Nothing is asked while it is `paused`, the last time until it was `resumed`, or
    outside of its `hours`, and nothing told until `snoozed` is past. Alerts go to the chat `target`, if not to its own,
    and to the `webhook`, signed with `secret`.
    """

    id: int
    chat: int
    condition: str
    language: str
    created: datetime
    sensitivity: Sensitivity = "normal"
    shift: float = 0.0
    paused: bool = False
    resumed: datetime | None = None
    snoozed: datetime | None = None
    cooldown: int = 0
    tells: Tells = "every"
    needed: int = 1
    among: int = 1
    hours: Hours | None = None
    target: int | None = None
    webhook: str | None = None
    secret: str | None = None
    voice: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one watch made of one sighting: p(yes) among yes and no, and the probability mass outside of both."""

    watch: int
    sighting: int
    p_yes: float
    outside: float
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Alert:
    """That a watch's condition holds in a sighting, or is over. `told` is False where that was only noted.

    `at` is when it was seen; `right` is what somebody said of it, if anybody did.
    """

    watch: int
    sighting: int
    kind: AlertKind
    told: bool
    p_yes: float
    at: datetime
    right: bool | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of a watch from earlier sightings of one sender.

    `outcomes` are the newest verdicts, newest first; `told` is when it last told of a yes; `standing` that a yes was
    noted, and nothing since that it is over.
    """

    outcomes: tuple[Outcome, ...] = ()
    told: datetime | None = None
    standing: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """How a watch has done: sightings judged, alerts told of a yes, those found right and wrong, and the last one."""

    checked: int = 0
    told: int = 0
    right: int = 0
    wrong: int = 0
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a message: what it says, and what comes back when it is pressed (64 bytes at most)."""

    text: str
    data: str


@dataclass(frozen=True, slots=True)
class Reply:
    """Something to be said in a chat. `file` is the digest of a kept file, of a voice note or a photo.

    `text` is a photo's caption as well; `html` says that it is Telegram's HTML; `buttons` stand in rows; `sighting` and
    `watch` are what an answer to this message will be about. `into` is a message of ours that it goes into; without it
    a new one is sent.
    """

    chat: int
    kind: ReplyKind
    text: str = ""
    html: bool = False
    file: str | None = None
    duration: int | None = None
    reply_to: int | None = None
    thread: int | None = None
    sighting: int | None = None
    buttons: tuple[tuple[Button, ...], ...] = ()
    into: int | None = None
    watch: int | None = None


@dataclass(frozen=True, slots=True)
class About:
    """What a message of ours is about, and with it an answer to that message: a sighting, a watch, both or neither."""

    sighting: int | None = None
    watch: int | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """A watch's verdict on a sighting with when that was seen, whether it was told, and if people called it right."""

    at: datetime
    p_yes: float
    outcome: Outcome
    told: bool = False
    right: bool | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """Something to be posted to a watch's webhook: JSON, as it is signed and sent."""

    watch: int
    chat: int
    body: str


@dataclass(frozen=True, slots=True)
class Calling:
    """A call on its way: its place in the queue, the name by which its receiver knows it, how often it was tried.

    `url` and `secret` are those that the watch has now; None where it has no webhook any more.
    """

    id: int
    bot: int
    call: Call
    name: str
    url: str | None
    secret: str | None
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """An update, a reply or a call that was given up. A reply that is "unknown" may have arrived or not."""

    kind: Literal["update", "reply", "call"]
    id: int
    chat: int
    state: Literal["failed", "unknown"]
    reason: str
    attempts: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A reply on its way: its place in the outbox, how often it was tried.

    `message` is the one at Telegram that holds its place already; `unsure` says that an earlier try may have reached
    Telegram without our knowing.
    """

    id: int
    bot: int
    reply: Reply
    attempts: int = 0
    message: int | None = None
    unsure: bool = False
