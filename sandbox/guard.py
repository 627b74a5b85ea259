"""Keeping other websites out: they share the browser with the chat page, and the loopback with it."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; "
        "img-src 'self' blob: data:; media-src 'self' blob: data:; font-src 'self'; manifest-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
}


def guard(hosts: frozenset[str]) -> Middleware:
    """Refuses what a foreign website could send; the page is only served under loopback names and `hosts`.

    Bots are no browsers, may call from another machine, and are let through whatever name they call the server by.
    """

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        for_bot = request.path.startswith(("/bot", "/file/bot"))
        if not for_bot and not _is_known(request.host, hosts):
            return _refuse(for_bot, "this name is not served here")
        if _is_foreign(request) and (for_bot or request.method not in _READING):
            return _refuse(for_bot, "other websites may not do this")
        return await handler(request)

    return check


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Nothing that people send is ever taken for a page of ours, and the page is asked for anew after an upgrade."""
    if request.path.startswith("/page/"):
        response.headers.setdefault("Cache-Control", "no-cache")
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)


def _is_known(host: str, hosts: frozenset[str]) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name in _LOOPBACK or name.endswith(".localhost") or name in hosts or "*" in hosts


def _is_foreign(request: web.Request) -> bool:
    """By what browsers add to every request that a page makes for another site."""
    if request.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
        return True
    origin = request.headers.get("Origin")
    return origin is not None and origin.partition("://")[2] != request.host


def _refuse(for_bot: bool, sentence: str) -> web.Response:
    if for_bot:
        return web.json_response({"ok": False, "error_code": 403, "description": f"Forbidden: {sentence}"}, status=403)
    return web.json_response({"error": sentence}, status=403)
