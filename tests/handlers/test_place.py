"""Pins and live locations go with their sender's pictures."""

from sandbox.driver import text_of


async def test_a_pin_is_confirmed_and_shown_with_the_next_photos_answer(ada, cat):
    await ada.send_location(52.52, 13.405)
    assert "52.5200, 13.4050" in text_of(await ada.reply())
    await ada.send_photo(cat)
    answer = await ada.reply()
    assert "52.5200, 13.4050" in text_of(answer)
    [link] = [entity for entity in answer["entities"] if entity["type"] == "text_link"]
    assert "mlat=52.52" in link["url"]


async def test_a_live_location_moves_in_silence(ada, cat):
    sent = await ada.send_location(52.52, 13.405, live_period=900)
    assert "as it moves" in text_of(await ada.reply())
    await ada.edit(sent, latitude=48.8566, longitude=2.3522)
    await ada.send_photo(cat)
    assert "48.8566, 2.3522" in text_of(await ada.reply())


async def test_anothers_pin_is_not_mine(ada, cat):
    ming = ada.as_person(102)
    await ming.send_location(1, 2)
    await ming.reply()
    await ada.send_photo(cat)
    assert "📍" not in text_of(await ada.reply())


async def test_a_pin_in_a_group_is_remembered_in_silence(ada, cat):
    group = ada.in_chat(-1001000000001)
    await group.send_location(52.52, 13.405)
    await group.send_photo(cat, caption="@lookout_bot")
    answer = await group.reply()
    assert "cat" in text_of(answer)
    assert "52.5200, 13.4050" in text_of(answer)


async def test_a_channels_pin_is_not_another_channels(ada, as_channel, cat):
    group = ada.in_chat(-1001000000001)
    [photo] = await group.send_photo(cat)
    await as_channel(-1002, location={"latitude": 52.52, "longitude": 13.405})
    for channel, placed in ((-1003, False), (-1002, True)):
        await as_channel(channel, photo=photo["photo"], caption="@lookout_bot")
        answer = text_of(await group.reply())
        assert "cat" in answer
        assert ("📍 52.5200, 13.4050" in answer) is placed


async def test_the_place_reaches_the_model(ada, asked, cat):
    await ada.send_location(52.52, 13.405)
    await ada.reply()
    await ada.send_photo(cat)
    await ada.reply()
    assert asked[0].conversation[0].text.startswith("The photo was taken at 52.5200, 13.4050.\n\n")


async def test_an_alert_says_where(ada, fire):
    await ada.say("/watch fire")
    await ada.reply()
    await ada.send_location(52.52, 13.405)
    await ada.reply()
    await ada.send_photo(fire)
    alert = await ada.wait_for(lambda message: "🔔" in text_of(message))
    assert "52.5200, 13.4050" in text_of(alert)
