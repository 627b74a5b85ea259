"""Whatever comes in, the answer is an answer: JSON, and never a 500."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox import World
from sandbox.errors import BadRequest, BotApiError, PageError
from sandbox.methods import METHODS, Call
from sandbox.parameters import Parameters, Upload, as_text
from sandbox.posts import edit_post, read_posts

_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20).filter(lambda text: text.encode(errors="ignore").decode() == text)
    | st.sampled_from(["photo", "emoji", "bold", "attach://photo", "chat", "default", "101", "http://e.org", "yes"])
)
_FIELDS = """
    type media text url callback_data offset length user id message_id command description chat_id user_id emoji
    inline_keyboard keyboard is_disabled quote caption caption_entities parse_mode language
"""
_NAMES = st.sampled_from(_FIELDS.split())
_JSON = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4), max_leaves=8
)
_CHATS = st.sampled_from(["101", "102", "-1001000000001", "0", "-5", "", "x", "99999999999999999999"])
_OTHERS = """
    text parse_mode entities reply_markup reply_parameters link_preview_options media caption photo voice latitude
    longitude live_period heading draft_id action reaction commands scope language_code message_ids url secret_token
    allowed_updates offset limit file_id callback_query_id from_chat_id user_id description
"""
_PARAMETERS: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict[str, Any],
    st.dictionaries(st.sampled_from(_OTHERS.split()), _JSON, max_size=8),
    chat_id=_CHATS,
    message_id=st.sampled_from(["0", "-1", "1000", "1001", "x"]),
)
_QUICK = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def parameters(found: Mapping[str, Any]) -> Parameters:
    values = {name: as_text(value) for name, value in found.items() if value is not None}
    return Parameters(values, {"photo": [Upload(b"GIF89a\1\0\1\0", "a.gif", "image/gif")]})


@_QUICK
@given(method=st.sampled_from(sorted(METHODS)), found=_PARAMETERS)
def test_every_method_answers_or_refuses_any_parameters(method: str, found: Mapping[str, Any]) -> None:
    world = World(clock=lambda: 1000.0)
    bot = world.bot
    world.post(world.conversation(bot, 101), bot, {"text": "a"})
    world.post(world.conversation(bot, 101), bot, {"location": {"latitude": 1.0, "longitude": 2.0}})
    values = parameters({**found, "timeout": 0})

    async def call() -> None:
        result = METHODS[method](Call(world, bot, values))
        if asyncio.iscoroutine(result):
            result = await result
        json.dumps(getattr(result, "result", result)).encode()

    try:
        asyncio.run(call())
    except BotApiError as error:
        refused = error
    else:
        refused = BadRequest("not refused")
    assert 400 <= refused.status < 500
    refused.description.encode()
    for message in world.conversation(bot, 101).messages.values():
        json.dumps(world.conversation(bot, 101).show(message)).encode()


@_QUICK
@given(found=_PARAMETERS)
def test_people_send_anything(found: Mapping[str, Any]) -> None:
    world = World(clock=lambda: 1000.0)
    conversation = world.conversation(world.bot, 101)
    message = world.post(conversation, world.people[101], {"text": "a"})
    with suppress(PageError):
        read_posts(world, parameters(found))
    with suppress(PageError):
        edit_post(world, message, parameters(found))


_BODIES = [
    ("application/json", b"{"),
    ("application/json", b"[]"),
    ("application/json", b"5"),
    ("application/json", b'{"text": "\\ud800", "chat_id": 101}'),
    ("application/json", b"[" * 100_000),
    ("application/json", b'{"a": ' * 100_000),
    ("application/json", b'{"chat_id": ' + b"9" * 5000 + b"}"),
    ("application/json", b"\xff\xfe"),
    ("application/json", b'{"chat_id": NaN}'),
    ("application/x-www-form-urlencoded", b"\xff=%ff&chat_id=101&text=%ed%a0%80"),
    ("application/x-www-form-urlencoded", b"a&" * 5000),
    ("multipart/form-data", b"no boundary"),
    ("multipart/form-data; boundary=x", b"no parts"),
    ("multipart/form-data; boundary=x", b"--x\r\n\r\n"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: nonsense\r\n\r\na\r\n--x--"),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n\xff\r\n--x--'),
    ("multipart/form-data; boundary=x", b"--x\r\nbroken header\r\n\r\na\r\n--x--"),
    (
        "multipart/form-data; boundary=x",
        b"--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\n\r\n--y--\r\n--x--",
    ),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 500 + b"--x--",
    ),
    ("application/json", b'{"rules": [{"method": "*", "what": ["status"]}]}'),
    ("application/json", b'{"rules": [{"method": "*", "what": "delay", "seconds": ' + b"9" * 400 + b"}]}"),
    ("nonsense;;;", b"text=a"),
    ("image/png", b"\x89PNG"),
]


@pytest.mark.parametrize(
    "path", ["/bot{token}/sendMessage", "/api/chats/101/messages", "/api/people", "/api/misbehave"]
)
@pytest.mark.parametrize(("content_type", "body"), _BODIES)
async def test_any_body_gets_an_answer(api: Any, sandbox: Any, path: str, content_type: str, body: bytes) -> None:
    url = sandbox.url + path.format(token=sandbox.token)
    async with api.session.post(url, data=body, headers={"Content-Type": content_type}) as response:
        assert 400 <= response.status < 500
        assert await response.json()


@pytest.mark.parametrize("verb", ["getMe", "sendMessage"])
async def test_a_body_that_is_not_compressed_as_it_says_gets_an_answer(api: Any, verb: str) -> None:
    url, headers = f"{api.root}/{verb}", {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    async with api.session.post(url, data=b"{}", headers=headers) as response:
        assert response.status == 400
        assert (await response.json())["ok"] is False


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("forward", {"from": -1001000000001, "messages": [[1]]}),
        ("role", {"role": ["member"]}),
        ("messages/{message}/reaction", {"emoji": ["👍"]}),
        ("messages/{message}/press", {"data": ["a"]}),
    ],
)
async def test_what_people_do_is_refused_in_any_shape(api: Any, path: str, body: dict[str, Any]) -> None:
    sent = await api.call("sendMessage", chat_id=-1001000000001, text="a")
    url = f"{api.url}/api/chats/-1001000000001/{path.format(message=sent['message_id'])}"
    async with api.session.post(url, json={"person": 102, **body}) as response:
        assert response.status in {400, 404}
        assert (await response.json())["error"]


@pytest.mark.parametrize(
    "path",
    [
        "/bot/getMe",
        "/bot1:a/getMe",
        "/bot{token}/",
        "/bot{token}",
        "/file/bot{token}/../../x",
        "/file/bot{token}/",
        "/api/chats/99999999999999999999/messages",
        "/api/chats/x/messages",
        "/api/chats/5/messages",
        "/api/files/x",
        "/api/events?bot=x",
        "/api/nothing",
        "/%00",
        "/bot{token}/getMe%00",
    ],
)
async def test_any_address_gets_an_answer(api: Any, sandbox: Any, path: str) -> None:
    async with api.session.get(sandbox.url + path.format(token=sandbox.token)) as response:
        assert 400 <= response.status < 500
        assert await response.json()


async def test_wrong_verbs_get_an_answer(api: Any, sandbox: Any) -> None:
    for path in ("/api/world", f"/bot{sandbox.token}/getMe", "/"):
        async with api.session.request("PROPFIND", sandbox.url + path) as response:
            assert response.status == 405
            assert await response.json()


@pytest.mark.parametrize(
    "raw",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: [\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 1000 + b"\r\n",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n",
        b"POST /api/people HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/people HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
async def test_what_is_hardly_http_breaks_nothing(api: Any, raw: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    host, port = api.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(raw)
    writer.write_eof()
    answer = await reader.read()
    assert not answer or answer.startswith(b"HTTP/1.1 4")
    writer.close()
    await writer.wait_closed()
    await api.call("getMe")
    assert capfd.readouterr() == ("", "")


async def test_neither_tokens_nor_texts_are_logged(api: Any, capfd: pytest.CaptureFixture[str], caplog: Any) -> None:
    with caplog.at_level(0):
        await api.call("sendMessage", chat_id=101, text="very private")
        await api.ask("sendMessage", chat_id=101, text="<very private", parse_mode="HTML")
        await api.ask("nothing")
    own = [record.getMessage() for record in caplog.records if not record.name.startswith("asyncio")]
    printed = "".join([*own, *capfd.readouterr()])
    assert "private" not in printed
    assert api.root.rpartition(":")[2] not in printed
