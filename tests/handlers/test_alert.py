"""Alerts: the photo itself, once, with all that is known of it, and buttons that make the watch better or quieter."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from PIL import ExifTags, Image

from bot.assembly import Assembly
from sandbox.driver import Driver, Message, buttons_of, text_of
from storage.records import Reply, Watch

GROUP = -1001000000001
"""Where the bot is silent, so that all it says is an alert."""

CHANNEL = -1009


async def watching(person: Driver, bot: Assembly, condition: str = "fire", **options: object) -> Watch:
    await person.say(f"/watch {condition}")
    await person.reply()
    async with bot.store.write() as records:
        *_, made = await records.watches.of_chat(person.chat)
        return (options and await records.watches.change(person.chat, made.id, **options)) or made  # type: ignore[arg-type]


async def alerted(person: Driver) -> Message:
    return await person.wait_for(lambda message: text_of(message).startswith(("🔔", "🔕")))


async def quiet(person: Driver) -> None:
    """All that was sent before has been looked at, and nothing was said of it."""
    await person.say("/prompt")
    assert "no instruction" in text_of(await person.reply())


async def of(bot: Assembly, watch: Watch) -> Watch:
    async with bot.store.read() as records:
        now = await records.watches.get(watch.id)
    assert now
    return now


async def test_an_alert_is_the_photo_itself_with_what_is_known_of_it(ada, bot, fire):
    await watching(ada, bot)
    await ada.send_location(52.52, 13.405)
    await ada.reply()
    [sent] = await ada.send_photo(fire)
    alert = await alerted(ada)
    assert await ada.file(alert["photo"][-1]["file_id"]) == await ada.file(sent["photo"][-1]["file_id"])
    first, *lines = text_of(alert).splitlines()
    assert first == "🔔 fire"
    assert lines[0].startswith("Yes, ")
    assert lines[1:] == ["Sent by Ada", "📍 52.5200, 13.4050"]
    assert alert["reply_to_message"]["message_id"] == sent["message_id"]
    assert list(buttons_of(alert)) == ["✓ Right", "✗ Wrong", "💤 Snooze 1 h", "⏸ Pause"]
    await ada.say("Is there a cat?", reply_to=alert["message_id"])
    assert "no" in text_of(await ada.reply()).lower()


async def test_what_came_as_a_file_is_told_without_what_it_carries(ada, bot, fire):
    photo, carrying = Image.open(BytesIO(fire)), BytesIO()
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    exif[ExifTags.Base.Artist] = "somebody"
    photo.save(carrying, "PNG", exif=exif)
    assert b"somebody" in carrying.getvalue()
    await watching(ada, bot)
    await ada.send_document(carrying.getvalue(), "fire.png")
    alert = await alerted(ada)
    told = await ada.file(alert["photo"][-1]["file_id"])
    assert b"somebody" not in told
    assert Image.open(BytesIO(told)).format == "JPEG"


async def test_right_and_wrong_move_the_threshold_of_their_watch_and_can_be_changed(ada, bot, fire):
    group = ada.in_chat(GROUP)
    fires, others = await watching(group, bot), await watching(group, bot, "smoke")
    await group.send_photo(fire)
    alert = await alerted(group)
    said = await group.press(alert, buttons_of(alert)["✗ Wrong"])
    assert said
    assert "%" in said["text"]
    raised = (await of(bot, fires)).shift
    assert raised > 0.5
    marked = await group.wait_for(lambda message: "● ✗ Wrong" in buttons_of(message))
    await group.press(marked, buttons_of(marked)["✓ Right"])
    assert (await of(bot, fires)).shift == (await of(bot, others)).shift == 0


async def test_a_snoozed_watch_says_nothing_until_it_is_woken(ada, bot, fire):
    group = ada.in_chat(GROUP)
    await watching(group, bot)
    await group.send_photo(fire)
    alert = await alerted(group)
    said = await group.press(alert, buttons_of(alert)["💤 Snooze 1 h"])
    assert said
    assert "Quiet until" in said["text"]
    await group.send_photo(fire)
    await quiet(group)
    await group.press(alert, buttons_of(alert)["💤 Snooze 1 h"].replace("snooze", "wake"))
    await group.send_photo(fire)
    await alerted(group)


async def test_a_silent_groups_picture_gives_way_to_those_that_somebody_waits_for(ada, bot, asked, fire):
    group = ada.in_chat(GROUP)
    await watching(group, bot)
    await group.send_photo(fire)
    alert = await alerted(group)
    assert len(asked) == 3, "the first look, a description, and the second look"
    assert {request.priority for request in asked} == {"camera"}
    asked.clear()
    await group.say("Is there a cat?", reply_to=alert["message_id"])
    await group.reply()
    await group.send_photo(fire, caption="@lookout_bot what is it?")
    await group.reply()
    assert {request.priority for request in asked} == {"interactive"}


async def test_an_alert_after_a_snooze_can_be_snoozed_again(ada, bot, fire):
    group = ada.in_chat(GROUP)
    await watching(group, bot, snoozed=datetime.now(UTC) - timedelta(minutes=5))
    await group.send_photo(fire)
    assert "💤 Snooze 1 h" in buttons_of(await alerted(group))


async def test_a_paused_watch_is_not_even_asked(ada, bot, asked, fire):
    group = ada.in_chat(GROUP)
    await watching(group, bot)
    await group.send_photo(fire)
    alert = await alerted(group)
    await group.press(alert, buttons_of(alert)["⏸ Pause"])
    resuming = await group.wait_for(lambda message: "▶️ Resume" in buttons_of(message))
    before = len(asked)
    await group.send_photo(fire)
    await quiet(group)
    assert len(asked) == before
    await group.press(resuming, buttons_of(resuming)["▶️ Resume"])
    await group.wait_for(lambda message: "⏸ Pause" in buttons_of(message))
    await group.send_photo(fire)
    await alerted(group)


async def test_what_a_watch_told_before_a_pause_begins_anew_after_it(ada, bot, fire):
    group = ada.in_chat(GROUP)
    await watching(group, bot, tells="start")
    await group.send_photo(fire)
    alert = await alerted(group)
    await group.send_photo(fire)
    await quiet(group)
    await group.press(alert, buttons_of(alert)["⏸ Pause"])
    resuming = await group.wait_for(lambda message: "▶️ Resume" in buttons_of(message))
    await group.press(resuming, buttons_of(resuming)["▶️ Resume"])
    await group.wait_for(lambda message: "⏸ Pause" in buttons_of(message))
    await group.send_photo(fire)
    await alerted(group)


async def test_only_what_changes_is_told(ada, bot, fire, cat):
    group = ada.in_chat(GROUP)
    await watching(group, bot, tells="both")
    for picture in (cat, fire, fire, cat, cat, fire):
        await group.send_photo(picture)
    assert [text_of(await alerted(group))[0] for _ in range(3)] == ["🔔", "🔕", "🔔"]
    await quiet(group)


async def test_a_watch_that_begins_to_tell_beginnings_knows_what_is_over(ada, bot, fire, cat):
    group = ada.in_chat(GROUP)
    made = await watching(group, bot)
    await group.send_photo(fire)
    await alerted(group)
    await group.send_photo(cat)
    await quiet(group)
    async with bot.store.write() as records:
        await records.watches.change(GROUP, made.id, tells="start")
    await group.send_photo(fire)
    await alerted(group)


async def test_an_end_that_was_only_noted_does_not_silence_a_late_picture_of_its_album(ada, bot, fire, cat):
    group = ada.in_chat(GROUP)
    await watching(group, bot)
    await group.send_photo(fire)
    await alerted(group)
    album = await group.send_photo([cat, cat])
    await quiet(group)
    [late] = await group.send_photo(fire, album=album[0]["media_group_id"])
    assert (await alerted(group))["reply_to_message"]["message_id"] == late["message_id"]


async def test_a_cool_down_holds_for_each_sender_alone(ada, bot, fire):
    group = ada.in_chat(GROUP)
    ming = ada.as_person(102).in_chat(GROUP)
    await watching(group, bot, cooldown=3600)
    for person in (group, group, ming, ming):
        await person.send_photo(fire)
    senders = [text_of(await alerted(group)).splitlines()[2] for _ in range(2)]
    assert senders == ["Sent by Ada", "小明 发来的"]
    await quiet(group)


async def test_what_could_not_be_told_holds_no_later_alert_back_and_was_not_said(ada, bot, fire, monkeypatch):
    await watching(ada, bot, cooldown=3600, tells="start")
    with monkeypatch.context() as fault:
        fault.setattr("bot.patience.pause", lambda _: timedelta(0))
        fault.setattr("handlers.alert._words", None)
        await ada.send_photo(fire)
        assert "went wrong on my side" in text_of(await ada.reply())
    async with bot.store.read() as records:
        assert await records.sightings.turns((await records.sightings.latest(ada.chat)).id) == []
    [told] = await ada.send_photo(fire)
    assert (await alerted(ada))["reply_to_message"]["message_id"] == told["message_id"]


async def test_two_of_three_have_to_show_it(ada, bot, fire, cat):
    group = ada.in_chat(GROUP)
    await watching(group, bot, needed=2, among=3)
    await group.send_photo(fire)
    await group.send_photo(cat)
    await quiet(group)
    [third] = await group.send_photo(fire)
    assert (await alerted(group))["reply_to_message"]["message_id"] == third["message_id"]


async def test_a_picture_that_was_replaced_counts_as_what_it_is_now(ada, bot, fire, cat):
    group = ada.in_chat(GROUP)
    made = await watching(group, bot, needed=2, among=3)
    [first] = await group.send_photo(fire)
    await group.replace(first, "photo", cat)
    await group.send_photo(fire)
    await quiet(group)
    async with bot.store.read() as records:
        assert [verdict.outcome for verdict in await records.watches.verdicts(made.id)] == ["no", "yes"]
    await group.send_photo(fire)
    await alerted(group)


async def test_channels_that_speak_in_a_group_have_a_cool_down_each(ada, bot, as_channel, fire):
    group = ada.in_chat(GROUP)
    [photo] = await ada.send_photo(fire)
    await watching(group, bot, cooldown=3600)
    for channel in (-1002, -1003):
        await as_channel(channel, photo=photo["photo"])
        assert f"Sent by Camera {channel}" in text_of(await alerted(group))
    await as_channel(-1002, photo=photo["photo"])
    await quiet(group)


async def test_an_alert_for_another_chat_goes_there_and_is_answered_there(ada, bot, fire, cat):
    group = ada.in_chat(GROUP)
    made = await watching(group, bot, target=ada.chat)
    await group.send_photo(fire)
    alert = await alerted(ada)
    assert "reply_to_message" not in alert
    await quiet(group)
    await ada.press(alert, buttons_of(alert)["✗ Wrong"])
    assert (await of(bot, made)).shift > 0
    await ada.say("Is there a fire?", reply_to=alert["message_id"])
    assert "yes" in text_of(await ada.reply()).lower()
    await group.say("/watches 1 to here")
    await group.reply()
    assert "not tell here" in (await ada.press(alert, buttons_of(alert)["⏸ Pause"]))["text"]
    assert not (await of(bot, made)).paused


async def test_an_alert_for_another_chat_speaks_its_language_and_goes_by_its_clock(ada, bot, fire):
    group = ada.in_chat(GROUP)
    async with bot.store.write() as records:
        await records.chats.set(GROUP, language="zh-hans", zone="Etc/GMT-14")
        await records.chats.set(ada.chat, zone="Etc/GMT+12")
    await watching(ada, bot)
    await ada.say(f"/watches 1 to {GROUP}")
    assert text_of(await group.reply()) == "来自 Ada 的“fire”提醒会发到这里。"
    [photo] = await ada.send_photo(fire)
    alert = await alerted(group)
    there = datetime.fromtimestamp(photo["date"], UTC) + timedelta(hours=14)
    assert f"{there:%Y-%m-%d %H:%M}\nAda 发来的" in text_of(alert)
    assert "✗ 不对" in buttons_of(alert)


async def test_what_was_said_in_the_chat_of_a_picture_is_not_told_where_its_alert_goes(ada, bot, asked, fire):
    group = ada.in_chat(GROUP)
    await watching(ada, bot, target=GROUP)
    await ada.send_photo(fire, caption="Is my secret kitchen burning?")
    await ada.reply()
    alert = await alerted(group)
    await group.say("Is there a fire?", reply_to=alert["message_id"])
    await group.reply()
    await group.say("And a cat?", reply_to=alert["message_id"])
    await group.reply()
    last = [message.text for message in asked[-1].conversation]
    assert [text.split("\n")[-1] for text in last[::2]] == ["Is there a fire?", "And a cat?"]
    assert "secret" not in str(last)
    await ada.say("Sure?")
    await ada.reply()
    assert "cat" not in str([message.text for message in asked[-1].conversation])


async def test_an_alert_from_before_a_watch_got_other_words_still_quiets_it(ada, bot, fire):
    group = ada.in_chat(GROUP)
    made = await watching(group, bot)
    await group.send_photo(fire)
    alert = await alerted(group)
    await group.say("/watches 1 ask a blaze")
    await group.reply()
    said = await group.press(alert, buttons_of(alert)["✗ Wrong"])
    assert said
    assert "something else" in said["text"]
    assert (await of(bot, made)).shift == 0
    await group.press(alert, buttons_of(alert)["⏸ Pause"])
    assert (await of(bot, made)).paused
    marked = await group.wait_for(lambda message: "▶️ Resume" in buttons_of(message))
    assert "✗ Wrong" not in buttons_of(marked)


async def test_in_a_channel_only_admins_press_what_stands_under_an_alert(ada, bot, fire):
    made = await watching(ada, bot)
    await ada.send_photo(fire)
    alert = await alerted(ada)
    async with bot.store.write() as records:
        await records.watches.change(ada.chat, made.id, target=CHANNEL)
    await pressed_in_channel(bot, buttons_of(alert)["⏸ Pause"])
    assert not (await of(bot, made)).paused


async def test_in_a_channel_nothing_else_is_pressed_whatever_a_reader_makes_up(ada, bot):
    made_up = ["watch:example:smoke", "watches:stats", "language:zh-hans", "settings:voice:on", "settings", "stop:1"]
    await pressed_in_channel(bot, *made_up, "timezone:Asia/Shanghai", "watch:1:drop", "prompt:keep:b.read")
    async with bot.store.read() as records:
        chat = await records.chats.get(CHANNEL)
        assert (chat.language, chat.zone, chat.voice, chat.prompt) == (None, None, False, None)
        assert not await records.watches.of_chat(CHANNEL)
        assert not await records.outbox.open_in(bot.bot.id, CHANNEL)
    assert not [call for call in await ada.calls() if call["parameters"].get("chat_id") in (CHANNEL, str(CHANNEL))]


async def pressed_in_channel(bot: Assembly, *presses: str) -> None:
    """Somebody who only reads a channel presses what is named, under a message of the bot's."""
    post = {"message_id": 5, "date": 1, "chat": {"id": CHANNEL, "type": "channel", "title": "News"}}
    reader = {"id": 555, "is_bot": False, "first_name": "Reader"}
    async with bot.store.write() as records:
        for number, data in enumerate(presses):
            query = {"id": str(number), "chat_instance": "1", "from": reader, "message": post, "data": data}
            await records.inbox.add(bot.bot.id, {"update_id": number, "callback_query": query})
    bot.worker.wake()
    async with asyncio.timeout(60):
        while await _waits(bot):  # noqa: ASYNC110 - the worker works beside this test
            await asyncio.sleep(0.02)


async def _waits(bot: Assembly) -> int:
    async with bot.store.read() as records:
        depth = await records.inbox.depth()
    return int(depth["waiting"] + depth["running"])


async def test_alerts_for_a_chat_that_is_gone_come_home(ada, bot, fire):
    group = ada.in_chat(GROUP)
    made = await watching(group, bot, target=ada.chat)
    await ada.block()
    [sent] = await group.send_photo(fire)
    alert = await alerted(group)
    assert "photo" in alert
    assert "come here again" in text_of(await group.reply())
    assert (await of(bot, made)).target is None
    await group.send_photo(fire)
    assert (await alerted(group))["reply_to_message"]["message_id"] > sent["message_id"]


async def test_alerts_for_a_chat_where_the_bot_lost_its_rights_come_home(ada, bot, fire):
    group, street = ada.in_chat(GROUP), await ada.group("Street")
    made = await watching(group, bot, target=street.chat, voice=True)
    refused = {"what": "status", "status": 400, "times": 1}
    forbidden = refused | {"method": "editMessageMedia", "description": "Bad Request: CHAT_SEND_PHOTOS_FORBIDDEN"}
    await ada.misbehave([forbidden])
    await group.send_photo(fire)
    assert "photo" not in await alerted(street)
    assert (await of(bot, made)).target == street.chat
    lost = "Bad Request: need administrator rights in the channel chat"
    await ada.misbehave([refused | {"method": "sendMessage", "description": lost}])
    await group.send_photo(fire)
    assert "photo" in await alerted(group)
    assert "voice" in await group.reply()
    assert "come here again" in text_of(await group.reply())
    assert (await of(bot, made)).target is None


@pytest.fixture
def gate(bot, monkeypatch):
    """Holds the model up: the first event is set when it is asked, and it goes on when the second one is."""
    begun, go_on, ask = asyncio.Event(), asyncio.Event(), bot.engine.ask

    async def gated(request):
        begun.set()
        await go_on.wait()
        async for event in ask(request):
            yield event

    monkeypatch.setattr(bot.engine, "ask", gated)
    return begun, go_on


@pytest.mark.parametrize("quieted", ["⏸ Pause", "💤 Snooze 1 h"])
async def test_a_watch_that_is_quieted_while_a_picture_is_looked_at_says_nothing_of_it(ada, bot, gate, fire, quieted):
    begun, go_on = gate
    group = ada.in_chat(GROUP)
    await watching(group, bot, target=ada.chat)
    go_on.set()
    await group.send_photo(fire)
    alert = await alerted(ada)
    begun.clear()
    go_on.clear()
    await group.send_photo(fire)
    await begun.wait()
    await ada.press(alert, buttons_of(alert)[quieted])
    go_on.set()
    await quiet(group)
    assert len([message for message in await ada.messages() if "🔔" in text_of(message)]) == 1


async def test_an_alert_of_a_picture_that_was_looked_at_meanwhile_comes_home_too(ada, bot, gate, fire):
    begun, go_on = gate
    group = ada.in_chat(GROUP)
    made = await watching(group, bot, target=ada.chat)
    await group.send_photo(fire)
    await begun.wait()
    await ada.block()
    async with bot.store.write() as records:
        await records.outbox.add(bot.bot.id, [Reply(ada.chat, "text", "Anybody there?")])
    bot.sender.lanes.wake()
    assert "come here again" in text_of(await group.reply())
    assert (await of(bot, made)).target is None
    go_on.set()
    assert "photo" in await alerted(group)


async def test_alerts_for_a_forum_whose_general_topic_was_closed_come_home(ada, bot, fire):
    group, forum = ada.in_chat(GROUP), await ada.group("Forum")
    made = await watching(group, bot, target=forum.chat)
    closed = {"method": "sendMessage", "what": "status", "status": 400, "times": 1}
    await ada.misbehave([closed | {"description": "Bad Request: TOPIC_CLOSED"}])
    await group.send_photo(fire)
    assert "photo" in await alerted(group)
    assert "come here again" in text_of(await group.reply())
    assert (await of(bot, made)).target is None


async def test_an_alert_is_spoken_where_the_watch_speaks(ada, bot, fire):
    group = ada.in_chat(GROUP)
    await watching(group, bot, voice=True)
    await group.send_photo(fire)
    note = await group.wait_for(lambda message: "voice" in message)
    assert note["reply_to_message"]
