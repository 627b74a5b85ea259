"""What appears by itself: drafts, edits, typing, a lost connection."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Page, Route, expect

from sandbox.server import Sandbox
from tests.sandbox.page.conftest import SmallBot

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_draft_grows_and_the_message_takes_its_place(page: Page, bot) -> None:
    await bot.call("sendChatAction", chat_id=101, action="typing")
    await expect(page.get_by_test_id("typing")).to_be_visible()
    await expect(page.get_by_test_id("chat-state")).to_have_text("typing…")
    for text in ("A red", "A red circle"):
        await bot.call("sendMessageDraft", chat_id=101, draft_id=7, text=text)
        await expect(page.get_by_test_id("draft-text")).to_have_text(text)
    await expect(page.get_by_test_id("typing")).to_have_count(0)
    before = await page.get_by_test_id("draft").locator(".bubble").bounding_box()
    await bot.say("A red circle")
    await expect(page.locator("[data-sender=bot]").get_by_test_id("message-text")).to_have_text("A red circle")
    await expect(page.get_by_test_id("draft")).to_have_count(0)
    after = await page.locator("[data-sender=bot] .bubble").bounding_box()
    assert before
    assert after
    assert (before["x"], before["y"], before["height"]) == (after["x"], after["y"], after["height"])


async def test_edits_appear_in_place(page: Page, bot) -> None:
    sent = await bot.say("Looking…")
    await bot.say("later")
    await expect(page.get_by_test_id("message")).to_have_count(2)
    await bot.call("editMessageText", chat_id=101, message_id=sent["message_id"], text="Seen.")
    await expect(page.get_by_test_id("message-text").first).to_have_text("Seen.")
    await expect(page.get_by_test_id("edited")).to_have_count(0)  # as at Telegram, which says it of people only


async def test_a_message_that_holds_a_place_shows_when_it_is_filled(page: Page, bot) -> None:
    await bot.call("sendMessageDraft", chat_id=101, draft_id=7, text="A red")
    place = await bot.say("…")
    await bot.call("sendMessageDraft", chat_id=101, draft_id=7, text="A red circle")
    await expect(page.get_by_test_id("draft-text")).to_have_text("A red circle")
    await expect(page.get_by_test_id("message")).to_have_count(0)
    await bot.call("editMessageText", chat_id=101, message_id=place["message_id"], text="A red circle.")
    await expect(page.get_by_test_id("message-text")).to_have_text("A red circle.")
    await expect(page.get_by_test_id("draft")).to_have_count(0)


async def test_one_who_reads_further_up_is_not_moved_but_told(page: Page, bot) -> None:
    for n in range(40):
        await bot.say(f"line {n}")
    await expect(page.get_by_text("line 39").last).to_be_in_viewport()
    scroll = page.get_by_test_id("scroll")
    await scroll.hover()
    await page.mouse.wheel(0, -600)
    await expect(page.get_by_test_id("down")).to_be_visible()
    at = await scroll.evaluate("node => node.scrollTop")
    await bot.say("news")
    await expect(page.get_by_test_id("down")).to_contain_text("1")
    assert await scroll.evaluate("node => node.scrollTop") == at
    await page.get_by_test_id("down").click()
    await expect(page.get_by_test_id("message").last).to_be_in_viewport()


async def test_unread_messages_are_counted_at_their_chat(page: Page, bot) -> None:
    await bot.say("in the group", chat=-1001000000001)
    group = page.get_by_test_id("chat").filter(has_text="Neighbours")
    await expect(group.locator(".unread")).to_have_text("1")
    await group.click()
    await expect(page.get_by_test_id("message-text")).to_have_text("in the group")
    await expect(group.locator(".unread")).to_have_count(0)


async def test_a_lost_server_is_noticed_and_another_one_taken_up(open_page) -> None:
    async with Sandbox() as first:
        page = await open_page(at=first.url)
        port = int(first.url.rsplit(":", 1)[1])
        await page.get_by_test_id("composer-text").fill("typed before")
        await expect(page.get_by_test_id("composer-text")).to_have_value("typed before")
    await expect(page.get_by_test_id("connection")).to_contain_text("Connection lost")
    await page.get_by_test_id("composer-text").press("Enter")
    await expect(page.get_by_test_id("problem")).to_contain_text("does not answer")
    async with Sandbox(port=port):
        await expect(page.get_by_test_id("connection")).to_be_empty()
        await expect(page.get_by_test_id("composer-text")).to_have_value("typed before")
        await page.get_by_test_id("composer-text").press("Enter")
        await expect(page.locator("[data-sender=me]").get_by_test_id("message-text")).to_have_text("typed before")


async def test_what_is_said_while_another_server_is_taken_up_is_shown(open_page) -> None:
    async with Sandbox() as first:
        page = await open_page(at=first.url)
        port = int(first.url.rsplit(":", 1)[1])
    texts = page.get_by_test_id("message-text")
    read = asyncio.Event()
    async with Sandbox(port=port) as second, SmallBot(second) as bot:

        async def say_meanwhile(route: Route) -> None:
            history = await route.fetch()
            await bot.say("in between")
            await expect(texts).to_have_text("in between")
            await route.fulfill(response=history)
            read.set()

        await page.route("**/api/chats/101/messages", say_meanwhile, times=1)
        await read.wait()
        await bot.say("afterwards")
        await expect(texts).to_have_text(["in between", "afterwards"])


async def test_a_server_that_is_lost_while_it_is_taken_up_is_taken_up_later(open_page) -> None:
    async with Sandbox() as first:
        page = await open_page(at=first.url)
        port = int(first.url.rsplit(":", 1)[1])
    async with Sandbox(port=port) as second, SmallBot(second) as bot:
        await bot.say("before")
        await page.route("**/api/world", lambda route: route.abort("connectionrefused"), times=1)
        await expect(page.get_by_test_id("message-text")).to_have_text("before")
