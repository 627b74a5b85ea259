"""A marked-up text being read, and the plain text that comes out of it."""

from __future__ import annotations

from sandbox.markup.entity import byte_offset, utf16_length

_SPACES = frozenset(" \t\r\n\v\0")
END = "\0"  # what is read past the end


class Source:
    """The text with a position in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    @property
    def ended(self) -> bool:
        return self.at >= len(self.text)

    def peek(self, ahead: int = 0) -> str:
        at = self.at + ahead
        return self.text[at] if 0 <= at < len(self.text) else END

    def starts(self, token: str) -> bool:
        return self.text.startswith(token, self.at)

    def bytes_to(self, at: int) -> int:
        return byte_offset(self.text, at)

    def skip_spaces(self) -> None:
        while not self.ended and is_space(self.peek()):
            self.at += 1

    def read_language(self) -> str:
        """What stands directly behind an opening ```, if the code goes on after it; one line break is passed over."""
        end = self.at
        while end < len(self.text) and not is_space(self.text[end]) and self.text[end] != "`":
            end += 1
        language = ""
        if end < len(self.text) and self.text[end] != "`":
            language = self.text[self.at : end]
            self.at = end
        self._skip_newline()
        return language

    def _skip_newline(self) -> None:
        if self.peek() in "\n\r":
            self.at += 2 if self.peek(1) in "\n\r" and self.peek(1) != self.peek() else 1


class Plain:
    """The text without its markup."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self.length = 0  # in UTF-16 units

    def add(self, piece: str) -> None:
        self._pieces.append(piece)
        self.length += utf16_length(piece)

    def mark(self) -> int:
        """A place that `since` can read from."""
        return len(self._pieces)

    def since(self, mark: int) -> str:
        return "".join(self._pieces[mark:])

    def ends_with(self, piece: str) -> bool:
        return bool(self._pieces) and self._pieces[-1] == piece


def is_space(character: str) -> bool:
    return character in _SPACES
