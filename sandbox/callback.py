"""A pressed button that waits for the bot's answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Answer = dict[str, Any]


@dataclass(slots=True)
class CallbackQuery:
    """`on_answer` is called with the first answer."""

    id: str
    bot: int
    chat: int
    person: int
    pressed_at: float
    on_answer: Callable[[Answer], None]
    answer: Answer | None = None
