"""One update being worked on: who it is for, in which language, and what it has brought so far."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Protocol

from telegram import Message
from telegram.error import BadRequest, Forbidden
from telegram.ext import CallbackContext, ExtBot

from handlers.change import Change
from handlers.keyboard import Buttons
from handlers.phrases import Phrases
from handlers.split import split
from prompts.languages import Language
from storage.records import Arrival, Call, Chat, Reply, Watch
from storage.store import Store
from vision.backend import Backend
from vision.pictures import Pictures
from vision.video import Videos
from voice.speaker import Speaker
from web.guard import Policy


class Carrier(Protocol):
    """Brings to Telegram at once what may be lost, and counts it among all that is said there.

    Its calls raise TelegramError.
    """

    async def place(self, reply: Reply) -> Message:
        """Send a message that holds the reply's place, with its buttons."""
        ...

    async def edit(self, reply: Reply, message: int) -> None:
        """Put a reply into the message that holds its place."""
        ...

    def spare(self, chat: int) -> bool:
        """Whether the chat can bear another call beside the replies that are to come."""
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """What every handler works with. `tiny` says that the model is the tiny one, which knows a drawn world only.

    `webhooks` says where watches may call. A chat may have `watches_per_chat`, and all chats together `watches`.
    """

    store: Store
    backend: Backend
    speaker: Speaker
    carrier: Carrier
    pictures: Pictures
    tiny: bool
    webhooks: Policy
    watches_per_chat: int
    watches: int
    videos: Videos = field(default_factory=Videos)


@dataclass(frozen=True, slots=True)
class Output:
    """What the work of an update has brought, to be committed together with its being done."""

    replies: tuple[Reply, ...] = ()
    calls: tuple[Call, ...] = ()


@dataclass(slots=True)
class Work:
    """What is known of the update in hand, and what is to be said when it is done.

    Handlers leave replies and calls here instead of sending them: they are committed to their queues together with the
    update's being done, so that a crash neither loses nor repeats them. `message` is the one of ours that shows the
    answer so far; `change` is what an edit has changed, None for a new message. `album` are the messages of the album
    that the update belongs to, in the order of the chat, and `late` those of them that came after it was answered;
    both are empty for a message by itself.
    """

    desk: Desk
    arrival: Arrival
    chat: Chat
    language: Language
    thread: int | None = None
    change: Change | None = None
    album: tuple[Message, ...] = ()
    late: tuple[Message, ...] = ()
    replies: list[Reply] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    failure: Exception | None = None
    message: int | None = None

    @property
    def output(self) -> Output:
        """What was left here, the first text or photo of it in the message that shows the answer so far."""
        first = next((at for at, reply in enumerate(self.replies) if self._goes_into(reply)), None)
        said = (replace(reply, into=self.message) if at == first else reply for at, reply in enumerate(self.replies))
        return Output(tuple(said), tuple(self.calls))

    def _goes_into(self, reply: Reply) -> bool:
        return reply.chat == self.chat.id and reply.kind in ("text", "photo")

    @property
    def phrases(self) -> Phrases:
        """The texts in this reader's language."""
        return Phrases(self.language)

    def say(
        self,
        text: str,
        *,
        html: bool = False,
        reply_to: int | None = None,
        sighting: int | None = None,
        watch: int | None = None,
        buttons: Buttons = (),
    ) -> None:
        """Leave a text to be sent; plain text of any length, HTML that fits one message."""
        reply = Reply(
            self.chat.id, "text", text, html, reply_to=reply_to, thread=self.thread, sighting=sighting, watch=watch
        )
        self.replies += [replace(reply, text=part) for part in ([text] if html else split(text))]
        if buttons:
            self.replies[-1] = replace(self.replies[-1], buttons=buttons)

    def say_photo(
        self,
        file: str,
        caption: str,
        *,
        html: bool = False,
        reply_to: int | None = None,
        sighting: int | None = None,
    ) -> None:
        """Leave a photo to be sent: a kept JPEG file, and a caption that fits one (`split.LONGEST_CAPTION`)."""
        self.replies.append(
            Reply(
                self.chat.id,
                "photo",
                caption,
                html,
                file=file,
                reply_to=reply_to,
                thread=self.thread,
                sighting=sighting,
            )
        )

    def say_voice(self, file: str, duration: int, *, reply_to: int | None, sighting: int) -> None:
        """Leave a voice note to be sent: a kept OGG/Opus file and its whole seconds."""
        self.replies.append(
            Reply(
                self.chat.id,
                "voice",
                file=file,
                duration=duration,
                reply_to=reply_to,
                thread=self.thread,
                sighting=sighting,
            )
        )

    async def say_elsewhere(self, reply: Reply) -> bool:
        """Say something in another chat, at once; False where Telegram does not let the bot write there.

        When the work is done again it is said again. Raises TelegramError where Telegram cannot be asked.
        """
        try:
            sent = await self.desk.carrier.place(reply)
            await self.desk.carrier.edit(reply, sent.message_id)
        except (BadRequest, Forbidden):
            return False
        return True

    def notify(self, watch: Watch, notice: Mapping[str, object]) -> None:
        """Leave a notice (handlers/notice) to be posted to a watch's webhook, where it has one and there may be any."""
        if watch.webhook is not None and self.desk.webhooks != "off":
            body = json.dumps(notice, ensure_ascii=False, separators=(",", ":"))
            self.calls.append(Call(watch.id, watch.chat, body))


current: ContextVar[Work] = ContextVar("work")


class Context(CallbackContext[ExtBot[None], dict[str, object], dict[str, object], dict[str, object]]):
    """The context that handlers are called with: the library's own, and the work in hand."""

    @property
    def work(self) -> Work:
        """The update in hand."""
        return current.get()
