"""/api: what people do and see, for the chat page and the test driver."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from contextlib import aclosing
from typing import Any

from aiohttp import web

from sandbox.body import read_json, read_parameters, short_text
from sandbox.bot import Bot
from sandbox.callback import Answer
from sandbox.calls import Calls
from sandbox.chat import Conversation
from sandbox.errors import BotApiError, PageError
from sandbox.limits import PAGE_BODY_BYTES, PEOPLE
from sandbox.message import Message
from sandbox.misbehaviour import Misbehaviour, read_rules
from sandbox.parameters import Parameters, leading_integer
from sandbox.person import Person
from sandbox.posts import Post, edit_post, elsewhere, forwarded, read_posts
from sandbox.rates import Rates
from sandbox.reactions import EMOJI
from sandbox.world import World

_ANSWER_SECONDS = 10
_KEEP_ALIVE_SECONDS = 15


class PeopleApi:
    """The handlers, and what they share. `?bot=ID` chooses another bot's chats than the default one's."""

    def __init__(self, world: World, misbehaviour: Misbehaviour, rates: Rates, calls: Calls) -> None:
        self._world = world
        self._misbehaviour = misbehaviour
        self._rates = rates
        self._calls = calls

    def add_routes(self, router: web.UrlDispatcher) -> None:
        chat = r"/api/chats/{chat:-?\d{1,16}}"
        message = chat + r"/messages/{message:\d{1,10}}"
        router.add_get("/api/world", self.show_world)
        router.add_put("/api/note", self.put_note)
        router.add_post("/api/people", self.add_person)
        router.add_post(chat + "/block", self.block)
        router.add_get(chat + "/messages", self.show_messages)
        router.add_post(chat + "/messages", self.post)
        router.add_post(chat + "/forward", self.forward)
        router.add_patch(message, self.edit)
        router.add_delete(message, self.delete)
        router.add_post(message + "/press", self.press)
        router.add_post(message + "/reaction", self.react)
        router.add_get("/api/files/{file_id}", self.show_file)
        router.add_get("/api/events", self.follow)
        router.add_get("/api/misbehave", self.show_rules)
        router.add_post("/api/misbehave", self.set_rules)
        router.add_get("/api/rates", self.show_rates)
        router.add_post("/api/rates", self.set_rates)
        router.add_get("/api/calls", self.show_calls)

    # The world

    async def show_world(self, request: web.Request) -> web.Response:
        world, bot = self._world, self._bot(request)
        people = [person.as_json() for person in world.people.values()]
        private = [world.conversation(bot, person_id).chat for person_id in world.people]
        chats = [{**chat.as_json(), "members": sorted(chat.members)} for chat in (*private, *world.groups())]
        shown_bot = {**bot.as_json(), "commands": bot.menu(), "note": world.note}
        return web.json_response({"bot": shown_bot, "people": people, "chats": chats, "seq": world.events.seq})

    async def put_note(self, request: web.Request) -> web.Response:
        text = (await read_json(request)).get("text")
        if text is not None and not isinstance(text, str | Mapping):
            raise PageError('"text" must be a text, or one for each language')
        self._world.say(text)
        return web.json_response({})

    async def add_person(self, request: web.Request) -> web.Response:
        found = await read_json(request)
        if len(self._world.people) >= PEOPLE:
            raise PageError("there are too many people already")
        first_name = short_text(found, "first_name")
        language_code = short_text({"language_code": "en", **found}, "language_code")
        return web.json_response(self._world.add_person(first_name, language_code).as_json())

    async def block(self, request: web.Request) -> web.Response:
        found = await read_json(request)
        conversation = self.conversation(request)
        if not conversation.chat.is_private:
            raise PageError("a bot is blocked in its private chat")
        person = self.member(conversation, found.get("person"))
        self._world.block(self._bot(request), person, blocked=found.get("blocked") is True)
        return web.json_response({})

    # Messages

    async def show_messages(self, request: web.Request) -> web.Response:
        conversation = self.conversation(request)
        messages = [conversation.show(message) for message in conversation.messages.values()]
        reactions = {str(found): conversation.show_reactions(found) for found in conversation.reactions}
        return web.json_response({"messages": messages, "reactions": reactions})

    async def post(self, request: web.Request) -> web.Response:
        conversation = self.conversation(request)
        parameters = await read_parameters(request, PAGE_BODY_BYTES)
        person = self.member(conversation, parameters.text("person"))
        if person.id in conversation.chat.restricted:
            raise PageError(f"{person.first_name} may not write in this chat", 403)
        where = self._reply(request, conversation, parameters)
        topic = parameters.integer("topic") or None
        if topic is not None and topic not in conversation.chat.topics:
            raise PageError("there is no such topic", 404)
        return self._posted(conversation, person, read_posts(self._world, parameters), topic=topic, **where)

    async def forward(self, request: web.Request) -> web.Response:
        """Sends messages of a chat on to another one, or to the same."""
        found = await read_json(request)
        conversation = self.conversation(request)
        person = self.member(conversation, found.get("person"))
        source = self._other_conversation(request, found.get("from"))
        numbers = found.get("messages")
        if not isinstance(numbers, list) or not numbers or not all(map(source.has, numbers)):
            raise PageError("there is no such message", 404)
        return self._posted(conversation, person, forwarded([source.messages[number] for number in numbers]))

    def _posted(self, conversation: Conversation, person: Person, posts: Iterable[Post], **more: Any) -> web.Response:
        messages = [self._world.post(conversation, person, post.content, **more, **post.more) for post in posts]
        return web.json_response({"messages": [conversation.show(message) for message in messages]})

    def _reply(self, request: web.Request, conversation: Conversation, parameters: Parameters) -> dict[str, Any]:
        """What is replied to, here or in another chat (`reply_chat`), and the words of it that are quoted."""
        number = parameters.integer("reply_to") or None
        if number is None:
            return {}
        chat = parameters.integer("reply_chat", conversation.chat.id, -(2**63), 2**63)
        source = self._other_conversation(request, chat)
        message = source.messages.get(number)
        if message is None:
            raise PageError("the message that is replied to is gone", 404)
        quoted = parameters.text("quote")
        quote = {"quote": {"text": quoted, "position": 0, "is_manual": True}} if quoted else {}
        if source is conversation:
            return {"reply_to": number, **quote}
        return {"external_reply": elsewhere(source, message), **quote}

    async def edit(self, request: web.Request) -> web.Response:
        parameters = await read_parameters(request, PAGE_BODY_BYTES)
        conversation, person, message = self._spoken_of(request, parameters.text("person"))
        if message.sender["id"] != person.id:
            raise PageError("only one's own messages can be edited", 403)
        changes = edit_post(self._world, message, parameters)
        edited = self._world.edit(conversation, message, **changes)
        return web.json_response(conversation.show(edited))

    async def delete(self, request: web.Request) -> web.Response:
        conversation = self.conversation(request)
        if not self._world.delete(conversation, int(request.match_info["message"])):
            raise PageError("there is no such message", 404)
        return web.json_response({})

    async def react(self, request: web.Request) -> web.Response:
        found = await read_json(request)
        conversation, person, message = self._spoken_of(request, found.get("person"))
        emoji = found.get("emoji")
        if emoji is not None and not (isinstance(emoji, str) and emoji in EMOJI):
            raise PageError("this emoji is no reaction")
        reactions = [{"type": "emoji", "emoji": emoji}] if emoji else []
        self._world.react(conversation, message.id, person, reactions)
        return web.json_response({})

    async def press(self, request: web.Request) -> web.Response:
        """Waits for the bot's answer, ten seconds at most."""
        found = await read_json(request)
        conversation, person, message = self._spoken_of(request, found.get("person"))
        data = found.get("data")
        if message.sender["id"] not in self._world.bots or not isinstance(data, str) or not message.offers(data):
            raise PageError("there is no such button")
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

        def on_answer(answer: Answer) -> None:
            if not answered.done():
                answered.set_result(answer)

        self._world.press(conversation, message, person, data, on_answer=on_answer)
        done, _ = await asyncio.wait({answered}, timeout=_ANSWER_SECONDS)
        return web.json_response({"answer": answered.result() if done else None})

    # What is seen

    async def show_file(self, request: web.Request) -> web.Response:
        stored = self._world.files.by_id(request.match_info["file_id"])
        if stored is None:
            raise PageError("there is no such file", 404)
        if stored.blob.data is None:
            raise PageError("this file is no longer kept", 410)
        part, status, headers = _part(request, stored.blob.data)
        headers |= {"Content-Disposition": "inline", "Cache-Control": "private, max-age=86400, immutable"}
        return web.Response(body=part, status=status, content_type=stored.shown_type, headers=headers)

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Server-Sent Events until the client leaves or the server stops."""
        events, bot = self._world.events, self._bot(request)
        asked = request.headers.get("Last-Event-ID") or request.query.get("after") or str(events.seq)
        response = web.StreamResponse(headers={"Cache-Control": "no-store"})
        response.content_type = "text/event-stream"
        await response.prepare(request)
        await response.write(b": hello\n\n")
        async with aclosing(events.follow(leading_integer(asked), bot.id, _KEEP_ALIVE_SECONDS)) as stream:
            async for data in stream:
                text = f"id: {data['seq']}\ndata: {json.dumps(data)}\n\n" if data else ": still here\n\n"
                await response.write(text.encode())
        return response

    # For tests

    async def show_rules(self, _: web.Request) -> web.Response:
        return web.json_response({"rules": [rule.as_json() for rule in self._misbehaviour.rules]})

    async def set_rules(self, request: web.Request) -> web.Response:
        self._misbehaviour.replace(read_rules((await read_json(request)).get("rules")))
        return await self.show_rules(request)

    async def show_rates(self, _: web.Request) -> web.Response:
        return web.json_response(self._rates.as_json())

    async def set_rates(self, request: web.Request) -> web.Response:
        self._rates.begin(enforced=(await read_json(request)).get("enforced") is True)
        return await self.show_rates(request)

    async def show_calls(self, request: web.Request) -> web.Response:
        return web.json_response(self._calls.after(leading_integer(request.query.get("after", "0"))))

    # Who and where

    def _bot(self, request: web.Request) -> Bot:
        chosen = request.query.get("bot")
        bot = self._world.bot if chosen is None else self._world.bots.get(leading_integer(chosen))
        if bot is None:
            raise PageError("there is no such bot", 404)
        return bot

    def conversation(self, request: web.Request) -> Conversation:
        """The chat that the address names."""
        return self._other_conversation(request, int(request.match_info["chat"]))

    def _other_conversation(self, request: web.Request, chat: Any) -> Conversation:
        try:
            return self._world.conversation(self._bot(request), chat if isinstance(chat, int) else 0)
        except BotApiError as error:
            raise PageError("there is no such chat", 404) from error

    def person(self, found: Any) -> Person:
        person_id = leading_integer(found) if isinstance(found, str) else found
        person = self._world.people.get(person_id) if isinstance(person_id, int) else None
        if person is None:
            raise PageError('"person" must be the id of somebody who is there')
        return person

    def member(self, conversation: Conversation, found: Any) -> Person:
        person = self.person(found)
        if person.id not in conversation.chat.members:
            raise PageError(f"{person.first_name} is not in this chat", 403)
        return person

    def _spoken_of(self, request: web.Request, person: Any) -> tuple[Conversation, Person, Message]:
        conversation = self.conversation(request)
        message = conversation.messages.get(int(request.match_info["message"]))
        if message is None:
            raise PageError("there is no such message", 404)
        return conversation, self.member(conversation, person), message


def _part(request: web.Request, data: bytes) -> tuple[bytes, int, dict[str, str]]:
    """What a Range asks for, without which browsers can't seek in sound and film; all of it if nothing is asked."""
    try:
        wanted = request.http_range
    except ValueError as error:
        raise PageError("this range makes no sense", 416) from error
    headers = {"Accept-Ranges": "bytes"}
    if wanted == slice(None, None, 1):
        return data, 200, headers
    start, stop, _ = wanted.indices(len(data))
    if start >= stop:
        raise PageError("there is nothing in this range", 416)
    return data[start:stop], 206, headers | {"Content-Range": f"bytes {start}-{stop - 1}/{len(data)}"}
