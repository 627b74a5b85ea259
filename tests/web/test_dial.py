"""A call leaves as it should, waits for nobody for long, and finds no way into the operator's own network."""

import asyncio
import socket
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_address

import pytest
from aiohttp import web

from tests.receiver import silence
from web import dial
from web.dial import Answer, Dial, Lookup, is_own, reachable
from web.errors import HostUnknown, NotPublic, Unreached

PUBLIC, LOOPBACK = "93.184.215.14", "127.0.0.1"


@pytest.fixture
def names(monkeypatch):
    """A name server: what each name leads to at the first question, at the second, and so on."""
    known: dict[str, list[list[str]]] = {}
    real = socket.getaddrinfo

    def getaddrinfo(host, port, *rest):
        if host not in known:
            return real(host, port, *rest)
        answers = known[host]
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return known


async def post(url, policy="any", body=b"{}"):
    async with Dial(policy) as out:
        return await out.post(url, body, {"webhook-id": "msg_1"})


async def test_json_arrives_as_it_was_signed_and_says_who_sends_it(receiver):
    body = '{"条件":"火"}'.encode()
    assert await post(receiver.url, body=body) == Answer(204)
    (call,) = receiver.calls
    assert call.body == body
    assert call.name == "msg_1"
    assert call.headers["Content-Type"] == "application/json"
    assert call.headers["User-Agent"] == "Lookout"


async def test_a_redirect_is_an_answer_and_is_not_followed(receiver):
    receiver.answers.append(web.Response(status=307, headers={"Location": "/elsewhere"}))
    assert (await post(receiver.url)).status == 307
    assert len(receiver.calls) == 1


async def test_neither_a_proxy_nor_cookies_nor_a_netrc_are_heeded(receiver, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login ada password secret")
    for name, value in {"http_proxy": "http://127.0.0.1:9", "NETRC": str(tmp_path / "netrc")}.items():
        monkeypatch.setenv(name, value)
    receiver.answers.append(web.Response(headers={"Set-Cookie": "a=b"}))
    async with Dial("any") as out:
        for _ in range(2):
            await out.post(receiver.url, b"{}", {})
    assert not any({"Cookie", "Authorization"} & set(call.headers) for call in receiver.calls)


async def test_who_does_not_answer_is_left(receiver, monkeypatch):
    monkeypatch.setattr(dial, "LONGEST_CALL_S", 0.2)
    receiver.answers.append(silence)
    with pytest.raises(Unreached, match="Timeout"):
        await post(receiver.url)


async def test_an_endless_answer_is_not_read(receiver):
    left = asyncio.Event()

    async def endless(request):
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 65536)
        finally:
            left.set()

    receiver.answers.append(endless)
    assert await post(receiver.url) == Answer(200)
    async with asyncio.timeout(10):
        await left.wait()


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("120", 120),
        ("0", 0),
        ("9" * 400, 999_999_999),
        ("soon", None),
        ("-1", None),
        ("٣", None),
        ("", None),
        (f"Mon, 01 Jan {'9' * 20} 00:00:00 GMT", None),
        (f"Mon, 01 Jan 2030 00:00:00 +{'9' * 14}", None),
    ],
)
async def test_how_long_to_wait_is_read_where_it_can_be(receiver, header, wait):
    receiver.answers.append(web.Response(status=503, headers={"Retry-After": header}))
    assert await post(receiver.url) == Answer(503, None if wait is None else timedelta(seconds=wait))


async def test_what_was_taken_was_taken_however_long_its_receiver_wants_to_rest(receiver):
    receiver.answers.append(web.Response(status=200, headers={"Retry-After": "3600"}))
    assert await post(receiver.url) == Answer(200)


async def test_a_date_to_wait_for_is_read_too(receiver):
    later = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    receiver.answers.append(web.Response(status=429, headers={"Retry-After": later}))
    asked = (await post(receiver.url)).retry_after
    assert asked
    assert timedelta(minutes=55) < asked <= timedelta(hours=1)


async def test_where_nobody_listens_the_reason_quotes_nothing(names):
    with socket.create_server((LOOPBACK, 0)) as free:
        port = free.getsockname()[1]
    names["secret.example"] = [[LOOPBACK]]
    with pytest.raises(Unreached) as refused:
        await post(f"http://secret.example:{port}/token")
    assert str(refused.value) == "ConnectionRefusedError"


# No way into the operator's own network


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::ffff:127.0.0.1]", "inside.example", "both.example"])
async def test_what_leads_inside_is_refused_when_it_is_set_and_when_it_is_called(receiver, names, host):
    names |= {"inside.example": [["10.1.2.3"]], "both.example": [[PUBLIC, LOOPBACK]]}
    url = f"https://{host}:{receiver.port}/hook"
    with pytest.raises(NotPublic):
        await reachable(url, "public")
    with pytest.raises(NotPublic):
        await post(url, "public")
    assert receiver.calls == []


async def test_a_name_that_is_given_another_address_after_it_was_checked_leads_nowhere(receiver, names):
    names["rebound.example"] = [[PUBLIC], [LOOPBACK]]
    url = f"https://rebound.example:{receiver.port}/hook"
    await reachable(url, "public")
    with pytest.raises(NotPublic):
        await post(url, "public")
    assert receiver.calls == []


async def test_an_address_that_came_another_way_is_looked_at_once_more(receiver, monkeypatch):
    async def unchecked(self, host, port=0, family=socket.AF_INET):
        return [{"hostname": host, "host": LOOPBACK, "port": port, "family": family, "proto": 6, "flags": 0}]

    monkeypatch.setattr(Lookup, "resolve", unchecked)
    with pytest.raises(Unreached, match="PermissionError"):
        await post(f"https://example.org:{receiver.port}/hook", "public")


async def test_a_host_that_nobody_knows_is_said_to_be_unknown(names):
    names["nowhere.example"] = [[]]
    for url in ("https://nowhere.example/", "https://" + "a." * 120 + "example/"):
        with pytest.raises(HostUnknown):
            await reachable(url, "public")


async def test_a_name_server_that_takes_its_time_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(dial, "LONGEST_CALL_S", 0.2)
    asked, over = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def slow(*_):
        loop.call_soon_threadsafe(asked.set)
        over.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with pytest.raises(HostUnknown):
        await reachable("https://slow.example/", "public")
    await asked.wait()
    with pytest.raises(Unreached, match="Timeout"):
        await post("https://slow.example/", "public")
    over.set()


def test_this_machine_knows_itself():
    assert is_own(ip_address(LOOPBACK))
    assert not is_own(ip_address("192.0.2.1"))
