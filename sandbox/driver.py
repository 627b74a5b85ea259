"""Being a person in the sandbox from a test: say this, send that, wait for the reply."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import aiohttp

Message = dict[str, Any]
PLACEHOLDER = "…"  # a bot's message that says only this holds the place of one that is edited in
STOP = "stop:"  # and so does one with a button that brings this: it is edited until it is whole
_ADA = 101
_WAIT_SECONDS = 30.0


class DriverError(Exception):
    """The sandbox refused something; the text is its sentence."""


class NoReplyError(AssertionError):
    """What was waited for did not come; the text says what came instead."""


def text_of(message: Message) -> str:
    """A message's text or caption."""
    text: str = message.get("text") or message.get("caption") or ""
    return text


def buttons_of(message: Message) -> dict[str, str]:
    """What the inline buttons under a message say, with what comes back when they are pressed."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return {key["text"]: key.get("callback_data", "") for row in rows for key in row}


def is_placeholder(message: Message) -> bool:
    """Whether a bot's message only holds the place of one to come, or shows that as far as it is written."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    stops = any(button.get("callback_data", "").startswith(STOP) for row in rows for button in row)
    return bool(message.get("from", {}).get("is_bot")) and (stops or message.get("text") == PLACEHOLDER)


def _stops(message: Message, words: str) -> bool:
    return "reply_markup" in message and is_placeholder(message) and words in text_of(message)


class Connection:
    """One HTTP session and one event stream, shared by all drivers that come from each other."""

    def __init__(self, url: str, bot: int | None) -> None:
        self.url = url
        self.query = {} if bot is None else {"bot": str(bot)}
        self.events: list[dict[str, Any]] = []
        self._places: set[tuple[int, int]] = set()
        self._news = asyncio.Event()
        self._session: aiohttp.ClientSession | None = None
        self._reader: asyncio.Task[None] | None = None

    async def open(self) -> None:
        # The stream is silent for as long as nothing happens.
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, sock_connect=10))
        try:
            seq = (await self.request("GET", "/api/world"))["seq"]
        except BaseException:
            await self._session.close()
            raise
        self._reader = asyncio.create_task(self._read(seq))
        self._reader.add_done_callback(lambda _: self._news.set())

    async def close(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def request(self, method: str, path: str, **options: Any) -> Any:
        """The decoded JSON answer; DriverError for a refusal."""
        async with self.session.request(method, self.url + path, params=self.query, **options) as response:
            answer = await response.json()
        if not response.ok:
            raise DriverError(answer.get("error", f"status {response.status}"))
        return answer

    @property
    def session(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise DriverError("the driver is used outside of its async with")
        return self._session

    async def more(self) -> None:
        """Until another event is there; DriverError when the stream has ended."""
        if self._reader is not None and self._reader.done():
            raise DriverError("the event stream has ended")
        self._news.clear()
        await self._news.wait()

    async def _read(self, seq: int) -> None:
        query = {**self.query, "after": str(seq)}
        async with self.session.get(f"{self.url}/api/events", params=query) as response:
            async for line in response.content:
                if line.startswith(b"data: "):
                    self.events.append(self._told(json.loads(line.removeprefix(b"data: "))))
                    self._news.set()

    def _told(self, event: dict[str, Any]) -> dict[str, Any]:
        """The event as a person takes it: a message that holds a place is none until the edit that fills it."""
        if event["type"] not in {"message", "edit"}:
            return event
        place = event["chat"], event["message"]["message_id"]
        if is_placeholder(event["message"]):
            self._places.add(place)
            return {**event, "type": "placeholder"}
        if place in self._places:
            self._places.remove(place)
            return {**event, "type": "message"}
        return event


class Driver:
    """A person in a chat, by default Ada in her private chat with the default bot.

    A bot's message that says only "…", or can be stopped, is no message until it has been edited to its end.

    `as_person` and `in_chat` give others that see the same stream; only the one that was made from a url is opened
    with `async with`. What `reply` or `wait_for` passed over is not looked at again.
    """

    def __init__(self, url: str, *, person: int = _ADA, chat: int | None = None, bot: int | None = None) -> None:
        self._connection = Connection(url.rstrip("/"), bot)
        self.person = person
        self.chat = person if chat is None else chat
        self._topic: int | None = None
        self._taken = 0

    async def __aenter__(self) -> Self:
        await self._connection.open()
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        await self._connection.close()

    def as_person(self, person: int) -> Driver:
        """Somebody else, in the same group or else in their own private chat."""
        return self._sibling(person, self.chat, self._topic) if self.chat < 0 else self._sibling(person, person)

    async def newcomer(self, first_name: str, language_code: str = "en") -> Driver:
        """Somebody who was not there before, in their private chat."""
        body = {"first_name": first_name, "language_code": language_code}
        return self.as_person((await self._connection.request("POST", "/api/people", json=body))["id"])

    async def group(self, title: str, *others: int, basic: bool = False, username: str | None = None) -> Driver:
        """A new supergroup, or one of the old kind, with this person, who owns it, these others and the bot in it."""
        body = {"title": title, "members": [self.person, *others], "basic": basic, "username": username}
        return self.in_chat((await self._connection.request("POST", "/api/chats", json=body))["id"])

    async def upgraded(self) -> Driver:
        """The same person in the supergroup that this basic group becomes by this."""
        return self.in_chat((await self._request("POST", "/upgrade", json={"person": self.person}))["id"])

    async def appoint(self, person: int, role: str = "administrator") -> None:
        """Make somebody of this group, or a bot, an administrator, restricted (who reads only), or a member again."""
        await self._request("POST", "/role", json={"person": person, "role": role})

    async def topic(self, name: str) -> Driver:
        """The same person in a new topic of this group; what is said elsewhere in the group is not seen from there."""
        opened = await self._request("POST", "/topics", json={"person": self.person, "name": name})
        return self._sibling(self.person, self.chat, opened["message_id"])

    def in_chat(self, chat: int) -> Driver:
        """The same person in another chat."""
        return self._sibling(self.person, chat)

    def _sibling(self, person: int, chat: int, topic: int | None = None) -> Driver:
        sibling = Driver(self._connection.url, person=person, chat=chat)
        sibling._topic = topic
        sibling._connection = self._connection
        sibling._taken = len(self._connection.events)
        return sibling

    # What a person does

    async def say(self, text: str, reply_to: int | None = None) -> Message:
        return (await self._post({"text": text}, reply_to=reply_to))[0]

    async def send_photo(
        self, photo: bytes | Sequence[bytes], caption: str = "", reply_to: int | None = None, album: str = ""
    ) -> list[Message]:
        """One photo, or several as an album; the caption belongs to the first.

        `album` is the media_group_id of one that was sent before, of which these were held up.
        """
        photos = [photo] if isinstance(photo, bytes) else photo
        files = [("photo", data, f"photo_{at}.jpg") for at, data in enumerate(photos)]
        return await self._post({"caption": caption, "media_group_id": album}, files, reply_to)

    async def send_album(self, media: Sequence[tuple[str, bytes]], captions: Sequence[str] = ()) -> list[Message]:
        """Kinds ("photo" and "video", or one of "document" and "audio" alone) with bytes; photos come before videos.

        `captions` are in the order of the messages, empty where there is none.
        """
        files = [(kind, data, f"{kind}_{at}") for at, (kind, data) in enumerate(media)]
        return await self._post({"captions": json.dumps(list(captions))}, files)

    async def send_document(self, data: bytes, name: str, caption: str = "", reply_to: int | None = None) -> Message:
        return await self.send_file("document", data, name, caption, reply_to)

    async def send_file(
        self, kind: str, data: bytes, name: str, caption: str = "", reply_to: int | None = None, **details: object
    ) -> Message:
        """A document, video, animation, video_note, voice, audio or sticker.

        `details` are duration, width, height, length, has_media_spoiler and has_protected_content.
        """
        return (await self._post({"caption": caption, **details}, [(kind, data, name)], reply_to))[0]

    async def send_other(self, kind: str, **details: object) -> Message:
        """A contact, dice, poll, story or paid_media."""
        return (await self._post({kind: json.dumps(details)}))[0]

    async def forward(self, messages: Sequence[Message]) -> list[Message]:
        """Send messages of one chat on to this one."""
        numbers = [message["message_id"] for message in messages]
        body = {"person": self.person, "from": messages[0]["chat"]["id"], "messages": numbers}
        sent: list[Message] = (await self._request("POST", "/forward", json=body))["messages"]
        return sent

    async def say_about(self, message: Message, text: str, quote: str = "") -> Message:
        """Reply to a message, of this chat or of another one, quoting words of it."""
        fields = {"text": text, "quote": quote, "reply_chat": message["chat"]["id"]}
        return (await self._post(fields, reply_to=message["message_id"]))[0]

    async def send_location(
        self, latitude: float, longitude: float, live_period: int | None = None, **details: float
    ) -> Message:
        """A pin, or with a live_period in seconds a live location; horizontal_accuracy and heading are details."""
        live = {} if live_period is None else {"live_period": live_period}
        return (await self._post({"latitude": latitude, "longitude": longitude, **live, **details}))[0]

    async def edit(self, message: Message, **changes: Any) -> Message:
        """New text, caption, latitude and longitude, or stop_live=True."""
        body = {"person": self.person, **changes}
        edited: Message = await self._request("PATCH", f"/messages/{message['message_id']}", json=body)
        return edited

    async def replace(self, message: Message, kind: str, data: bytes, name: str = "", **changes: object) -> Message:
        """Another photo, video, animation, document or audio in a message that shows one; its caption stays."""
        form = self._form(changes, [(kind, data, name or kind)])
        edited: Message = await self._request("PATCH", f"/messages/{message['message_id']}", data=form)
        return edited

    async def delete(self, message: Message) -> None:
        await self._request("DELETE", f"/messages/{message['message_id']}")

    async def react(self, message: Message, emoji: str | None) -> None:
        body = {"person": self.person, "emoji": emoji}
        await self._request("POST", f"/messages/{message['message_id']}/reaction", json=body)

    async def tap(self, message: Message, label: str) -> Message:
        """Press the button that says this, and see the message as the bot has changed it."""
        await self.press(message, buttons_of(message)[label])
        return await self.wait_for(lambda changed: changed["message_id"] == message["message_id"])

    async def press(self, message: Message, data: str) -> dict[str, Any] | None:
        """Press a button; the bot's answer, None when it gave none in ten seconds."""
        body = {"person": self.person, "data": data}
        found = await self._request("POST", f"/messages/{message['message_id']}/press", json=body)
        answer: dict[str, Any] | None = found["answer"]
        return answer

    async def block(self, *, blocked: bool = True) -> None:
        await self._request("POST", "/block", json={"person": self.person, "blocked": blocked})

    # What a person sees

    async def reply(self, timeout: float = _WAIT_SECONDS) -> Message:  # noqa: ASYNC109 - reads best in a test
        """The bot's next message that was not taken yet."""
        return await self._next_message({"message"}, lambda _: True, timeout)

    async def wait_for(
        self,
        wanted: Callable[[Message], bool],
        timeout: float = _WAIT_SECONDS,  # noqa: ASYNC109
    ) -> Message:
        """The next message or edit of the bot that is wanted and was not taken yet."""
        return await self._next_message({"message", "edit"}, wanted, timeout)

    async def messages(self) -> list[Message]:
        """Everything that stands in the chat, oldest first, but for placeholders."""
        return [message for message in await self._all_messages() if not is_placeholder(message)]

    async def placeholders(self) -> list[Message]:
        """The bot's messages that are not whole yet; what is left of them in the end are strays."""
        return [message for message in await self._all_messages() if is_placeholder(message)]

    async def growing(self, wanted: str = "") -> Message:
        """The bot's message that can be stopped, once it is there and holds the wanted words."""
        kinds = {"placeholder"}
        event = await self._next(kinds, lambda event: _stops(event["message"], wanted), _WAIT_SECONDS)
        message: Message = event["message"]
        return message

    async def _all_messages(self) -> list[Message]:
        found: list[Message] = (await self._request("GET", "/messages"))["messages"]
        return found

    async def file(self, file_id: str) -> bytes:
        async with self._connection.session.get(f"{self._connection.url}/api/files/{file_id}") as response:
            if not response.ok:
                raise DriverError((await response.json())["error"])
            return await response.read()

    async def draft(self, timeout: float = _WAIT_SECONDS) -> dict[str, Any]:  # noqa: ASYNC109
        """The next draft of the bot that was not taken yet."""
        return await self._next({"draft"}, lambda _: True, timeout)

    async def action(self, timeout: float = _WAIT_SECONDS) -> dict[str, Any]:  # noqa: ASYNC109
        """The next notice of what the bot is doing, such as typing, that was not taken yet."""
        return await self._next({"action"}, lambda _: True, timeout)

    async def world(self) -> dict[str, Any]:
        """The bot with its command menus, the people and the chats."""
        found: dict[str, Any] = await self._connection.request("GET", "/api/world")
        return found

    @property
    def drafts(self) -> list[dict[str, Any]]:
        """All drafts that came in this chat so far."""
        return [event for event in self._connection.events if event["type"] == "draft" and event["chat"] == self.chat]

    @property
    def events(self) -> list[dict[str, Any]]:
        """All events of this chat so far."""
        return [event for event in self._connection.events if event.get("chat") == self.chat]

    # For tests

    async def misbehave(self, rules: Sequence[dict[str, Any]]) -> None:
        """Replace the rules by which the Bot API misbehaves; none of them lets it behave."""
        await self._connection.request("POST", "/api/misbehave", json={"rules": list(rules)})

    async def misbehaved(self) -> list[dict[str, Any]]:
        """The rules as they stand, with how often each was `used`: a call that is being delayed counts already."""
        found: list[dict[str, Any]] = (await self._connection.request("GET", "/api/misbehave"))["rules"]
        return found

    async def count(self, *, enforced: bool = False) -> None:
        """Count anew what bots send; `enforced` refuses what is faster than Telegram's rates, with 429."""
        await self._connection.request("POST", "/api/rates", json={"enforced": enforced})

    async def counted(self) -> dict[str, Any]:
        """What bots sent since then: `sent`, `edited`, `refused`, `busiest_second`, `busiest_minute` (of a group)."""
        found: dict[str, Any] = await self._connection.request("GET", "/api/rates")
        return found

    async def calls(self, method: str | None = None) -> list[dict[str, Any]]:
        """The Bot API calls so far, all or those of one method."""
        found: list[dict[str, Any]] = await self._connection.request("GET", "/api/calls")
        return [call for call in found if method is None or call["method"].lower() == method.lower()]

    async def _next_message(self, kinds: set[str], wanted: Callable[[Message], bool], seconds: float) -> Message:
        def from_bot(event: dict[str, Any]) -> bool:
            message: Message = event["message"]
            here = self._topic is None or message.get("message_thread_id") == self._topic
            return here and bool(message.get("from", {}).get("is_bot")) and wanted(message)

        message: Message = (await self._next(kinds, from_bot, seconds))["message"]
        return message

    async def _next(self, kinds: set[str], wanted: Callable[[dict[str, Any]], bool], seconds: float) -> dict[str, Any]:
        """The next event of this chat of one of these kinds that is wanted; what is passed over is taken too."""
        instead: list[str] = []
        try:
            async with asyncio.timeout(seconds):
                while True:
                    while self._taken < len(self._connection.events):
                        event = self._connection.events[self._taken]
                        self._taken += 1
                        if event.get("chat") != self.chat or event["type"] not in kinds:
                            continue
                        if wanted(event):
                            return event
                        instead.append(_summary(event.get("message", event)))
                    await self._connection.more()
        except TimeoutError:
            raise NoReplyError(f"nothing in {seconds} s but {instead or 'silence'}") from None

    async def _post(
        self, fields: Mapping[str, object], files: Sequence[tuple[str, bytes, str]] = (), reply_to: int | None = None
    ) -> list[Message]:
        where = {"reply_to": reply_to, "topic": self._topic}
        given = {name: value for name, value in where.items() if value is not None}
        form = self._form({**given, **fields}, files)
        sent: list[Message] = (await self._request("POST", "/messages", data=form))["messages"]
        return sent

    def _form(self, fields: Mapping[str, object], files: Sequence[tuple[str, bytes, str]]) -> aiohttp.FormData:
        form = aiohttp.FormData({"person": str(self.person)}, default_to_multipart=True)
        for name, value in fields.items():
            if value != "":
                form.add_field(name, str(value))
        for name, data, filename in files:
            form.add_field(name, io.BytesIO(data), filename=filename)
        return form

    async def _request(self, method: str, path: str, **options: Any) -> Any:
        return await self._connection.request(method, f"/api/chats/{self.chat}{path}", **options)


def _summary(message: Message) -> str:
    kinds = [kind for kind in ("photo", "voice", "document", "location") if kind in message]
    return text_of(message) or f"a {kinds[0] if kinds else 'message'}"
