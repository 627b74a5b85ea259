"""Groups: who may do what in them, their topics, and what becomes of a basic one."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.driver import Driver, DriverError
from sandbox.world import GROUP_ID as GROUP


async def test_an_administrator_is_one_until_told_otherwise(api: Any, ada: Driver) -> None:
    group = ada.in_chat(GROUP)
    await group.appoint(102)
    member = await api.call("getChatMember", chat_id=GROUP, user_id=102)
    assert (member["status"], member["can_change_info"]) == ("administrator", True)
    administrators = await api.call("getChatAdministrators", chat_id=GROUP)
    assert [one["status"] for one in administrators] == ["creator", "administrator"]
    await group.appoint(102, "member")
    assert (await api.call("getChatMember", chat_id=GROUP, user_id=102))["status"] == "member"
    me = (await api.call("getMe"))["id"]
    await group.appoint(me)
    assert (await api.call("getChatMember", chat_id=GROUP, user_id=me))["status"] == "administrator"
    for person, role in ((102, "king"), (101, "member"), (55, "member")):
        with pytest.raises(DriverError):
            await group.appoint(person, role)


async def test_who_is_restricted_reads_only_and_a_group_is_found_by_its_name(api: Any, ada: Driver) -> None:
    group = await ada.group("Street", 102, username="our_street")
    await group.appoint(102, "restricted")
    for chat in (group.chat, "@our_street", "@Our_Street"):
        member = await api.call("getChatMember", chat_id=chat, user_id=102)
        assert (member["status"], member["is_member"], member["can_send_messages"]) == ("restricted", True, False)
    assert (await api.call("getChat", chat_id="@our_street"))["username"] == "our_street"
    assert await api.refusal("getChat", chat_id="@nobodys_street") == "chat not found"
    with pytest.raises(DriverError):
        await group.as_person(102).say("hello")
    await group.appoint(102, "member")
    await group.as_person(102).say("hello")
    for options in ({"username": "our_street"}, {"username": "no"}, {"username": "some_name", "basic": True}):
        with pytest.raises(DriverError):
            await ada.group("Other", **options)


async def test_a_topic_holds_what_is_said_in_it(api: Any, ada: Driver) -> None:
    group = await ada.group("Forum", 102)
    topic = await group.topic("Cats")
    said = await topic.say("hello")
    thread = said["message_thread_id"]
    assert said["is_topic_message"] is True
    assert said["chat"]["is_forum"] is True
    assert said["reply_to_message"]["forum_topic_created"]["name"] == "Cats"
    await api.call("sendMessage", chat_id=group.chat, text="elsewhere")
    await api.call("sendMessage", chat_id=group.chat, text="here", message_thread_id=thread)
    assert (await topic.reply())["text"] == "here"
    answer = {"message_id": said["message_id"]}
    replied = await api.call("sendMessage", chat_id=group.chat, text="there", reply_parameters=answer)
    assert replied["message_thread_id"] == thread
    for method, more in (("sendMessage", {"text": "x"}), ("sendChatAction", {"action": "typing"})):
        refused = await api.refusal(method, chat_id=group.chat, message_thread_id=thread + 100, **more)
        assert refused == "message thread not found"


async def test_a_basic_group_goes_on_as_a_supergroup(api: Any, ada: Driver) -> None:
    old = await ada.group("Family", 102, basic=True)
    assert (await old.say("hello"))["chat"]["type"] == "group"
    with pytest.raises(DriverError):
        await old.topic("Cats")
    await old.appoint(102)
    new = await old.upgraded()
    moves = [update["message"] for update in await api.updates() if "message" in update][1:]
    assert [move["chat"]["id"] for move in moves] == [old.chat, new.chat]
    assert (moves[0]["migrate_to_chat_id"], moves[1]["migrate_from_chat_id"]) == (new.chat, old.chat)
    assert moves[1]["chat"]["type"] == "supergroup"
    assert (await api.call("getChatMember", chat_id=new.chat, user_id=102))["status"] == "administrator"
    refused = await api.ask("sendMessage", chat_id=old.chat, text="x")
    assert refused["parameters"] == {"migrate_to_chat_id": new.chat}
    assert refused["description"] == "Bad Request: group chat was upgraded to a supergroup chat"
    for group in (old, new):
        with pytest.raises(DriverError):
            await group.upgraded()


async def test_titles_are_as_long_as_telegrams(api: Any) -> None:
    for length, status in ((128, 200), (129, 400)):
        body = {"title": "x" * length, "members": [101]}
        async with api.session.post(f"{api.url}/api/chats", json=body) as response:
            assert response.status == status
