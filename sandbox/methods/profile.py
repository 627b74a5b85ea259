"""Who the bot is: getMe, its commands and descriptions."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from sandbox.bot import DEFAULT_SCOPE
from sandbox.errors import BadRequest, parsing
from sandbox.methods.call import Call, Method
from sandbox.parameters import integer_field, leading_integer, string_field

_PLAIN_SCOPES = frozenset({"default", "all_private_chats", "all_group_chats", "all_chat_administrators"})
_CHAT_SCOPES = frozenset({"chat", "chat_administrators", "chat_member"})
_COMMAND = re.compile(r"[a-z0-9_]+")
_COMMAND_LENGTH = 32
_DESCRIPTION_LENGTH = 256
_MOST_COMMANDS = 100


def get_me(call: Call) -> dict[str, Any]:
    return {
        **call.bot.as_json(),
        "can_join_groups": True,
        "can_read_all_group_messages": True,
        "supports_inline_queries": False,
        "supports_guest_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
        "allows_users_to_create_topics": False,
        "can_manage_bots": False,
    }


def set_my_commands(call: Call) -> bool:
    found = call.parameters.json("commands", "commands")
    if found is not None and not isinstance(found, list):
        raise BadRequest("Expected an Array of BotCommand")
    _store_commands(call, [_command(one) for one in found or ()])
    return True


def delete_my_commands(call: Call) -> bool:
    _store_commands(call, [])
    return True


def get_my_commands(call: Call) -> list[dict[str, str]]:
    return call.bot.commands.get((_scope(call), _language(call)), [])


def text_setter(name: str, longest: int) -> Method:
    """The method that sets one of the bot's texts; each language may have its own."""

    def set_text(call: Call) -> bool:
        text = call.parameters.text(name)
        if len(text) > longest:
            raise BadRequest(f"{name.replace('_', ' ')} is too long")
        call.bot.texts[name, _language(call)] = text
        return True

    return set_text


def text_getter(name: str) -> Method:
    """The method that reads it; a language without its own has the general one."""

    def get_text(call: Call) -> dict[str, str]:
        default = call.bot.first_name if name == "name" else ""
        general = call.bot.texts.get((name, ""), "")
        return {name: call.bot.texts.get((name, _language(call)), "") or general or default}

    return get_text


def _store_commands(call: Call, commands: list[dict[str, str]]) -> None:
    scope, language = _scope(call), _language(call)
    if len(commands) > _MOST_COMMANDS:
        raise BadRequest("BOT_COMMANDS_TOO_MUCH")
    call.bot.commands[scope, language] = commands
    shown = call.bot.menu().get(language, [])
    call.world.events.publish("commands", bot=call.bot.id, language_code=language, commands=shown)


def _command(found: Any) -> dict[str, str]:
    with parsing("BotCommand"):
        if not isinstance(found, Mapping):
            raise BadRequest("expected an Object")
        command = string_field(found, "command", required=True).strip().removeprefix("/")
        description = string_field(found, "description", required=True).strip()
    if not command:
        raise BadRequest("Command must be non-empty")
    if len(command) > _COMMAND_LENGTH:
        raise BadRequest(f"Command length must not exceed {_COMMAND_LENGTH}")
    if not description:
        raise BadRequest("Command description must be non-empty")
    if len(description) > _DESCRIPTION_LENGTH:
        raise BadRequest(f"Command description length must not exceed {_DESCRIPTION_LENGTH}")
    if not _COMMAND.fullmatch(command):
        raise BadRequest("BOT_COMMAND_INVALID")
    return {"command": command, "description": description}


def _scope(call: Call) -> str:
    """The scope as JSON in one spelling."""
    found = call.parameters.json("scope", "BotCommandScope")
    if found is None:
        return DEFAULT_SCOPE
    with parsing("BotCommandScope"):
        return json.dumps(_read_scope(found))


def _read_scope(found: Any) -> dict[str, Any]:
    if not isinstance(found, Mapping):
        raise BadRequest("BotCommandScope must be an Object")
    kind = string_field(found, "type", required=True)
    if kind in _PLAIN_SCOPES:
        return {"type": kind}
    if kind not in _CHAT_SCOPES:
        raise BadRequest("Unsupported type specified")
    scope: dict[str, Any] = {"type": kind, "chat_id": leading_integer(string_field(found, "chat_id", required=True))}
    if kind == "chat_member":
        scope["user_id"] = integer_field(found, "user_id", required=True)
    return scope


def _language(call: Call) -> str:
    language = call.parameters.text("language_code")
    if language and not re.fullmatch("[a-z]{2}", language):
        raise BadRequest("Invalid language code specified")
    return language
