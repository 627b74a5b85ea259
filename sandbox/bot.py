"""A bot: its identity, what it set, and what waits for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.updates import UpdateQueue
from sandbox.webhook import Webhook

Command = dict[str, str]
DEFAULT_SCOPE = '{"type": "default"}'
PRIVATE_SCOPE = '{"type": "all_private_chats"}'


@dataclass(slots=True)
class Bot:
    """`commands` are kept by scope (as JSON) and language code, `texts` by what they are ("name", …) and language."""

    id: int
    token: str
    username: str
    first_name: str
    updates: UpdateQueue
    webhook: Webhook = field(default_factory=Webhook)
    commands: dict[tuple[str, str], list[Command]] = field(default_factory=dict)
    texts: dict[tuple[str, str], str] = field(default_factory=dict)
    blocked_by: set[int] = field(default_factory=set)

    def as_json(self) -> dict[str, Any]:
        """The Bot API's User, as it stands in messages."""
        return {"id": self.id, "is_bot": True, "first_name": self.first_name, "username": self.username}

    def menu(self) -> dict[str, list[Command]]:
        """The commands shown in a private chat, by language code; "" is for all other languages."""
        languages = sorted({language for _, language in self.commands})
        menu = {language: self._commands_for(language) for language in languages}
        return {"": [], **{language: commands for language, commands in menu.items() if commands}}

    def _commands_for(self, language: str) -> list[Command]:
        return self.commands.get((PRIVATE_SCOPE, language)) or self.commands.get((DEFAULT_SCOPE, language)) or []
