"""Formatting of texts: Telegram's two Markdowns, its HTML, and entities given or found."""

from sandbox.markup.entity import Entity
from sandbox.markup.formatted import Formatted, format_text

__all__ = ["Entity", "Formatted", "format_text"]
