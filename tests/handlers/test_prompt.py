"""A chat's own instruction: shown, proposed, tried, kept, followed, cleared, and kept over a restart."""

from pydantic import SecretStr

from sandbox.driver import Driver, buttons_of, text_of
from sandbox.server import Sandbox


async def test_it_is_shown_set_and_cleared(ada):
    await ada.say("/prompt")
    assert "no instruction" in text_of(await ada.reply())
    await ada.say("/prompt Answer in\ntwo <b>lines</b>.")
    assert "Answer in\ntwo <b>lines</b>." in text_of(await ada.reply())
    await ada.say("/prompt")
    assert "Answer in\ntwo <b>lines</b>." in text_of(await ada.reply())
    await ada.say("/prompt clear")
    assert "Cleared" in text_of(await ada.reply())
    await ada.say("/prompt")
    assert "no instruction" in text_of(await ada.reply())


async def test_it_may_begin_with_a_smiley_and_stand_behind_a_colon(ada):
    await ada.say("/prompt: :) Be kind.\n")
    assert ":) Be kind." in text_of(await ada.reply())
    await ada.say("/prompt：Be brief.")
    now = text_of(await ada.reply())
    assert "Be brief." in now
    assert ":)" not in now


async def test_one_chats_instruction_is_not_anothers(ada):
    await ada.say("/prompt Be brief.")
    await ada.reply()
    ming = ada.as_person(102)
    await ming.say("/prompt")
    assert "还没有自己的指令" in text_of(await ming.reply())


async def test_it_and_what_is_only_proposed_survive_a_restart(settings, running, cat):
    async with Sandbox(port=0) as telegram, Driver(telegram.url) as ada:
        staying = {"telegram_token": SecretStr(telegram.token), "telegram_api": telegram.url}
        settings = settings.model_copy(update=staying)
        async with running(settings):
            await ada.say("/prompt Be brief.")
            await ada.reply()
            await ada.send_photo(cat)
            await ada.reply()
            await ada.say("/prompt Be verbose.")
            proposal = await ada.reply()
        async with running(settings):
            await ada.say("/prompt")
            assert "Be brief." in text_of(await ada.reply())
            assert "Be verbose." in text_of(await ada.tap(proposal, "Keep"))
            await ada.say("/prompt")
            assert "Be verbose." in text_of(await ada.reply())


async def test_an_instruction_that_leaves_no_room_is_refused_with_the_bound(ada):
    await ada.say("/prompt " + "龘" * 1000)
    refused = text_of(await ada.reply())
    most = int(refused.partition("can be told ")[2].split(",")[0])
    assert 100 < most < 1000
    await ada.say("/prompt " + "龘" * most)
    assert text_of(await ada.reply()).startswith("Kept.")
    await ada.say("/prompt " + "Say what is in it. " * 100)
    assert text_of(await ada.reply()).startswith("Kept.")


async def test_it_reaches_the_model_with_its_placeholders_filled_in(ada, asked, cat):
    await ada.send_location(52.52, 13.405)
    await ada.reply()
    await ada.say("/prompt Say {place}, {time}, {language}, {0} and {x}.")
    await ada.reply()
    await ada.send_photo(cat)
    await ada.reply()
    told = asked[-1].conversation[0].text
    assert "\nSay 52.52" in told
    assert " English, {0} and {x}.\n" in told
    assert "{time}" not in told


async def test_it_is_tried_on_the_last_photo_before_it_is_kept(ada, asked, cat):
    await ada.send_photo(cat)
    assert "picture shows" in text_of(await ada.reply())
    await ada.say("/prompt Answer in Chinese.")
    proposal = await ada.reply()
    assert text_of(proposal).startswith("Shall I follow this")
    await ada.press(proposal, buttons_of(proposal)["Try on the last photo"])
    tried = await ada.wait_for(lambda message: "猫" in text_of(message))
    assert tried["reply_to_message"]["message_id"] == proposal["message_id"]
    question = await ada.reply()
    assert "“Answer in Chinese.”" in text_of(question)
    await ada.say("what is it?")
    await ada.reply()
    assert "Chinese" not in str([message.text for message in asked[-1].conversation])
    kept = await ada.tap(question, "Keep")
    assert text_of(kept).startswith("Kept.")
    await ada.send_photo(cat)
    assert "猫" in text_of(await ada.reply())
    for label in ("Keep", "Discard", "Try on the last photo"):
        late = await ada.press(proposal, buttons_of(proposal)[label])
        assert late["text"] == "This was kept, discarded or removed already."


async def test_a_discarded_proposal_changes_nothing_and_others_still_wait(ada, bot, cat):
    await ada.send_photo(cat)
    await ada.reply()
    await ada.say("/prompt In rhymes.")
    first = await ada.reply()
    await ada.say("/prompt In prose.")
    second = await ada.reply()
    assert "Nothing has changed" in text_of(await ada.tap(first, "Discard"))
    async with bot.store.read() as records:
        assert (await records.chats.get(101)).prompt is None
    kept = await ada.tap(second, "Keep")
    assert text_of(kept).endswith("In prose.")
    home = await ada.tap(kept, "‹ Instruction")
    assert "Cleared" in text_of(await ada.tap(home, "Clear"))


async def test_only_admins_change_it_where_the_group_says_so(ada, cat):
    group = await ada.group("Work", 102)
    await group.say("/settings")
    page = await group.reply()
    ming = group.as_person(102)
    label = "🔒 Everyone changes the instruction"
    refused = await ming.press(page, buttons_of(page)[label])
    assert "管理员" in refused["text"]
    page = await group.tap(page, label)
    assert "🔒 Only admins change the instruction" in buttons_of(page)
    await ming.say("/prompt 用诗回答。")
    assert "只有管理员" in text_of(await ming.reply())
    await group.send_photo(cat, caption="@lookout_bot")
    await group.wait_for(lambda message: "cat" in text_of(message))
    await group.say("/prompt Be brief.")
    proposal = await group.reply()
    refused = await ming.press(proposal, buttons_of(proposal)["Keep"])
    assert "只有管理员" in refused["text"]
    await group.appoint(102)
    await ming.press(proposal, buttons_of(proposal)["Keep"])
    assert "Be brief." in text_of(await group.wait_for(lambda message: "已保存" in text_of(message)))


async def test_an_admin_who_stays_anonymous_is_one_and_a_channel_is_not(ada, bot):
    group = await ada.group("Work")
    async with bot.store.write() as records:
        await records.chats.set(group.chat, prompt_by="admins")
    chat = {"id": group.chat, "type": "supergroup", "title": "Work"}
    channel = {"id": -1009, "type": "channel", "title": "News"}
    for number, (speaker, answer) in enumerate(((channel, "only admins"), (chat, "Kept."))):
        message = {
            "message_id": number + 1,
            "date": 1,
            "chat": chat,
            "from": {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"},
            "sender_chat": speaker,
            "text": "/prompt Be brief.",
            "entities": [{"type": "bot_command", "offset": 0, "length": 7}],
        }
        async with bot.store.write() as records:
            await records.inbox.add(bot.bot.id, {"update_id": number + 1, "message": message})
        bot.worker.wake()
        assert answer in text_of(await group.reply())


async def test_a_photo_that_is_no_longer_kept_is_asked_for_again(ada, bot, cat):
    await ada.send_photo(cat)
    await ada.reply()
    await ada.say("/prompt In rhymes.")
    proposal = await ada.reply()
    async with bot.store.read() as records:
        [digest] = (await records.sightings.latest(101)).pictures
    (await bot.store.files.path(digest)).unlink()
    await ada.press(proposal, buttons_of(proposal)["Try on the last photo"])
    assert "send it once more" in text_of(await ada.reply())
    await ada.say("what is it?")
    assert "no longer have this picture" in text_of(await ada.reply())


async def test_one_that_telegram_has_cut_in_two_is_taken_whole(ada, model, cat):
    """Where the apps cut it: at a pause in the second half of the longest message, or after its last character."""
    await ada.send_photo(cat)
    model.end()
    await ada.reply()
    words = "Say what you see. " * 227
    for text, rest in ((f"/prompt {words}", "And be brief."), (f"/prompt {'龘' * 4088}", "龘龘")):
        await ada.say(text)
        await ada.say(rest)
        proposed = [text_of(await ada.reply()) for _ in range(2)]
        assert proposed[0].startswith("Shall I follow")
        assert proposed[1].endswith(rest)
    assert "".join(proposed).count("龘") == 4090
    await ada.say("What is it?")
    model.say("A cat.")
    model.end()
    assert text_of(await ada.reply()) == "A cat."
