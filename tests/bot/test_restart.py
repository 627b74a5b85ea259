"""Whatever stops the bot: what was handed over is answered, once, after it starts again."""

import signal

from sandbox.driver import Driver, text_of
from tests.bot.conftest import until_called


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
