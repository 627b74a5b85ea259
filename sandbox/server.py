"""The web application, and a server for it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from sandbox.bot_api import BotApi, refusal
from sandbox.calls import Calls
from sandbox.deliveries import Deliveries
from sandbox.errors import BotApiError, PageError
from sandbox.groups import GroupsApi
from sandbox.guard import add_headers, guard
from sandbox.misbehaviour import Misbehaviour
from sandbox.people import PeopleApi
from sandbox.rates import Rates
from sandbox.world import World

PAGE = Path(__file__).parent / "page"
_SHUTDOWN_SECONDS = 0.3
_EVERYWHERE = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - compared, not bound
_log = structlog.get_logger()


def application(world: World, *, hosts: Iterable[str] = (), webhook_pause: float = 1.0) -> web.Application:
    """Everything under one roof: Bot API, /api and the page.

    `hosts` are names besides the loopback's under which the page is served ("*" for any), `webhook_pause` is how many
    seconds pass before the first repetition to a webhook.
    """
    misbehaviour, rates, calls = Misbehaviour(), Rates(world.clock), Calls()
    bot_api = BotApi(world, misbehaviour, rates, calls)
    deliveries = Deliveries(bot_api.call, misbehaviour, world.clock, webhook_pause)
    app = web.Application(middlewares=[_refuse_in_json, guard(frozenset(hosts))])
    bot_api.add_routes(app.router)
    app.on_cleanup.append(bot_api.close)
    people = PeopleApi(world, misbehaviour, rates, calls)
    people.add_routes(app.router)
    GroupsApi(world, people).add_routes(app.router)
    app.router.add_get("/", _index)
    app.router.add_static("/page", PAGE)
    app.on_response_prepare.append(add_headers)
    app.cleanup_ctx.append(_delivering(world, deliveries))
    app.on_startup.append(_calling(world.open))
    app.on_shutdown.append(_calling(world.close))
    return app


class Sandbox:
    """A running sandbox: `async with Sandbox(port=0) as sandbox: … sandbox.url, sandbox.token`.

    `note` is shown in the page, as one text or one for each language. The page is served under `hosts` and the `host`
    it listens on, besides the loopback's names.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        token: str | None = None,
        note: Any = None,
        hosts: Iterable[str] = (),
        world: World | None = None,
        webhook_pause: float = 1.0,
    ) -> None:
        self.world = world or World(token=token)
        if note is not None:
            self.world.note = note
        self._host = host
        self._port = port
        own = {host.lower()} - _EVERYWHERE
        self.application = application(self.world, hosts={*hosts, *own}, webhook_pause=webhook_pause)
        # No access log, and no dumps of malformed requests: addresses carry the token.
        quiet = logging.getLogger("sandbox.http")
        quiet.disabled = True
        # Handlers end with their client, so that a poll that nobody waits for takes no updates; calls are shielded.
        self._runner = web.AppRunner(
            self.application,
            access_log=None,
            logger=quiet,
            handler_cancellation=True,
            shutdown_timeout=_SHUTDOWN_SECONDS,
        )

    def say(self, note: Any) -> None:
        """Show another note in the page from now on, or none."""
        self.world.say(note)

    @property
    def token(self) -> str:
        """The default bot's."""
        return self.world.token

    @property
    def url(self) -> str:
        """Without a slash at the end."""
        host = "127.0.0.1" if self._host in _EVERYWHERE else self._host
        return f"http://[{host}]:{self._port}" if ":" in host else f"http://{host}:{self._port}"

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except BaseException:
            await self._runner.cleanup()
            raise
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        await self._runner.cleanup()


@web.middleware
async def _refuse_in_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every refusal is JSON in the form of its side; what nobody foresaw is logged by its kind only."""
    try:
        return await handler(request)
    except BotApiError as error:
        return _refuse(request, error.status, error.description)
    except PageError as error:
        return _refuse(request, error.status, error.sentence)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return _refuse(request, error.status, error.reason)
    except ConnectionError:
        raise
    except web.RequestPayloadError:
        return _refuse(request, 400, "Bad Request: the body can't be read")
    except Exception as error:  # noqa: BLE001 - the last line before the client
        _log.error("sandbox failed", route=_route(request), error=type(error).__name__, exc_info=False)
        return _refuse(request, 500, "Internal Server Error")


def _refuse(request: web.Request, status: int, sentence: str) -> web.Response:
    if request.path.startswith(("/bot", "/file/bot")):
        return refusal(BotApiError(status, sentence))
    return web.json_response({"error": sentence}, status=status)


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "none"


async def _index(_: web.Request) -> web.StreamResponse:
    index = PAGE / "index.html"
    if not index.is_file():
        raise PageError("the page is not installed", 404)
    return web.FileResponse(index, headers={"Cache-Control": "no-cache"})


def _delivering(world: World, deliveries: Deliveries) -> Callable[[web.Application], AsyncIterator[None]]:
    async def run(_: web.Application) -> AsyncIterator[None]:
        await deliveries.start()
        world.on_update = deliveries.wake
        yield
        world.on_update = None
        await deliveries.stop()

    return run


def _calling(function: Callable[[], None]) -> Callable[[web.Application], Awaitable[None]]:
    async def call(_: web.Application) -> None:
        function()

    return call
