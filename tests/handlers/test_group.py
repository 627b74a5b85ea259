"""Groups: when the bot speaks there, their topics, and what goes along when one becomes a supergroup."""

from sandbox.driver import buttons_of, text_of

GROUP = -1001000000001


async def test_a_group_that_becomes_a_supergroup_keeps_everything(ada, cat):
    old = await ada.group("Neighbours", basic=True)
    await old.say("/prompt Be brief.")
    await old.reply()
    await old.say("/preset Lab")
    await old.reply()
    await old.say("/watch fire")
    await old.reply()
    await old.say("/settings")
    await old.tap(await old.reply(), "💬 I speak when I am mentioned or replied to")
    await old.send_photo(cat)
    await old.reply()
    await old.say("/prompt In rhymes.")
    proposed = buttons_of(await old.reply())["Keep"]
    group = await old.upgraded()
    for _ in range(100):  # until its news has been worked on
        await group.say("/prompt")
        if "Be brief." in text_of(home := await group.reply()):
            break
    assert "Lab" in buttons_of(await group.tap(home, "This chat's own"))
    await group.say("/watches")
    assert "1. fire" in text_of(await group.reply())
    await group.say("Is there a cat?")
    assert text_of(await group.reply()).lower().startswith("yes")
    await group.say("/prompt In prose.")
    number = int(buttons_of(await group.reply())["Keep"].rpartition("p")[2])
    assert number == int(proposed.rpartition("p")[2]) + 1


async def test_a_group_that_wants_it_always_is_answered_as_in_private(ada, bot, cat):
    group = ada.in_chat(GROUP)
    async with bot.store.write() as records:
        await records.chats.set(GROUP, speaks="always")
    said = await group.say("nice weather")
    await group.send_photo(cat)
    assert "cat" in text_of(await group.reply())
    await group.as_person(102).say("yes, it is", reply_to=said["message_id"])
    await group.say("Is there a cat?")
    assert text_of(await group.reply()).lower().startswith("yes")


async def test_the_bot_is_spoken_to_where_chinese_words_touch_its_name(ada, asked, cat):
    group = ada.as_person(102).in_chat(GROUP)
    await group.send_photo(cat, caption="图里有猫吗@lookout_bot")
    await group.reply()
    await group.send_photo(cat, caption="@Lookout_bot图里有狗吗")
    await group.reply()
    assert [str(each.conversation[-1].text) for each in asked] == ["图里有猫吗", "图里有狗吗"]


async def test_a_command_is_ours_unless_it_names_another_bot(ada):
    group = ada.in_chat(GROUP)
    await group.say("/help@other_bot")
    await group.say("/frobnicate")
    await group.say("/prompt@Lookout_Bot")
    assert "no instruction" in text_of(await group.reply())


async def test_each_group_has_its_own_choices(ada):
    work, home = await ada.group("Work"), await ada.group("Home")
    await work.say("/prompt Be brief.")
    await work.reply()
    await home.say("/prompt")
    assert "no instruction" in text_of(await home.reply())


async def test_what_is_asked_in_a_topic_is_answered_there(ada, cat):
    group = await ada.group("Forum")
    topic = await group.topic("Cats")
    await topic.send_photo(cat, caption="@lookout_bot")
    answer = await topic.reply()
    assert "cat" in text_of(answer)
    await topic.say("Is there a cat?", reply_to=answer["message_id"])
    assert text_of(await topic.reply()).lower().startswith("yes")
    await topic.say("/settings")
    presets = await topic.tap(await topic.reply(), "⭐ Presets")
    count = await topic.tap(presets, "Count the things")
    await topic.press(count, buttons_of(count)["Try on the last photo"])
    assert text_of(await topic.wait_for(lambda message: message["message_id"] != count["message_id"])) == "1"
    assert "“Count the things”" in text_of(await topic.reply())
