"""What a model's tokens mean here: prompts become tokens, tokens become text, and some of them say yes or no."""

from __future__ import annotations

import codecs
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from vision.errors import WeightsBroken
from vision.model.context import Logits
from vision.model.native import Model
from vision.model.template import Control, Part, Sight

_YES = {"yes", "是", "是的", "有", "对"}
_NO = {"no", "否", "不", "不是", "没", "没有", "沒有", "無"}
_NOWHERE = "(?!)"
_FAR = 1e300  # farther than any logit
# Bits of LLAMA_TOKEN_ATTR.
_UNKNOWN, _CONTROL, _USER_DEFINED, _BYTE, _STRIPS_LEFT, _STRIPS_RIGHT = 1, 8, 16, 32, 128, 256


class Vocabulary:
    """The tokens of one model, looked through once after it is loaded."""

    def __init__(self, model: Model) -> None:
        self._model = model
        bits = [model.attributes(token) for token in range(model.vocab_size)]
        spellings = {token: model.spelling(token) for token, bit in enumerate(bits) if bit & (_UNKNOWN | _CONTROL)}
        fragile = {token: model.spelling(token) for token, bit in enumerate(bits) if bit & _USER_DEFINED}
        fragile = {token: spelling for token, spelling in fragile.items() if len(spelling.strip()) > 1}
        self.controls = {spelling: token for token, spelling in (spellings | fragile).items() if spelling}
        self._strips_left = {token for token, bit in enumerate(bits) if bit & _STRIPS_LEFT}
        self._strips_right = {token for token, bit in enumerate(bits) if bit & _STRIPS_RIGHT}
        self._cuts = _cuts(fragile.values())
        plain = [token for token, bit in enumerate(bits) if not bit & (_UNKNOWN | _CONTROL | _BYTE)]
        self._ends = np.flatnonzero([model.ends(token) for token in range(model.vocab_size)])
        self._yes, self._no = (self._saying(words, plain) for words in (_YES, _NO))

    def _saying(self, words: Collection[str], tokens: Sequence[int]) -> NDArray[np.int64]:
        """The tokens that are one of these words alone, in whatever case, with a space before it or not."""
        found = [t for t in tokens if self._model.piece(t).decode("utf-8", "ignore").strip().casefold() in words]
        if not found:
            raise WeightsBroken("these weights have no token for yes or for no, so questions cannot be scored")
        return np.array(found)

    @property
    def first_word(self) -> int:
        """Any token that is a word: a yes."""
        return int(self._yes[0])

    def spelled(self, token: int) -> str:
        """A special token as a template writes it; nothing for a token that there is not."""
        return self._model.spelling(token) if token >= 0 else ""

    def tokens(self, parts: Sequence[Part]) -> list[int | Sight]:
        """A prompt's parts as tokens, with the pictures left in their places."""
        tokens: list[int | Sight] = []
        for number, part in enumerate(parts):
            if isinstance(part, str):
                before, after = (parts[n] if 0 <= n < len(parts) else None for n in (number - 1, number + 1))
                tokens += self._words(part, before, after)
            else:
                tokens.append(part.token if isinstance(part, Control) else part)
        begin = [self._model.begin] if self._model.begins else []
        return tokens if tokens[: len(begin)] == begin else [*begin, *tokens]

    def _words(self, text: str, before: Part | None, after: Part | None) -> list[int]:
        if isinstance(before, Control) and before.token in self._strips_right:
            text = text.lstrip()
        if isinstance(after, Control) and after.token in self._strips_left:
            text = text.rstrip()
        return [token for piece in self._cuts.split(text) if piece for token in self._model.tokenize(piece)]

    def verdict(self, logits: Logits) -> tuple[float, float]:
        """From the logits where the answer begins: p(yes) against no over all their spellings, and p(neither).

        Where none of these is a number, as weights can make them that are damaged or overflow, it is neither for sure.
        """
        values = _numbers(logits)
        yes, no, everything = (_log_sum(part) for part in (values[self._yes], values[self._no], values))
        if max(yes, no) == -np.inf:
            return 0.5, 1.0
        outside = 1.0 - np.exp(yes - everything) - np.exp(no - everything)
        return float(1.0 / (1.0 + np.exp(np.clip(no - yes, -700, 700)))), float(np.clip(outside, 0.0, 1.0))

    def log_chances(self, logits: Logits) -> NDArray[np.float64]:
        """From logits, the log-probability of each token."""
        values = _numbers(logits)
        total = _log_sum(values)
        return values if total == -np.inf else values - total

    def log_ends(self, chances: NDArray[np.float64]) -> float:
        """The log-probability that an answer ends here."""
        return _log_sum(chances[self._ends])

    def transcript(self) -> Transcript:
        """Takes down the tokens of one answer."""
        return Transcript(self._model)


class Transcript:
    """An answer in the making: tokens go in, whole characters come out, and no space before the first."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._decoder = codecs.getincrementaldecoder("utf-8")("ignore")
        self._begun = False

    def add(self, token: int) -> str:
        """The text that a token completes; may be empty."""
        text = self._decoder.decode(self._model.piece(token))
        text = text if self._begun else text.lstrip()
        self._begun = self._begun or bool(text)
        return text


def _cuts(spellings: Iterable[str]) -> re.Pattern[str]:
    """Where text is cut so that none of these is found in it: after their first character.

    llama.cpp finds user-defined tokens in plain text too, and some models have thousands of them.
    """
    by_first: defaultdict[str, list[str]] = defaultdict(list)
    for spelling in spellings:
        by_first[spelling[0]].append(re.escape(spelling[1:]))
    return re.compile("|".join(f"(?<={re.escape(c)})(?={'|'.join(rest)})" for c, rest in by_first.items()) or _NOWHERE)


def _numbers(logits: Logits) -> NDArray[np.float64]:
    """Logits of which those that are not a number are as unlikely as can be, as where the next token is chosen."""
    values = logits.astype(np.float64)
    if not np.isfinite(values.max()):
        np.nan_to_num(values, copy=False, nan=-np.inf, posinf=_FAR, neginf=-np.inf)
    return values


def _log_sum(values: NDArray[np.float64]) -> float:
    top = values.max(initial=-np.inf)
    if not np.isfinite(top):
        return float(top)
    return float(top + np.log(np.exp(values - top).sum()))
