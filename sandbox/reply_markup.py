"""The keyboard under a message."""

from __future__ import annotations

from typing import Any

from sandbox.errors import BadRequest, parsing
from sandbox.limits import BUTTONS, CALLBACK_DATA_BYTES
from sandbox.markup.link import checked_link
from sandbox.parameters import Parameters, flag_field, string_field

ReplyMarkup = dict[str, Any]
# Besides these a button may carry what the sandbox keeps but nobody can press: a web app, a login, a game, a payment.
_OTHER_ACTIONS = (
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)


def read_reply_markup(parameters: Parameters) -> ReplyMarkup | None:
    """The reply_markup parameter, checked; None when there is none or it is empty."""
    found = parameters.json("reply_markup", "reply keyboard markup")
    if found is None:
        return None
    if not isinstance(found, dict):
        raise BadRequest("Object expected as reply markup")
    if rows := _rows(found, "keyboard", 'Field "keyboard" must be an Array of Arrays'):
        return {**found, "keyboard": rows}
    inline_error = 'Field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays'
    if rows := _rows(found, "inline_keyboard", inline_error):
        return {"inline_keyboard": [[_inline_button(button) for button in row] for row in rows]}
    if flag_field(found, "remove_keyboard") or flag_field(found, "force_reply"):
        return found
    return None


def _rows(found: ReplyMarkup, name: str, error: str) -> list[list[Any]]:
    rows = found.get(name)
    if rows is None:
        return []
    if not isinstance(rows, list):
        raise BadRequest(f'Field "{name}" must be of type Array')
    if not all(isinstance(row, list) for row in rows):
        raise BadRequest(error)
    if sum(len(row) for row in rows) > BUTTONS:
        raise BadRequest("reply markup is too long")
    return [row for row in rows if row]


def _inline_button(button: Any) -> dict[str, Any]:
    with parsing("inline keyboard button"):
        if not isinstance(button, dict):
            raise BadRequest("InlineKeyboardButton must be an Object")
        text = string_field(button, "text", required=True)
        action = _action(button)
    _check_data(action.get("callback_data"))
    if "url" in action:
        action = {"url": _link(action["url"])}
    return {"text": text, **action}


def _action(button: dict[str, Any]) -> dict[str, Any]:
    for name in ("url", "callback_data"):
        if value := string_field(button, name):
            return {name: value}
    for name in _OTHER_ACTIONS:
        if name in button:
            return {name: button[name]}
    raise BadRequest("Text buttons are unallowed in the inline keyboard")


def _link(url: str) -> str:
    link = checked_link(url)
    if not link:
        scheme = url.partition("://")[0].lower() if "://" in url else "http"
        reason = "Wrong HTTP URL" if scheme in {"http", "https"} else "Unsupported URL protocol"
        raise BadRequest(f"Inline keyboard button URL '{url}' is invalid: {reason}")
    return link


def _check_data(data: str | None) -> None:
    if data is not None and len(data.encode()) > CALLBACK_DATA_BYTES:
        raise BadRequest("BUTTON_DATA_INVALID")
