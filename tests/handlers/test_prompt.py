"""A chat's own instruction: shown, set, followed, cleared, and kept over a restart."""

from sandbox.driver import Driver, text_of


async def test_it_is_shown_set_and_cleared(ada):
    await ada.say("/prompt")
    assert "no instruction" in text_of(await ada.reply())
    await ada.say("/prompt Answer in\ntwo <b>lines</b>.")
    assert "Answer in\ntwo <b>lines</b>." in text_of(await ada.reply())
    await ada.say("/prompt")
    assert "Answer in\ntwo <b>lines</b>." in text_of(await ada.reply())
    await ada.say("/prompt clear")
    assert "Cleared" in text_of(await ada.reply())
    await ada.say("/prompt")
    assert "no instruction" in text_of(await ada.reply())


async def test_one_chats_instruction_is_not_anothers(ada):
    await ada.say("/prompt Be brief.")
    await ada.reply()
    ming = ada.as_person(102)
    await ming.say("/prompt")
    assert "还没有自己的指令" in text_of(await ming.reply())


async def test_it_survives_a_restart(settings, running):
    async with running(settings) as assembly, Driver(assembly.page) as ada:
        await ada.say("/prompt Be brief.")
        await ada.reply()
    async with running(settings) as assembly, Driver(assembly.page) as ada:
        await ada.say("/prompt")
        assert "Be brief." in text_of(await ada.reply())


async def test_an_instruction_as_long_as_a_book_is_refused(ada):
    await ada.say("/prompt " + "x" * 1001)
    assert "1000" in text_of(await ada.reply())


async def test_an_instruction_reaches_the_model(ada, asked, cat):
    await ada.say("/prompt Be brief.")
    await ada.reply()
    await ada.send_photo(cat)
    await ada.reply()
    assert asked[0].conversation[0].text.startswith("Be brief.\n\n")
