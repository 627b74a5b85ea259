"""Who one is, groups, languages, themes, and working without a mouse."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

pytestmark = pytest.mark.asyncio(loop_scope="session")
GROUP = -1001000000001


async def test_the_page_speaks_as_the_person_does(page: Page, bot) -> None:
    await page.get_by_test_id("me").click()
    await page.get_by_role("menuitemradio", name="小明").click()
    await expect(page.get_by_test_id("composer-text")).to_have_attribute("placeholder", "消息")
    await expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    await expect(page.get_by_test_id("banner")).to_contain_text("只认识画出来的图片")
    await page.get_by_test_id("composer-text").fill("你好")
    await page.get_by_test_id("send").click()
    assert (await bot.hear())["from"]["id"] == 102
    await page.get_by_test_id("language").click()
    await page.get_by_role("menuitemradio", name="English").click()
    await expect(page.get_by_test_id("composer-text")).to_have_attribute("placeholder", "Message")


async def test_both_languages_say_the_same_things(page: Page) -> None:
    keys = "name => import(`/page/words/${name}.js`).then(({ words }) => Object.keys(words))"
    english, chinese = [await page.evaluate(keys, name) for name in ("en", "zh")]
    assert english == chinese


async def test_a_new_person_has_a_chat_of_their_own(page: Page, bot) -> None:
    await page.get_by_test_id("me").click()
    await page.get_by_role("menuitem", name="Add a person").click()
    await page.get_by_test_id("person-name").fill("Grace")
    await page.get_by_test_id("person-create").click()
    await expect(page.get_by_test_id("me")).to_contain_text("Grace")
    await page.get_by_test_id("try-help").click()
    heard = await bot.hear()
    assert (heard["from"]["first_name"], heard["chat"]["type"]) == ("Grace", "private")


async def test_two_people_talk_in_a_group(open_page, bot) -> None:
    ada, ming = await open_page(101, GROUP), await open_page(102, GROUP)
    await ada.get_by_test_id("composer-text").fill("Anybody home?")
    await ada.get_by_test_id("send").click()
    seen = ming.locator("[data-sender=person]")
    await expect(seen.get_by_test_id("message-text")).to_have_text("Anybody home?")
    await expect(seen.locator(".sender")).to_have_text("Ada")
    await expect(ada.locator("[data-sender=me] .sender")).to_have_count(0)


async def test_a_new_group_is_founded(page: Page, bot) -> None:
    await page.get_by_test_id("new-group").click()
    await page.get_by_test_id("group-title").fill("Shop")
    await page.get_by_test_id("group-create").click()
    await expect(page.get_by_test_id("chat-title")).to_have_text("Shop")
    await page.get_by_test_id("composer-text").fill("Hello, shop")
    await page.get_by_test_id("send").click()
    await expect(page.get_by_test_id("message-text")).to_have_text("Hello, shop")


async def test_on_a_phone_one_sees_the_list_or_the_conversation(open_page) -> None:
    page = await open_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    await expect(page.get_by_test_id("chats")).to_be_hidden()
    await page.get_by_test_id("back").tap()
    await expect(page.get_by_test_id("composer-text")).to_be_hidden()
    await page.get_by_test_id("chat").first.tap()
    await expect(page.get_by_test_id("composer-text")).to_be_visible()
    await page.get_by_test_id("try-sample").tap()
    await page.keyboard.press("Escape")
    assert await page.evaluate("document.documentElement.scrollWidth") == 390
    await page.go_back()
    await expect(page.get_by_test_id("chats")).to_be_visible()


async def test_a_swipe_replies_and_a_long_press_opens_the_menu(open_page, bot) -> None:
    await bot.say("Swipe me to the left, or hold me")
    page = await open_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    fingers = await page.context.new_cdp_session(page)

    async def touch(kind: str, moved: float = 0) -> None:
        box = await page.get_by_test_id("composer").bounding_box()
        assert box
        points = [] if kind == "touchEnd" else [{"x": 150 + moved, "y": box["y"] - 30}]
        await fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    await touch("touchStart")
    for step in range(8):
        await touch("touchMove", -10 * step)
    await touch("touchEnd")
    await expect(page.get_by_test_id("replying")).to_contain_text("Swipe me")
    await touch("touchStart")
    await page.locator(".row.held").wait_for()
    await touch("touchEnd")
    await expect(page.get_by_role("menu")).to_be_visible()
    await page.get_by_role("menuitem", name="React with 👍").tap()
    await expect(page.get_by_test_id("reaction")).to_have_text("👍")


async def test_messages_are_reached_and_used_by_keyboard(page: Page, bot) -> None:
    await bot.say("first")
    await bot.say("second")
    await expect(page.get_by_test_id("message")).to_have_count(2)
    await page.get_by_test_id("log").focus()
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("ArrowUp")
    await expect(page.get_by_test_id("message").first).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("menu")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.keyboard.press("r")
    await expect(page.get_by_test_id("replying")).to_contain_text("first")
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("replying")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_text_stands_out_from_its_ground(open_page, scheme: str) -> None:
    """WCAG AA: 4.5 to 1 for every pair of colours that text is written in."""
    page = await open_page(color_scheme=scheme)
    pairs = {
        "--ink": ["--paper", "--side", "--theirs", "--mine", "--hover", "--chosen"],
        "--soft": ["--paper", "--side", "--theirs", "--hover", "--chosen"],
        "--mine-soft": ["--mine"],
        "--mine-accent": ["--mine"],
        "--accent": ["--paper", "--theirs", "--raised", "--chosen"],
        "--accent-ink": ["--accent"],
        "--lamp-ink": ["--lamp"],
        "--danger": ["--paper", "--raised"],
    }
    ratios = await page.evaluate(
        """pairs => {
            const probe = document.body.appendChild(document.createElement("i"));
            const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
            const luminance = (name) => {
                probe.style.color = `var(${name})`;
                canvas.fillStyle = getComputedStyle(probe).color;
                canvas.fillRect(0, 0, 1, 1);
                const linear = [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)]
                    .map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
                return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
            };
            return Object.entries(pairs).flatMap(([ink, grounds]) => grounds.map(ground => {
                const [high, low] = [luminance(ink), luminance(ground)].sort((a, b) => b - a);
                return [`${ink} on ${ground}`, (high + 0.05) / (low + 0.05)];
            }));
        }""",
        pairs,
    )
    assert [pair for pair, ratio in ratios if ratio < 4.5] == []


async def test_everything_to_press_has_a_name(page: Page, bot) -> None:
    await bot.say("Hello", reply_markup={"inline_keyboard": [[{"text": "A", "callback_data": "a"}]]})
    await expect(page.get_by_test_id("inline-button")).to_be_visible()
    nameless = await page.evaluate(
        """[...document.querySelectorAll("button, a, input, textarea, [role=slider]")]
            .filter(node => !node.hidden)
            .filter(node => !(node.textContent.trim() || node.getAttribute("aria-label") || node.labels?.length))
            .map(node => node.outerHTML)"""
    )
    assert nameless == []
    assert await page.locator("img:not([alt])").count() == 0
