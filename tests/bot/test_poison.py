"""An update of which the whole process dies, every time: it is left in the end, and those beside it are answered."""

import asyncio
import json

from sandbox.driver import Driver, text_of

DEATHS = 5
PROGRAM = f"""
import asyncio, os, sys
import bot.cli, bot.patience, bot.worker
bot.patience.MOST_DEATHS = {DEATHS}
handle = bot.worker.handle

async def deadly(arrival, *others):
    if "poison" in str(arrival.body):
        os._exit(9)
    await asyncio.sleep(0.3)  # it is in work, too, when the process dies
    return await handle(arrival, *others)

bot.worker.handle = deadly
bot.cli.main()
"""


async def test_what_kills_the_process_is_left_in_the_end_and_nobody_else_loses_a_word(process, sandbox, lookout):
    process.program = ("-c", PROGRAM)
    async with Driver(sandbox.url) as ada:
        others = [await ada.newcomer(name) for name in ("Bo", "Cai", "Dora")]
        await ada.say("/prompt poison")
        for other in others:
            await other.say("/prompt")
        starts, died, apology = 0, True, asyncio.create_task(ada.reply(timeout=110))
        while died:
            await process.start()
            starts += 1
            died = await process.ended_before(apology)
        assert "Something went wrong on my side" in text_of(await apology)
        assert starts == DEATHS + 1
        for other in others:
            await other.reply()
            mine = [message for message in await other.messages() if message["from"]["is_bot"]]
            assert len(mine) == 1
        await ada.say("/prompt")
        assert "no instruction" in text_of(await ada.reply())
        _, out, _ = await lookout("status", "--json")
        (failure,) = json.loads(out)["failures"]
        assert (failure["reason"], failure["chat"]) == ("ProcessDied", ada.chat)
