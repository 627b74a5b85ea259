"""Where the alerts of a watch go: only to where its person and the bot may write."""

import inspect

import pytest
from telegram import ChatFullInfo, ChatMember, ChatMemberAdministrator, ChatMemberRestricted, ChatPermissions

from handlers.target import may_write
from sandbox.driver import buttons_of, text_of

GROUP = -1001000000001
RIGHTS = {
    name
    for kind in (ChatMemberAdministrator, ChatMemberRestricted)
    for name in inspect.signature(kind).parameters
    if name.startswith(("can_", "is_"))
}


async def watched(person, condition="fire"):
    await person.say(f"/watch {condition}")
    await person.reply()


async def targets(bot, chat=101):
    async with bot.store.read() as records:
        return [watch.target for watch in await records.watches.of_chat(chat)]


async def test_alerts_go_to_another_chat_that_is_told_so_first_and_come_back(ada, bot):
    street = await ada.group("Street", 102, username="our_street")
    await watched(ada)
    private = f"https://t.me/c/{str(street.chat).removeprefix('-100')}/15"
    for name in ("@our_street", str(street.chat), "https://t.me/our_street", "t.me/our_street/15", private):
        await ada.say(f"/watches 1 to {name}")
        page = await ada.reply()
        assert "Alerts go to: Street" in text_of(page)
        assert text_of(await street.reply()) == "Alerts about “fire” from Ada will come here."
        assert await targets(bot) == [street.chat]
        page = await ada.tap(await ada.tap(page, "📨 Where to"), "Here again")
        assert "Alerts go to: this chat" in text_of(page)
    await ada.say(f"/watches 1 to {street.chat}")
    await ada.reply()
    await ada.say("/watches 1 to here")
    await ada.reply()
    assert await targets(bot) == [None]


async def test_an_admin_who_stays_anonymous_hears_why_only_here_is_known(ada, bot, as_channel):
    group = ada.in_chat(GROUP)
    await watched(group)
    command = [{"type": "bot_command", "offset": 0, "length": len("/watches")}]
    for to, said in (("@our_street", "anonymous"), ("https://example.org/", "anonymous"), ("here", "this chat")):
        await as_channel(GROUP, text=f"/watches 1 to {to}", entities=command)
        assert said in text_of(await group.reply())
    assert await targets(bot, GROUP) == [None]


async def test_nobody_sends_alerts_to_where_they_may_not_write(ada, bot):
    street = await ada.group("Street", 102, username="our_street")
    ming = ada.as_person(102)
    await watched(ming)
    await watched(ada)
    await street.appoint(102, "restricted")
    for person, to, said in (
        (ming, "@our_street", "看不出你可以"),
        (ming, "101", "找不到"),
        (ada, "102", "can't find that chat"),
        (ada, "103", "can't find that chat"),
        (ada, "-1009999999999", "can't find that chat"),
        (ada, "@nobodys_street", "can't find that chat"),
        (ada, "https://t.me/+AbCdEfGhIjKl", "can't find that chat"),
        (ada, "t.me/joinchat/AbCdEfGhIjKl", "can't find that chat"),
        (ada, "the moon", "/watches 1 to @channel"),
        (ada, "", "/watches 1 to @channel"),
    ):
        await person.say(f"/watches 1 to {to}")
        assert said in text_of(await person.reply()), to
    await ada.misbehave(
        [
            {
                "method": "sendMessage",
                "what": "status",
                "status": 403,
                "times": 1,
                "description": "Forbidden: bot was kicked",
            }
        ]
    )
    await ada.say("/watches 1 to @our_street")
    assert "doesn't let me write there" in text_of(await ada.reply())
    assert [*await targets(bot), *await targets(bot, 102)] == [None, None]
    assert [message for message in await street.messages() if "Alerts" in text_of(message)] == []


async def test_in_a_group_only_admins_send_alerts_elsewhere(ada, bot):
    group = await ada.group("Neighbours", 102)
    ming = group.as_person(102)
    await watched(ming)
    await ming.say("/watches 1 to me")
    assert "管理员" in text_of(await ming.reply())
    await group.say("/watches 1 to me")
    page = await group.wait_for(lambda message: "Alerts go to: Ada" in text_of(message))
    assert text_of(await ada.reply()) == "Alerts about “fire” from Neighbours will come here."
    page = await group.tap(page, "📨 Where to")
    assert "管理员" in (await ming.press(page, buttons_of(page)["Here again"]))["text"]
    assert await targets(bot, group.chat) == [101]


async def test_a_group_that_moves_takes_its_alerts_along(ada, bot):
    family = await ada.group("Family", basic=True)
    await watched(ada)
    await ada.say(f"/watches 1 to {family.chat}")
    await ada.reply()
    street = await family.upgraded()
    await watched(street)
    assert await targets(bot) == [street.chat]
    await ada.say(f"/watches 1 to {family.chat}")
    assert "Alerts go to: Family" in text_of(await ada.reply())
    assert await targets(bot) == [street.chat]


def chat(kind, **more):
    body = {"id": -100, "type": kind, "accent_color_id": 0, "max_reaction_count": 0, "accepted_gift_types": {}, **more}
    return ChatFullInfo(**body)


def member(status, **rights):
    shown = {"status": status, "user": {"id": 101, "is_bot": False, "first_name": "Ada"}, "until_date": 0}
    return ChatMember.de_json({**dict.fromkeys(RIGHTS, False), **shown, **rights}, None)


@pytest.mark.parametrize(
    ("status", "rights", "kind", "may"),
    [
        ("creator", {}, "channel", True),
        ("administrator", {"can_post_messages": True}, "channel", True),
        ("administrator", {"can_post_messages": False}, "channel", False),
        ("member", {}, "channel", False),
        ("left", {}, "channel", False),
        ("administrator", {}, "supergroup", True),
        ("member", {}, "supergroup", True),
        ("left", {}, "supergroup", False),
        ("kicked", {}, "supergroup", False),
        ("restricted", {"is_member": True, "can_send_messages": True}, "supergroup", True),
        ("restricted", {"is_member": False, "can_send_messages": True}, "supergroup", False),
        ("restricted", {"is_member": True, "can_send_messages": False}, "supergroup", False),
    ],
)
def test_who_may_write_in_a_chat(status, rights, kind, may):
    assert may_write(member(status, **rights), chat(kind)) is may


def test_a_group_may_let_only_some_of_its_members_write():
    quiet = chat("supergroup", permissions=ChatPermissions(can_send_messages=False))
    assert not may_write(member("member"), quiet)
    assert may_write(member("administrator"), quiet)
