"""A group that becomes a supergroup keeps what it has."""

from sandbox.driver import text_of

OLD, NEW = -55, -1001000000001


async def test_its_watches_and_instruction_go_along(ada, bot):
    async with bot.store.write() as records:
        await records.chats.set(OLD, prompt="Be brief.")
        await records.watches.add(chat=OLD, condition="fire", language="en", threshold=0.6, message_id=1)
        chat = {"id": OLD, "type": "group", "title": "Neighbours"}
        body = {"message_id": 7, "date": 1, "chat": chat, "migrate_to_chat_id": NEW}
        await records.inbox.add(bot.bot.id, {"update_id": 1, "message": body})
    bot.worker.wake()
    group = ada.in_chat(NEW)
    for _ in range(100):
        await group.say("/prompt")
        if "Be brief." in text_of(await group.reply()):
            break
    await group.say("/watches")
    assert "1. fire" in text_of(await group.reply())


async def test_a_group_that_wants_it_always_answered_is_answered(ada, bot, cat):
    group = ada.in_chat(NEW)
    async with bot.store.write() as records:
        await records.chats.set(NEW, speaks="always")
    await group.send_photo(cat)
    assert "cat" in text_of(await group.reply())
    await group.say("Is there a cat?")
    assert text_of(await group.reply()).lower().startswith("yes")
