"""Pictures, albums, files, places and voice notes."""

from __future__ import annotations

import math
import struct
import zlib
from array import array

import pytest
import pytest_asyncio
from playwright.async_api import FilePayload, Page, Route, expect

from voice.opus import RATE, encode

pytestmark = pytest.mark.asyncio(loop_scope="session")
SAMPLES = {"samples": [{"file": f"shape-{n}.png", "title": {"en": f"Shape {n}", "zh": f"图形{n}"}} for n in range(6)]}


def png(side: int = 96, shade: int = 128) -> bytes:
    """A square of one grey."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + bytes([shade]) * side) * side
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def picture(name: str, data: bytes) -> FilePayload:
    return {"name": name, "mimeType": "image/png", "buffer": data}


def note() -> bytes:
    """Two seconds of sound: loud, then soft."""
    tone = (math.sin(2 * math.pi * 330 * at / RATE) * (12_000 if at < RATE else 2_000) for at in range(2 * RATE))
    return encode(array("h", map(int, tone)).tobytes(), RATE).data


@pytest_asyncio.fixture(loop_scope="session")
async def gallery(page: Page) -> Page:
    """The page with six samples of this test's own, and its gallery open."""

    async def serve(route: Route) -> None:
        if route.request.url.endswith(".json"):
            await route.fulfill(json=SAMPLES)
        else:
            await route.fulfill(body=png(), content_type="image/png")

    await page.route("**/page/samples/**", serve)
    await page.get_by_test_id("open-gallery").click()
    return page


async def test_the_shipped_samples_are_all_there(page: Page) -> None:
    await page.get_by_test_id("open-gallery").click()
    samples = page.get_by_test_id("sample")
    await expect(samples.first).to_be_focused()
    await samples.last.scroll_into_view_if_needed()
    assert await samples.count() >= 10
    await page.wait_for_function(
        "() => [...document.querySelectorAll('.sample img')].every(image => image.complete && image.naturalWidth > 0)"
    )


async def test_a_sample_goes_to_the_composer_and_out_with_its_caption(gallery: Page, bot) -> None:
    await gallery.get_by_test_id("gallery").locator("[data-file='shape-2.png']").click()
    await expect(gallery.get_by_test_id("tray-item")).to_have_attribute("data-file", "shape-2.png")
    await gallery.get_by_test_id("composer-text").fill("what is it?")
    await gallery.get_by_test_id("send").click()
    heard = await bot.hear()
    assert (heard["caption"], heard["photo"][-1]["width"]) == ("what is it?", 96)
    await expect(gallery.get_by_test_id("tray")).to_have_count(0)
    await gallery.get_by_test_id("photo").click()
    await expect(gallery.get_by_test_id("lightbox-image")).to_have_js_property("naturalWidth", 96)
    await gallery.keyboard.press("Escape")
    await expect(gallery.get_by_test_id("lightbox")).to_have_count(0)


async def test_the_gallery_works_by_keyboard(gallery: Page, bot) -> None:
    samples = gallery.get_by_test_id("sample")
    await expect(samples.first).to_be_focused()
    await gallery.keyboard.press("ArrowRight")
    await gallery.keyboard.press("ArrowRight")
    await gallery.keyboard.press("ArrowLeft")
    await expect(samples.nth(1)).to_be_focused()
    await gallery.keyboard.press("Enter")
    await expect(gallery.get_by_test_id("composer-text")).to_be_focused()
    await gallery.keyboard.press("Enter")
    assert "photo" in await bot.hear()


async def test_several_samples_make_an_album(gallery: Page, bot) -> None:
    await gallery.get_by_test_id("gallery-several").check()
    for n in (0, 3, 5):
        await gallery.get_by_test_id("sample").nth(n).click()
    await gallery.get_by_test_id("gallery-take").click()
    await gallery.get_by_test_id("send").click()
    heard = [await bot.hear() for _ in range(3)]
    assert len({one["media_group_id"] for one in heard}) == 1
    await expect(gallery.get_by_test_id("album").get_by_test_id("photo")).to_have_count(3)
    await expect(gallery.get_by_test_id("message")).to_have_count(1)


async def test_pictures_and_a_film_that_are_chosen_together_make_an_album(page: Page, bot) -> None:
    film: FilePayload = {"name": "c.mp4", "mimeType": "video/mp4", "buffer": b"a film"}
    chosen = [picture("a.png", png()), film, picture("b.png", png(shade=40))]
    await page.get_by_test_id("file-input").set_input_files(chosen)
    await expect(page.get_by_test_id("tray-item")).to_have_count(3)
    await page.get_by_test_id("composer-text").fill("what differs?")
    await page.get_by_test_id("send").click()
    heard = [await bot.hear() for _ in range(3)]
    assert len({one["media_group_id"] for one in heard}) == 1
    assert [one.get("caption") for one in heard] == ["what differs?", None, None]
    assert "video" in heard[2]
    await expect(page.get_by_test_id("message")).to_have_count(1)
    await expect(page.get_by_test_id("album")).to_have_attribute("data-count", "3")


async def test_pictures_can_be_sent_as_files(page: Page, bot) -> None:
    await page.get_by_test_id("file-input").set_input_files([picture("a.png", png())])
    await page.get_by_test_id("as-file").check()
    await page.get_by_test_id("send").click()
    assert (await bot.hear())["document"]["file_name"] == "a.png"
    await expect(page.get_by_test_id("file")).to_contain_text("a.png")


@pytest.mark.parametrize("way", ["paste", "drop"])
async def test_pictures_are_pasted_and_dropped(page: Page, bot, way: str) -> None:
    give = """async ([way, bytes]) => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(bytes)], "given.png", { type: "image/png" }));
        const box = document.getElementById("composer-text");
        const often = { bubbles: true, cancelable: true };
        if (way === "paste") box.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, ...often }));
        const dragged = way === "drop" ? ["dragover", "drop"] : [];
        for (const type of dragged) box.dispatchEvent(new DragEvent(type, { dataTransfer: data, ...often }));
    }"""
    await page.evaluate(give, [way, list(png())])
    await expect(page.get_by_test_id("tray-item")).to_have_attribute("data-file", "given.png")
    await page.get_by_test_id("composer-text").press("Enter")
    assert "photo" in await bot.hear()


async def test_a_refused_picture_stays_in_the_tray(page: Page) -> None:
    await page.get_by_test_id("file-input").set_input_files([picture("broken.png", b"no picture at all")])
    await page.get_by_test_id("composer-text").fill("its caption")
    await page.get_by_test_id("send").click()
    await expect(page.get_by_test_id("problem")).to_contain_text("not a picture")
    await expect(page.get_by_test_id("tray-item")).to_have_count(1)
    await expect(page.get_by_test_id("composer-text")).to_have_value("its caption")


async def test_a_pin_is_chosen_and_shown_with_its_coordinates(page: Page, bot) -> None:
    await page.get_by_test_id("attach").click()
    await page.get_by_role("menuitem", name="Place").click()
    await page.get_by_test_id("place-tokyo").click()
    await page.get_by_test_id("place-send").click()
    assert (await bot.hear())["location"]["latitude"] == pytest.approx(35.681236)
    card = page.get_by_test_id("place")
    await expect(card).to_contain_text("35.6812° N, 139.7671° E")
    await expect(card.get_by_role("link")).to_have_attribute(
        "href", "https://www.openstreetmap.org/?mlat=35.681236&mlon=139.767125#map=15/35.681236/139.767125"
    )


async def test_a_live_location_is_moved_and_stopped(open_page, bot) -> None:
    page = await open_page(geolocation={"latitude": -33.8568, "longitude": 151.2153}, permissions=["geolocation"])
    await page.get_by_test_id("attach").click()
    await page.get_by_role("menuitem", name="Place").click()
    await page.get_by_test_id("place-mine").click()
    await expect(page.get_by_test_id("place-latitude")).to_have_value("-33.856800")
    await page.get_by_test_id("place-period").select_option("900")
    await page.get_by_test_id("place-send").click()
    assert (await bot.hear())["location"]["live_period"] == 900
    await page.get_by_test_id("live-up").click()
    assert (await bot.hear("edited_message"))["location"]["latitude"] > -33.8568
    await page.get_by_test_id("live-stop").click()
    assert "live_period" not in (await bot.hear("edited_message"))["location"]
    await expect(page.get_by_test_id("live-stop")).to_have_count(0)


async def test_a_voice_note_shows_its_waveform_and_plays(page: Page, bot) -> None:
    await bot.call("sendVoice", chat_id=101, voice=note(), duration=2)
    await page.locator(".voice.ready").wait_for()
    audio = page.get_by_test_id("voice-audio")
    heights = await page.locator(".voice-wave i").evaluate_all("bars => bars.map(bar => parseFloat(bar.style.height))")
    assert min(heights[2:20]) > 2 * max(heights[26:44])
    await page.get_by_test_id("voice-play").click()
    await expect(page.get_by_role("button", name="Pause")).to_be_visible()
    await page.wait_for_function("() => document.querySelector('[data-testid=voice-audio]').currentTime > 0.1")
    assert await audio.evaluate("node => node.duration") == pytest.approx(2, abs=0.2)
    slider = page.get_by_role("slider", name="Position")
    await page.get_by_role("button", name="Pause").click()
    await slider.press("ArrowRight")
    await expect(slider).to_have_attribute("aria-valuetext", "0:02 / 0:02")


async def test_a_voice_note_is_recorded(open_page, bot) -> None:
    page = await open_page(permissions=["microphone"])
    await page.get_by_role("button", name="Record a voice note").click()
    await expect(page.get_by_role("timer")).to_have_text("0:01")
    await page.get_by_test_id("record-send").click()
    assert (await bot.hear())["voice"]["file_size"] > 0
    await page.locator(".voice.ready").wait_for()
    await expect(page.get_by_test_id("recording")).to_have_count(0)
