"""Whatever stops the bot: what was handed over is answered, once, after it starts again."""

import signal

import pytest
from pydantic import SecretStr

from sandbox.driver import Driver, text_of
from tests.bot.conftest import until_called, until_misbehaved, until_placed


async def test_photos_that_a_killed_bot_had_taken_are_answered_once_after_the_restart(sandbox, process, cat):
    async with Driver(sandbox.url) as ada:
        await process.start()
        await ada.say("/start")
        await ada.reply()
        photos = [(await ada.send_photo(cat))[0]["message_id"] for _ in range(5)]
        await until_called(ada, "getFile")
        await process.stop(signal.SIGKILL)
        await process.start()
        await ada.say("/help")
        await ada.wait_for(lambda message: "/prompt" in text_of(message))
        answers = [message for message in await ada.messages() if "photo" in message.get("reply_to_message", {})]
        assert [answer["reply_to_message"]["message_id"] for answer in answers] == photos


async def test_sigterm_ends_it_in_good_order_and_its_logs_hold_no_secrets(sandbox, process, cat):
    async with Driver(sandbox.url) as ada:
        await process.start()
        await ada.send_photo(cat, caption="a very private caption")
        await ada.reply()
        status, output = await process.stop(signal.SIGTERM)
    assert status == 0
    assert "Stopped." in output
    assert sandbox.token not in output
    assert "private caption" not in output


async def test_a_conversation_goes_on_after_a_restart(running, settings, sandbox, cat):
    where = {"telegram_token": SecretStr(sandbox.token), "telegram_api": sandbox.url}
    settings = settings.model_copy(update=where)
    async with Driver(sandbox.url) as ada:
        async with running(settings):
            await ada.send_photo(cat)
            answer = await ada.reply()
        async with running(settings) as bot:
            requests, ask = [], bot.engine.ask

            def listening(request):
                requests.append(request)
                return ask(request)

            bot.engine.ask = listening
            await ada.say("Is there a cat?")
            assert text_of(await ada.reply()).lower().startswith("yes")
            await ada.say("Is there a fire?", reply_to=answer["message_id"])
            assert text_of(await ada.reply()).lower().startswith("no")
        assert [len(request.conversation) for request in requests] == [3, 5]
        assert requests[1].conversation[1].text == text_of(answer)


async def killed_while_it_answers(process, ada, photo, rule, until) -> list[dict[str, object]]:
    """A bot that is killed at a moment of its answering, and started again; what then stands in Ada's chat."""
    await process.start()
    await ada.misbehave([{"times": 1, "seconds": 600, **rule}])
    await ada.send_photo(photo)
    await until(ada)
    await process.stop(signal.SIGKILL)
    await process.start()
    await ada.say("/help")
    await ada.wait_for(lambda message: "/prompt" in text_of(message))
    return [message for message in await ada.messages() if "photo" in message.get("reply_to_message", {})]


GROWING = """
from bot.cli import main
from handlers import growing
growing.STANDS_AFTER_S = 0.0
main()
"""
"""A bot whose answers stand in the chat from the start."""


@pytest.mark.parametrize(
    ("rule", "until", "strays"),
    [
        pytest.param({"method": "sendMessage", "what": "delay_after"}, until_placed, 1, id="before its number is kept"),
        pytest.param({"method": "editMessageText", "what": "delay"}, until_misbehaved, 0, id="before it is whole"),
    ],
)
async def test_killed_while_an_answer_stands_in_the_chat_it_answers_once(sandbox, process, cat, *, rule, until, strays):
    process.program = ("-c", GROWING)
    async with Driver(sandbox.url) as ada:
        answers = await killed_while_it_answers(process, ada, cat, rule, until)
        assert ["cat" in text_of(answer) for answer in answers] == [True]
        assert len(await ada.placeholders()) == strays


async def until_answered(ada: Driver) -> None:
    assert "cat" in text_of(await ada.reply())


@pytest.mark.parametrize(
    ("rule", "until", "strays"),
    [
        pytest.param({"method": "sendMessage", "what": "delay"}, until_misbehaved, 0, id="before the placeholder"),
        pytest.param({"method": "sendMessage", "what": "delay_after"}, until_placed, 1, id="before its number is kept"),
        pytest.param({"method": "editMessageText", "what": "delay"}, until_misbehaved, 0, id="before the edit"),
        pytest.param({"method": "editMessageText", "what": "delay_after"}, until_answered, 0, id="before it is done"),
    ],
)
async def test_killed_at_any_point_of_an_answer_it_answers_once(sandbox, process, cat, *, rule, until, strays):
    async with Driver(sandbox.url) as ada:
        answers = await killed_while_it_answers(process, ada, cat, rule, until)
        assert len(answers) == 1
        assert "cat" in text_of(answers[0])
        assert len(await ada.placeholders()) == strays


@pytest.mark.parametrize(
    ("what", "until", "notes"),
    [
        pytest.param("delay", until_misbehaved, 0, id="before it arrived"),
        pytest.param("delay_after", lambda ada: ada.wait_for(lambda message: "voice" in message), 1, id="after it"),
    ],
)
async def test_killed_while_it_sends_a_voice_note_it_does_not_send_it_again(
    sandbox, process, cat, *, what, until, notes
):
    async with Driver(sandbox.url) as ada:
        await process.start()
        await ada.say("/voice on")
        await ada.reply()
        await process.stop(signal.SIGTERM)
        answers = await killed_while_it_answers(process, ada, cat, {"method": "sendVoice", "what": what}, until)
    assert [("voice" in answer) for answer in answers] == [False] + [True] * notes


async def test_told_to_stop_it_waits_for_the_reply_on_its_way(sandbox, process, cat):
    async with Driver(sandbox.url) as ada:
        await process.start()
        await ada.misbehave([{"method": "sendMessage", "what": "delay_after", "seconds": 1, "times": 1}])
        await ada.send_photo(cat)
        await until_placed(ada)
        status, _ = await process.stop(signal.SIGTERM)
        assert status == 0
        assert "cat" in text_of(await ada.reply())
        assert await ada.placeholders() == []
