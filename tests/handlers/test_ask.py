"""Words about a picture that was sent before."""

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
