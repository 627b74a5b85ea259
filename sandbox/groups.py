"""/api: what people do with groups: make them, open topics in them, name admins, and let them become supergroups."""

from __future__ import annotations

from aiohttp import web

from sandbox.body import read_json, short_text
from sandbox.chat import Chat, Conversation
from sandbox.errors import PageError
from sandbox.limits import CHATS
from sandbox.people import PeopleApi
from sandbox.world import World

_ROLES = {"administrator", "member"}


class GroupsApi:
    """The handlers, and what they share."""

    def __init__(self, world: World, people: PeopleApi) -> None:
        self._world = world
        self._people = people

    def add_routes(self, router: web.UrlDispatcher) -> None:
        group = r"/api/chats/{chat:-\d{1,16}}"
        router.add_post("/api/chats", self.add)
        router.add_post(group + "/topics", self.open_topic)
        router.add_post(group + "/role", self.set_role)
        router.add_post(group + "/upgrade", self.upgrade)

    async def add(self, request: web.Request) -> web.Response:
        found = await read_json(request)
        members = found.get("members")
        if not isinstance(members, list) or not members:
            raise PageError('"members" must name people by their ids')
        people = [self._people.person(member) for member in members]
        if len(self._world.groups()) >= CHATS:
            raise PageError("there are too many chats already")
        basic = found.get("basic") is True
        ids = {person.id for person in people}
        return _answer(self._world.add_group(short_text(found, "title"), ids, people[0].id, basic=basic))

    async def open_topic(self, request: web.Request) -> web.Response:
        found = await read_json(request)
        conversation = self._people.conversation(request)
        if conversation.chat.is_basic:
            raise PageError("only a supergroup has topics")
        person = self._people.member(conversation, found.get("person"))
        return web.json_response(
            conversation.show(self._world.open_topic(conversation, person, short_text(found, "name")))
        )

    async def set_role(self, request: web.Request) -> web.Response:
        found = await read_json(request)
        conversation = self._people.conversation(request)
        person, role = self._people.member(conversation, found.get("person")), found.get("role")
        if role not in _ROLES or person.id == conversation.chat.creator:
            raise PageError('"role" must be administrator or member, and the creator stays what they are')
        (conversation.chat.admins.add if role == "administrator" else conversation.chat.admins.discard)(person.id)
        return _answer(conversation.chat)

    async def upgrade(self, request: web.Request) -> web.Response:
        found = await read_json(request)
        conversation = self._people.conversation(request)
        person = self._people.member(conversation, found.get("person"))
        if not _upgradable(conversation):
            raise PageError("only a basic group becomes a supergroup, and once")
        return _answer(self._world.upgrade(conversation, person))


def _upgradable(conversation: Conversation) -> bool:
    return conversation.chat.is_basic and conversation.chat.moved_to is None


def _answer(chat: Chat) -> web.Response:
    return web.json_response({**chat.as_json(), "members": sorted(chat.members)})
