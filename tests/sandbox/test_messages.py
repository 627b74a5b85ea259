"""Sending, editing, deleting and reacting, with Telegram's limits and its words."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox import Sandbox, World
from sandbox.driver import Driver
from sandbox.errors import BadRequest
from sandbox.methods import METHODS, Call
from sandbox.parameters import Parameters

GROUP = -1_001_000_000_001
KEYBOARD = {"inline_keyboard": [[{"text": "Yes", "callback_data": "yes"}, {"text": "Site", "url": "http://e.org/"}]]}


async def test_a_message_has_telegram_s_shape(api: Any) -> None:
    message = await api.call("sendMessage", chat_id=101, text="<b>hi</b>", parse_mode="HTML", reply_markup=KEYBOARD)
    assert message.pop("message_id") > 0
    assert message.pop("date") > 0
    assert message == {
        "from": {"id": 7000000001, "is_bot": True, "first_name": "Lookout", "username": "lookout_bot"},
        "chat": {"id": 101, "first_name": "Ada", "type": "private"},
        "text": "hi",
        "entities": [{"offset": 0, "length": 2, "type": "bold"}],
        "reply_markup": KEYBOARD,
    }


async def test_a_reply_holds_one_level(api: Any, ada: Driver) -> None:
    first = await ada.say("one")
    second = await api.call(
        "sendMessage", chat_id=101, text="two", reply_parameters={"message_id": first["message_id"]}
    )
    third = await ada.say("three", reply_to=second["message_id"])
    assert second["reply_to_message"] == first
    assert third["reply_to_message"]["text"] == "two"
    assert "reply_to_message" not in third["reply_to_message"]


async def test_a_lost_message_can_be_replied_to_only_when_that_was_allowed_for(api: Any) -> None:
    lost = {"message_id": 5}
    assert await api.refusal("sendMessage", chat_id=101, text="a", reply_parameters=lost) == (
        "message to be replied not found"
    )
    lost["allow_sending_without_reply"] = True
    assert "reply_to_message" not in await api.call("sendMessage", chat_id=101, text="a", reply_parameters=lost)
    assert await api.refusal("sendMessage", chat_id=101, text="a", reply_to_message_id=5) == (
        "message to be replied not found"
    )


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"chat_id": 101}, "message text is empty"),
        ({"chat_id": 101, "text": " \n "}, "text must be non-empty"),
        ({"chat_id": 101, "text": "a" * 4097}, "message is too long"),
        ({"chat_id": 101, "text": "a" * 40_000}, "text is too long"),
        ({"text": "a"}, "chat_id is empty"),
        ({"chat_id": 999, "text": "a"}, "chat not found"),
        ({"chat_id": "@nobody", "text": "a"}, "chat not found"),
        ({"chat_id": 101, "text": "a", "parse_mode": "TeX"}, "unsupported parse_mode"),
        ({"chat_id": 101, "text": "a", "reply_markup": "{"}, "can't parse reply keyboard markup JSON object"),
        ({"chat_id": 101, "text": "a", "reply_markup": []}, "object expected as reply markup"),
        ({"chat_id": 101, "text": "a", "reply_parameters": "x"}, "can't parse reply parameters JSON object"),
        ({"chat_id": 101, "text": "a", "reply_parameters": {"x": 1}}, 'can\'t find field "message_id"'),
    ],
)
async def test_what_can_t_be_sent_is_refused(api: Any, parameters: dict[str, Any], reason: str) -> None:
    assert await api.refusal("sendMessage", **parameters) == reason


async def test_markup_is_not_counted(api: Any) -> None:
    message = await api.call("sendMessage", chat_id=101, text=f"<b>{'😀' * 4096}</b>", parse_mode="HTML")
    assert message["entities"] == [{"offset": 0, "length": 8192, "type": "bold"}]


@pytest.mark.parametrize(
    ("button", "reason"),
    [
        ({"text": "a", "callback_data": "x" * 65}, "BUTTON_DATA_INVALID"),
        ({"text": "a"}, "can't parse inline keyboard button: text buttons are unallowed in the inline keyboard"),
        ({"url": "http://e.org"}, "can't parse inline keyboard button: can't find field \"text\""),
        (5, "can't parse inline keyboard button: inlineKeyboardButton must be an Object"),
        (
            {"text": "a", "url": "http://localhost:3000"},
            "inline keyboard button URL 'http://localhost:3000' is invalid: Wrong HTTP URL",
        ),
        (
            {"text": "a", "url": "ftp://e.org"},
            "inline keyboard button URL 'ftp://e.org' is invalid: Unsupported URL protocol",
        ),
    ],
)
async def test_wrong_buttons_are_refused(api: Any, button: Any, reason: str) -> None:
    markup = {"inline_keyboard": [[button]]}
    assert (await api.refusal("sendMessage", chat_id=101, text="a", reply_markup=markup)).lower() == reason.lower()


async def test_an_edit_changes_text_and_keyboard(api: Any) -> None:
    message = await api.call("sendMessage", chat_id=101, text="a", reply_markup=KEYBOARD)
    where = {"chat_id": 101, "message_id": message["message_id"]}
    not_modified = (
        "message is not modified: specified new message content and reply markup are exactly the same as a current "
        "content and reply markup of the message"
    )
    assert await api.refusal("editMessageText", **where, text="a", reply_markup=KEYBOARD) == not_modified
    edited = await api.call("editMessageText", **where, text="b")
    assert edited["text"] == "b"
    assert edited["edit_date"] >= message["date"]
    assert "reply_markup" not in edited
    assert await api.refusal("editMessageText", **where, text="b") == not_modified
    assert (await api.call("editMessageReplyMarkup", **where, reply_markup=KEYBOARD))["reply_markup"] == KEYBOARD
    assert await api.refusal("editMessageCaption", **where, caption="c") == "there is no caption in the message to edit"


async def test_only_the_bot_s_own_messages_can_be_edited(api: Any, ada: Driver) -> None:
    hers = await ada.say("mine")
    edit = {"chat_id": 101, "text": "b"}
    assert await api.refusal("editMessageText", **edit, message_id=hers["message_id"]) == "message can't be edited"
    assert await api.refusal("editMessageText", **edit, message_id=1) == "message to edit not found"
    assert await api.refusal("editMessageText", text="b") == "message identifier is not specified"


async def test_captions_and_media_are_edited(api: Any, png: bytes, voice_note: bytes) -> None:
    sent = await api.upload("sendPhoto", {"photo": png}, chat_id=101, caption="one")
    where = {"chat_id": 101, "message_id": sent["result"]["message_id"]}
    assert (await api.call("editMessageCaption", **where, caption="two"))["caption"] == "two"
    assert await api.refusal("editMessageCaption", **where, caption="x" * 1025) == "message caption is too long"
    assert await api.refusal("editMessageText", **where, text="x") == "there is no text in the message to edit"
    media = '{"type": "document", "media": "attach://new", "caption": "three"}'
    edited = (await api.upload("editMessageMedia", {"new": voice_note}, **where, media=media))["result"]
    assert edited["caption"] == "three"
    assert edited["document"]["file_size"] == len(voice_note)
    assert "photo" not in edited


async def test_deleting(api: Any, ada: Driver) -> None:
    hers, own = await ada.say("a"), await api.call("sendMessage", chat_id=101, text="b")
    assert await api.call("deleteMessage", chat_id=101, message_id=own["message_id"])
    again = await api.refusal("deleteMessage", chat_id=101, message_id=own["message_id"])
    assert again == "message to delete not found"
    assert await api.call("deleteMessages", chat_id=101, message_ids=[hers["message_id"], 5])
    assert await ada.messages() == []
    in_group = await ada.in_chat(GROUP).say("c")
    assert await api.refusal("deleteMessage", chat_id=GROUP, message_id=in_group["message_id"]) == (
        "message can't be deleted for everyone"
    )
    assert await api.refusal("deleteMessage", chat_id=101) == "message identifier is not specified"
    assert await api.refusal("deleteMessages", chat_id=101, message_ids=[[]]) == "message identifier must be a Number"


async def test_locations(api: Any) -> None:
    pin = await api.call("sendLocation", chat_id=101, latitude=52.5, longitude="13.4")
    assert pin["location"] == {"latitude": 52.5, "longitude": 13.4}
    live = await api.call("sendLocation", chat_id=101, latitude=1, longitude=2, live_period=60, heading=90)
    assert live["location"] == {"latitude": 1.0, "longitude": 2.0, "live_period": 60, "heading": 90}
    where = {"chat_id": 101, "message_id": live["message_id"]}
    moved = await api.call("editMessageLiveLocation", **where, latitude=3, longitude=4)
    assert moved["location"] == {"latitude": 3.0, "longitude": 4.0, "live_period": 60}
    assert (await api.call("stopMessageLiveLocation", **where))["location"] == {"latitude": 3.0, "longitude": 4.0}
    assert await api.refusal("editMessageLiveLocation", **where, latitude=3, longitude=4) == "message can't be edited"
    for latitude in (91, "nan", "north"):
        assert await api.refusal("sendLocation", chat_id=101, latitude=latitude, longitude=0) == (
            "wrong location specified"
        )
    assert await api.refusal("sendLocation", chat_id=101, latitude=1) == "longitude is empty"


async def test_a_live_location_ends_by_itself() -> None:
    now = 1000.0
    world = World(clock=lambda: now)

    def call(method: str, **values: str) -> Any:
        return METHODS[method](Call(world, world.bot, Parameters({"chat_id": "101", **values})))

    position = {"latitude": "1", "longitude": "2"}
    message = call("sendlocation", **position, live_period="60")
    now = 1061.0
    with pytest.raises(BadRequest, match="message can't be edited"):
        call("editmessagelivelocation", message_id=str(message["message_id"]), latitude="3", longitude="4")


async def test_reactions(api: Any, ada: Driver) -> None:
    await api.updates(allowed_updates=["message_reaction"])
    message = await ada.say("a")
    where = {"chat_id": 101, "message_id": message["message_id"]}
    assert await api.call("setMessageReaction", **where, reaction=[{"type": "emoji", "emoji": "👀"}])
    assert await api.refusal("setMessageReaction", **where, reaction=[{"type": "emoji", "emoji": "x"}]) == (
        "REACTION_INVALID"
    )
    await ada.react(message, "👍")
    await ada.react(message, None)
    changes = [update["message_reaction"] for update in await api.updates()]
    thumb = [{"type": "emoji", "emoji": "👍"}]
    assert [(change["old_reaction"], change["new_reaction"]) for change in changes] == [([], thumb), (thumb, [])]
    shown = [event["reactions"] for event in ada.events if event["type"] == "reaction"]
    assert shown[-1] == [{"user_id": 7000000001, "emoji": "👀"}]


async def test_copies_and_forwards(api: Any, ada: Driver, png: bytes) -> None:
    original = (await ada.send_photo(png, "look"))[0]
    source = {"chat_id": GROUP, "from_chat_id": 101, "message_id": original["message_id"]}
    copied = await api.call("copyMessage", **source, caption="see")
    forwarded = await api.call("forwardMessage", **source)
    assert list(copied) == ["message_id"]
    assert forwarded["photo"] == original["photo"]
    assert forwarded["forward_origin"]["sender_user"]["id"] == 101
    assert [message["caption"] for message in await ada.in_chat(GROUP).messages()] == ["see", "look"]


async def test_a_reply_may_be_to_a_message_of_another_chat(api: Any, ada: Driver) -> None:
    group = await ada.group("Named", username="named_group")
    there, here = await group.say("there"), await ada.say("here")
    for chat in (group.chat, "@named_group"):
        reply = {"chat_id": chat, "message_id": there["message_id"]}
        message = await api.call("sendMessage", chat_id=101, text="yes", reply_parameters=reply)
        assert message["external_reply"]["message_id"] == there["message_id"]
        assert "reply_to_message" not in message
    reply = {"chat_id": 101, "message_id": here["message_id"]}
    message = await api.call("sendMessage", chat_id=101, text="yes", reply_parameters=reply)
    assert message["reply_to_message"]["text"] == "here"
    gone = {"chat_id": group.chat, "message_id": 1}
    refused = await api.refusal("sendMessage", chat_id=101, text="yes", reply_parameters=gone)
    assert refused == "message to be replied not found"


async def test_pictures_are_covered_and_messages_protected_as_asked(api: Any, png: bytes) -> None:
    asked = {"has_spoiler": True, "show_caption_above_media": True, "protect_content": True, "caption": "a"}
    photo = (await api.upload("sendPhoto", {"photo": png}, chat_id=101, **asked))["result"]
    shown = {"has_media_spoiler": True, "show_caption_above_media": True, "has_protected_content": True}
    assert shown.items() <= photo.items()
    media = [{"type": "photo", "media": photo["photo"][-1]["file_id"], "has_spoiler": True}] * 2
    for message in await api.call("sendMediaGroup", chat_id=101, media=media):
        assert message["has_media_spoiler"]
        assert "has_protected_content" not in message
    document = (await api.upload("sendDocument", {"document": png}, chat_id=101, **asked))["result"]
    assert "has_media_spoiler" not in document
    wrong = [{**media[0], "has_spoiler": "very"}]
    assert "has_spoiler" in await api.refusal("sendMediaGroup", chat_id=101, media=wrong)


async def test_a_source_may_be_named(api: Any, ada: Driver) -> None:
    group = await ada.group("Named", username="named_group")
    source = {"from_chat_id": "@Named_Group", "message_id": (await group.say("look"))["message_id"]}
    assert (await api.call("forwardMessage", chat_id=101, **source))["text"] == "look"
    assert await api.call("copyMessage", chat_id=101, **source)


async def test_drafts_and_actions_show_for_a_moment_only(api: Any, ada: Driver) -> None:
    draft = {"chat_id": 101, "draft_id": 1, "text": "*half*", "parse_mode": "MarkdownV2"}
    assert await api.call("sendMessageDraft", **draft) is True
    assert await api.call("sendMessageDraft", chat_id=101, draft_id=1) is True
    assert await api.call("sendChatAction", chat_id=101, action="typing") is True
    await api.call("sendMessage", chat_id=101, text="whole")
    assert (await ada.reply())["text"] == "whole"
    assert [(one["text"], one["entities"]) for one in ada.drafts] == [
        ("half", [{"offset": 0, "length": 4, "type": "bold"}]),
        ("", []),
    ]
    assert [event["type"] for event in ada.events] == ["draft", "draft", "action", "message"]
    assert len(await ada.messages()) == 1


async def test_drafts_are_for_private_chats(api: Any) -> None:
    assert await api.refusal("sendMessageDraft", chat_id=GROUP, draft_id=1, text="a") == "TEXTDRAFT_PEER_INVALID"
    assert await api.refusal("sendMessageDraft", chat_id=101, text="a") == "RANDOM_ID_INVALID"
    assert await api.refusal("sendMessageDraft", chat_id=101, draft_id=1, text="a" * 4097) == "message is too long"
    assert await api.refusal("sendChatAction", chat_id=101, action="dancing") == "wrong parameter action in request"


async def test_a_blocked_bot_can_t_write(api: Any, ada: Driver) -> None:
    await ada.block()
    answer = await api.ask("sendMessage", chat_id=101, text="a")
    assert (answer["error_code"], answer["description"]) == (403, "Forbidden: bot was blocked by the user")
    assert (await api.updates())[0]["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    await ada.block(blocked=False)
    await api.call("sendMessage", chat_id=101, text="a")


async def test_commands_by_scope_and_language(api: Any, session: Any, sandbox: Sandbox) -> None:
    commands = [{"command": "start", "description": "Begin"}]
    await api.call("setMyCommands", commands=commands)
    await api.call("setMyCommands", commands=[{"command": "/start", "description": "开始"}], language_code="zh")
    await api.call("setMyCommands", commands=[], scope={"type": "all_group_chats"})
    assert await api.call("getMyCommands") == commands
    assert await api.call("getMyCommands", language_code="zh") == [{"command": "start", "description": "开始"}]
    assert await api.call("getMyCommands", scope={"type": "chat", "chat_id": 101}) == []
    async with session.get(f"{sandbox.url}/api/world") as response:
        assert (await response.json())["bot"]["commands"] == {
            "": commands,
            "zh": [{"command": "start", "description": "开始"}],
        }
    await api.call("deleteMyCommands")
    assert await api.call("getMyCommands") == []
    wrong = [{"command": "Start!", "description": "x"}]
    assert await api.refusal("setMyCommands", commands=wrong) == "BOT_COMMAND_INVALID"
    assert await api.refusal("setMyCommands", commands=commands, language_code="Chinese") == (
        "invalid language code specified"
    )
    assert await api.refusal("setMyCommands", commands=commands, scope={"type": "moon"}) == (
        "can't parse BotCommandScope: unsupported type specified"
    )


async def test_descriptions(api: Any) -> None:
    await api.call("setMyDescription", description="Looks at pictures")
    assert await api.call("getMyDescription", language_code="zh") == {"description": "Looks at pictures"}
    assert await api.call("getMyShortDescription") == {"short_description": ""}
    assert await api.call("getMyName") == {"name": "Lookout"}


async def test_who_is_in_a_chat(api: Any) -> None:
    assert (await api.call("getChat", chat_id=101))["type"] == "private"
    assert (await api.call("getChat", chat_id=GROUP))["title"] == "Neighbours"
    assert await api.call("getChatMemberCount", chat_id=GROUP) == 3
    administrators = await api.call("getChatAdministrators", chat_id=GROUP)
    assert [(one["user"]["id"], one["status"]) for one in administrators] == [(101, "creator")]
    member = await api.call("getChatMember", chat_id=GROUP, user_id=102)
    assert (member["user"]["first_name"], member["status"]) == ("小明", "member")
    assert await api.refusal("getChatMember", chat_id=GROUP, user_id=0) == "invalid user_id specified"
    assert await api.refusal("getChatMember", chat_id=GROUP, user_id=55) == "user not found"
    assert await api.refusal("getChatAdministrators", chat_id=101) == (
        "there are no administrators in the private chat"
    )


async def test_names_tokens_and_methods(api: Any, session: Any) -> None:
    assert (await api.call("GETME"))["username"] == "lookout_bot"
    assert (await api.ask("flyToTheMoon"))["description"] == "Not Found: method not found"
    for token, status in (("nonsense", 404), ("7000000001:" + "x" * 30, 401)):
        async with session.get(f"{api.url}/bot{token}/getMe") as response:
            assert response.status == status
            assert (await response.json())["error_code"] == status


async def test_every_token_is_a_bot_of_its_own(api: Any, ada: Driver, session: Any) -> None:
    other = type(api)(session, api.url, "42:" + "x" * 30)
    assert (await other.call("getMe"))["id"] == 42
    await ada.say("to the first")
    assert await other.updates() == []
    await other.call("sendMessage", chat_id=101, text="from the second")
    assert [message["text"] for message in await ada.messages()] == ["to the first"]
    answer = await other.ask("sendMessage", chat_id=GROUP, text="a")
    assert answer["description"] == "Forbidden: bot is not a member of the supergroup chat"
    async with Driver(api.url, bot=42) as hers:
        await hers.say("to the second")
        assert [update["message"]["text"] for update in await other.updates()] == ["to the second"]
