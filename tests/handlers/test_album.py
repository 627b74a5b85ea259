"""An album is one job with one answer, whoever sends it and however its parts come."""

from __future__ import annotations

import asyncio

from sandbox.driver import Driver, Message, text_of
from tests.conftest import shows_only
from tests.film import film
from vision.request import Request

GROUP = -1_001_000_000_001
FIRE = "Answer yes or no: does this photo show fire?"


def answers(messages: list[Message]) -> list[Message]:
    """What the bot said in answer to something with a picture."""
    return [m for m in messages if m["from"]["is_bot"] and "message_id" in m.get("reply_to_message", {})]


async def test_ten_pictures_are_one_job_with_one_answer_about_all(ada, asked, cat, fire):
    sent = await ada.send_photo([cat, fire] * 5)
    answer = await ada.reply()
    assert [len(request.conversation[0].pictures) for request in asked] == [10]
    assert answer["reply_to_message"]["message_id"] == sent[0]["message_id"]
    await ada.say("What is in the last one?", reply_to=sent[9]["message_id"])
    await ada.reply()
    assert len(asked[1].conversation[0].pictures) == 10
    assert len(await ada.messages()) == 10 + 1 + 2


async def test_an_album_without_a_caption_is_compared_in_the_readers_language(ada, asked, cat, fire):
    ming = ada.as_person(102)
    await ada.send_photo([cat, fire])
    await ming.send_photo([fire, cat])
    await ada.reply()
    await ming.reply()
    questions = {request.conversation[0].text for request in asked}
    assert questions == {
        "Compare these images: what does each show, and how do they differ?",
        "请比较这些图片:每张图里有什么,有什么不同?",
    }


async def test_the_caption_is_the_question_whichever_picture_has_it(ada, asked, cat, fire):
    await ada.send_album([("photo", cat), ("photo", fire), ("photo", cat)], ["", "Is there a fire?", ""])
    await ada.reply()
    assert asked[0].conversation[0].text == "Is there a fire?"
    assert len(asked[0].conversation[0].pictures) == 3


async def test_an_album_of_files_and_one_of_photos_and_films_are_one_job_each(ada, asked, cat, fire):
    await ada.send_album([("document", cat), ("document", fire)])
    await ada.reply()
    await ada.send_album([("photo", cat), ("video", film([fire]))])
    await ada.reply()
    assert [len(request.conversation[0].pictures) for request in asked] == [2, 2]


async def test_what_was_sent_after_an_album_is_answered_after_it(ada, cat, fire):
    album = await ada.send_photo([cat, fire])
    [single] = await ada.send_photo(fire)
    first, second = await ada.reply(), await ada.reply()
    assert [m["reply_to_message"]["message_id"] for m in (first, second)] == [
        album[0]["message_id"],
        single["message_id"],
    ]


async def test_an_unreadable_part_is_named_and_the_others_are_answered(ada, asked, cat, fire):
    sent = await ada.send_photo([cat, fire[: len(fire) // 2], fire])
    answer, named = await ada.reply(), await ada.reply()
    assert len(asked[0].conversation[0].pictures) == 2
    assert answer["reply_to_message"]["message_id"] == sent[0]["message_id"]
    assert named["reply_to_message"]["message_id"] == sent[1]["message_id"]
    assert text_of(named).startswith("I left out number 2 of 3. This picture is damaged")


async def test_an_album_that_cannot_be_read_at_all_gets_one_sentence(ada):
    await ada.send_album([("document", b"minutes"), ("document", b"%PDF-1.7 more minutes")])
    assert "can't read this file" in text_of(await ada.reply())
    await ada.say("/prompt")
    assert "no instruction" in text_of(await ada.reply())


async def test_a_part_that_comes_after_the_answer_is_looked_at_with_all_the_others(ada, asked, cat, fire):
    sent = await ada.send_photo([cat, fire, cat])
    await ada.reply()
    [late] = await ada.send_photo(fire, album=sent[0]["media_group_id"])
    again = await ada.reply()
    assert again["reply_to_message"]["message_id"] == late["message_id"]
    await ada.say("How many pictures are these?", reply_to=sent[1]["message_id"])
    await ada.reply()
    assert [len(request.conversation[0].pictures) for request in asked] == [3, 4, 4]


async def test_a_part_that_comes_after_an_edit_is_looked_at_with_what_that_has_left(ada, asked, cat, fire):
    sent = await ada.send_photo([cat, cat], caption="How many cats are there?")
    await ada.reply()
    await ada.edit(sent[0], caption="Is there a fire?")
    await ada.reply()
    await ada.replace(sent[1], "photo", fire)
    await ada.reply()
    await ada.send_photo(cat, album=sent[0]["media_group_id"])
    await ada.reply()
    first, *_, last = asked[-1].conversation
    assert last.text == "Is there a fire?"
    assert [picture.digest for picture in first.pictures[:2]] == [p.digest for p in asked[-2].conversation[0].pictures]


async def test_a_part_that_comes_while_the_others_are_looked_at_is_answered_with_them(bot, ada, monkeypatch, cat, fire):
    """What had been seen of them alone is not said, and the conversation knows nothing of it."""
    begun, go_on, asked, ask = asyncio.Event(), asyncio.Event(), [], bot.engine.ask

    async def gated(request):
        asked.append(request)
        begun.set()
        await go_on.wait()
        async for event in ask(request):
            yield event

    monkeypatch.setattr(bot.engine, "ask", gated)
    sent = await ada.send_photo([cat, fire])
    await begun.wait()
    await ada.send_photo(cat, album=sent[0]["media_group_id"])
    async with asyncio.timeout(30):
        while (await _waiting(bot)) < 2:  # noqa: ASYNC110 - the intake works beside this test
            await asyncio.sleep(0.01)
    go_on.set()
    answer = await ada.reply()
    await ada.say("Is there a fire?", reply_to=answer["message_id"])
    await ada.reply()
    assert [len(request.conversation[0].pictures) for request in asked] == [2, 3, 3]
    assert [message.role for message in asked[2].conversation] == ["user", "assistant", "user"]
    assert asked[2].conversation[1].text == text_of(answer)
    assert len(answers(await ada.messages())) == 2


async def _waiting(bot) -> int:
    async with bot.store.read() as records:
        depth: dict[str, int] = await records.inbox.depth()
        return depth["waiting"]


async def test_a_silent_group_is_alarmed_once_by_the_one_picture_that_shows_it(ada, asked, cat, fire):
    group = ada.in_chat(GROUP)
    await group.say("/watch fire")
    await group.reply()
    sent = await group.send_photo([cat, fire, fire, cat])
    alert = await group.reply()
    assert "🔔" in text_of(alert)
    assert alert["reply_to_message"]["message_id"] in {sent[1]["message_id"], sent[2]["message_id"]}
    assert [len(request.pictures) for request in asked[:2]] == [1, 1], "equal pictures are judged once"
    assert all(request.generate is None for request in asked[:2])
    await group.say("/prompt")
    assert "no instruction" in text_of(await group.reply())


async def asked_more(asked: list[Request], than: int) -> None:
    """Wait until the model was asked more often."""
    async with asyncio.timeout(30):
        while len(asked) <= than:  # noqa: ASYNC110 - a list tells nobody that it has grown
            await asyncio.sleep(0.02)


async def test_a_picture_that_comes_late_is_judged_alone_and_told_once(ada, asked, cat, fire, draw):
    group = ada.in_chat(GROUP)
    await group.say("/watch fire")
    await group.reply()
    sent = await group.send_photo([cat, cat])
    await asked_more(asked, than=0)
    [late] = await group.send_photo(fire, album=sent[0]["media_group_id"])
    alert = await group.reply()
    assert "🔔" in text_of(alert)
    assert alert["reply_to_message"]["message_id"] == late["message_id"]
    before = len(asked)
    await group.send_photo(draw(shows_only("fire", "tree")), album=sent[0]["media_group_id"])
    await asked_more(asked, than=before)
    await group.say("/prompt")
    assert "no instruction" in text_of(await group.reply())
    first_looks = [request for request in asked if request.questions == (FIRE,)]
    judged = [picture.digest for request in first_looks for picture in request.pictures]
    assert len(judged) == len(set(judged)) == 3, "the two cats, and each that came late"


async def test_a_command_under_any_picture_of_an_album_is_heeded(ada, cat, fire):
    sent = await ada.send_album([("photo", cat), ("photo", fire)], ["", "/which cat, fire"])
    first, second = await ada.reply(), await ada.reply()
    assert [text_of(one).split("\n")[0] for one in (first, second)] == ["1/2", "2/2"]
    assert first["reply_to_message"]["message_id"] == sent[1]["message_id"]


async def test_an_album_in_a_group_is_answered_when_any_of_its_captions_speaks_to_the_bot(ada, asked, cat, fire):
    group = ada.in_chat(GROUP)
    await group.send_photo([cat, fire])
    await group.send_album([("photo", fire), ("photo", cat)], ["", "@lookout_bot is there a cat?"])
    await group.reply()
    assert [len(request.conversation[0].pictures) for request in asked] == [2]
    assert asked[0].conversation[0].text == "is there a cat?"


async def test_a_reply_to_one_photo_of_an_album_that_nobody_asked_about_is_about_the_whole_album(ada, asked, cat, fire):
    group = ada.in_chat(GROUP)
    sent = await group.send_photo([cat, fire, cat])
    await group.say("@lookout_bot which one is hot?", reply_to=sent[1]["message_id"])
    await group.reply()
    assert [len(request.conversation[0].pictures) for request in asked] == [3]


async def test_pictures_that_do_not_fit_are_left_out_evenly_and_the_answer_says_so(settings, running, cat, fire):
    async with running(settings.model_copy(update={"context": 512})) as bot:
        assert bot.page
        async with Driver(bot.page) as ada:
            ming = ada.as_person(102)
            await ming.send_photo([cat, fire] * 5)
            await ming.reply()
            assert "10 张" in text_of(await ming.reply())
            await ming.say("有猫吗?")
            await ming.reply()
