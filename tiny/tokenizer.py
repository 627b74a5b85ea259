"""The tokenizer: SentencePiece-like merging by score, exactly as llama.cpp does it for its type "llama".

No token holds a space except as its first character, so a text can be cut before each space without changing
its tokens; that makes caching by word exact.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

SPACE = "\u2581"
SPECIALS = ("<unk>", "<s>", "</s>")
MARKS = ("<|im_start|>", "<|im_end|>")
UNKNOWN, BOS, EOS = 0, 1, 2
BYTES = len(SPECIALS)  # the first of 256 byte tokens
VOCABULARY = Path(__file__).parent / "vocabulary.json"
WORD = re.compile(rf"{SPACE}?[A-Za-z]+|{SPACE}?[\u4e00-\u9fff]+|{SPACE}+|.", re.DOTALL)
NORMAL_TYPE, UNKNOWN_TYPE, CONTROL_TYPE, BYTE_TYPE = 1, 2, 3, 6


class Tokenizer:
    """Text to token ids and back. `pieces` are the normal tokens, characters first, then merges from best to worst."""

    def __init__(self, pieces: list[str]) -> None:
        self.pieces = pieces
        first = BYTES + 256
        self.ids = {piece: first + number for number, piece in enumerate(pieces)}
        self.marks = {mark: first + len(pieces) + number for number, mark in enumerate(MARKS)}
        self.marks |= {"<s>": BOS, "</s>": EOS}
        self.splitter = re.compile("(" + "|".join(re.escape(mark) for mark in self.marks) + ")")
        self.word = lru_cache(maxsize=100_000)(self._merge)

    @classmethod
    def load(cls, path: Path = VOCABULARY) -> Tokenizer:
        return cls(json.loads(path.read_text("utf-8"))["pieces"])

    def save(self, path: Path = VOCABULARY) -> None:
        path.write_text(json.dumps({"pieces": self.pieces}, ensure_ascii=False, indent=0) + "\n", "utf-8")

    def __len__(self) -> int:
        return BYTES + 256 + len(self.pieces) + len(MARKS)

    def encode(self, text: str) -> list[int]:
        """Token ids without BOS; the marks and "</s>" in the text count as themselves."""
        tokens: list[int] = []
        for part in self.splitter.split(text):
            if part in self.marks:
                tokens.append(self.marks[part])
            elif part:
                tokens += self.encode_plain(part)
        return tokens

    def encode_plain(self, text: str) -> list[int]:
        """Token ids of a text in which nothing is special: what llama.cpp does with parse_special off."""
        tokens: list[int] = []
        for stretch in re.split(rf"(?={SPACE})", text.replace(" ", SPACE)):
            tokens += self.word(stretch)
        return tokens

    def _merge(self, word: str) -> tuple[int, ...]:
        return tuple(token for symbol in self._symbols(word) for token in self._symbol(symbol))

    def _symbols(self, word: str) -> list[str]:
        """A word's characters, joined as far as the merges go."""
        symbols = list(word)
        while len(symbols) > 1:
            pairs = [(self.ids.get(a + b), at) for at, (a, b) in enumerate(pairwise(symbols))]
            known = [(token, at) for token, at in pairs if token is not None]
            if not known:
                break
            _, at = min(known)
            symbols[at : at + 2] = [symbols[at] + symbols[at + 1]]
        return symbols

    def _symbol(self, symbol: str) -> list[int]:
        token = self.ids.get(symbol)
        return [token] if token is not None else [BYTES + byte for byte in symbol.encode("utf-8")]

    def decode(self, tokens: Iterable[int]) -> str:
        """The text of the tokens; control tokens vanish."""
        raw = b"".join(self.token_bytes(token) for token in tokens)
        return raw.decode("utf-8", "replace")

    def token_bytes(self, token: int) -> bytes:
        if BYTES <= token < BYTES + 256:
            return bytes([token - BYTES])
        number = token - BYTES - 256
        return self.pieces[number].replace(SPACE, " ").encode() if 0 <= number < len(self.pieces) else b""

    def table(self) -> tuple[list[str], list[float], list[int]]:
        """Tokens, scores and types as a GGUF file holds them."""
        tokens = [*SPECIALS, *(f"<0x{byte:02X}>" for byte in range(256)), *self.pieces, *MARKS]
        scores = [0.0] * (BYTES + 256) + [-float(n) for n in range(len(self.pieces))] + [0.0] * len(MARKS)
        types = [UNKNOWN_TYPE, CONTROL_TYPE, CONTROL_TYPE] + [BYTE_TYPE] * 256
        types += [NORMAL_TYPE] * len(self.pieces) + [CONTROL_TYPE] * len(MARKS)
        return tokens, scores, types


def learn(texts: Iterable[str], characters: Iterable[str], merges: int, allowed: Callable[[str], bool]) -> Tokenizer:
    """A tokenizer with all those characters and the most useful allowed merges in the texts, found within words."""
    words = Counter(word for text in texts for word in WORD.findall(text.replace(" ", SPACE)))
    pieces = sorted(set(characters) | {SPACE})
    split = {word: list(word) for word in words}
    known = set(pieces)
    while merges:
        pairs: Counter[str] = Counter()
        for word, symbols in split.items():
            for a, b in pairwise(symbols):
                if a in known and b in known and allowed(a + b):
                    pairs[a + b] += words[word]
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        pieces.append(best)
        known.add(best)
        merges -= 1
        for symbols in split.values():
            join(symbols, best)
    return Tokenizer(pieces)


def join(symbols: list[str], piece: str) -> None:
    """Joins each neighbouring pair that makes up the piece, from left to right, in place."""
    at = 0
    while at + 1 < len(symbols):
        if symbols[at] + symbols[at + 1] == piece:
            symbols[at : at + 2] = [piece]
        at += 1
