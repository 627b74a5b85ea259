"""The time zone of a chat: chosen by name, shown, and told to the model."""

import pytest

from handlers.zones import exactly, nearly
from sandbox.driver import buttons_of, text_of


async def test_a_zone_is_chosen_by_the_name_of_a_city_and_holds_until_it_is_taken_back(ada, bot, cat, asked):
    await ada.say("/prompt Say at {time} what you see.")
    await ada.reply()
    await ada.say("/timezone tokyo")
    page = text_of(await ada.reply())
    assert "the zone Asia/Tokyo" in page
    assert "/timezone off" in page
    await ada.say("/settings")
    assert "🕘 Time zone: Asia/Tokyo" in buttons_of(await ada.reply())
    await ada.send_photo(cat)
    await ada.reply()
    assert "(JST)" in str(asked[-1].conversation[0].text)
    await ada.say("/timezone off")
    assert "my operator's zone" in text_of(await ada.reply())
    async with bot.store.read() as records:
        assert (await records.chats.get(101)).zone is None


async def test_what_is_no_zone_is_answered_with_those_that_may_be_meant(ada, bot):
    await ada.say("/timezone Berln")
    page = await ada.reply()
    assert "Which of these" in text_of(page)
    assert "Europe/Berlin" in text_of(await ada.tap(page, "Europe/Berlin"))
    await ada.say("/timezone ../../etc/passwd")
    assert "a large city near you" in text_of(await ada.reply())
    ming = ada.as_person(102)
    await ming.say("/timezone UTC+8")
    assert "UTC+8" in text_of(await ming.reply())
    async with bot.store.read() as records:
        assert [(await records.chats.get(chat)).zone for chat in (101, 102)] == ["Europe/Berlin", "Etc/GMT-8"]


@pytest.mark.parametrize(
    ("words", "zone"),
    [
        ("北京", "Asia/Shanghai"),
        ("上海", "Asia/Shanghai"),
        ("europe/berlin", "Europe/Berlin"),
        ("são paulo", "America/Sao_Paulo"),
        ("new_york", "America/New_York"),
        ("法国", "Europe/Paris"),
        ("北京时间", "Asia/Shanghai"),
        ("上海市", "Asia/Shanghai"),
        ("东八区", "Asia/Shanghai"),
        ("Tokyo time", "Asia/Tokyo"),
        ("UTC−5", "Etc/GMT+5"),
        ("+8", "Etc/GMT-8"),
        ("GMT-03:00", "Etc/GMT+3"),
        ("utc+0", "Etc/UTC"),
    ],
)
def test_a_zone_goes_by_its_cities_its_country_and_its_hours(words, zone):
    assert exactly(words) == [zone]


@pytest.mark.parametrize("words", ["UTC+40", "utc+05:30", "", "localtime", "🕘"])
def test_what_names_no_zone_is_taken_for_none(words):
    assert exactly(words) == []


def test_a_slip_of_the_finger_is_understood():
    assert nearly("Shangai") == ["Asia/Shanghai"]


def test_a_city_with_its_country_is_offered_and_not_taken_for_granted():
    assert exactly("Berlin, Germany") == []
    assert nearly("Berlin, Germany")[0] == "Europe/Berlin"
