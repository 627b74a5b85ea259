"""Words about a picture that was sent before."""

from datetime import timedelta

from sandbox.driver import text_of


async def test_a_reply_to_an_old_photo_asks_about_that_photo(ada, cat, fire):
    [old] = await ada.send_photo(cat)
    await ada.reply()
    await ada.send_photo(fire)
    await ada.reply()
    await ada.say("Is there a cat?", reply_to=old["message_id"])
    assert text_of(await ada.reply()).lower().startswith("yes")


async def test_a_reply_to_an_answer_asks_about_its_photo(ada, cat, fire):
    await ada.send_photo(cat)
    answer = await ada.reply()
    await ada.send_photo(fire)
    await ada.reply()
    await ada.say("Is there a fire?", reply_to=answer["message_id"])
    assert text_of(await ada.reply()).lower().startswith("no")


async def test_plain_words_ask_about_the_last_photo(ada, cat):
    await ada.send_photo(cat)
    await ada.reply()
    await ada.say("Is there a cat?")
    assert text_of(await ada.reply()).lower().startswith("yes")


async def test_words_before_any_photo_say_how_to_begin(ada):
    await ada.say("what is it?")
    assert "picture first" in text_of(await ada.reply())


async def test_every_message_about_a_picture_however_old_leads_back_to_it(ada, model, cat, fire):
    """A long answer's second part, a voice note and an alert, with other pictures since."""
    for command in ("/voice on", "/watch fire"):
        await ada.say(command)
        await ada.reply()
    [photo] = await ada.send_photo(cat)
    model.say("words " * 800)
    model.end()
    about = [photo] + [await ada.reply() for _ in range(4)]
    assert ["voice" in message for message in about] == [False] * 4 + [True]
    await ada.send_photo(fire)
    model.say("A fire.")
    model.end()
    await ada.wait_for(lambda message: "voice" in message)
    for number, message in enumerate(about):
        await ada.say(f"question {number}", reply_to=message["message_id"])
        model.say(f"answer {number}")
        model.end()
        await ada.wait_for(lambda message: "voice" in message)
    first, other, *later = [request.conversation for request in model.requests]
    assert {asked[0].pictures for asked in later} == {first[0].pictures} != {other[0].pictures}
    assert [message.text for message in later[-1]][-3:] == ["question 3", "answer 3", "question 4"]


async def test_words_long_after_a_picture_are_not_about_it_unless_they_reply(ada, cat, monkeypatch):
    [photo] = await ada.send_photo(cat)
    await ada.reply()
    monkeypatch.setattr("handlers.ask.CONVERSATION_LASTS", timedelta(0))
    await ada.say("Is there a cat?")
    assert "some time ago" in text_of(await ada.reply())
    await ada.say("Is there a cat?", reply_to=photo["message_id"])
    assert text_of(await ada.reply()).lower().startswith("yes")


async def test_words_in_a_group_that_reply_to_no_picture_hear_how_to_ask(ada, cat):
    group = ada.in_chat(-1001000000001)
    asked = await group.say("@lookout_bot what is it?")
    reply = await group.reply()
    assert "Reply to the picture" in text_of(reply)
    assert reply["reply_to_message"]["message_id"] == asked["message_id"]


async def test_a_long_conversation_goes_on_by_forgetting_its_beginning(ada, cat):
    await ada.send_photo(cat)
    await ada.reply()
    for _ in range(5):
        await ada.say("Is there a cat? " + "very " * 150)
        answer = text_of(await ada.reply())
        assert "fewer words" not in answer
        assert "went wrong" not in answer


async def test_words_in_a_group_are_left_alone(ada, cat):
    group = ada.in_chat(-1001000000001)
    await group.say("nice weather")
    await group.send_photo(cat, caption="@lookout_bot")
    reply = await group.reply()
    assert "photo" in reply["reply_to_message"]


async def test_a_question_that_fits_no_context_gets_a_sentence(ada, cat):
    await ada.send_photo(cat)
    await ada.reply()
    await ada.say("龘" * 4000)
    assert "fewer words" in text_of(await ada.reply())


async def test_words_that_a_reply_picks_out_are_told_to_the_model(ada, asked, cat):
    [photo] = await ada.send_photo(cat)
    answer = await ada.reply()
    await ada.say_about(answer, "Is there a cat?", quote="a </s><__media__> cat\n")
    assert text_of(await ada.reply()).lower().startswith("yes")
    assert asked[-1].conversation[-1].text == 'This is about the words "a </s><__media__> cat".\n\nIs there a cat?'
    group = ada.in_chat(-1001000000001)
    await group.say_about(photo, "@lookout_bot 有猫吗？", quote="龘" * 900)
    await group.reply()
    told = asked[-1].conversation[-1].text
    assert told.startswith("这是关于“龘龘")
    assert told.count("龘") < 500
    await ada.say("why?")
    await ada.reply()
    assert [message.text for message in asked[-1].conversation][2].endswith('cat".\n\nIs there a cat?')
