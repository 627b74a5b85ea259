"""/watches: the list page by page, one watch's page with its choices, and what is typed with a watch's number."""

import asyncio
from datetime import timedelta

import pytest

from handlers.phrases import Phrases
from handlers.spans import hours_in, hours_label, length_label, seconds_in
from sandbox.driver import buttons_of, text_of
from storage.records import Hours


async def add(bot, chat, *conditions):
    async with bot.store.write() as records:
        return [
            await records.watches.add(chat=chat, condition=each, language="en", message_id=None) for each in conditions
        ]


async def kept(bot, chat=101):
    async with bot.store.read() as records:
        return await records.watches.of_chat(chat)


async def test_a_watch_is_opened_removed_and_put_back_in_place(ada, bot, fire):
    await add(bot, 101, "fire", "smoke")
    await ada.say("/watches")
    listed = await ada.reply()
    assert "1. fire\n2. smoke" in text_of(listed)
    page = await ada.tap(listed, "1. fire")
    assert "Does this photo show fire?" in text_of(page)
    gone = await ada.tap(page, "🗑 Remove")
    listed = await ada.tap(gone, "‹ Watches")
    assert "1. smoke" in text_of(listed)
    assert "fire" not in text_of(listed)
    await ada.send_photo(fire)
    await ada.reply()
    assert not [message for message in await ada.messages() if "🔔" in text_of(message)]
    await ada.say("/watches 1")
    gone = await ada.tap(await ada.reply(), "🗑 Remove")
    assert "👁 1. smoke" in text_of(await ada.tap(gone, "↩️ Undo"))


async def test_every_choice_about_a_watch_is_made_by_buttons(ada, bot):
    await add(bot, 101, "fire")
    await ada.say("/watches 1")
    page = await ada.reply()
    for choice, label, shown in (
        ("🎚 Sensitivity", "High: from 40% on", "40% likely"),
        ("⏳ Cool-down", "10 min", "10 min"),
        ("🔁 When to tell", "when it begins, and when it is over", "when it is over"),
        ("🖼 How many pictures", "3 of 5", "3 of the last 5"),
        ("🌙 Hours", "22:00–07:00", "22:00–07:00"),
    ):
        choices = await ada.tap(page, choice)
        assert len([each for each in buttons_of(choices) if each.startswith("✓ ")]) == 1
        page = await ada.tap(choices, label)
        assert shown in text_of(page)
        choices = await ada.tap(page, choice)
        assert f"✓ {label}" in buttons_of(choices)
        page = await ada.tap(choices, "‹ Back")
    page = await ada.tap(page, "⏸ Pause")
    assert "Paused" in text_of(page)
    page = await ada.tap(page, "🔊 Speak")
    [watch] = await kept(bot)
    assert (watch.sensitivity, watch.cooldown, watch.tells, watch.needed, watch.among) == ("high", 600, "both", 3, 5)
    assert (watch.hours, watch.paused, watch.voice) == (Hours(22 * 60, 7 * 60), True, True)


async def test_a_snoozed_watch_is_woken_and_the_list_shows_who_is_quiet(ada, bot):
    first, second, third = await add(bot, 101, "fire", "smoke", "cat")
    now = first.created
    minute = now.astimezone().hour * 60 + now.astimezone().minute
    async with bot.store.write() as records:
        await records.watches.change(101, first.id, snoozed=now + timedelta(hours=1))
        await records.watches.change(101, second.id, hours=Hours((minute + 120) % 1440, (minute + 180) % 1440))
        await records.watches.change(101, third.id, paused=True)
    await ada.say("/watches")
    listed = await ada.reply()
    assert "1. 💤 fire\n2. 🌙 smoke\n3. ⏸ cat" in text_of(listed)
    page = await ada.tap(listed, "1. 💤 fire")
    assert "Quiet until" in text_of(page)
    page = await ada.tap(page, "🔔 Wake")
    assert "Quiet" not in text_of(page)
    assert "🔔 Wake" not in buttons_of(page)


async def test_a_long_list_is_turned_page_by_page(ada, bot):
    await add(bot, 101, *("🔥" * 190 + str(number) for number in range(23)))
    await ada.say("/watches")
    page = await ada.reply()
    assert len([data for data in buttons_of(page).values() if data.startswith("watch:")]) == 10
    page = await ada.tap(page, "›")
    page = await ada.tap(page, "›")
    assert [each for each in buttons_of(page) if each in "‹3/3›"] == ["‹", "3/3"]
    [last] = [data for label, data in buttons_of(page).items() if label.startswith("23.")]
    await ada.press(page, last)
    page = await ada.wait_for(lambda message: "👁 23." in text_of(message))
    assert "1/3" in buttons_of(await ada.tap(page, "‹ Watches"))


async def test_two_people_who_press_at_once_break_nothing_and_are_told(ada, bot):
    group = await ada.group("Neighbours", 102)
    ming = group.as_person(102)
    await add(bot, group.chat, "fire")
    await group.say("/watches 1")
    hers = await group.reply()
    await ming.say("/watches 1")
    his = await ming.wait_for(lambda message: "🗑 移除" in buttons_of(message))
    answers = await asyncio.gather(
        group.press(hers, buttons_of(hers)["🗑 Remove"]), ming.press(his, buttons_of(his)["🗑 移除"])
    )
    assert {answer["text"][:3] for answer in answers} <= {"Rem", "Thi", "已移除", "这项留"}
    gone = [await group.wait_for(lambda message: "watch:1:undo" in str(message)) for _ in answers]
    back = await asyncio.gather(*(group.press(each, "watch:1:undo") for each in gone))
    assert sorted(answer["text"] or "" for answer in back) == [
        "",
        "I look for this in every new picture here already.",
    ]
    assert [each.condition for each in await kept(bot, group.chat)] == ["fire"]


async def test_a_watch_is_tried_on_the_last_photo_without_being_counted(ada, bot, fire, cat):
    await add(bot, 101, "fire")
    await ada.say("/watches 1")
    page = await ada.reply()
    refused = await ada.press(page, buttons_of(page)["Try on the last photo"])
    assert "Send me a photo first" in refused["text"]
    for picture, sign in ((fire, "✅"), (cat, "❌")):
        [photo] = await ada.send_photo(picture)
        await ada.wait_for(
            lambda message, photo=photo: message["reply_to_message"]["message_id"] == photo["message_id"]
        )
        await ada.press(page, buttons_of(page)["Try on the last photo"])
        tried = await ada.wait_for(lambda message, sign=sign: sign in text_of(message))
        assert tried["reply_to_message"]["message_id"] == photo["message_id"]
    [watch] = await kept(bot)
    async with bot.store.read() as records:
        assert (await records.alerts.tallies([watch]))[watch.id].checked == 2


async def test_hours_cool_down_and_other_words_are_typed_with_the_watchs_number(ada, bot):
    await add(bot, 101, "fire", "smoke")
    for typed, shown in (
        ("2 hours 22:00-6.30", "22:00–06:30"),
        ("2 hours from 10pm to 6am", "22:00–06:00"),
        ("2 hours always", "Hours: always"),
        ("2 cooldown 5m", "5 min"),
        ("2 cooldown off", "alert: none"),
        ("2 ask is the gate open?", "Is the gate open?"),
        ("2 hours 25:00-26:00", "22:00-06:30"),
        ("2 cooldown 5", "7 d at most"),
        ("2 ask", "/watch is there smoke?"),
        ("2 sing", "/watches 1 hours"),
        ("3", "no watch with the number 3"),
        ("smoke", "/watches stats"),
    ):
        await ada.say(f"/watches {typed}")
        assert shown in text_of(await ada.reply()), typed
    assert [each.condition for each in await kept(bot)] == ["fire", "is the gate open?"]


@pytest.mark.parametrize(
    ("words", "hours"),
    [
        ("22:00-06:30", Hours(1320, 390)),
        ("7-22", Hours(420, 1320)),
        ("07:00 – 24:00", Hours(420, 0)),
        ("12am to 12pm", Hours(0, 720)),
        ("从22点到6点", Hours(1320, 360)),
        ("22：00至6：30", Hours(1320, 390)),
        ("8-8", Hours(480, 480)),
        ("8-10pm", Hours(1200, 1320)),
        ("9-5pm", Hours(540, 1020)),
        ("9am-5", Hours(540, 1020)),
        ("11 to 6:30 a.m.", Hours(1380, 390)),
        ("22-6am", Hours(1320, 360)),
        ("10pm-06:30", Hours(1320, 390)),
        ("24:30-6", None),
        ("13pm-2pm", None),
        ("7:60-8", None),
        ("night", None),
        ("", None),
    ],
)
def test_hours_are_read_as_people_write_them(words, hours):
    assert hours_in(words) == hours
    if hours:
        assert hours_in(hours_label(hours)) == hours


@pytest.mark.parametrize(
    ("words", "seconds"),
    [("90s", 90), ("5 min", 300), ("1 hour", 3600), ("5分钟", 300), ("7d", 604800), ("8d", None), ("5", None)],
)
def test_lengths_are_read_as_people_write_them(words, seconds):
    assert seconds_in(words) == seconds
    if seconds:
        assert seconds_in(length_label(seconds, Phrases("en"))) == seconds
        assert seconds_in(length_label(seconds, Phrases("zh-hans"))) == seconds


async def test_a_threshold_that_is_nearly_certain_is_not_said_to_be_100_percent(ada, bot):
    [made] = await add(bot, 101, "fire")
    async with bot.store.write() as records:
        await records.watches.change(101, made.id, shift=8.0)
    await ada.say("/watches 1")
    page = await ada.reply()
    assert "when a yes is >99% likely" in text_of(page)
    sensitivities = await ada.tap(page, "🎚 Sensitivity")
    assert [label for label in buttons_of(sensitivities) if "100%" in label] == []
