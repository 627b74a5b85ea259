"""Inline buttons, from the form in which replies keep them."""

from __future__ import annotations

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

Buttons = tuple[tuple[dict[str, str], ...], ...]
"""Rows of {"text", "callback_data"}."""


def keyboard(buttons: Buttons) -> InlineKeyboardMarkup | None:
    """The keyboard to be sent with a message; None where there are no buttons."""
    rows = [[InlineKeyboardButton(b["text"], callback_data=b["callback_data"]) for b in row] for row in buttons]
    return InlineKeyboardMarkup(rows) if rows else None
