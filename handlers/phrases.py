"""What the bot says, in the reader's language: gettext catalogues of the texts in this room."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations, NullTranslations
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from telegram import User

from prompts.languages import Language, language_of
from storage.records import Chat

CATALOGUES = Path(__file__).parent / "locales"


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for a text that is translated later
    """Mark a text for the catalogues where it stands, to be looked up where it is said."""
    return message


_BETWEEN: Final = N_(", ")


@cache
def _translations(language: Language) -> NullTranslations:
    catalogue = CATALOGUES / f"{language}.po"
    if not catalogue.exists():
        return NullTranslations()
    compiled = BytesIO()
    with catalogue.open("rb") as source:
        write_mo(compiled, read_po(source))
    compiled.seek(0)
    return GNUTranslations(compiled)


def reader(chat: Chat, user: User | None) -> Language:
    """The language in which somebody reads what is said in a chat."""
    return language_of(chat.language or (user.language_code if user else None))


@dataclass(frozen=True, slots=True)
class Phrases:
    """Looks texts up in one language and fills in their values."""

    language: Language

    def __call__(self, message: str, **values: object) -> str:
        """The text as plain words."""
        text = _translations(self.language).gettext(message)
        return text.format(**values) if values else text

    def listed(self, items: Iterable[str]) -> str:
        """The items in one line."""
        return self(_BETWEEN).join(items)

    def html(self, message: str, **values: object) -> str:
        """The text as Telegram's HTML: the marks are the text's own, the values are escaped."""
        return self(message, **{name: escape(str(value), quote=False) for name, value in values.items()})
