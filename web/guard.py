"""Where a watch may call: what an address has to look like, and which addresses of the network are public. Pure.

The public part of the IPv6 space is 2000::/3 (https://www.iana.org/assignments/ipv6-unicast-address-assignments), what
in it and in IPv4 is special is known to `ipaddress` (IANA's special-purpose registries). Where an IPv6 address carries
an IPv4 one, packets end up there, so it is that one that counts.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final, Literal, TypeAlias

from yarl import URL

from web.errors import HasPassword, NotAnAddress, NotHttps, NotPublic, WebhooksOff

Policy: TypeAlias = Literal["off", "public", "any"]
"""Nowhere; over https to public addresses; anywhere."""

Address: TypeAlias = IPv4Address | IPv6Address

LONGEST_URL: Final = 2048
"""Characters."""

_UNREADABLE: Final = (ValueError, LookupError)  # the latter where yarl stumbles, as over "https://[]@"
_PLAIN: Final = re.compile(r"https?://[^\s\x00-\x20\x7f\\]+", re.IGNORECASE)
_NAME: Final = re.compile(r"(?=.{1,254}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?", re.IGNORECASE)
# What ends like this is read as a number by some, in bases and lengths of their own: 127.1, 0x7f000001, 2130706433,
# 0177.0.0.1 (https://url.spec.whatwg.org/#ends-in-a-number-checker).
_NUMBER: Final = re.compile(r"(^|\.)(\d+|0x[0-9a-f]*)\.?$", re.IGNORECASE)
_UNICAST: Final = IPv6Network("2000::/3")
_NAT64: Final = IPv6Network("64:ff9b::/96")  # RFC 6052


def check_url(url: str, policy: Policy) -> URL:
    """The address as it is to be called. Raises a WebhookError that says why it may not be.

    What its name leads to is not looked up here: that is done for every connection, where it is made.
    """
    if policy == "off":
        raise WebhooksOff
    parsed = _parsed(url)
    if parsed.scheme != "https" and policy == "public":
        raise NotHttps
    if parsed.raw_user is not None or parsed.raw_password is not None:
        raise HasPassword
    literal = _literal(parsed.raw_host or "")
    if literal is not None and not permitted(literal, policy):
        raise NotPublic
    return parsed


def host_of(url: str) -> str:
    """What may be said of an address in a log: its host, for the rest may hold secrets."""
    try:
        return URL(url).raw_host or "?"
    except _UNREADABLE:
        return "?"


def permitted(address: Address, policy: Policy) -> bool:
    """Whether a connection to an address may be made."""
    return policy == "any" or (policy == "public" and is_public(address))


def is_public(address: Address) -> bool:
    """Whether an address belongs to one host of the public internet, whatever form it comes in."""
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast
    if address.scope_id is not None:  # of one link (RFC 4007); and nobody would know this machine's own with a zone
        return False
    carried = _carried(address)
    if carried:
        return all(map(is_public, carried))
    return address in _UNICAST and address.is_global and not address.is_multicast


def _parsed(url: str) -> URL:
    if len(url) > LONGEST_URL or not _PLAIN.fullmatch(url):
        raise NotAnAddress
    try:
        parsed = URL(url)
        port = parsed.port
    except _UNREADABLE:
        raise NotAnAddress from None
    if not parsed.raw_host or not port:
        raise NotAnAddress
    return parsed


def _literal(host: str) -> Address | None:
    """The address that a host is, where it is no name. Raises NotAnAddress where only some would read it as one."""
    try:
        return ip_address(host)
    except ValueError:
        if _NAME.fullmatch(host) and not _NUMBER.search(host):
            return None
        raise NotAnAddress from None


def _carried(address: IPv6Address) -> tuple[IPv4Address, ...]:
    """The IPv4 addresses that packets to an IPv6 address are for."""
    if address.ipv4_mapped:
        return (address.ipv4_mapped,)
    if address.sixtofour:
        return (address.sixtofour,)
    if address.teredo:
        return address.teredo
    if address in _NAT64:
        return (IPv4Address(int(address) & 0xFFFFFFFF),)
    return ()
