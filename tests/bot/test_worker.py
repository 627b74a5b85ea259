"""One update that goes wrong stops neither its chat nor the bot."""

from sandbox.driver import text_of


async def test_an_update_that_cannot_be_read_is_set_aside_and_the_next_is_answered(bot, ada):
    async with bot.store.write() as records:
        await records.inbox.add(bot.bot.id, {"update_id": 1, "message": {"message_id": 1, "chat": {"id": 101}}})
    bot.worker.lanes.wake()
    await ada.say("/prompt")
    assert "no instruction" in text_of(await ada.reply())
    async with bot.store.read() as records:
        assert (await records.inbox.depth())["failed"] == 1


async def test_a_fault_of_the_program_is_apologised_for_and_kept(bot, ada, monkeypatch):
    async def broken(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr("storage.chats.Chats.set", broken)
    await ada.say("/prompt Be brief.")
    assert "Something went wrong on my side" in text_of(await ada.reply())
    await ada.say("/prompt")
    assert "no instruction" in text_of(await ada.reply())
    async with bot.store.read() as records:
        assert (await records.inbox.depth())["failed"] == 1
