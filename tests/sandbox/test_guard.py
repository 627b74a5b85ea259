"""Other websites in the same browser can't drive the sandbox or read it."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from sandbox import Sandbox


async def status(session: aiohttp.ClientSession, method: str, url: str, **headers: str) -> int:
    async with session.request(method, url, headers=headers, json={}) as response:
        if response.status >= 400:
            assert response.content_type == "application/json"
        return response.status


@pytest.mark.parametrize("path", ["/", "/page/main.js", "/api/world"])
async def test_the_page_has_loopback_names_only(sandbox: Sandbox, session: aiohttp.ClientSession, path: str) -> None:
    for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example", "[", ""):
        assert await status(session, "GET", sandbox.url + path, Host=host) == 403
    for host in ("localhost:99", "127.0.0.1", "[::1]:5", "lookout.localhost"):
        assert await status(session, "GET", sandbox.url + path, Host=host) == 200


async def test_other_names_can_be_allowed(session: aiohttp.ClientSession) -> None:
    async with Sandbox(hosts=["lookout.example"]) as sandbox:
        assert await status(session, "GET", f"{sandbox.url}/api/world", Host="lookout.example:8080") == 200
        assert await status(session, "GET", f"{sandbox.url}/api/world", Host="other.example") == 403


async def test_the_address_that_it_listens_on_is_its_own(session: aiohttp.ClientSession) -> None:
    async with Sandbox(host="127.0.0.2") as sandbox:
        assert await status(session, "GET", sandbox.url) == 200
        assert await status(session, "GET", sandbox.url, Host="127.0.0.3") == 403


async def test_foreign_origins_change_nothing(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    url = f"{sandbox.url}/api/misbehave"
    body: dict[str, Any] = {"rules": []}
    own = sandbox.url
    for headers, expected in (
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": own, "Sec-Fetch-Site": "same-origin"}, 200),
        ({}, 200),
    ):
        async with session.post(url, json=body, headers=headers) as response:
            assert response.status == expected


async def test_no_website_is_a_bot(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    url = f"{sandbox.url}/bot42:{'x' * 30}/setWebhook?url=http://e.org"
    assert await status(session, "GET", url, **{"Sec-Fetch-Site": "cross-site"}) == 403
    assert await status(session, "POST", url, Origin="http://evil.example") == 403


async def test_a_bot_may_call_the_server_by_any_name(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    assert await status(session, "GET", f"{sandbox.url}/bot{sandbox.token}/getMe", Host="sandbox:8081") == 200


async def test_the_page_is_held_to_itself(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    async with session.get(f"{sandbox.url}/") as response:
        assert "script-src 'self';" in response.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/page/../server.py", "/page/%2e%2e/server.py", "/page//etc/passwd", "/nowhere"])
async def test_nothing_else_is_served(sandbox: Sandbox, session: aiohttp.ClientSession, path: str) -> None:
    from yarl import URL

    async with session.get(URL(sandbox.url + path, encoded=True)) as response:
        assert response.status in {403, 404}
