"""The Bot API over HTTP: /bot{token}/{method} and /file/bot{token}/{path}."""

from __future__ import annotations

import asyncio
import inspect
from html import escape
from http import HTTPStatus
from typing import Any

from aiohttp import web

from sandbox.body import read_parameters
from sandbox.bot import Bot
from sandbox.calls import Calls
from sandbox.errors import BotApiError, TooManyRequests
from sandbox.methods import METHODS, Call, Described
from sandbox.misbehaviour import Misbehaviour, Rule
from sandbox.parameters import Parameters
from sandbox.rates import Rates
from sandbox.world import World


class BotApi:
    """The handlers, and what they share."""

    def __init__(self, world: World, misbehaviour: Misbehaviour, rates: Rates, calls: Calls) -> None:
        self._world = world
        self._misbehaviour = misbehaviour
        self._rates = rates
        self._calls = calls
        self._under_way: set[asyncio.Task[web.StreamResponse]] = set()

    def add_routes(self, router: web.UrlDispatcher) -> None:
        for method in ("GET", "POST"):
            router.add_route(method, r"/bot{token:[^/]+}/{method:[^/]*}", self.answer)
        router.add_get(r"/file/bot{token:[^/]+}/{path:.+}", self.download)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One call. What has come in is carried out even if nobody waits for the answer any more, but for a poll."""
        if request.match_info["method"].lower() == "getupdates":
            return await self._answer(request)
        carried_out = asyncio.create_task(self._answer(request))
        self._under_way.add(carried_out)
        carried_out.add_done_callback(self._under_way.discard)
        return await asyncio.shield(carried_out)

    async def close(self, _: web.Application) -> None:
        """Give up what is under way still."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        """Every refusal is a JSON answer."""
        parameters = Parameters()
        method = request.match_info["method"]
        try:
            bot = self._world.authorise(request.match_info["token"])
            parameters = await read_parameters(request)
            answer = await self._misbehave_or_call(request, bot, method, parameters)
        except BotApiError as error:
            answer = refusal(error)
        self._calls.add(method, parameters, answer.status)
        return answer

    async def download(self, request: web.Request) -> web.StreamResponse:
        self._world.authorise(request.match_info["token"])
        stored = self._world.files.by_path(request.match_info["path"])
        if stored is None or stored.blob.data is None:
            raise BotApiError(404, "Not Found")
        return web.Response(body=stored.blob.data, content_type="application/octet-stream")

    async def call(self, bot: Bot, method: str, parameters: Parameters) -> Any:
        """Do what a method does; also used for an answer that comes with a webhook's response."""
        found = METHODS.get(method.lower())
        if found is None:
            raise BotApiError(404, "Not Found: method not found")
        result = found(Call(self._world, bot, parameters))
        return await result if inspect.isawaitable(result) else result

    async def _misbehave_or_call(
        self, request: web.Request, bot: Bot, method: str, parameters: Parameters
    ) -> web.Response:
        delay, rule = self._misbehaviour.apply(method.lower())
        if delay:
            await asyncio.sleep(delay)
        if rule is not None and rule.what == "drop_before":
            return _dropped(request)
        if rule is not None and rule.what == "page":
            return _page(rule)
        if rule is not None:
            self._spoil(bot, rule)
        self._rates.take(bot.id, method.lower(), parameters)
        result = await self.call(bot, method, parameters)
        if rule is not None and rule.what == "delay_after":
            await asyncio.sleep(rule.seconds)
        return _dropped(request) if rule is not None and rule.what == "drop_after" else success(result)

    def _spoil(self, bot: Bot, rule: Rule) -> None:
        """What a rule does before the work: refuse the call, or bring the bot's updates into disorder."""
        if rule.what == "status":
            raise _spoiled(rule)
        if rule.what == "repeat":
            bot.updates.repeat(self._misbehaviour.dice)
        if rule.what == "renumber":
            bot.updates.renumber(self._misbehaviour.dice)


def success(result: Any) -> web.Response:
    if isinstance(result, Described):
        return web.json_response({"ok": True, "result": result.result, "description": result.description})
    return web.json_response({"ok": True, "result": result})


def refusal(error: BotApiError) -> web.Response:
    body: dict[str, Any] = {"ok": False, "error_code": error.status, "description": error.description}
    if error.parameters:
        body["parameters"] = error.parameters
    return web.json_response(body, status=error.status)


def _spoiled(rule: Rule) -> BotApiError:
    if rule.status == HTTPStatus.TOO_MANY_REQUESTS:
        return TooManyRequests(rule.retry_after or 1)
    try:
        phrase = HTTPStatus(rule.status).phrase
    except ValueError:
        phrase = "Error"
    return BotApiError(rule.status, rule.description or phrase, migrate_to_chat_id=rule.migrate_to_chat_id)


def _page(rule: Rule) -> web.Response:
    """What a proxy or a gateway answers that does not let a call through."""
    said = escape(rule.description or "no way through")
    return web.Response(text=f"<html><body>{said}</body></html>", status=rule.status, content_type="text/html")


def _dropped(request: web.Request) -> web.Response:
    """Close the connection; what is returned then reaches nobody."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
