"""/api: what people do and see."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest
from telegram import Update

from sandbox import Sandbox
from sandbox.driver import Driver, DriverError, NoReplyError

GROUP = -1_001_000_000_001
BUTTON = {"inline_keyboard": [[{"text": "Yes", "callback_data": "yes"}]]}


async def test_the_default_world(sandbox: Sandbox, session: Any) -> None:
    async with session.get(f"{sandbox.url}/api/world") as response:
        world = await response.json()
    assert [(person["id"], person["first_name"], person["language_code"]) for person in world["people"]] == [
        (101, "Ada", "en"),
        (102, "小明", "zh-hans"),
    ]
    assert [(chat["id"], chat["type"]) for chat in world["chats"]] == [
        (101, "private"),
        (102, "private"),
        (GROUP, "supergroup"),
    ]
    assert world["bot"]["username"] == "lookout_bot"
    assert world["bot"]["note"] is None


async def test_a_note_is_shown(sandbox: Sandbox, session: Any) -> None:
    note = {"en": "Drawn pictures only", "zh": "只认识画"}
    async with session.put(f"{sandbox.url}/api/note", json={"text": note}) as response:
        assert response.status == 200
    async with session.get(f"{sandbox.url}/api/world") as response:
        assert (await response.json())["bot"]["note"] == note
    async with Sandbox(note=note) as other, session.get(f"{other.url}/api/world") as response:
        assert (await response.json())["bot"]["note"] == note


async def test_new_people_and_chats(sandbox: Sandbox, session: Any, api: Any, ada: Driver) -> None:
    async with session.post(f"{sandbox.url}/api/people", json={"first_name": "Bo", "language_code": "de"}) as response:
        bo = await response.json()
    members = [101, bo["id"]]
    async with session.post(f"{sandbox.url}/api/chats", json={"title": "Yard", "members": members}) as response:
        chat = await response.json()
    assert chat["type"] == "supergroup"
    assert set(members) < set(chat["members"])
    assert (await api.updates())[0]["my_chat_member"]["new_chat_member"]["status"] == "member"
    await ada.in_chat(chat["id"]).as_person(bo["id"]).say("hello")
    assert (await api.updates())[-1]["message"]["from"]["first_name"] == "Bo"
    with pytest.raises(DriverError, match="not in this chat"):
        await ada.in_chat(chat["id"]).as_person(102).say("hello")


async def test_the_bot_hears_groups_and_answers_there(api: Any, ada: Driver) -> None:
    group, ming = ada.in_chat(GROUP), ada.as_person(102)
    await group.as_person(102).say("anybody?")
    message = (await api.updates())[0]["message"]
    assert (message["chat"]["type"], message["from"]["first_name"]) == ("supergroup", "小明")
    await api.call("sendMessage", chat_id=GROUP, text="me")
    assert (await group.reply())["text"] == "me"
    with pytest.raises(NoReplyError, match="silence"):
        await ming.reply(timeout=0)


async def test_a_picture_is_replaced_and_its_caption_stays(
    api: Any, ada: Driver, png: bytes, voice_note: bytes
) -> None:
    [sent] = await ada.send_photo(png, caption="what is it?")
    await ada.replace(sent, "video", b"not looked into", "film.mp4")
    edited = (await api.updates())[-1]["edited_message"]
    assert (edited["message_id"], edited["caption"]) == (sent["message_id"], "what is it?")
    assert ("photo" in edited, edited["video"]["file_name"]) == (False, "film.mp4")
    assert (await ada.replace(sent, "photo", png, caption="and now?"))["caption"] == "and now?"
    album = await ada.send_photo([png, png])
    changed = await ada.replace(album[1], "photo", png)
    assert changed["media_group_id"] == album[0]["media_group_id"]
    for message, kind, data in (
        (album[1], "document", png),
        (sent, "photo", b"no picture"),
        (sent, "voice", voice_note),
        (await ada.say("a text"), "photo", png),
    ):
        with pytest.raises(DriverError, match=r"could be edited so|not a picture"):
            await ada.replace(message, kind, data)


async def test_edits_of_others_are_refused(api: Any, ada: Driver) -> None:
    own = await ada.say("a")
    theirs = await api.call("sendMessage", chat_id=101, text="b")
    with pytest.raises(DriverError, match="own messages"):
        await ada.edit(theirs, text="c")
    with pytest.raises(DriverError, match="nothing in this message"):
        await ada.edit(own, caption="c")
    with pytest.raises(DriverError, match="says nothing"):
        await ada.edit(own, text=" ")


async def test_the_first_of_several_files_has_the_caption(sandbox: Sandbox, session: Any, png: bytes) -> None:
    form = aiohttp.FormData({"person": "101", "caption": "look", "text": "hi"})
    for name in ("video_note", "document", "photo"):
        form.add_field(name, png, filename="a.png")
    async with session.post(f"{sandbox.url}/api/chats/101/messages", data=form) as response:
        messages = (await response.json())["messages"]
    assert [message.get("caption") for message in messages] == [None, "look", None, None]
    assert "photo" in messages[1]


async def test_a_caption_is_edited(api: Any, ada: Driver, png: bytes) -> None:
    photo = (await ada.send_photo(png, "one"))[0]
    assert (await ada.edit(photo, caption="two"))["caption"] == "two"
    assert "caption" not in await ada.edit(photo, caption="")
    assert (await api.updates())[1]["edited_message"]["caption"] == "two"


async def test_a_live_location_moves_and_stops(api: Any, ada: Driver) -> None:
    live = await ada.send_location(1, 2, live_period=60, heading=10, horizontal_accuracy=5.5)
    assert live["location"] == {
        "latitude": 1,
        "longitude": 2,
        "live_period": 60,
        "heading": 10,
        "horizontal_accuracy": 5.5,
    }
    assert (await ada.edit(live, stop_live=True))["location"] == {
        "latitude": 1,
        "longitude": 2,
        "horizontal_accuracy": 5.5,
    }
    with pytest.raises(DriverError, match="not live"):
        await ada.edit(live, latitude=3, longitude=4)
    with pytest.raises(DriverError, match="wrong location"):
        await ada.send_location(91, 0)


async def test_a_button_is_pressed_and_answered(api: Any, ada: Driver) -> None:
    message = await api.call("sendMessage", chat_id=101, text="?", reply_markup=BUTTON)
    press = asyncio.create_task(ada.press(message, "yes"))
    query = (await api.updates(timeout=10))[0]["callback_query"]
    assert (query["data"], query["from"]["id"], query["message"]["text"]) == ("yes", 101, "?")
    assert query["chat_instance"]
    answer = {"callback_query_id": query["id"], "text": "done", "show_alert": True}
    assert await api.refusal("answerCallbackQuery", **{**answer, "text": "x" * 201}) == "MESSAGE_TOO_LONG"
    assert await api.call("answerCallbackQuery", **answer)
    assert await press == {"text": "done", "show_alert": True, "url": None}
    assert await api.refusal("answerCallbackQuery", callback_query_id="5") == (
        "query is too old and response timeout expired or query ID is invalid"
    )
    with pytest.raises(DriverError, match="no such button"):
        await ada.press(message, "no")


async def test_people_may_delete_and_the_bot_is_not_told(api: Any, ada: Driver) -> None:
    message = await ada.say("a")
    await ada.delete(message)
    with pytest.raises(DriverError, match="no such message"):
        await ada.delete(message)
    assert len(await api.updates()) == 1


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"person": "101"}, "there is nothing to send"),
        ({"person": "101", "text": "a" * 4097}, "a text has at most 4096 characters"),
        ({"person": "9", "text": "a"}, '"person" must be the id of somebody who is there'),
        ({"person": "102", "text": "a"}, "小明 is not in this chat"),
        ({"person": "101", "text": "a", "reply_to": "5"}, "the message that is replied to is gone"),
        ({"person": "101", "latitude": "1"}, "longitude is empty"),
    ],
)
async def test_nonsense_gets_a_sentence(sandbox: Sandbox, session: Any, fields: Any, sentence: str) -> None:
    async with session.post(f"{sandbox.url}/api/chats/101/messages", data=fields) as response:
        assert 400 <= response.status < 500
        assert await response.json() == {"error": sentence}


async def test_wait_for_passes_over_what_is_not_wanted(api: Any, ada: Driver) -> None:
    first = await api.call("sendMessage", chat_id=101, text="one")
    await api.call("sendMessage", chat_id=101, text="two")
    await api.call("editMessageText", chat_id=101, message_id=first["message_id"], text="three")
    assert (await ada.wait_for(lambda message: message.get("text") == "three"))["message_id"] == first["message_id"]
    await api.call("sendMessage", chat_id=101, text="four")
    with pytest.raises(NoReplyError, match="four"):
        await ada.wait_for(lambda message: message.get("text") == "five", timeout=1)


async def test_events_go_on_where_they_stopped(sandbox: Sandbox, session: aiohttp.ClientSession, ada: Driver) -> None:
    async with session.get(f"{sandbox.url}/api/world") as response:
        seq = (await response.json())["seq"]
    await ada.say("one")
    await ada.say("two")

    async def read(headers: dict[str, str], query: str) -> list[tuple[str, str]]:
        found = []
        async with session.get(f"{sandbox.url}/api/events{query}", headers=headers) as stream:
            assert stream.headers["Content-Type"] == "text/event-stream"
            async for line in stream.content:
                name, _, value = line.decode().strip().partition(": ")
                if name in {"id", "data"}:
                    found.append((name, value))
                if len(found) == 2:
                    break
        return found

    (_, first_id), (_, first) = await read({}, f"?after={seq}")
    assert '"one"' in first
    assert '"two"' in (await read({"Last-Event-ID": first_id}, f"?after={seq}"))[1][1]
    for unknown in ("5", str(seq + 1000), "soon"):
        assert '"type": "reset"' in (await read({}, f"?after={unknown}"))[1][1]


async def test_what_is_sent_at_once_comes_as_an_album_of_what_goes_together(api: Any, ada: Driver, png: bytes) -> None:
    mixed = await ada.send_album([("video", b"a film"), ("photo", png), ("photo", png)], ["", "look", ""])
    assert [next(kind for kind in ("photo", "video") if kind in message) for message in mixed] == [
        "photo",
        "photo",
        "video",
    ]
    assert [message.get("caption") for message in mixed] == [None, "look", None]
    files = await ada.send_album([("document", png), ("document", b"words")])
    updates = [update["message"] for update in await api.updates()]
    assert [message["media_group_id"] for message in updates] == [
        *[mixed[0]["media_group_id"]] * 3,
        *[files[0]["media_group_id"]] * 2,
    ]
    assert mixed[0]["media_group_id"] != files[0]["media_group_id"]
    [late] = await ada.send_photo(png, album=mixed[0]["media_group_id"])
    assert late["media_group_id"] == mixed[0]["media_group_id"]
    with pytest.raises(DriverError, match="at most 10"):
        await ada.send_album([("photo", png)] * 11)


async def test_messages_are_sent_on_with_their_origin(api: Any, ada: Driver, png: bytes) -> None:
    ming = ada.as_person(102)
    album = await ming.send_photo([png, png], caption="mine")
    await api.updates()
    forwarded = await ada.forward(album)
    assert [message["forward_origin"]["sender_user"]["id"] for message in forwarded] == [102, 102]
    assert forwarded[0]["caption"] == "mine"
    assert forwarded[0]["media_group_id"] == forwarded[1]["media_group_id"] != album[0]["media_group_id"]
    again = await ada.forward(forwarded[:1])
    assert again[0]["forward_origin"] == forwarded[0]["forward_origin"]
    with pytest.raises(DriverError, match="no such message"):
        await ada.forward([{**album[0], "message_id": 1}])


async def test_a_message_of_another_chat_is_replied_to(api: Any, ada: Driver, png: bytes) -> None:
    group = ada.in_chat(GROUP)
    [posted] = await group.send_photo(png, caption="there")
    about = await ada.say_about(posted, "what is it?", quote="there")
    assert about["external_reply"]["photo"] == posted["photo"]
    assert about["external_reply"]["message_id"] == posted["message_id"]
    assert "caption" not in about["external_reply"]
    assert about["quote"]["text"] == "there"
    assert "reply_to_message" not in about
    here = await group.say_about(posted, "and this?", quote="there")
    assert here["reply_to_message"]["message_id"] == posted["message_id"]
    assert "external_reply" not in here


async def test_what_is_no_text_and_no_file_is_sent_as_telegram_sends_it(api: Any, ada: Driver, png: bytes) -> None:
    for kind in ("contact", "dice", "poll", "story", "paid_media"):
        await ada.send_other(kind)
    hidden = await ada.send_file("photo", png, "a.png", has_media_spoiler=True, has_protected_content=True)
    assert (hidden["has_media_spoiler"], hidden["has_protected_content"]) == (True, True)
    film = await ada.send_file("video", b"a film", "a.mp4", duration=5, width=320, height=240)
    assert (film["video"]["duration"], film["video"]["width"]) == (5, 320)
    parsed: list[Any] = [Update.de_json(update, None).message for update in await api.updates()]
    assert [message.effective_attachment.__class__.__name__ for message in parsed[:4]] == [
        "Contact",
        "Dice",
        "Poll",
        "Story",
    ]
    assert parsed[4].paid_media.star_count == 1
    with pytest.raises(DriverError, match="DICE_EMOJI_INVALID"):
        await ada.send_other("dice", emoji="x")
