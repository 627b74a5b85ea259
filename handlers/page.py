"""A message with buttons that is turned from page to page in place: what it says, and what can be pressed under it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from telegram import CallbackQuery
from telegram.error import BadRequest

from handlers.keyboard import Buttons, keyboard
from handlers.split import split
from handlers.work import Work
from storage.whole import LONGEST_MESSAGE

CHOSEN: Final = "✓ "
"""Before what is so now, among buttons to choose from."""

_LONGEST_WHISPER: Final = 200
"""UTF-16 units at most of what one person is told (https://core.telegram.org/bots/api#answercallbackquery)."""

_CUT = " …"


@dataclass(frozen=True, slots=True)
class Page:
    """Plain text of any length, and rows of buttons."""

    text: str
    buttons: Buttons = ()


def say_page(work: Work, page: Page) -> None:
    """Leave a page to be sent as a new message."""
    work.say(page.text, buttons=page.buttons)


async def turn_page(query: CallbackQuery, page: Page) -> None:
    """Show a page in place of the one whose button was pressed; what fits no message is cut.

    A message that is gone, too old, or shows the page already is nothing to complain about.
    """
    with suppress(BadRequest):
        await query.edit_message_text(shortened(page.text, LONGEST_MESSAGE), reply_markup=keyboard(page.buttons))


async def strip_page(query: CallbackQuery) -> None:
    """Leave the message whose button was pressed as it is, but for its buttons: it is done with."""
    with suppress(BadRequest):
        await query.edit_message_reply_markup(None)


async def whisper(query: CallbackQuery, text: str = "", *, alert: bool = False) -> None:
    """Tell the one who pressed, and nobody else. A press that is too old to be answered goes without."""
    with suppress(BadRequest):
        await query.answer(shortened(text, _LONGEST_WHISPER), show_alert=alert)


def shortened(text: str, limit: int) -> str:
    """The text where it has at most `limit` UTF-16 units; else its beginning, with a mark that it goes on."""
    parts = split(text, limit)
    return text if len(parts) < 2 else split(text, limit - len(_CUT))[0] + _CUT
