"""Rules by which the Bot API misbehaves on purpose."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, cast, get_args

from sandbox.errors import PageError

What = Literal["delay", "status", "page", "drop_before", "drop_after", "delay_after", "repeat", "renumber"]
_WHATS = frozenset(get_args(What))
_MOST_RULES = 100


@dataclass(slots=True)
class Rule:
    """One rule and how often it was used; `times` None means without end."""

    method: str
    what: What
    seconds: float = 0.0
    status: int = 500
    retry_after: int | None = None
    description: str | None = None
    migrate_to_chat_id: int | None = None
    times: int | None = None
    probability: float = 1.0
    used: int = 0

    def fits(self, method: str) -> bool:
        return self.method in {"*", method} and (self.times is None or self.used < self.times)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class Misbehaviour:
    """The rules in their order; delays add up, of the others the first that fits counts."""

    def __init__(self, seed: int = 0) -> None:
        self.rules: list[Rule] = []
        self.dice = random.Random(seed)  # noqa: S311 - for tests

    def replace(self, rules: Iterable[Rule]) -> None:
        self.rules = list(rules)

    def apply(self, method: str) -> tuple[float, Rule | None]:
        """How long to delay a call of a method (its name in lower case), and the rule that spoils it."""
        delay = 0.0
        for rule in self.rules:
            if not rule.fits(method) or self.dice.random() >= rule.probability:
                continue
            rule.used += 1
            if rule.what != "delay":
                return delay, rule
            delay += rule.seconds
        return delay, None


def read_rules(found: Any) -> list[Rule]:
    """Rules from decoded JSON; PageError when they make no sense."""
    if not isinstance(found, list) or len(found) > _MOST_RULES:
        raise PageError(f'"rules" must be a list of at most {_MOST_RULES} rules')
    return [_read_rule(one) for one in found]


def _read_rule(found: Any) -> Rule:
    if not isinstance(found, Mapping):
        raise PageError("a rule must be an object")
    method, what = found.get("method", "*"), found.get("what")
    if not isinstance(method, str) or not isinstance(what, str) or what not in _WHATS:
        raise PageError(f'a rule has a "method" and a "what" of {", ".join(sorted(_WHATS))}')
    return Rule(
        method=method.lower(),
        what=cast("What", what),
        seconds=_number(found, "seconds", 0, 600, 0),
        status=int(_number(found, "status", 400, 599, 500)),
        retry_after=_optional_count(found, "retry_after"),
        description=_optional_text(found, "description"),
        migrate_to_chat_id=_optional_count(found, "migrate_to_chat_id", low=-(10**16)),
        times=_optional_count(found, "times"),
        probability=_number(found, "probability", 0, 1, 1),
    )


def _number(found: Mapping[str, Any], name: str, low: float, high: float, default: float) -> float:
    value = found.get(name, default)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PageError(f'"{name}" must be a number')
    if not low <= value <= high:
        raise PageError(f'"{name}" must lie between {low} and {high}')
    return value


def _optional_count(found: Mapping[str, Any], name: str, low: int = 0) -> int | None:
    return None if found.get(name) is None else int(_number(found, name, low, 10**9, 0))


def _optional_text(found: Mapping[str, Any], name: str) -> str | None:
    value = found.get(name)
    if value is not None and not isinstance(value, str):
        raise PageError(f'"{name}" must be a text')
    return value
