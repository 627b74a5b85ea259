"""Addresses in texts: which ones Telegram takes as a link."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs

from sandbox.markup.entity import Entity, MarkupError

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_WEB = re.compile(r"(https?)://([^/?#\s]+)([^\s]*)", re.IGNORECASE)


def link_entity(offset: int, length: int, url: str) -> Entity | None:
    """A text_link, or a text_mention for tg://user?id=N; None when the address is not accepted."""
    user_id = _tg_number(url, "user")
    if user_id is not None:
        return Entity("text_mention", offset, length, {"user_id": user_id})
    checked = checked_link(url)
    return Entity("text_link", offset, length, {"url": checked}) if checked else None


def checked_link(url: str) -> str:
    """The address as Telegram would store it: http:// where no scheme is given, a host with a dot; else empty.

    So TDLib's LinkManager::get_checked_link has it.
    """
    scheme = _SCHEME.match(url)
    if scheme and scheme.group(1).lower() in {"tg", "ton", "tonsite"}:
        return url
    found = _WEB.fullmatch(url if "://" in url else f"http://{url}")
    if found is None:
        return ""
    protocol, host, rest = found.groups()
    if "." not in host.strip(".") or host.startswith("."):
        return ""
    return f"{protocol.lower()}://{host.lower()}{rest if rest.startswith('/') else '/' + rest}"


def custom_emoji(url: str) -> str:
    """The id in tg://emoji?id=N."""
    emoji_id = _tg_number(url, "emoji")
    if emoji_id is None:
        raise MarkupError("Invalid tg://emoji or tg://time URL specified")
    return str(emoji_id)


def _tg_number(url: str, path: str) -> int | None:
    found = re.fullmatch(rf"tg:(?://)?{path}/?\?([^#]*)(?:#.*)?", url, re.IGNORECASE | re.DOTALL)
    number = parse_qs(found.group(1)).get("id", [""])[0] if found else ""
    return int(number) if re.fullmatch(r"[1-9][0-9]{0,18}", number) else None


def resolve_mentions(entities: list[Entity], users: dict[int, dict[str, Any]]) -> list[Entity]:
    """Put the User where a text_mention has an id only; somebody unknown is not mentioned."""
    resolved = []
    for entity in entities:
        if entity.type != "text_mention":
            resolved.append(entity)
        elif (user := users.get(entity.extra["user_id"])) is not None:
            resolved.append(Entity(entity.type, entity.offset, entity.length, {"user": user}))
    return resolved
