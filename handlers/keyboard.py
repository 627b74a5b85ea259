"""Inline buttons, from the form in which replies keep them to the one that Telegram takes."""

from __future__ import annotations

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from storage.records import Button

Buttons = tuple[tuple[Button, ...], ...]
"""Rows of buttons, from top to bottom."""


def keyboard(buttons: Buttons) -> InlineKeyboardMarkup | None:
    """The keyboard to be sent with a message; None where there are no buttons."""
    rows = [[InlineKeyboardButton(button.text, callback_data=button.data) for button in row] for row in buttons]
    return InlineKeyboardMarkup(rows) if rows else None
