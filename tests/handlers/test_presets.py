"""Ready instructions: everybody's, captions, and those that a chat keeps under a name."""

import pytest

from handlers.instructions import LENGTH_LABELS, STYLE_LABELS, TASK_LABELS
from handlers.presets import MOST_PRESETS
from prompts.presets import CAPTIONS, TASKS, preset
from sandbox.driver import buttons_of, text_of

LATE = "This was kept, discarded or removed already."


async def test_a_preset_is_chosen_with_buttons_and_followed_in_the_language_of_the_answer(ada, asked, cat):
    await ada.say("/prompt")
    presets = await ada.tap(await ada.reply(), "Presets")
    assert len(buttons_of(presets)) == len(TASKS) + 2
    count = await ada.tap(presets, "Count the things")
    assert "with its number" in text_of(count)
    kept = await ada.tap(count, "Keep")
    assert "⭐ Count the things" in text_of(kept)
    await ada.send_photo(cat)
    assert text_of(await ada.reply()) == "1"
    await ada.say("/language 中文")
    assert "我在这里说中文" in text_of(await ada.reply())
    await ada.send_photo(cat)
    assert text_of(await ada.reply()) == "1"
    assert asked[-1].conversation[0].text == preset("count", "zh-hans")
    await ada.say("/help")
    assert "数一数" in text_of(await ada.reply())


async def test_a_caption_is_chosen_by_style_and_length_and_tried_before_it_is_kept(ada, asked, cat):
    await ada.send_photo(cat)
    await ada.reply()
    await ada.say("/prompt")
    presets = await ada.tap(await ada.reply(), "Presets")
    caption = await ada.tap(await ada.tap(presets, "Caption"), "Poetic")
    caption = await ada.tap(caption, "A few sentences")
    assert {"✓ Poetic", "✓ A few sentences"} <= set(buttons_of(caption))
    await ada.press(caption, buttons_of(caption)["Try on the last photo"])
    assert "cat" in text_of(await ada.reply())
    assert asked[-1].conversation[0].text == preset("caption.poetic.paragraph", "en")
    question = await ada.reply()
    assert "“Caption (Poetic, A few sentences)”" in text_of(question)
    assert "Nothing has changed" in text_of(await ada.tap(question, "Discard"))


async def test_a_chat_keeps_instructions_under_names_uses_them_and_removes_them(ada, bot):
    await ada.say("/preset")
    assert "keeps no instructions" in text_of(await ada.reply())
    await ada.say("/preset Lab  <1>\nRead the labels,\nthen stop.")
    assert "“Lab <1>”" in text_of(await ada.reply())
    await ada.say("/preset lab <1>\nRead the labels.")
    mine = await ada.reply()
    page = await ada.tap(mine, "lab <1>")
    assert text_of(page) == "Read the labels."
    kept = await ada.tap(page, "Keep")
    assert text_of(kept).endswith("Read the labels.")
    await ada.say("/preset Again")
    await ada.say("/preset Again")
    await ada.reply()
    both = await ada.reply()
    assert {"lab <1>", "Again"} <= set(buttons_of(both))
    left = await ada.tap(both, "✕")
    assert len([label for label in buttons_of(left) if label != "✕"]) == 2
    async with bot.store.read() as records:
        assert (await records.chats.get(101)).prompt == "Read the labels."


async def test_buttons_of_a_removed_preset_and_of_another_chats_are_answered_kindly(ada, bot):
    await ada.say("/preset Mine\nBe brief.")
    mine = await ada.reply()
    async with bot.store.write() as records:
        [kept] = await records.presets.of_chat(101)
        await records.presets.remove(101, kept.id)
    assert (await ada.press(mine, buttons_of(mine)["Mine"]))["text"] == LATE
    await ada.say("/preset Mine\nBe brief.")
    mine = await ada.reply()
    async with bot.store.write() as records:
        [kept] = await records.presets.of_chat(101)
        await records.presets.remove(101, kept.id)
    assert (await ada.press(mine, buttons_of(mine)["✕"]))["text"] == "It was gone already."


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("/preset " + "x" * 41 + "\nBe brief.", "at most 40 characters"),
        ("/preset \u200b\u202e\nBe brief.", "at most 40 characters"),
        ("/preset Lab", "in the lines below the name"),
        ("/preset Lab\n" + "龘" * 1000, "can be told"),
    ],
)
async def test_what_cannot_be_kept_is_refused_with_what_to_do(ada, said, answer):
    await ada.say(said)
    assert answer in text_of(await ada.reply())


async def test_a_chat_that_keeps_as_many_as_it_may_changes_those_it_has(ada, bot):
    async with bot.store.write() as records:
        for number in range(MOST_PRESETS):
            await records.presets.save(101, f"Name {number}", "Be brief.")
    await ada.say("/preset Another\nBe brief.")
    assert "that is the most" in text_of(await ada.reply())
    await ada.say("/preset NAME 0\nBe verbose.")
    assert "“NAME 0”" in text_of(await ada.reply())


def test_every_preset_has_its_label():
    captions = {f"caption.{style}.{length}" for style in STYLE_LABELS for length in LENGTH_LABELS}
    assert {*TASK_LABELS, *captions} == {*TASKS, *CAPTIONS}
