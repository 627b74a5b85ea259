"""How the bot introduces itself, where something stands between it and Telegram."""

from collections.abc import AsyncIterator, Callable

import pytest
from aiohttp import ClientSession, web
from pydantic import SecretStr

from bot.check import _telegram
from bot.client import bot_of, introduce
from bot.errors import BadProxy, BadToken
from bot.settings import Settings
from handlers.entry import Machine, machine
from sandbox.server import Sandbox

Answer = Callable[[], web.Response]


def page(status: int) -> Answer:
    return lambda: web.Response(status=status, text="<html>no</html>", content_type="text/html")


def described(status: int, words: str) -> Answer:
    return lambda: web.json_response({"ok": False, "error_code": status, "description": words}, status=status)


class Proxy:
    """Between the bot and its sandbox; says itself what it has to say, and from then on passes all calls on."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.says, self.calls = sandbox, list[Answer](), list[str]()

    async def pass_on(self, request: web.Request) -> web.Response:
        self.calls.append(request.path.rpartition("/")[2])
        if self.says:
            return self.says.pop(0)()
        async with (
            ClientSession() as session,
            session.post(self.sandbox.url + request.path, data=await request.post()) as answer,
        ):
            return web.json_response(await answer.json(), status=answer.status)


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    async with Sandbox() as sandbox:
        yield Proxy(sandbox)


@pytest.fixture
async def behind(settings: Settings, proxy: Proxy) -> AsyncIterator[Settings]:
    """Settings of a bot that has the proxy for Telegram."""
    app = web.Application()
    app.router.add_post("/{path:.*}", proxy.pass_on)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    own = {"telegram_api": f"http://{host}:{port}", "telegram_token": SecretStr(proxy.sandbox.token)}
    yield settings.model_copy(update=own)
    await runner.cleanup()


@pytest.fixture
async def application(behind: Settings) -> AsyncIterator[Machine]:
    application = machine(bot_of(behind, None))
    yield application
    for request in application.bot._request:  # the bot does not close what it has not been introduced with
        await request.shutdown()


@pytest.mark.parametrize("answer", [page(404), page(401), page(403), lambda: web.json_response({"no": 1}, status=404)])
async def test_what_something_before_telegram_refuses_says_nothing_about_the_token(application, proxy, behind, answer):
    proxy.says = [answer, answer]
    ((well, line),) = [finding async for finding in _telegram(behind)]
    assert not well
    assert "TELEGRAM_API" in line
    await introduce(application, None)
    assert proxy.calls[:4] == ["getMe", "getMe", "getMe", "deleteWebhook"]


@pytest.mark.parametrize("answer", [described(401, "Unauthorized"), described(404, "Not Found")])
async def test_a_token_that_telegram_does_not_know_ends_the_start(application, proxy, behind, answer):
    proxy.says = [answer, answer]
    ((well, line),) = [finding async for finding in _telegram(behind)]
    assert not well
    assert "does not accept TELEGRAM_TOKEN" in line
    with pytest.raises(BadToken):
        await introduce(application, None)


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_the_sandbox_is_reached_whatever_proxy_the_environment_names(settings, monkeypatch, scheme):
    monkeypatch.setenv("ALL_PROXY", f"{scheme}://127.0.0.1:1")
    async with Sandbox() as sandbox, bot_of(settings, sandbox) as bot:
        assert bot.username == "lookout_bot"


@pytest.mark.parametrize(("name", "value"), [("ALL_PROXY", "socks5://127.0.0.1:1"), ("NO_PROXY", "[::1")])
async def test_a_proxy_that_cannot_be_used_is_one_clear_error(behind, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(BadProxy, match="SOCKS is not supported"):
        bot_of(behind, None)
    ((well, line),) = [finding async for finding in _telegram(behind)]
    assert not well
    assert name in line
