"""The vision process dies: the bot stays up and the photo is answered all the same."""

import os
import signal

from sandbox.driver import text_of


async def test_a_photo_is_answered_when_the_vision_process_is_killed_under_it(bot, ada, cat):
    """The first word of the answer is the sign to kill: the answer is then under way for certain."""
    ask = bot.engine.ask
    killed: list[int] = []

    async def killing(request):
        async for event in ask(request):
            if not killed:
                killed.append(bot.engine.pid)
                os.kill(bot.engine.pid, signal.SIGKILL)
            yield event

    bot.worker._desk.backend.ask = killing
    await ada.send_photo(cat)
    assert "cat" in text_of(await ada.reply())
    assert killed
    assert bot.engine.pid not in killed


async def test_a_photo_that_comes_while_the_process_is_down_waits_for_it(bot, ada, cat):
    os.kill(bot.engine.pid, signal.SIGKILL)
    await ada.send_photo(cat)
    assert "cat" in text_of(await ada.reply())
