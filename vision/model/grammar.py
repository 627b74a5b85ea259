"""Grammars: what an answer may be, character by character, and how far one has got.

llama.cpp has this too. It is done anew because a grammar comes from outside, and llama.cpp's ends or hangs the process
on some that look harmless: bounds the wrong way round ("a"{5,2}), left recursion behind a rule that may be empty,
thousands of brackets, rules that reach one another in exponentially many ways. Here each of these meets a limit.
Text becomes a grammar in vision.model.gbnf, JSON schemas do in vision.model.schema.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from vision.errors import BadGrammar

Ranges = tuple[tuple[int, int], ...]  # of code points, both ends included, in order, apart from one another
LAST_CHARACTER = 0x10FFFF
_LEAST = {2: 0x80, 3: 0x800, 4: 0x10000}  # characters that are written in so many bytes begin here

_MAX_SYMBOLS = 100_000  # in one grammar, its repetitions written out
_MAX_WAYS = 10_000  # to go on from one place without a character between
_MAX_NODES = 200_000  # in all the stacks of one answer
_CHECK = 1_000_000  # steps through a new grammar: a second
_MOST_EFFORT, _EFFORT = 200_000, 20_000  # steps at once, and for each token of an answer: 0.2 s and 20 ms


@dataclass(frozen=True)
class Characters:
    """Exactly one character out of these."""

    ranges: Ranges


@dataclass(frozen=True)
class Chain:
    """One after the other; of none, the empty text."""

    items: tuple[Expression, ...]


@dataclass(frozen=True)
class Either:
    """One of these."""

    options: tuple[Expression, ...]


@dataclass(frozen=True)
class Repeat:
    """Again and again, from `least` to `most` times; without `most` for ever."""

    item: Expression
    least: int
    most: int | None


@dataclass(frozen=True)
class Rule:
    """What stands under this name."""

    name: str


Expression = Characters | Chain | Either | Repeat | Rule


def literal(text: str) -> Chain:
    """Exactly this text."""
    return Chain(tuple(Characters(((ord(character), ord(character)),)) for character in text))


def optional(item: Expression) -> Repeat:
    """This or nothing."""
    return Repeat(item, 0, 1)


def merged(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Ranges in order, those that touch as one."""
    found: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        else:
            found.append((low, high))
    return tuple(found)


def all_but(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Every character that is not in these."""
    rest, begin = [], 0
    for low, high in merged(ranges):
        if low > begin:
            rest.append((begin, low - 1))
        begin = high + 1
    return (*rest, (begin, LAST_CHARACTER)) if begin <= LAST_CHARACTER else tuple(rest)


_Symbol = Ranges | int | None  # characters, a rule by its number, or the end of an alternative


class Grammar:
    """Rules made ready to be followed. Raises BadGrammar where one is missing, recurs to the left, or is too large.

    The rules are flattened: `symbols` holds all alternatives one after another, each with None at its end, and `starts`
    where each rule's alternatives begin. The answer is what stands under "root", after a space or not: that is how many
    models begin, and the space is never told.
    """

    def __init__(self, rules: Mapping[str, Expression]) -> None:
        self.symbols: list[_Symbol] = []
        self.starts: list[list[int]] = []
        self._numbers = {name: self._number() for name in rules}
        if "root" not in self._numbers:
            raise BadGrammar("the grammar has no rule named root")
        for name, number in self._numbers.items():
            self._define(number, rules[name])
        self.answer = self._number()
        self._define(self.answer, Chain((optional(literal(" ")), Rule("root"))))
        self._check()

    def begin(self) -> Derivation:
        """An answer of which nothing is written yet."""
        stacks = Stacks(self)
        return Derivation(stacks, stacks.into(self.answer), b"")

    def _number(self) -> int:
        self.starts.append([])
        return len(self.starts) - 1

    def _define(self, number: int, expression: Expression) -> int:
        options = expression.options if isinstance(expression, Either) else (expression,)
        self._add(number, [self._written(option) for option in options])
        return number

    def _add(self, number: int, alternatives: Sequence[Sequence[_Symbol]]) -> None:
        for alternative in alternatives:
            self.starts[number].append(len(self.symbols))
            self.symbols += [*alternative, None]
        if len(self.symbols) > _MAX_SYMBOLS:
            raise BadGrammar("the grammar is too large with its repetitions written out")

    def _written(self, expression: Expression) -> list[_Symbol]:
        match expression:
            case Characters(ranges):
                return [ranges]
            case Rule(name):
                if name not in self._numbers:
                    raise BadGrammar("the grammar names a rule that it does not have")
                return [self._numbers[name]]
            case Chain(items):
                return [symbol for item in items for symbol in self._written(item)]
            case Repeat(item, least, most):
                return self._repeated(self._one(item), least, most)
            case Either():
                return [self._define(self._number(), expression)]

    def _one(self, item: Expression) -> _Symbol:
        return item.ranges if isinstance(item, Characters) else self._written(Either((item,)))[0]

    def _repeated(self, symbol: _Symbol, least: int, most: int | None) -> list[_Symbol]:
        """Each further time is a rule of its own within the one before, so that there is one way through them."""
        if max(least, most or 0) > _MAX_SYMBOLS or (most is not None and most < least):
            raise BadGrammar("a repetition in the grammar is too long, or ends before it begins")
        more: list[_Symbol] = []
        if most is None:
            number = self._number()
            self._add(number, [[symbol, number], []])
            more = [number]
        for _ in range(0 if most is None else most - least):
            number = self._number()
            self._add(number, [[symbol, *more], []])
            more = [number]
        return [*[symbol] * least, *more]

    def _check(self) -> None:
        """Every rule must lead to a character or an end in a bounded number of ways: left recursion does not."""
        stacks = Stacks(self, _CHECK)
        for number in range(len(self.starts)):
            if not stacks.into(number):
                raise BadGrammar("a rule of the grammar is nothing but itself")


class Stacks:
    """What is still to come, as stacks of places in the grammar that share their lower parts.

    A place is an index of Grammar.symbols. A stack is the number of its uppermost node, and 0 is the empty one: the
    text may end. Stacks are equal where their numbers are, so that ways which lead to the same are followed once.
    """

    def __init__(self, grammar: Grammar, effort: int = _MOST_EFFORT) -> None:
        self._symbols, self._starts = grammar.symbols, grammar.starts
        self._nodes: list[tuple[int, int]] = [(-1, -1)]  # a place and the stack below it
        self._numbers: dict[tuple[int, int], int] = {}
        self._ways: dict[int, frozenset[int]] = {}
        self._effort = effort

    def rest(self) -> None:
        """Another token is to be found: what was spent on earlier ones comes back bit by bit."""
        self._effort = min(self._effort + _EFFORT, _MOST_EFFORT)

    def into(self, rule: int) -> frozenset[int]:
        """The ways to begin a rule with nothing after it."""
        return frozenset().union(*(self._closure(self._push(start, 0)) for start in self._starts[rule]))

    def characters(self, stack: int) -> Ranges:
        """What may come next on a stack that is not empty."""
        return self._symbols[self._nodes[stack][0]]  # type: ignore[return-value]  # only such are ways

    def after(self, stacks: Iterable[int], character: int) -> frozenset[int]:
        """The ways to go on after a character; none where it may not come."""
        return frozenset().union(*(self._beyond(stack) for stack in stacks if self._fits(stack, character)))

    def _fits(self, stack: int, character: int) -> bool:
        self._spend(1)
        return stack != 0 and any(low <= character <= high for low, high in self.characters(stack))

    def _beyond(self, stack: int) -> frozenset[int]:
        place, below = self._nodes[stack]
        return self._closure(self._push(place + 1, below))

    def _push(self, place: int, below: int) -> int:
        """A place on top of a stack; the end of an alternative needs no place."""
        if self._symbols[place] is None:
            return below
        if (place, below) not in self._numbers:
            if len(self._nodes) > _MAX_NODES:
                raise BadGrammar("the grammar is too deep or too ambiguous to be followed")
            self._numbers[place, below] = len(self._nodes)
            self._nodes.append((place, below))
        return self._numbers[place, below]

    def _closure(self, stack: int) -> frozenset[int]:
        """The stacks with a character on top that a stack leads to, and the empty one where it does."""
        if stack not in self._ways:
            self._ways[stack] = frozenset(self._search(stack))
        return self._ways[stack]

    def _search(self, stack: int) -> Iterable[int]:
        waiting, seen = [stack], {stack}
        while waiting:
            place, below = self._nodes[current := waiting.pop()]
            symbol = self._symbols[place] if current else ()
            self._spend(len(self._starts[symbol]) if isinstance(symbol, int) else 1)
            if not isinstance(symbol, int):
                yield current
                continue
            rest = self._push(place + 1, below)
            found = {self._push(start, rest) for start in self._starts[symbol]} - seen
            waiting += found
            seen |= found
            if len(seen) > _MAX_WAYS:
                raise BadGrammar("a rule of the grammar recurs to the left or goes on in too many ways")

    def _spend(self, steps: int) -> None:
        self._effort -= steps
        if self._effort < 0:
            raise BadGrammar("the grammar has too many ways to be followed")


@dataclass(frozen=True)
class Derivation:
    """How far an answer has got: the ways to go on, and the bytes of a character that is not whole yet."""

    stacks: Stacks
    ways: frozenset[int]
    begun: bytes

    @property
    def may_end(self) -> bool:
        """Whether the answer is whole as it stands."""
        return 0 in self.ways and not self.begun

    @property
    def characters(self) -> Ranges:
        """What the next character may be."""
        return merged(pair for way in self.ways if way for pair in self.stacks.characters(way))

    def after(self, piece: bytes) -> Derivation | None:
        """The answer with these bytes after it; None where the grammar does not allow them."""
        decoder = codecs.getincrementaldecoder("utf-8")("strict")
        try:
            text = decoder.decode(self.begun + piece)
        except UnicodeDecodeError:
            return None
        ways = self.ways
        for character in text:
            if not (ways := self.stacks.after(ways, ord(character))):
                return None
        further = Derivation(self.stacks, ways, decoder.getstate()[0])
        return further if not further.begun or further._can_be_whole() else None

    def _can_be_whole(self) -> bool:
        """Whether a character that begins with these bytes is allowed."""
        length = 2 + (self.begun[0] >= 0xE0) + (self.begun[0] >= 0xF0)
        bits = self.begun[0] & (0x7F >> length)
        for byte in self.begun[1:]:
            bits = bits << 6 | byte & 0x3F
        missing = 6 * (length - len(self.begun))
        low, high = max(bits << missing, _LEAST[length]), (bits + 1 << missing) - 1
        return any(first <= high and low <= last for first, last in self.characters)
