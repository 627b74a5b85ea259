"""Texts in both directions, and what can be done with them."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Page, expect

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_an_empty_chat_says_what_to_try_and_the_note_is_shown(page: Page) -> None:
    await expect(page.get_by_test_id("welcome")).to_contain_text("Show Lookout a picture")
    await expect(page.get_by_test_id("banner").get_by_role("link")).to_have_attribute(
        "href", "https://example.org/weights"
    )


async def test_enter_sends_shift_enter_breaks_the_line(page: Page, bot) -> None:
    box = page.get_by_test_id("composer-text")
    await box.fill("one")
    await box.press("Shift+Enter")
    await box.press_sequentially("two")
    await box.press("Enter")
    assert (await bot.hear())["text"] == "one\ntwo"
    await expect(page.locator("[data-sender=me]").get_by_test_id("message-text")).to_have_text("one\ntwo")
    await expect(box).to_have_value("")
    await expect(page.get_by_test_id("welcome")).to_have_count(0)


async def test_formatting_counts_in_utf_16_units(page: Page, bot) -> None:
    await bot.say(
        "🔥 <b>bold <i>both</i></b> and <code>a &lt;b&gt;</code> <tg-spoiler>secret</tg-spoiler>", parse_mode="HTML"
    )
    message = page.locator("[data-sender=bot]")
    await expect(message.locator("strong")).to_have_text("bold both")
    await expect(message.locator("strong em")).to_have_text("both")
    await expect(message.locator("code")).to_have_text("a <b>")
    await page.get_by_role("button", name="Hidden text").click()
    await expect(message.locator(".spoiler.shown")).to_have_text("secret")


async def test_what_people_write_never_becomes_markup(page: Page, bot) -> None:
    await bot.say("<img src=x onerror=alert(1)><script>alert(2)</script>")
    await bot.say(
        "here", entities=[{"type": "text_link", "offset": 0, "length": 4, "url": 'http://example.org/?a="><b>'}]
    )
    messages = page.locator("[data-sender=bot]")
    await expect(messages.first.get_by_test_id("message-text")).to_have_text(
        "<img src=x onerror=alert(1)><script>alert(2)</script>"
    )
    await expect(messages.last.locator("a")).to_have_attribute("rel", "noopener noreferrer")
    assert await page.locator(".log script, .log img[src=x]").count() == 0
    unsafe = await page.evaluate(
        "import('/page/text.js').then(text => text.link('javascript:alert(1)', ['x']).outerHTML)"
    )
    assert unsafe == "<span>x</span>"


async def test_a_reply_shows_what_it_answers_and_leads_there(page: Page, bot) -> None:
    first = await bot.say("the first thing")
    for n in range(30):
        await bot.say(f"filler {n}\n\n\n")
    await page.locator(f"[data-message-id='{first['message_id']}']").get_by_test_id("reply").click()
    await expect(page.get_by_test_id("replying")).to_contain_text("the first thing")
    await page.get_by_test_id("composer-text").fill("about that")
    await page.get_by_test_id("send").click()
    assert (await bot.hear())["reply_to_message"]["message_id"] == first["message_id"]
    await expect(page.get_by_test_id("replying")).to_have_count(0)
    await expect(page.get_by_text("the first thing").first).not_to_be_in_viewport()
    await page.get_by_test_id("quote").click()
    await expect(page.locator(f"[data-message-id='{first['message_id']}']")).to_be_in_viewport()


async def test_own_texts_are_edited_and_deleted(page: Page, bot) -> None:
    box = page.get_by_test_id("composer-text")
    await box.fill("a tpyo")
    await box.press("Enter")
    await expect(page.locator("[data-sender=me]")).to_have_count(1)
    await box.press("ArrowUp")
    await expect(page.get_by_test_id("editing")).to_be_visible()
    await box.fill("a typo")
    await box.press("Enter")
    assert (await bot.hear("edited_message"))["text"] == "a typo"
    await expect(page.get_by_test_id("edited")).to_be_visible()
    await expect(box).to_have_value("")
    await page.locator("[data-sender=me]").click(button="right")
    await page.get_by_role("menuitem", name="Delete").click()
    await expect(page.locator("[data-sender=me]")).to_have_count(0)
    await expect(page.get_by_test_id("welcome")).to_be_visible()


async def test_the_command_menu_filters_and_completes(page: Page, bot) -> None:
    commands = [{"command": "watch", "description": "Watch for something"}, {"command": "help", "description": "Help"}]
    await bot.call("setMyCommands", commands=commands)
    box = page.get_by_test_id("composer-text")
    await page.get_by_test_id("open-commands").click()
    await expect(page.get_by_test_id("command-option")).to_have_count(2)
    await box.press_sequentially("/w")
    await expect(page.get_by_test_id("command-option")).to_have_text(["/watchWatch for something"])
    await box.press("Enter")
    await box.press_sequentially("fire")
    await box.press("Enter")
    assert (await bot.hear())["text"] == "/watch fire"
    await bot.say("Try /help now")
    await page.get_by_test_id("command").filter(has_text="/help").click()
    assert (await bot.hear())["text"] == "/help"


async def test_inline_buttons_are_answered_in_a_toast_or_an_alert(page: Page, bot) -> None:
    keys = [
        [{"text": "Quietly", "callback_data": "a"}, {"text": "Loudly", "callback_data": "b"}],
        [{"text": "Site", "url": "https://example.org/"}],
    ]
    await bot.say("Choose", reply_markup={"inline_keyboard": keys})
    for name, loud in (("Quietly", False), ("Loudly", True)):
        await page.get_by_test_id("inline-button").filter(has_text=name).click()
        query = await bot.hear("callback_query")
        await bot.call("answerCallbackQuery", callback_query_id=query["id"], text=f"{name} done", show_alert=loud)
        await expect(page.get_by_test_id("alert" if loud else "toast")).to_contain_text(f"{name} done")
    toast, keyboard = [await page.get_by_test_id(name).bounding_box() for name in ("toast", "keyboard")]
    assert toast
    assert keyboard
    assert toast["y"] + toast["height"] < keyboard["y"]  # it hides no button
    await page.get_by_role("button", name="OK", exact=True).click()
    await expect(page.get_by_role("link", name="Site")).to_have_attribute("href", "https://example.org/")


async def test_reactions_come_and_go_in_both_directions(page: Page, bot) -> None:
    sent = await bot.say("Good?")
    await page.get_by_test_id("message").get_by_test_id("more").click()
    await page.get_by_role("menuitem", name="React with 🔥").click()
    await expect(page.get_by_test_id("reaction")).to_have_text("🔥")
    await bot.call(
        "setMessageReaction", chat_id=101, message_id=sent["message_id"], reaction=[{"type": "emoji", "emoji": "🔥"}]
    )
    await expect(page.get_by_test_id("reaction")).to_have_text("🔥 2")
    await page.reload()
    await page.get_by_test_id("reaction").click()
    await expect(page.get_by_test_id("reaction")).to_have_attribute("aria-pressed", "false")


async def test_a_refusal_keeps_what_was_typed(page: Page, bot) -> None:
    box = page.get_by_test_id("composer-text")
    await box.fill("x" * 5000)
    await box.press("Enter")
    await expect(page.get_by_test_id("problem")).to_contain_text("4096")
    await expect(box).to_have_value("x" * 5000)
    await box.fill("short")
    await box.press("Enter")
    assert (await bot.hear())["text"] == "short"
    await expect(page.get_by_test_id("problem")).to_be_empty()


async def test_a_long_history_draws_its_end_first_and_the_rest_on_scrolling_up(page: Page, bot) -> None:
    for start in range(0, 130, 10):
        await asyncio.gather(*(bot.say(f"line {n}") for n in range(start, start + 10)))
    await page.reload()
    await expect(page.get_by_test_id("message").last).to_be_in_viewport()
    assert await page.get_by_test_id("message").count() == 60
    await page.get_by_test_id("scroll").evaluate("node => { node.scrollTop = 0 }")
    await expect(page.get_by_test_id("message")).to_have_count(120)
    await page.get_by_test_id("down").click()
    await expect(page.get_by_test_id("message").last).to_be_in_viewport()
