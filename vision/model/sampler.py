"""Which token comes next: the likeliest or a throw of dice, and only what the answer's grammar allows."""

from __future__ import annotations

import math
from collections.abc import Hashable
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vision.errors import BadGrammar
from vision.model.gbnf import grammar_from_text
from vision.model.grammar import Derivation, Grammar
from vision.model.schema import grammar_from_schema
from vision.request import Generation

UNLIKELY = 0.05  # when sampling, tokens this much less likely than the likeliest are left out
_COLDEST, _HOTTEST = 1e-3, 100.0  # beyond them only the likeliest counts, or all tokens are alike
_FAR = 1e300  # farther than any logit
_MAX_CANDIDATES = 256  # among which the dice choose under a grammar

Values = NDArray[np.float32] | NDArray[np.float64]
Tokens = NDArray[np.int64]


class Spelling(Hashable, Protocol):
    """What a sampler has to know of a model."""

    vocab_size: int

    def piece(self, token: int) -> bytes:
        """The bytes that a token stands for; none for a control token."""
        ...

    def ends(self, token: int) -> bool:
        """Whether a token ends the answer."""
        ...


class Sampler:
    """Chooses the tokens of one answer. Raises BadGrammar when made where the answer's bounds are not sound.

    At temperature 0, or one that is none (below 0, not a number), the likeliest token is taken. Under a grammar, what
    would be taken freely is tried first, for it is nearly always allowed; only where it is not are other tokens tried,
    from the likeliest down.
    """

    def __init__(self, generate: Generation, model: Spelling) -> None:
        temperature = generate.temperature
        self._temperature = min(max(temperature, _COLDEST), _HOTTEST) if temperature > 0 else 0.0
        self._dice = np.random.default_rng(None if generate.seed is None else generate.seed % 2**64)
        grammar = _grammar(generate)
        self._written: Derivation | None = grammar.begin() if grammar else None
        self._pieces = pieces_of(model) if grammar else None

    def choose(self, logits: NDArray[np.float32]) -> int:
        """The next token, one that ends the answer where it is whole; logits as the model gave them, one a token.

        Raises BadGrammar where no token of this vocabulary can go on, or the grammar is too ambiguous to be followed.
        """
        values = _finite(logits)
        if self._written is None or self._pieces is None:
            return self._throw(values)
        return self._follow(values, self._written, self._pieces)

    def _throw(self, values: Values) -> int:
        """The likeliest, or one of those that are likely enough."""
        if not self._temperature:
            return int(values.argmax())
        top = float(values.max())
        near = np.flatnonzero(values >= top + self._temperature * math.log(UNLIKELY))
        chances = np.exp((values[near].astype(np.float64) - top) / self._temperature)
        return int(self._dice.choice(near, p=chances / chances.sum()))

    def _follow(self, values: Values, written: Derivation, pieces: Pieces) -> int:
        written.stacks.rest()
        token = self._throw(values)
        further = pieces.after(written, token)
        if further is None:
            allowed = self._allowed(values, written, pieces)
            token = int(allowed[self._throw(_finite(values[allowed]))])
            further = pieces.after(written, token)
        self._written = further
        return token

    def _allowed(self, values: Values, written: Derivation, pieces: Pieces) -> Tokens:
        """The allowed tokens that are likely enough, as many of them as there is use for."""
        candidates = pieces.candidates(written)
        allowed: list[int] = []
        least = -math.inf
        for token in candidates[np.argsort(-values[candidates], kind="stable")].tolist():
            if values[token] < least or len(allowed) == (_MAX_CANDIDATES if self._temperature else 1):
                break
            if pieces.after(written, token):
                allowed.append(token)
                least = max(least, values[token] + self._temperature * math.log(UNLIKELY))
        if not allowed:
            raise BadGrammar("the model has no token with which its answer could go on by the grammar")
        return np.array(allowed)


class Pieces:
    """A vocabulary by the characters that its tokens begin with."""

    def __init__(self, model: Spelling) -> None:
        self._pieces = [model.piece(token) for token in range(model.vocab_size)]
        self._ends = frozenset(token for token in range(model.vocab_size) if model.ends(token))
        if not self._ends:
            raise BadGrammar("the model has no token that ends an answer, so none can be bounded")
        firsts = {token: _first(piece) for token, piece in enumerate(self._pieces) if token not in self._ends and piece}
        whole = sorted((first, token) for token, first in firsts.items() if first is not None)
        self._firsts, self._tokens = np.array(whole, np.int64).reshape(-1, 2).T
        self._fragments = np.array([token for token, first in firsts.items() if first is None], np.int64)

    def after(self, written: Derivation, token: int) -> Derivation | None:
        """An answer with a token after it; None where its grammar does not allow that."""
        if token in self._ends:
            return written if written.may_end else None
        return written.after(self._pieces[token]) if self._pieces[token] else None

    def candidates(self, written: Derivation) -> Tokens:
        """All tokens whose first character is allowed, or is not whole; and those that end, where they may."""
        found = [self._fragments]
        if not written.begun:
            found += [self._beginning(low, high) for low, high in written.characters]
        if written.may_end:
            found.append(np.array(sorted(self._ends), np.int64))
        return np.concatenate(found)

    def _beginning(self, low: int, high: int) -> Tokens:
        begin, end = np.searchsorted(self._firsts, low), np.searchsorted(self._firsts, high, "right")
        return self._tokens[begin:end]


@lru_cache(maxsize=2)
def pieces_of(model: Spelling) -> Pieces:
    """A model's vocabulary, looked through when the first grammar asks for it: some tenths of a second for 100,000."""
    return Pieces(model)


def _first(piece: bytes) -> int | None:
    length = 1 + sum(piece[0] >= lead for lead in (0xC0, 0xE0, 0xF0))
    try:
        return ord(piece[:length].decode())
    except UnicodeDecodeError:
        return None


def _grammar(generate: Generation) -> Grammar | None:
    if generate.grammar is not None and generate.json_schema is not None:
        raise BadGrammar("an answer is bounded by a grammar or by a JSON schema, not by both")
    if generate.json_schema is not None:
        return grammar_from_schema(generate.json_schema)
    return None if generate.grammar is None else grammar_from_text(generate.grammar)


def _finite(values: Values) -> Values:
    """What is not a number is as unlikely as can be. Mostly there is nothing to do, which one look at the top tells."""
    if np.isfinite(values.max()):
        return values
    return np.nan_to_num(values.astype(np.float64), nan=-_FAR, posinf=_FAR, neginf=-_FAR)
