"""The language of a chat: everybody's own, or the one that was chosen: for texts, buttons, answers, voice, errors."""

import asyncio

from sandbox.driver import buttons_of, text_of


async def test_everything_follows_the_chosen_language_until_it_is_automatic_again(ada, asked, cat):
    await ada.say("/language")
    page = await ada.reply()
    assert list(buttons_of(page)) == ["✓ Automatic", "English", "中文", "‹ Settings"]
    page = await ada.tap(page, "中文")
    assert text_of(page) == "我在这里说中文。"
    assert list(buttons_of(page)) == ["自动", "English", "✓ 中文", "‹ 设置"]
    await ada.send_photo(cat)
    assert text_of(await ada.reply()) == "图里有一只猫。"
    await ada.say("What is in this picture?")
    assert text_of(await ada.reply()) == "图里有一只猫。"
    assert asked[-1].conversation[-1].text == "请用中文回答。\n\nWhat is in this picture?"
    await ada.send_document(b"nothing", "nothing.jpg")
    assert "图片" in text_of(await ada.reply())
    await ada.say("/language AUTO")
    assert text_of(await ada.reply()).startswith("I speak everybody's own language")
    await ada.say("图里有什么?")
    assert text_of(await ada.reply()) == "图里有一只猫。"
    assert asked[-1].conversation[-1].text == "图里有什么?"


async def test_a_voice_note_speaks_the_chosen_language(ada, bot, cat, monkeypatch):
    spoken = []
    speak = bot.worker._desk.speaker.speak

    async def hear(text, language):
        spoken.append((text, language))
        return await speak(text, language)

    monkeypatch.setattr(bot.worker._desk.speaker, "speak", hear)
    await ada.say("/voice on")
    await ada.reply()
    await ada.say("/language zh")
    await ada.reply()
    await ada.send_photo(cat)
    await ada.wait_for(lambda message: "voice" in message)
    assert spoken == [("图里有一只猫。", "zh-hans")]


async def test_in_a_group_each_person_is_spoken_to_in_their_own_language_unless_one_is_chosen(ada):
    group = await ada.group("Both", 102)
    await group.say("/language")
    assert "everybody's own" in text_of(await group.reply())
    ming = group.as_person(102)
    await ming.say("/language")
    assert "每个人" in text_of(await ming.reply())
    await ming.say("/language en")
    assert text_of(await ming.reply()) == "I speak English here."


async def test_a_language_that_is_not_spoken_gets_those_that_are(ada):
    await ada.say("/language Klingon")
    page = await ada.reply()
    assert text_of(page).startswith("I don't know that language yet. I know English, 中文.")
    assert "中文" in buttons_of(page)


async def menu_of(driver, wanted: int):
    """The chat's own command menu at Telegram, after so many calls that set or deleted one."""
    async with asyncio.timeout(30):
        while True:
            calls = [call for method in ("setMyCommands", "deleteMyCommands") for call in await driver.calls(method)]
            ours = [call for call in calls if call["parameters"].get("scope", {}).get("chat_id") == driver.chat]
            if len(ours) == wanted:
                last = max(ours, key=lambda call: call["n"])
                return [entry["description"] for entry in last["parameters"].get("commands", [])]
            await asyncio.sleep(0.05)


async def test_the_command_menu_follows_it_though_telegram_refuses_at_first(ada, monkeypatch):
    monkeypatch.setattr("bot.menus.LOOK_EVERY_S", 0.1)
    await ada.misbehave([{"method": "setMyCommands", "what": "status", "status": 429, "retry_after": 1, "times": 1}])
    await ada.say("/language 中文")
    assert "中文" in text_of(await ada.reply())
    assert "我能做什么" in await menu_of(ada, 2)
    group = await ada.group("Road")
    await group.say("/language english")
    await group.reply()
    in_group = await menu_of(group, 1)
    assert "What I can do" in in_group
    assert "Voice notes on or off" not in in_group
    await ada.say("/language auto")
    await ada.reply()
    assert await menu_of(ada, 3) == []


async def test_a_group_that_moved_without_our_hearing_of_it_holds_no_other_menu_up(bot, ada):
    group, old = await ada.group("Road"), -7
    upgraded = {"status": 400, "description": "Bad Request: group chat was upgraded to a supergroup chat"}
    rule = {"method": "setMyCommands", "what": "status", **upgraded, "migrate_to_chat_id": group.chat, "times": 1}
    await ada.misbehave([rule])
    async with bot.store.write() as records:
        await records.chats.set(old, language="en", voice=True)
    assert "What I can do" in await menu_of(group, 1)
    async with bot.store.read() as records:
        assert (await records.chats.get(group.chat)).voice
        assert not (await records.chats.get(old)).voice
