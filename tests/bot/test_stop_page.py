"""A long answer on the chat page: it grows, and stops when somebody presses the button. Screenshots stay in build/."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.bot.test_newcomer import ANSWER_MS, page_of, send_sample, shoot

PROGRAM = r"""
import asyncio
from bot.cli import main
from handlers import growing
from vision.engine import Engine
from vision.request import Delta, Done

ANSWER = (
    "## A picnic\n\nOn the **red blanket** lie *three* things:\n\n"
    "1. a `basket`\n2. [bread](https://example.org/bread)\n3. ~~nothing~~ a cat\n\n"
    "| thing | colour |\n|---|---|\n| basket | brown |\n| cat | grey |\n\n> It is warm.\n\n"
)

async def wordy(self, request):
    for _ in range(50):
        for word in ANSWER.split(" "):
            yield Delta(word + " ")
            await asyncio.sleep(0.05)

Engine.ask = wordy
growing.STANDS_AFTER_S = 0.5
main()
"""

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_long_answer_grows_on_the_page_until_it_is_stopped(
    browser: Browser, environment: dict[str, str]
) -> None:
    async with page_of(environment, "-c", PROGRAM) as address:
        page = await browser.new_page(viewport={"width": 900, "height": 900}, locale="en-GB")
        await page.goto(address)
        await send_sample(page, "04-cat.jpg")
        answer = page.locator("[data-sender=bot]").last
        stop = answer.get_by_test_id("inline-button")
        await expect(answer).to_contain_text("It is warm.", timeout=ANSWER_MS)
        await expect(stop).to_have_text("⏹ Stop")
        await shoot(page, "5-growing")
        await stop.click()
        await expect(answer).to_contain_text("⏹ Stopped.", timeout=ANSWER_MS)
        await expect(answer).to_contain_text("It is warm.")
        await expect(stop).to_have_count(0)
        assert "**" not in await answer.inner_text()
        await shoot(page, "6-stopped")
        await page.close()
