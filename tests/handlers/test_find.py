"""/find: what was asked for is marked in the picture, or it is said why not."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncGenerator, Callable
from datetime import timedelta

import pytest
from PIL import Image

from sandbox.driver import Driver, Message, text_of
from vision.errors import EngineDown
from vision.request import Delta, Done, Event, Request, Score, Timings, Usage

DONE = Done("stop", Usage(0, 0, 0, 0), Timings(0, 0, 0, 0, 0))
Point = Callable[..., list[Request]]


@pytest.fixture
def pointing(bot, monkeypatch) -> Point:
    """Lets the model answer with these boxes where JSON is asked for, and p(yes); gives what it is asked to write."""

    def point(*boxes: tuple[float, ...], p_yes: float = 0.93, label: str = "car") -> list[Request]:
        answer = json.dumps([{"label": label, "box": box} for box in boxes])
        requests: list[Request] = []

        async def ask(request: Request) -> AsyncGenerator[Event, None]:
            if request.generate:
                requests.append(request)
            for number in range(len(request.questions)):
                yield Score(number, p_yes, 0.0)
            if request.generate:
                yield Delta(answer if request.generate.json_schema else "A picture.")
            yield DONE

        monkeypatch.setattr(bot.engine, "ask", ask)
        return requests

    return point


async def picture_of(ada: Driver, message: Message) -> Image.Image:
    return Image.open(io.BytesIO(await ada.file(message["photo"][-1]["file_id"]))).convert("RGB")


async def test_the_photo_comes_back_with_boxes_and_says_how_many(ada, pointing, cat):
    asked = pointing((100, 100, 400, 400), (600, 500, 900, 900))
    [sent] = await ada.send_photo(cat, caption="/find the car")
    reply = await ada.reply()
    assert "2 found" in text_of(reply)
    assert "93%" in text_of(reply)
    assert reply["reply_to_message"]["message_id"] == sent["message_id"]
    drawn, original = await picture_of(ada, reply), Image.open(io.BytesIO(cat)).convert("RGB")
    assert drawn.width / drawn.height == pytest.approx(original.width / original.height, abs=0.01)
    assert [request.conversation[0].text for request in asked] == ["Find the car. Answer as JSON."]


async def test_it_is_asked_of_the_photo_that_is_answered_else_of_the_latest(ada, pointing, cat, fire):
    asked = pointing((100, 100, 400, 400))
    [old] = await ada.send_photo(cat)
    await ada.reply()
    await ada.send_photo(fire)
    await ada.reply()
    for reply_to in (None, old["message_id"]):
        await ada.say("/find car", reply_to=reply_to)
        marked = await ada.reply()
    assert asked[-1].pictures == asked[0].conversation[0].pictures
    assert asked[-2].pictures == asked[1].conversation[0].pictures
    await ada.say("what is it?", reply_to=marked["message_id"])
    await ada.reply()
    assert asked[-1].conversation[0].pictures == asked[0].conversation[0].pictures


async def test_the_marked_photo_takes_the_place_of_the_word_that_it_takes_longer(ada, bot, pointing, cat, monkeypatch):
    monkeypatch.setattr("bot.patience.pause", lambda _: timedelta(0))
    pointing((100, 100, 400, 400))
    await ada.send_photo(cat)
    await ada.reply()
    ask, down = bot.engine.ask, iter(range(3))

    async def down_at_first(request: Request) -> AsyncGenerator[Event, None]:
        if next(down, None) is not None:
            raise EngineDown("there is none")
        async for event in ask(request):
            yield event

    monkeypatch.setattr(bot.engine, "ask", down_at_first)
    await ada.say("/find car")
    told = await ada.reply()
    assert "I keep trying" in text_of(told)
    marked = await ada.wait_for(lambda message: "photo" in message)
    assert (marked["message_id"], text_of(marked)) == (told["message_id"], "car: 1 found (93% sure).")
    assert [text_of(message) for message in await ada.messages()][-2:] == ["/find car", text_of(marked)]


async def test_boxes_are_drawn_onto_the_picture_as_it_stands_upright(ada, pointing):
    pointing((0, 0, 400, 200))
    lying = Image.new("RGB", (800, 400), (90, 90, 90))
    exif = lying.getexif()
    exif[0x0112] = 6
    file = io.BytesIO()
    lying.save(file, "JPEG", exif=exif)
    await ada.send_document(file.getvalue(), "lying.jpg", caption="/find car")
    assert (await picture_of(ada, await ada.reply())).size == (400, 800)


async def test_several_things_are_found_at_once_in_their_language(ada, pointing, cat):
    asked = pointing((100, 100, 400, 400), label="猫")
    ming = ada.as_person(102)
    await ming.send_photo(cat, caption="/find 猫、红色的车")
    reply = await ming.reply()
    assert "猫：" in text_of(reply)
    assert "红色的车：" in text_of(reply)
    assert [request.conversation[0].text for request in asked] == ["找出猫，用JSON回答。", "找出红色的车，用JSON回答。"]


async def test_each_picture_of_an_album_is_searched(ada, pointing, cat, fire):
    asked = pointing((100, 100, 400, 400))
    await ada.send_photo([cat, fire], caption="/find car")
    assert [text_of(await ada.reply())[:3] for _ in range(2)] == ["1/2", "2/2"]
    assert len({request.pictures for request in asked}) == 2


async def test_what_is_not_there_is_not_marked(ada, pointing, cat):
    pointing((100, 100, 400, 400), p_yes=0.1)
    await ada.send_photo(cat, caption="/find car")
    reply = await ada.reply()
    assert "photo" not in reply
    assert "don't see any" in text_of(reply)


@pytest.mark.parametrize("boxes", [(), ((0, 0, 0, 0),), ((0, 0, 1000, 1000),)], ids=["none", "empty", "everything"])
async def test_a_model_that_cannot_point_says_so(ada, pointing, cat, boxes):
    pointing(*boxes)
    await ada.send_photo(cat, caption="/find car")
    reply = await ada.reply()
    assert "photo" not in reply
    assert "can't say where" in text_of(reply)


async def test_letters_that_cannot_be_drawn_become_numbers_with_a_legend(ada, pointing, cat):
    pointing((100, 100, 400, 400), (600, 500, 900, 900), label="🚗")
    await ada.send_photo(cat, caption="/find 🚗")
    assert "1, 2: 🚗" in text_of(await ada.reply())


async def test_a_photo_with_the_command_under_it_is_judged_by_the_watches_too(ada, pointing, cat):
    pointing((100, 100, 400, 400))
    await ada.say("/watch fire")
    await ada.reply()
    await ada.send_photo(cat, caption="/find car")
    assert "1 found" in text_of(await ada.reply())
    assert "🔔" in text_of(await ada.reply())


@pytest.mark.parametrize(
    ("words", "answer"),
    [("/find", "/find car"), ("/find a, b, c, d, e, f", "5 things"), (f"/find {'x' * 61}", "60 characters")],
    ids=["nothing", "too many", "too long"],
)
async def test_what_cannot_be_looked_for_gets_a_sentence(ada, cat, words, answer):
    await ada.send_photo(cat, caption=words)
    assert answer in text_of(await ada.reply())


async def test_without_a_picture_one_is_asked_for(ada):
    await ada.say("/find car")
    assert "picture first" in text_of(await ada.reply())


async def test_a_command_for_another_bot_is_none_for_us(ada, pointing, cat):
    pointing((100, 100, 400, 400))
    group = ada.in_chat(-1001000000001)
    await group.send_photo(cat, caption="/find@other_bot car")
    await group.send_photo(cat, caption="/find@lookout_bot car")
    assert "1 found" in text_of(await group.reply())
    assert len([message for message in await group.messages() if message["from"]["is_bot"]]) == 1


async def test_a_broken_picture_in_a_group_that_is_to_be_searched_gets_a_sentence(ada, cat):
    group = ada.in_chat(-1001000000001)
    await group.send_photo(cat[: len(cat) // 2], caption="/find car")
    assert "damaged" in text_of(await group.reply())


async def test_the_shipped_weights_point_at_what_is_there_and_at_nothing_else(ada, cat):
    await ada.send_photo(cat, caption="/find cat, fire")
    reply = await ada.reply()
    assert "photo" in reply
    assert "cat: 1 found" in text_of(reply)
    assert "fire: I don't see any" in text_of(reply)
