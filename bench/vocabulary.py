"""A vocabulary of LLaMA's size and kind for random weights: 32,000 pieces that merge by score.

Its words are those of this project's own pages and prompts, so English comes out at about LLaMA's number of tokens. The
template's "USER" and "ASSISTANT" are left in the pieces that LLaMA cuts them into.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import accumulate

from bench.conditions import conditions
from bench.lock import ROOT
from prompts.conditions import yes_or_no
from prompts.questions import describe
from tiny.tokenizer import BYTE_TYPE, BYTES, CONTROL_TYPE, NORMAL_TYPE, SPACE, SPECIALS, UNKNOWN_TYPE, Tokenizer, learn

SIZE = 32_000
_ANSWERS = ("yes", "Yes", "no", "No")
_CHINESE_ANSWERS = ("没有", "是的", "不是")
_CAPITALS = ("SS", "IS", "IST", "AN", "ANT", f"{SPACE}U", f"{SPACE}US", "ER", f"{SPACE}A")
_SUBWORDS = 500  # learned before whole words are added, so that strange words do not fall into letters
_WORD = re.compile("[a-z]+|[A-Z][a-z]*")
_ALPHABETS = ((0x21, 0x7F), (0x4E00, 0x9FA6), (0xAC00, 0xD7A4))  # ASCII, Chinese, and Korean to fill up
_CHARACTERS = (*"，。？！：；“”、《》（）…—°é", *(chr(code) for span in _ALPHABETS for code in range(*span)))


def token_table() -> tuple[list[str], list[float], list[int]]:
    """Tokens, scores and types as a GGUF file holds them: 3 special ones, 256 bytes, then pieces from best to worst."""
    pieces = _pieces()[: SIZE - BYTES - 256]
    tokens = [*SPECIALS, *(f"<0x{byte:02X}>" for byte in range(256)), *pieces]
    scores = [0.0] * (BYTES + 256) + [-float(number) for number in range(len(pieces))]
    types = [UNKNOWN_TYPE, CONTROL_TYPE, CONTROL_TYPE] + [BYTE_TYPE] * 256 + [NORMAL_TYPE] * len(pieces)
    return tokens, scores, types


def _pieces() -> list[str]:
    """Merges first, for those must have the better scores; the characters that no word needs fill the rest."""
    texts = _texts()
    subwords = learn(texts, _CHARACTERS, _SUBWORDS, lambda piece: piece.lstrip(SPACE).isalpha() and not piece.isupper())
    merges = [piece for piece in subwords.pieces if len(piece) > 1]
    words = [f"{SPACE}{word}" for text in texts for word in _WORD.findall(text)]
    chains = (chain for word in [*words, *_ANSWERS] for chain in _chain(subwords, word))
    return list(dict.fromkeys([*merges, *_CAPITALS, *chains, *_CHINESE_ANSWERS, SPACE, *_CHARACTERS]))


def _chain(subwords: Tokenizer, word: str) -> Iterator[str]:
    """The pieces that have to be there for a word to merge into one: its subwords joined one by one from the left."""
    parts = [subwords.token_bytes(token).decode().replace(" ", SPACE) for token in subwords.encode_plain(word)]
    yield from list(accumulate(parts))[1:]


def _texts() -> list[str]:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    asked = [describe("en"), *(yes_or_no(condition, "en") for condition in conditions())]
    return [" ".join(_words([page.read_text("utf-8") for page in pages])), *asked]


def _words(texts: Iterable[str]) -> list[str]:
    return sorted({word for text in texts for word in _WORD.findall(text)})
