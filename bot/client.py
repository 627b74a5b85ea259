"""The Bot API client: made, and introduced to Telegram together with the way by which updates shall come."""

from __future__ import annotations

import asyncio
import hmac
import os
from dataclasses import dataclass
from typing import Final

import httpx
import structlog
from telegram import BotCommandScopeAllGroupChats
from telegram.error import BadRequest, InvalidToken, TelegramError
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from bot.errors import BadProxy, BadToken, BadWebhook
from bot.intake import KINDS
from bot.refusals import from_telegram
from bot.settings import Settings
from handlers.entry import Machine
from handlers.phrases import Phrases
from handlers.start import menu
from sandbox.server import Sandbox

log = structlog.get_logger()

_MOST_CONNECTIONS: Final = 40
"""Updates that Telegram brings to the webhook at once; one chat's come one after another all the same."""


@dataclass(frozen=True, slots=True)
class Hook:
    """Where Telegram shall bring updates, and by which secret it is known there."""

    url: str
    secret: str


def bot_of(settings: Settings, sandbox: Sandbox | None) -> ExtBot[None]:
    """The Bot API client: for Telegram, or for the sandbox that is given. Raises BadProxy."""
    # The library's coming way of telling how long to wait; the one before it warns.
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    url, token = (sandbox.url, sandbox.token) if sandbox else (settings.telegram_api, "")
    if settings.telegram_token:
        token = settings.telegram_token.get_secret_value()
    request = _request(direct=sandbox is not None)
    return ExtBot(
        token,
        base_url=f"{url}/bot",
        base_file_url=f"{url}/file/bot",
        request=request,
        get_updates_request=request,  # the library would make one of its own, by the environment's proxy
    )


def _request(*, direct: bool) -> HTTPXRequest:
    """The way there: by the proxy that the environment names, but `direct` to what is on this machine."""
    try:
        return HTTPXRequest(
            connection_pool_size=64,  # drafts, typing notices and downloads of many chats share it with the long poll
            read_timeout=30,
            media_write_timeout=120,
            httpx_kwargs={"trust_env": not direct},
        )
    except (RuntimeError, ValueError, httpx.InvalidURL) as error:
        raise BadProxy from error


def number_of(token: str) -> int:
    """The bot's own number, which is the first part of its token. Raises BadToken."""
    number = token.partition(":")[0]
    if not (number.isascii() and number.isdecimal()):
        raise BadToken
    return int(number)


def secret_of(token: str) -> str:
    """The webhook's secret: every process of this bot finds the same one, and nobody else any."""
    return hmac.digest(b"Lookout webhook", token.encode(), "sha256").hex()


async def introduce(application: Machine, hook: Hook | None) -> None:
    """Log in, say how updates shall come, and set the command menu, however long Telegram is away.

    Raises BadToken, and BadWebhook where Telegram does not take the address.
    """
    pause = 1.0
    while True:
        try:
            await _log_in(application)
            await _agree(application.bot, hook)
        except TelegramError as error:
            log.warning("Telegram cannot be reached; trying again", error=type(error).__name__, again_in_s=pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, 60.0)
        else:
            break
    await _set_menu(application.bot)


async def _log_in(application: Machine) -> None:
    try:
        await application.initialize()
    except (InvalidToken, BadRequest) as error:
        if not from_telegram(error):
            raise  # a proxy's word says nothing about the token
        raise BadToken from error


async def _agree(bot: ExtBot[None], hook: Hook | None) -> None:
    """Long polling and a webhook shut each other out. What waits at Telegram goes on waiting through the change."""
    if hook is None:
        await bot.delete_webhook()
        return
    try:
        await bot.set_webhook(
            hook.url, secret_token=hook.secret, allowed_updates=list(KINDS), max_connections=_MOST_CONNECTIONS
        )
    except BadRequest as error:
        if not from_telegram(error):
            raise
        raise BadWebhook(error.message) from error


async def _set_menu(bot: ExtBot[None]) -> None:
    """Set the command menu in each language, a shorter one for groups; without it the bot does all the same."""
    try:
        for code, phrases in (("", Phrases("en")), ("zh", Phrases("zh-hans"))):
            await bot.set_my_commands(menu(phrases, group=False), language_code=code or None)
            groups = BotCommandScopeAllGroupChats()
            await bot.set_my_commands(menu(phrases, group=True), groups, language_code=code or None)
    except TelegramError as error:
        log.warning("the command menu was not set", error=type(error).__name__)
