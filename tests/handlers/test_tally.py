"""/watches stats: figures and a picture of how the watches have done."""

from datetime import timedelta

from sandbox.driver import buttons_of, text_of
from storage.records import Alert, Verdict


async def looked(bot, watches, *, sightings=6):
    async with bot.store.write() as records:
        for number in range(sightings):
            seen = await records.sightings.add(
                chat=101,
                sender=101,
                at=watches[0].created + timedelta(hours=number),
                pictures=[],
                caption=None,
                place=None,
                messages=[10_000 + number],
            )
            p = number / sightings
            await records.watches.record([Verdict(each.id, seen.id, p, 0.0, "no") for each in watches])
            alert = Alert(watches[0].id, seen.id, "yes", True, p, seen.at, (None, True, False)[number % 3])
            await records.alerts.put([alert], seen, watches=watches, update=number + 1)


async def test_figures_and_a_picture_tell_how_the_watches_do(ada, bot):
    await ada.say("/watches stats")
    assert "Nothing is watched" in text_of(await ada.reply())
    async with bot.store.write() as records:
        watches = [
            await records.watches.add(chat=101, condition=each, language="en", message_id=None)
            for each in ("fire", "smoke")
        ]
    await ada.say("/watches stats")
    assert "1. fire: checked 0, told 0, right 0, wrong 0" in text_of(await ada.reply())
    await looked(bot, watches)
    await ada.say("/timezone UTC")
    await ada.reply()
    await ada.say("/watches")
    page = await ada.reply()
    await ada.press(page, buttons_of(page)["📊 How they do"])
    told = await ada.reply()
    last = f"{watches[0].created + timedelta(hours=5):%Y-%m-%d %H:%M}"
    assert text_of(told) == (
        f"1. fire: checked 6, told 6, right 2, wrong 2, last {last}\n2. smoke: checked 6, told 0, right 0, wrong 0"
    )
    assert told["photo"][-1]["width"] == 1280
    await ada.say("/watches 1")
    page = text_of(await ada.reply())
    assert "60% by its sensitivity, moved by what you said of alerts (2 right, 2 wrong)" in page
    assert "Right: 50% of what was judged." in page


async def test_figures_too_long_for_a_caption_stand_below_the_picture(ada, bot):
    async with bot.store.write() as records:
        watches = [
            await records.watches.add(chat=101, condition=f"{'smoke ' * 9}{number}", language="en", message_id=None)
            for number in range(30)
        ]
    await looked(bot, watches, sightings=1)
    await ada.say("/watches 统计")
    assert "photo" in await ada.reply()
    assert "30. smoke" in text_of(await ada.reply())
