"""How updates, files and answers to buttons reach the bot and come from it."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from sandbox.errors import BadRequest, Conflict
from sandbox.limits import CALLBACK_TEXT_LENGTH, DOWNLOAD_BYTES, LONG_POLL_SECONDS
from sandbox.methods.call import Call, Described
from sandbox.updates import DEFAULT_KINDS
from sandbox.webhook import Webhook

_POLLING_WITH_WEBHOOK = (
    "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)


async def get_updates(call: Call) -> list[dict[str, Any]]:
    parameters, updates = call.parameters, call.bot.updates
    if call.bot.webhook.url:
        raise Conflict(_POLLING_WITH_WEBHOOK)
    _allow(call)
    seconds = parameters.integer("timeout", 0, 0, LONG_POLL_SECONDS)
    return await updates.poll(parameters.integer("offset"), parameters.integer("limit", 100, 1, 100), seconds)


def set_webhook(call: Call) -> Described:
    """Both https and http addresses are taken, since a local bot has no certificate."""
    url = call.parameters.text("url")
    if not url:
        return delete_webhook(call)
    _check_url(url)
    webhook = Webhook(
        url=url,
        secret_token=_secret_token(call),
        max_connections=call.parameters.integer("max_connections", 40, 1, 100),
        ip_address=call.parameters.text("ip_address"),
        has_certificate=call.parameters.file("certificate") is not None,
    )
    _allow(call)
    if call.parameters.flag("drop_pending_updates"):
        call.bot.updates.clear()
    elif call.bot.webhook.same_settings(webhook):
        return Described(result=True, description="Webhook is already set")
    call.bot.updates.end_poll("terminated by setWebhook request")
    call.bot.webhook = webhook
    call.bot.updates.announce()
    return Described(result=True, description="Webhook was set")


def delete_webhook(call: Call) -> Described:
    was_set = bool(call.bot.webhook.url)
    call.bot.webhook = Webhook()
    if call.parameters.flag("drop_pending_updates"):
        call.bot.updates.clear()
    return Described(result=True, description="Webhook was deleted" if was_set else "Webhook is already deleted")


def get_webhook_info(call: Call) -> dict[str, Any]:
    updates = call.bot.updates
    allowed = {} if updates.allowed == DEFAULT_KINDS else {"allowed_updates": sorted(updates.allowed)}
    return {**call.bot.webhook.as_json(len(updates)), **allowed}


def get_file(call: Call) -> dict[str, Any]:
    file_id = call.parameters.text("file_id")
    if not file_id:
        raise BadRequest("file_id not specified")
    stored = call.world.files.by_id(file_id)
    if stored is None:
        raise BadRequest("invalid file_id")
    if stored.blob.size > DOWNLOAD_BYTES:
        raise BadRequest("file is too big")
    if stored.blob.data is None:
        raise BadRequest("wrong file_id or the file is temporarily unavailable")
    return {**stored.as_json(), "file_path": stored.path}


def answer_callback_query(call: Call) -> bool:
    parameters = call.parameters
    text, url = parameters.text("text"), parameters.text("url")
    if len(text) > CALLBACK_TEXT_LENGTH:
        raise BadRequest("MESSAGE_TOO_LONG")
    answer = {"text": text or None, "show_alert": parameters.flag("show_alert"), "url": url or None}
    call.world.answer(call.bot, parameters.text("callback_query_id"), answer)
    return True


def _allow(call: Call) -> None:
    """A list that can't be read counts as not given, as at Telegram: what was allowed before stays."""
    try:
        kinds = call.parameters.json("allowed_updates", "allowed_updates")
    except BadRequest:
        return
    if isinstance(kinds, list):
        call.bot.updates.allow([kind for kind in kinds if isinstance(kind, str)])


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        raise BadRequest("invalid webhook URL specified")


def _secret_token(call: Call) -> str:
    token = call.parameters.text("secret_token")
    if len(token) > 256:
        raise BadRequest("secret token is too long")
    if not re.fullmatch("[A-Za-z0-9_-]*", token):
        raise BadRequest("secret token contains unallowed characters")
    return token
