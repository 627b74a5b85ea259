"""JSON schemas as grammars: whatever the grammar lets through fulfils the schema.

A keyword whose meaning is not kept is refused and never passed over. `oneOf` is read as `anyOf`; properties are written
in the schema's order, and none beside those it names; JSON is written on one line. The bindings' own converter is not
used: it lets through line breaks within strings, loses escapes in constants, and passes over bounds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from vision.errors import BadGrammar
from vision.model.grammar import (
    Chain,
    Characters,
    Either,
    Expression,
    Grammar,
    Repeat,
    Rule,
    all_but,
    literal,
    optional,
)

_MAX_DEPTH = 32
_MAX_BYTES = 100_000
_MAX_DIGITS = 15  # what a double holds without loss
_MAX_SPAN = 2_000  # whole numbers between two bounds: they are written out

_NOTES = {"title", "description", "default", "examples", "$schema", "$id", "$comment", "$defs", "definitions"}
_NOTES |= {"deprecated", "readOnly", "writeOnly"}
_TYPES = ("object", "array", "string", "integer", "number", "boolean", "null")

_DIGIT = Characters(((48, 57),))
_POSITIVE = Chain((Characters(((49, 57),)), Repeat(_DIGIT, 0, _MAX_DIGITS - 1)))
_WHOLE = Either((literal("0"), _POSITIVE))
_FRACTION = optional(Chain((literal("."), Repeat(_DIGIT, 1, _MAX_DIGITS))))
_MINUS = optional(literal("-"))
_CHARACTER = Either(
    (
        Characters(all_but([(0, 0x1F), (ord('"'), ord('"')), (ord("\\"), ord("\\")), (0xD800, 0xDFFF)])),
        Chain((literal("\\"), Characters(tuple((ord(c), ord(c)) for c in sorted('"\\/bfnrt'))))),
    )
)
_COMMA = Chain((literal(","), optional(literal(" "))))
_COLON = Chain((literal(":"), optional(literal(" "))))


def grammar_from_schema(schema: Mapping[str, Any]) -> Grammar:
    """The grammar of all JSON texts that fulfil a schema, or of enough of them. Raises BadGrammar."""
    try:
        text = json.dumps(schema, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadGrammar("the JSON schema is not JSON") from error
    if len(text) > _MAX_BYTES:
        raise BadGrammar(f"the JSON schema has more than {_MAX_BYTES} bytes")
    return _from_text(text)


@lru_cache(maxsize=16)
def _from_text(text: str) -> Grammar:
    return Grammar(_Converter(json.loads(text)).rules())


class _Converter:
    """Turns a schema into rules: one for each $ref in it, and those of free JSON where they are needed."""

    def __init__(self, schema: Any) -> None:
        self._schema = schema
        self._rules: dict[str, Expression] = {}
        self._open: list[str] = []
        self._depth = 0

    def rules(self) -> dict[str, Expression]:
        rules = {"root": self._value(self._schema)}
        while self._open:
            name = self._open.pop()
            self._rules[name] = self._value(self._target(name))
        return rules | self._rules

    def _value(self, schema: Any) -> Expression:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise BadGrammar(f"the JSON schema has more than {_MAX_DEPTH} levels")
        if schema is True:
            schema = {}
        if not isinstance(schema, dict):
            raise BadGrammar("a part of the JSON schema is not an object")
        found = self._fulfilling(schema)
        self._depth -= 1
        return found

    def _fulfilling(self, schema: dict[str, Any]) -> Expression:
        for keyword, read in _READ.items():
            if keyword in schema:
                _only(schema, {keyword, "type"} if keyword in {"enum", "const"} else {keyword})
                return read(self, schema)
        names = _types(schema) or _implied(schema)
        _only(schema, {"type"}.union(*(_KEYWORDS[name] for name in names)))
        return _any_of([_READ_TYPE[name](self, schema) for name in dict.fromkeys(names)])

    # ---- what stands for a whole value ----

    def reference(self, schema: dict[str, Any]) -> Expression:
        name = schema["$ref"]
        if not isinstance(name, str) or not (name == "#" or name.startswith("#/")):
            raise BadGrammar("a $ref leads out of the JSON schema")
        if name not in self._rules:
            self._rules[name] = Chain(())
            self._open.append(name)
        return Rule(name)

    def _target(self, name: str) -> Any:
        found = self._schema
        for step in (part.replace("~1", "/").replace("~0", "~") for part in name.split("/")[1:]):
            if not isinstance(found, dict) or step not in found:
                raise BadGrammar("a $ref leads nowhere in the JSON schema")
            found = found[step]
        return found

    def alternatives(self, schema: dict[str, Any]) -> Expression:
        options = schema.get("anyOf", schema.get("oneOf"))
        return _any_of([self._value(option) for option in _list(options)])

    def constant(self, schema: dict[str, Any]) -> Expression:
        values = _list(schema["enum"]) if "enum" in schema else [schema["const"]]
        names = _types(schema)
        if names and not all(any(_is(value, name) for name in names) for value in values):
            raise BadGrammar("the JSON schema has a constant that is not of its type")
        return _any_of([literal(json.dumps(value, ensure_ascii=False)) for value in values])

    # ---- types ----

    def object(self, schema: dict[str, Any]) -> Expression:
        properties, required = schema.get("properties", {}), schema.get("required", [])
        if not isinstance(properties, dict) or not isinstance(required, list):
            raise BadGrammar("an object in the JSON schema has something else for its properties")
        if not all(isinstance(name, str) and name in properties for name in required):
            raise BadGrammar("an object in the JSON schema requires what is none of its properties")
        if not properties:
            return self._map(schema.get("additionalProperties", True))
        members = {name: self._member(literal(_quoted(name)), value) for name, value in properties.items()}
        return Chain((literal("{"), self._members(members, set(required)), literal("}")))

    def _members(self, members: Mapping[str, Expression], required: set[str]) -> Expression:
        """Members in their order, commas between, those left out that are not required.

        From the last to the first: what may follow where a member stands before it, and where none does. Each is a rule
        of its own, for it is needed twice.
        """
        after: Expression = Chain(())
        alone: Expression = Chain(())
        for name, member in reversed(list(members.items())):
            first, further = Chain((member, after)), Chain((_COMMA, member, after))
            if name in required:
                alone, after = self._named(first), self._named(further)
            else:
                alone, after = self._named(Either((first, alone))), self._named(Either((further, after)))
        return alone

    def _named(self, expression: Expression) -> Rule:
        name = f"part {len(self._rules)}"
        self._rules[name] = expression
        return Rule(name)

    def _member(self, name: Expression, value: Any) -> Expression:
        return Chain((name, _COLON, self._value(value)))

    def _map(self, value: Any) -> Expression:
        """Names are not watched: one may come twice."""
        if value is False:
            return literal("{}")
        member = (
            self._member(_string({}), value) if value is not True else Chain((_string({}), _COLON, self._anything()))
        )
        return Chain((literal("{"), _listed(member, 0, None), literal("}")))

    def array(self, schema: dict[str, Any]) -> Expression:
        items = schema.get("items", True)
        least, most = _bounds(schema if items is not False else {"maxItems": 0} | schema, "minItems", "maxItems")
        if "prefixItems" in schema:
            return self._tuple(_list(schema["prefixItems"]), schema, least, most)
        item = self._anything() if isinstance(items, bool) else self._value(items)
        return Chain((literal("["), _listed(item, least, most), literal("]")))

    def _tuple(self, items: Sequence[Any], schema: dict[str, Any], least: int, most: int | None) -> Expression:
        if schema.get("items", False) is not False or least > len(items) or (most is not None and most < len(items)):
            raise BadGrammar("an array in the JSON schema may hold more or less than its prefixItems")
        chain = [part for item in items for part in (_COMMA, self._value(item))]
        return Chain((literal("["), *chain[1:], literal("]")))

    def _anything(self) -> Expression:
        """Any JSON: rules that are added when they are first needed."""
        if "any" not in self._rules:
            self._rules["any"] = Chain(())
            self._rules["any"] = _any_of([read(self, {}) for read in _READ_TYPE.values()])
        return Rule("any")


_KEYWORDS = {
    "object": {"properties", "required", "additionalProperties"},
    "array": {"items", "prefixItems", "minItems", "maxItems"},
    "string": {"minLength", "maxLength"},
    "integer": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"},
    "number": {"minimum"},
    "boolean": set(),
    "null": set(),
}


def _only(schema: dict[str, Any], known: set[str]) -> None:
    if strange := sorted(set(schema) - known - _NOTES):
        raise BadGrammar(f"the keyword {strange[0][:40]!r} of JSON schemas is not supported here")


def _types(schema: dict[str, Any]) -> list[str]:
    """The types that a schema names; none where it names none."""
    types = schema.get("type", [])
    names = [types] if isinstance(types, str) else types
    if not isinstance(names, list) or not all(name in _TYPES for name in names) or ("type" in schema and not names):
        raise BadGrammar("the JSON schema has a type that JSON does not have")
    return names


def _implied(schema: dict[str, Any]) -> Sequence[str]:
    """Without a type a schema speaks of all; with keywords of one type only, that one is meant."""
    told = [name for name, keywords in _KEYWORDS.items() if keywords & set(schema)]
    return told[:1] or _TYPES


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise BadGrammar("the JSON schema has something else where a list belongs")
    return value


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _any_of(options: Sequence[Expression]) -> Expression:
    return options[0] if len(options) == 1 else Either(tuple(options))


def _is(value: Any, name: str) -> bool:
    kinds: dict[str, Any] = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
    if name in {"integer", "number"}:
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        return not isinstance(value, bool) and (whole or (name == "number" and isinstance(value, float)))
    return isinstance(value, kinds.get(name, ()))


def _bounds(schema: dict[str, Any], lower: str, upper: str) -> tuple[int, int | None]:
    least, most = schema.get(lower, 0), schema.get(upper)
    if not _is(least, "integer") or least < 0 or (most is not None and (not _is(most, "integer") or most < least)):
        raise BadGrammar(f"{lower} and {upper} of the JSON schema are no bounds")
    return int(least), most if most is None else int(most)


def _listed(item: Expression, least: int, most: int | None) -> Expression:
    """Items with commas between."""
    if most == 0:
        return Chain(())
    more = Repeat(Chain((_COMMA, item)), max(least - 1, 0), most if most is None else most - 1)
    some = Chain((item, more))
    return some if least else optional(some)


def _string(schema: dict[str, Any]) -> Expression:
    return Chain((literal('"'), Repeat(_CHARACTER, *_bounds(schema, "minLength", "maxLength")), literal('"')))


def _integer(schema: dict[str, Any]) -> Expression:
    """Between two bounds all numbers are written out; a lower bound alone may be 0 or 1."""
    low = max(_limits(schema, ("minimum", 0), ("exclusiveMinimum", 1)), default=None)
    high = min(_limits(schema, ("maximum", 0), ("exclusiveMaximum", -1)), default=None)
    if low is not None and high is not None and 0 <= high - low <= _MAX_SPAN:
        return _any_of([literal(str(number)) for number in range(low, high + 1)])
    if high is None and low in {None, 0, 1}:
        return Chain((_MINUS, _WHOLE)) if low is None else _POSITIVE if low else _WHOLE
    raise BadGrammar(f"an integer of a JSON schema is from 0 or 1 on, or has two bounds at most {_MAX_SPAN} apart")


def _limits(schema: dict[str, Any], *named: tuple[str, int]) -> list[int]:
    limits = [(schema[name], step) for name, step in named if name in schema]
    if not all(_is(limit, "integer") for limit, _ in limits):
        raise BadGrammar("a bound of an integer in the JSON schema is none itself")
    return [int(limit) + step for limit, step in limits]


def _number(schema: dict[str, Any]) -> Expression:
    least = schema.get("minimum")
    if least is not None and (least != 0 or isinstance(least, bool)):
        raise BadGrammar("a number of a JSON schema is bounded by a minimum of 0 or not at all")
    return Chain((_WHOLE, _FRACTION) if least is not None else (_MINUS, _WHOLE, _FRACTION))


_Read = Callable[[_Converter, dict[str, Any]], Expression]
_READ: dict[str, _Read] = {
    "$ref": _Converter.reference,
    "anyOf": _Converter.alternatives,
    "oneOf": _Converter.alternatives,
    "enum": _Converter.constant,
    "const": _Converter.constant,
}
_READ_TYPE: dict[str, _Read] = {
    "object": _Converter.object,
    "array": _Converter.array,
    "string": lambda _, schema: _string(schema),
    "integer": lambda _, schema: _integer(schema),
    "number": lambda _, schema: _number(schema),
    "boolean": lambda *_: Either((literal("true"), literal("false"))),
    "null": lambda *_: literal("null"),
}
