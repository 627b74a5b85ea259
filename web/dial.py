"""The way out: a POST to an address that somebody gave, and no way into the operator's own network.

Each connection looks its host up by itself, and what was found is checked before it is used: there is no moment at
which a name could be given another address. No redirect is followed, no proxy asked, nothing of an answer read but its
head, and no cookie kept.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from types import TracebackType
from typing import Any, Final, Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from web.errors import HostUnknown, NotPublic, Unreached
from web.guard import Address, Policy, check_url, permitted

LONGEST_CALL_S: Final = 10.0
"""Seconds for all of a call: looking its host up, connecting, sending, and the head of the answer."""

_HEADERS: Final = {"Content-Type": "application/json", "User-Agent": "Lookout", "Accept": "*/*"}
_NUMERIC: Final = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver says to a call: an HTTP status, and how long it asks to be left alone, if it does."""

    status: int
    retry_after: timedelta | None = None

    @property
    def taken(self) -> bool:
        """Whether the receiver has the call; then it has nothing to ask for."""
        return 200 <= self.status < 300


class Dial:
    """Posts to addresses that a policy permits, any number at a time."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(
            resolver=Lookup(self._policy), socket_factory=self._socket, use_dns_cache=False, force_close=True
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=_HEADERS,
            timeout=aiohttp.ClientTimeout(total=LONGEST_CALL_S),
            auto_decompress=False,
            trust_env=False,
        )
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        await self._session.close()

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post JSON, and give the answer, whatever it says. Raises a WebhookError where it may not or cannot."""
        address = check_url(url, self._policy)
        try:
            async with self._session.post(address, data=body, headers=headers, allow_redirects=False) as response:
                answer = Answer(response.status)
                if answer.taken:
                    return answer
                return replace(answer, retry_after=_asked_for(response.headers.get("Retry-After"), datetime.now(UTC)))
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Unreached(_kind(error)) from error

    def _socket(self, info: tuple[Any, ...]) -> socket.socket:
        """The last look at an address, whatever way it came: a literal passes no lookup."""
        family, kind, protocol, _, where = info
        if not _open_to(ip_address(where[0]), self._policy):
            raise PermissionError(errno.EACCES, "not a public address")
        return socket.socket(family, kind, protocol)


class Lookup(AbstractResolver):
    """Looks hosts up, and gives their addresses only if a connection to each of them may be made."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """All addresses of a host. Raises HostUnknown, NotPublic."""
        try:
            found = await _looked_up(host, port, family)
        except (OSError, ValueError) as error:
            raise HostUnknown from error
        if not all(_open_to(ip_address(where[0]), self._policy) for *_, where in found):
            raise NotPublic
        return [
            ResolveResult(hostname=host, host=where[0], port=port, family=kind, proto=protocol, flags=_NUMERIC)
            for kind, _, protocol, _, where in found
        ]

    async def close(self) -> None:
        """Nothing is held."""


async def reachable(url: str, policy: Policy) -> None:
    """Whether a watch may call there, as far as can be known without a call. Raises the WebhookError that says why not.

    It takes LONGEST_CALL_S at most.
    """
    address = check_url(url, policy)
    try:
        async with asyncio.timeout(LONGEST_CALL_S):
            await Lookup(policy).resolve(address.raw_host or "", address.port or 0)
    except TimeoutError as error:
        raise HostUnknown from error


def _open_to(address: Address, policy: Policy) -> bool:
    return permitted(address, policy) and (policy == "any" or not is_own(address))


def is_own(address: Address) -> bool:
    """Whether an address is this machine's: from there, and from there only, it would be called by itself.

    Behind an address that others translate to this machine's, a machine cannot know itself.
    """
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as one:
        one.connect((str(address), 9))  # sends nothing: it only chooses the address to send from
        return ip_address(one.getsockname()[0]) == address
    return False


async def _looked_up(host: str, port: int, family: int) -> list[tuple[Any, ...]]:
    """What getaddrinfo finds, in a thread that nobody has to wait for.

    A lookup cannot be broken off, and a name server takes as long as it likes: in the loop's own threads a few slow
    names would hold up everything else that is done there.
    """
    loop = asyncio.get_running_loop()
    found: asyncio.Future[list[tuple[Any, ...]]] = loop.create_future()

    def settle(outcome: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(lambda: None if found.done() else outcome())

    def look() -> None:
        try:
            addresses = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
        except (OSError, ValueError) as error:
            failure = error
            settle(lambda: found.set_exception(failure))
        else:
            settle(lambda: found.set_result(list(addresses)))

    threading.Thread(target=look, name="lookup", daemon=True).start()
    return await found


def _asked_for(header: str | None, now: datetime) -> timedelta | None:
    """How long a Retry-After asks to wait, as seconds or as a date (RFC 9110, 10.2.3)."""
    if header is None:
        return None
    if header.isascii() and header.isdigit():
        return timedelta(seconds=int(header[:9]))
    try:
        date = parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return None
    return max((date if date.tzinfo else date.replace(tzinfo=UTC)) - now, timedelta(0))


def _kind(error: Exception) -> str:
    """The kind of error underneath, without what it quotes."""
    return type(getattr(error, "os_error", None) or getattr(error, "certificate_error", None) or error).__name__
