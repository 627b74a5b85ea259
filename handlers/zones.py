"""Time zones by the names that people have for them: cities and countries in our languages, or hours from UTC."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from difflib import get_close_matches
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from babel import Locale
from babel.core import get_global
from babel.dates import get_timezone_location

from storage.records import Chat

MOST_GUESSES: Final = 6

_LOCALES: Final = ("en", "zh_Hans")
_FROM_UTC: Final = re.compile(r"(?:utc|gmt)?\s*([+−-])\s*(\d{1,2})(?::?00)?", re.IGNORECASE)
_BESIDE: Final = re.compile(r"(?:时间|市| time)$")
_FIXED: Final = re.compile(r"Etc/GMT([+-])(\d+)")
_NO_PLACES: Final = frozenset({"localtime", "Factory", "posixrules"})
_ALSO: Final = {
    "Asia/Shanghai": "Beijing, Peking, Shenzhen, Guangzhou, Chengdu, Hangzhou, Wuhan, Nanjing, Tianjin, Xi'an, Suzhou, "
    "China, 北京, 深圳, 广州, 成都, 杭州, 武汉, 南京, 天津, 西安, 苏州, 重庆, 哈尔滨, 中国, 东八区",
    "Asia/Hong_Kong": "香港",
    "Asia/Macau": "Macao, 澳门",
    "Asia/Kolkata": "Mumbai, Delhi, New Delhi, Bangalore, Chennai, 加尔各答, 孟买, 新德里",
    "Asia/Tokyo": "Osaka, Kyoto, 大阪, 京都",
    "Asia/Ho_Chi_Minh": "Hanoi, 河内",
    "Australia/Sydney": "Canberra, 堪培拉",
    "Europe/Berlin": "Munich, München, Hamburg, Frankfurt, Cologne, Köln, Stuttgart, Germany, 慕尼黑, 汉堡, 德国",
    "Europe/Zurich": "Geneva, Bern, Basel, 日内瓦",
    "Europe/Rome": "Milan, 米兰",
    "Europe/Madrid": "Barcelona, 巴塞罗那",
    "Europe/London": "Manchester, England",
    "America/New_York": "Washington, Boston, Miami, Philadelphia, Atlanta, 华盛顿, 波士顿",
    "America/Chicago": "Houston, Dallas, Austin",
    "America/Los_Angeles": "San Francisco, Seattle, San Diego, Las Vegas, 旧金山, 西雅图, 圣地亚哥",
    "America/Toronto": "Ottawa, Montreal, Montréal, 渥太华, 蒙特利尔",
    "America/Sao_Paulo": "Rio de Janeiro, Brasília, 里约热内卢",
}
"""Where many people live that the zones are not named for, with commas between."""


def zone_of(chat: Chat) -> ZoneInfo | None:
    """The chat's time zone; None where it goes by this machine's, which is what `datetime.astimezone` makes of None."""
    if chat.zone:
        with suppress(ZoneInfoNotFoundError):  # zones come and go with the machine's data
            return ZoneInfo(chat.zone)
    return None


def moment(at: datetime, chat: Chat) -> str:
    """A time by the chat's clock, for people to read."""
    return f"{at.astimezone(zone_of(chat)):%Y-%m-%d %H:%M}"


def label_of(zone: str) -> str:
    """A zone for people to read."""
    fixed = _FIXED.fullmatch(zone)
    return f"UTC{'+' if fixed[1] == '-' else '-'}{fixed[2]}" if fixed else zone


def exactly(words: str) -> list[str]:
    """The zones (IANA names) that go by this name: one where there is no doubt, several in some countries."""
    asked = _folded(words)
    from_utc = _FROM_UTC.fullmatch(asked)
    if from_utc:
        return _from_utc(from_utc[1], int(from_utc[2]))
    return list(_index().get(asked) or _index().get(_BESIDE.sub("", asked), ()))


def nearly(words: str) -> list[str]:
    """The zones that somebody may have meant, likeliest first."""
    index, city = _index(), _folded(re.split("[,，]", words)[0])
    names = [*([city] if city in index else []), *get_close_matches(_folded(words), index, n=MOST_GUESSES, cutoff=0.7)]
    return list(dict.fromkeys(zone for name in names for zone in index[name]))[:MOST_GUESSES]


def _from_utc(sign: str, hours: int) -> list[str]:
    """East of Greenwich is + to people, and - in the names of these zones."""
    name = f"Etc/GMT{'-' if sign == '+' else '+'}{hours}" if hours else "Etc/UTC"
    return [name] if name in _names() else []


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones() - _NO_PLACES)


@cache
def _index() -> dict[str, tuple[str, ...]]:
    """The zones by every name that one has, folded; one zone under two IANA names counts once."""
    aliases, index = get_global("zone_aliases"), dict[str, dict[str, str]]()
    for name, zone in (*_cities(), *_countries()):
        index.setdefault(_folded(name), {}).setdefault(aliases.get(zone, zone), zone)
    also = {_folded(name): (zone,) for zone, names in _ALSO.items() for name in names.split(", ")}
    full = {_folded(zone): (zone,) for zone in _names()}
    return {name: tuple(zones.values()) for name, zones in index.items()} | full | also


def _cities() -> Iterator[tuple[str, str]]:
    for zone in sorted(_names(), key=get_global("zone_aliases").__contains__):
        if "/" in zone:
            yield zone.rpartition("/")[2], zone
            for locale in _LOCALES:
                yield get_timezone_location(ZoneInfo(zone), locale=locale, return_city=True), zone


def _countries() -> Iterator[tuple[str, str]]:
    """Of countries with a few zones at most: in others a city has to be named."""
    aliases, zones = get_global("zone_aliases"), dict[str, list[str]]()
    for zone, country in get_global("zone_territories").items():
        if zone not in aliases and zone in _names():
            zones.setdefault(country, []).append(zone)
    for country, within in zones.items():
        for locale in _LOCALES:
            name = Locale.parse(locale).territories.get(country)
            yield from ((name, zone) for zone in within if name and len(within) <= MOST_GUESSES)


def _folded(words: str) -> str:
    """A name as names are compared: without case, accents, and what stands for a space."""
    plain = unicodedata.normalize("NFKD", words.replace("_", " ").strip(" .?!。？！"))
    return " ".join("".join(each for each in plain if not unicodedata.combining(each)).casefold().split())
