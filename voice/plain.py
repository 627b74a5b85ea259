"""What is said is not what is written: marks, addresses and emoji leave, and a long text ends at a sentence.

Signs become words where the voice knows none for them (`voice.signs`).
"""

import re
import unicodedata

from voice.errors import NothingToSay
from voice.languages import candidates
from voice.signs import narrow, worded

LONGEST_TEXT = 2400
"""In letters of an alphabet: two to three minutes. A Chinese character or a kana takes as long as four of them."""

_WIDE = 4
_RAW_LIMIT = 4 * LONGEST_TEXT  # marks and addresses are longer than what is left of them
_LINK_WORDS = {"zh": "链接"} | dict.fromkeys(("zh-hant", "zh-tw", "zh-hk", "zh-mo", "yue"), "連結")

_MARKDOWN_LINK = re.compile(r"!?\[([^\[\]\n]*)\]\([^()\s]*\)")
_ADDRESS = re.compile(r"(?:https?://|www\.)[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*[A-Za-z0-9/#=&_~\-]")
_FENCE = re.compile(r"^[ \t]*(?:```|~~~).*$", re.MULTILINE)
_LINE_MARK = re.compile(r"^[ \t]*(?:(?:#{1,6}|[-*+•>])[ \t]+)+", re.MULTILINE)
_PAIRED_MARK = re.compile(r"\*\*|__|~~|`")
_STAR = re.compile(r"(?<![\s\d])\*|\*(?![\s\d])")  # but not in "2 * 3" nor in "2*3"
_UNDERSCORE = re.compile(r"(?<!\w)_|_(?!\w)")  # but not in "snake_case"
_CELL = re.compile(r"\s*\|+\s*")
_EMOJI = re.compile(
    "(?:[\U0001f000-\U0001faff\u2190-\u21ff\u2300-\u23ff\u2500-\u27bf\u2b00-\u2bff\ufe0e\ufe0f\u20e3]\u200d?)+"
)
_SENTENCE_END = re.compile(r"[.!?…](?=\s)|[。！？；\n]")
_PAUSES = ".!?…,;:。！？，；：、"


def spoken(text: str, language: str) -> str:
    """The words of `text` to say aloud, at most about three minutes of them; NothingToSay if there are none.

    `language` chooses the words said for an address and for signs.
    """
    text = narrow(_readable(text[:_RAW_LIMIT]))
    text = _unlink(text, _link_word(language))
    text = worded(_EMOJI.sub(" ", _unmark(text)), language)
    text = _shorten("\n".join(_sentences(text)), LONGEST_TEXT)
    if not _has_words(text):
        raise NothingToSay("There is no word to say in this text.")
    return text


def _readable(text: str) -> str:
    """In characters that every engine takes."""
    return "".join(_readable_character(character) for character in text)


def _readable_character(character: str) -> str:
    if character.isdecimal():  # a digit of another script, ３ or ٣, is silent in most voices
        return str(unicodedata.decimal(character))
    unsayable = unicodedata.category(character) in {"Cc", "Cs", "Cn", "Co"} and character not in "\n\t"
    return " " if unsayable else character


def _link_word(language: str) -> str:
    return next((_LINK_WORDS[tag] for tag in candidates(language) if tag in _LINK_WORDS), "link")


def _unlink(text: str, word: str) -> str:
    return _ADDRESS.sub(word, _MARKDOWN_LINK.sub(r"\1", text))


def _unmark(text: str) -> str:
    for mark in (_FENCE, _LINE_MARK, _PAIRED_MARK, _STAR, _UNDERSCORE):
        text = mark.sub("", text)
    return text


def _sentences(text: str) -> list[str]:
    """The lines that have words, each with a pause at its end: a heading or a list item has none of its own."""
    lines = (_CELL.sub(", ", " ".join(line.split()).strip("| ")) for line in text.splitlines())
    return [line if line[-1] in _PAUSES else f"{line}." for line in lines if _has_words(line)]


def _has_words(text: str) -> bool:
    return any(character.isalnum() for character in text)


def _shorten(text: str, limit: int) -> str:
    """The longest beginning within `limit` that ends with a sentence, else with a word, else anywhere."""
    end = _fitting(text, limit)
    if end == len(text):
        return text
    head = text[:end]
    sentence = max((match.end() for match in _SENTENCE_END.finditer(head)), default=0)
    word = head.rfind(" ")
    return head[: next((cut for cut in (sentence, word) if cut > end // 2), end)].rstrip()


def _fitting(text: str, limit: int) -> int:
    """How many characters of `text` weigh no more than `limit`."""
    weight = 0
    for index, character in enumerate(text):
        weight += _WIDE if unicodedata.east_asian_width(character) in "WF" else 1
        if weight > limit:
            return index
    return len(text)
