"""/api: what people do with groups: make them, open topics in them, name admins, and let them become supergroups."""

from __future__ import annotations

import re

from aiohttp import web

from sandbox.body import read_json, short_text
from sandbox.chat import Chat, Conversation
from sandbox.errors import PageError
from sandbox.limits import CHATS, TITLE_LENGTH
from sandbox.people import PeopleApi
from sandbox.world import World

_ROLES = {"administrator", "member", "restricted"}
_USERNAME = re.compile(r"[A-Za-z]\w{4,31}", re.ASCII)


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
        ids, username = {person.id for person in people}, found.get("username")
        if username is not None and (basic or not self._free(username)):
            raise PageError("only a supergroup has a name, and one that nobody has")
        group = self._world.add_group(
            short_text(found, "title", TITLE_LENGTH), ids, people[0].id, basic=basic, username=username
        )
        return _answer(group)

    def _free(self, username: object) -> bool:
        fits = isinstance(username, str) and _USERNAME.fullmatch(username) is not None
        return fits and self._world.named(str(username)) is None

    async def open_topic(self, request: web.Request) -> web.Response:
        found = await read_json(request)
        conversation = self._people.conversation(request)
        if conversation.chat.is_basic:
            raise PageError("only a supergroup has topics")
        person = self._people.member(conversation, found.get("person"))
        return web.json_response(
            conversation.show(self._world.open_topic(conversation, person, short_text(found, "name", TITLE_LENGTH)))
        )

    async def set_role(self, request: web.Request) -> web.Response:
        found = await read_json(request)
        conversation = self._people.conversation(request)
        member, role = self._member(conversation, found.get("person")), found.get("role")
        if not isinstance(role, str) or role not in _ROLES or member == conversation.chat.creator:
            raise PageError('"role" must be administrator, member or restricted, and the creator stays what they are')
        chat = conversation.chat
        (chat.admins.add if role == "administrator" else chat.admins.discard)(member)
        (chat.restricted.add if role == "restricted" else chat.restricted.discard)(member)
        return _answer(conversation.chat)

    def _member(self, conversation: Conversation, member: object) -> int:
        """The number of somebody in the group, who may be a bot."""
        if isinstance(member, int) and member in self._world.bots and member in conversation.chat.members:
            return member
        return self._people.member(conversation, member).id

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
