"""All of a chat's choices in one message that changes in place."""

from sandbox.driver import buttons_of, text_of


async def test_everything_is_chosen_in_one_message_in_place(ada, bot):
    await ada.say("/watch fire")
    await ada.reply()
    await ada.say("/settings")
    page = await ada.reply()
    assert list(buttons_of(page)) == [
        "🌐 Language: Automatic",
        "🔇 Voice notes: off",
        "📝 Instruction: none",
        "⭐ Presets",
        "👁 Watches: 1",
        "🕘 Time zone: my operator's",
    ]
    page = await ada.tap(page, "🔇 Voice notes: off")
    assert "🔊 Voice notes: on" in buttons_of(page)
    watches = await ada.tap(page, "👁 Watches: 1")
    gone = await ada.tap(await ada.tap(watches, "1. fire"), "🗑 Remove")
    nothing = await ada.tap(gone, "‹ Watches")
    assert "Nothing is watched for" in text_of(nothing)
    page = await ada.tap(nothing, "‹ Settings")
    language = await ada.tap(page, "🌐 Language: Automatic")
    page = await ada.tap(await ada.tap(language, "中文"), "‹ 设置")
    assert list(buttons_of(page))[:2] == ["🌐 语言：中文", "🔊 语音：开"]
    instruction = await ada.tap(page, "📝 指令：无")
    detail = await ada.tap(await ada.tap(instruction, "预设"), "详细描述")
    page = await ada.tap(await ada.tap(await ada.tap(detail, "采用"), "‹ 指令"), "‹ 设置")
    assert "📝 指令：详细描述" in buttons_of(page)
    messages = await ada.messages()
    assert len([message for message in messages if message["from"]["is_bot"]]) == 2
    async with bot.store.read() as records:
        chat = await records.chats.get(101)
    assert (chat.voice, chat.language) == (True, "zh-hans")


async def test_a_bot_that_telegram_keeps_from_reading_everything_says_so(ada, privacy_mode):
    group = await ada.group("Neighbours")
    await group.say("/settings")
    page = await group.reply()
    assert "setprivacy" not in text_of(page)
    page = await group.tap(page, "💬 I speak when I am mentioned or replied to")
    assert "setprivacy" in text_of(page)


async def test_a_group_chooses_when_it_is_answered_and_only_its_admins_choose(ada, cat):
    group = await ada.group("Neighbours", 102)
    ming = group.as_person(102)
    await ming.say("/settings@lookout_bot")
    page = await ming.reply()
    label = "💬 被提到或被回复时我才说话"
    assert "管理员" in (await ming.press(page, buttons_of(page)[label]))["text"]
    await group.press(page, buttons_of(page)[label])
    page = await group.wait_for(lambda message: "💬 I answer everything, as in a private chat" in buttons_of(message))
    await group.send_photo(cat)
    assert "cat" in text_of(await group.reply())
    page = await group.tap(page, "💬 I answer everything, as in a private chat")
    assert "💬 I speak when I am mentioned or replied to" in buttons_of(page)
    await group.send_photo(cat)
    await group.say("/help")
    assert "@lookout_bot" in text_of(await group.reply())
