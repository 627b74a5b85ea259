"""What a newcomer does after `make run`: real process, real page, real browser. Screenshots stay in build/."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FilePayload, Page, expect

from tests.film import film

ROOT = Path(__file__).parents[2]
SCREENSHOTS = ROOT / "build" / "screenshots"
ANSWER_MS = 30_000

pytestmark = pytest.mark.asyncio(loop_scope="session")


@asynccontextmanager
async def page_of(environment: dict[str, str], *program: str) -> AsyncIterator[str]:
    """The chat page's address, as the bot prints it; embedded defaults but for the folder and the ports."""
    bot = await asyncio.create_subprocess_exec(
        *(sys.executable, *program, "run"), env=environment, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert bot.stdout
        printed = ""
        while (found := re.search(r"Chat page: (http://\S+)", printed)) is None:
            line = await bot.stdout.readline()
            assert line, f"it ended and had printed {printed!r}"
            printed += line.decode()
        yield found[1]
    finally:
        bot.kill()
        await bot.communicate()


@pytest_asyncio.fixture(loop_scope="session")
async def address(environment: dict[str, str]) -> AsyncIterator[str]:
    async with page_of(environment, "-m", "bot") as found:
        yield found


async def send_sample(page: Page, file: str) -> None:
    await page.get_by_test_id("open-gallery").click()
    await page.locator(f"[data-testid=sample][data-file='{file}']").click()
    await page.get_by_test_id("send").click()


async def say(page: Page, text: str) -> None:
    await page.get_by_test_id("composer-text").fill(text)
    await page.get_by_test_id("send").click()


async def told(page: Page, words: str | re.Pattern[str]) -> None:
    """Wait for a message of the bot with these words."""
    await expect(page.locator("[data-sender=bot]").filter(has_text=words).last).to_be_visible(timeout=ANSWER_MS)


async def shoot(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SCREENSHOTS / f"{name}.png")


async def test_a_newcomer_sends_a_picture_sets_a_watch_drops_a_pin_and_hears_the_answer(
    browser: Browser, address: str
) -> None:
    page = await browser.new_page(viewport={"width": 1200, "height": 900}, locale="en-GB")
    await page.goto(address)
    await expect(page.get_by_test_id("banner")).to_contain_text("drawn pictures only")

    await send_sample(page, "04-cat.jpg")
    await told(page, "cat")
    await shoot(page, "1-answer")

    await say(page, "/watch fire")
    await told(page, "I look for fire")
    await send_sample(page, "14-fire.jpg")
    await told(page, "🔔 fire")
    await shoot(page, "2-alert")

    await page.get_by_test_id("attach").click()
    await page.get_by_role("menuitem", name="Place").click()
    await page.get_by_test_id("place-send").click()
    await told(page, "I keep it in mind")
    await send_sample(page, "04-cat.jpg")
    await told(page, re.compile(r"cat.*52\.5163", re.DOTALL))
    await shoot(page, "3-place")

    await say(page, "/voice on")
    await told(page, "Voice notes are on")
    await send_sample(page, "04-cat.jpg")
    await page.get_by_test_id("voice-play").click(timeout=ANSWER_MS)
    await page.wait_for_function(
        "() => { const audio = document.querySelector('[data-testid=voice-audio]');"
        " return audio.duration > 0 && audio.currentTime > 0; }"
    )
    await shoot(page, "4-voice")
    await page.close()


async def test_an_album_gets_one_answer_that_compares_and_a_film_one_about_its_frames(
    browser: Browser, address: str, cat: bytes, fire: bytes
) -> None:
    page = await browser.new_page(viewport={"width": 1200, "height": 900}, locale="en-GB")
    await page.goto(address)
    for name, data in (("cat.jpg", cat), ("fire.jpg", fire)):
        chosen: FilePayload = {"name": name, "mimeType": "image/jpeg", "buffer": data}
        await page.get_by_test_id("file-input").set_input_files([chosen])
    await say(page, "Which of them shows a fire?")
    answers = page.locator("[data-sender=bot]").get_by_test_id("message-text")
    await expect(answers).to_have_count(1, timeout=ANSWER_MS)
    await expect(page.get_by_test_id("album")).to_have_attribute("data-count", "2")
    data = film([cat, fire], form="webm", codec="libvpx-vp9")
    moving: FilePayload = {"name": "film.webm", "mimeType": "video/webm", "buffer": data}
    await page.get_by_test_id("file-input").set_input_files([moving])
    await page.get_by_test_id("send").click()
    await expect(answers).to_have_count(2, timeout=ANSWER_MS)
    await shoot(page, "7-album")
    await page.close()


async def press(page: Page, label: str) -> None:
    """Press the newest button that says this."""
    await page.get_by_test_id("inline-button").filter(has_text=label).last.click()


async def test_a_preset_is_tried_and_kept_and_the_language_changed_with_buttons(browser: Browser, address: str) -> None:
    page = await browser.new_page(viewport={"width": 1200, "height": 900}, locale="en-GB")
    await page.goto(address)
    await send_sample(page, "04-cat.jpg")
    await told(page, "cat")
    await say(page, "/settings")
    await told(page, "What this chat has chosen")
    await shoot(page, "8-settings")
    await press(page, "Presets")
    await told(page, "Which of these shall I do with every picture?")
    await shoot(page, "9-presets")
    await press(page, "Count the things")
    await told(page, "each kind of thing")
    await press(page, "Try on the last photo")
    await told(page, "“Count the things”")
    await press(page, "Keep")
    await told(page, "Kept. From the next picture on")
    await shoot(page, "10-kept")
    await say(page, "/language")
    await told(page, "everybody's own language")
    await press(page, "中文")
    await told(page, "我在这里说中文")
    await say(page, "/prompt clear")
    await told(page, "已清除")
    await send_sample(page, "04-cat.jpg")
    await told(page, "猫")
    await say(page, "/settings")
    await told(page, "这个聊天的设置")
    await shoot(page, "11-chinese")
    await page.close()
