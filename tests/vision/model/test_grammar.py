"""Grammars allow what llama.cpp's allow, schemas only what fulfils them, and no text of either can do harm."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vision.errors import BadGrammar
from vision.model.gbnf import grammar_from_text
from vision.model.grammar import Grammar
from vision.model.schema import grammar_from_schema


def allows(grammar: Grammar, text: str | bytes) -> bool:
    """Whether a text is one of the grammar's, taken in byte by byte."""
    written = grammar.begin()
    for byte in text.encode() if isinstance(text, str) else text:
        following = written.after(bytes([byte]))
        if following is None:
            return False
        written = following
    return written.may_end


CASES: list[tuple[str, list[str], list[str]]] = [
    ('root ::= "yes" | "no"', ["yes", "no", " yes"], ["", "ye", "yess", "  no", "YES"]),
    ("root ::= [a-c]{2,3}", ["ab", "abc"], ["a", "abca", "ad"]),
    ("root ::= [a-c]{2}", ["ab"], ["a", "abc"]),
    ('root ::= "x"{0,2}', ["", "x", "xx"], ["xxx"]),
    ('root ::= "x"{2,}', ["xx", "xxxxxx"], ["x"]),
    ('root ::= "x"{0}', [""], ["x"]),
    ('root ::= ("a" "b"?)+', ["a", "ab", "aab", "abab"], ["", "b", "abb"]),
    ("root ::= [^a-c\\n]", ["d", "一", "🙂"], ["a", "\n", ""]),
    ("root ::= .", ["a", "\n", "🙂"], ["", "ab"]),
    ('root ::= "\\x41\\u4e00\\U0001f642\\"\\\\"', ['A一🙂"\\'], ["A一🙂"]),
    ("root ::= [a\\-z\\]-]", ["a", "-", "z", "]"], ["b", "\\"]),
    ("root ::= [-a]", ["-", "a"], ["b"]),
    ('# a comment\nroot ::= item\n  ("," item)* # more\nitem ::= "是" |\n "否"', ["是", "是,否"], ["是,", ","]),
    ('root ::= "(" root ")" | "x"', ["x", "((x))"], ["(x", "x)"]),
    ('root ::= (" "*)* "x"', ["x", "    x"], [" "]),
    ('root ::= word (" " word)*\nword ::= [a-z]+', ["a", "ab cd e"], ["a  b", "a "]),
    ('root ::= ([a-z] | "=" | [!-~])*', ["", "=" * 200], ["=" * 200 + "\n"]),
]


@pytest.mark.parametrize(("text", "inside", "outside"), CASES)
def test_a_grammar_allows_its_texts_and_no_others(text: str, inside: list[str], outside: list[str]) -> None:
    grammar = grammar_from_text(text)
    assert [one for one in inside if not allows(grammar, one)] == []
    assert [one for one in outside if allows(grammar, one)] == []


def test_a_character_in_bytes_is_followed_only_where_it_can_become_an_allowed_one() -> None:
    written = grammar_from_text("root ::= [一-三n]").begin()
    assert written.after("一".encode()[:1]) is not None
    for hopeless in (b"\xf0", b"\xc3", b"\xff", b"\x80", "九".encode()[:2]):
        assert written.after(hopeless) is None


def exponential() -> str:
    links = "\n".join(f"r{n} ::= r{n + 1} | r{n + 1}" for n in range(60))
    return f'root ::= r0\n{links}\nr60 ::= "a"'


HOSTILE = {
    "nothing": "",
    "no root": 'x ::= "a"',
    "no such rule": "root ::= foo",
    "itself": "root ::= root",
    "left recursion": 'root ::= root "a" | "b"',
    "left recursion behind a rule that may be empty": 'root ::= a root "x" | "y"\na ::= b\nb ::= "" | "c"',
    "left recursion out of the root's reach": 'root ::= "a"\nx ::= x "b" | "c"',
    "bounds the wrong way round": 'root ::= "a"{5,2}',
    "most is zero": 'root ::= "a"{5,0}',
    "very many times": 'root ::= "a"{0,100000}',
    "more than a number holds": 'root ::= "a"{99999999999999999999999}',
    "times times": 'root ::= ((("a"{999}){999}){999}){999} "' + "b" * 90_000 + '"',
    "a long text many times": 'root ::= "' + "a" * 1000 + '"' + "{0,999}",
    "deep brackets": "root ::= " + "(" * 40_000 + '"a"' + ")" * 40_000,
    "very long": 'root ::= "' + "a" * 200_000 + '"',
    "rules that lead to all others": "root ::= r0\n"
    + "\n".join(f"r{n} ::= [a] | {' | '.join(f'r{m}' for m in range(n + 1, 61))}" for n in range(60))
    + "\nr60 ::= [b]",
    "very many rules that lead to very many": "\n".join(f"r{n} ::= r{n + 1} | [a]" for n in range(4000))
    + "\nr4000 ::= [b]\nroot ::= r0",
    "an open bracket": 'root ::= ("a"',
    "an open text": 'root ::= "a',
    "an open class": "root ::= [a",
    "an empty class": "root ::= []",
    "a range the wrong way round": "root ::= [z-a]",
    "no such escape": 'root ::= "\\q"',
    "no such character": 'root ::= "\\U00110000"',
    "a token": "root ::= <[1]>",
    "a repetition of nothing": "root ::= *",
    "a rule twice": 'root ::= "a"\nroot ::= "b"',
    "a zero": 'root ::= "a"\0',
    "something else": "SELECT 1;",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_wrong_grammar_is_one_clear_error_and_no_hang(name: str) -> None:
    if name in {"times times", "a long text many times"}:
        grammar_from_text(HOSTILE[name])  # large, but not too large
    else:
        with pytest.raises(BadGrammar):
            grammar_from_text(HOSTILE[name])


def test_rules_that_reach_one_another_in_countless_ways_are_followed_once() -> None:
    assert allows(grammar_from_text(exponential()), "a")
    ambiguous = grammar_from_text("root ::= (" + " | ".join(["[a-z]"] * 8) + ')* "!"')
    assert allows(ambiguous, "a" * 500 + "!")


def test_what_cannot_be_followed_is_an_error_and_no_hang() -> None:
    written = grammar_from_text("root ::= " + "[a-z]? " * 2000 + '"!"').begin()
    with pytest.raises(BadGrammar):
        written.after(b"a" * 3000)


@given(st.text(alphabet=st.sampled_from('root:=|()[]{}*+?.,019"\\ \n#-^xa'), max_size=60))
@example('root ::= "a"')
def test_no_text_does_harm_as_a_grammar(text: str) -> None:
    for grammar in (text, "root ::= " + text):
        try:
            written = grammar_from_text(grammar).begin()
        except BadGrammar:
            continue
        assert written.characters or written.may_end or written.ways


# ---- JSON schemas ----

RECORD = {
    "type": "object",
    "title": "What is seen",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 3},
        "count": {"type": "integer", "minimum": 0, "maximum": 12},
        "kind": {"enum": ['a "q"\n', "红", 1.5, None]},
        "tags": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 2},
        "sure": {"type": "boolean"},
    },
    "required": ["name", "kind"],
    "additionalProperties": False,
}
TREE = {
    "$ref": "#/$defs/tree",
    "$defs": {"tree": {"type": "object", "properties": {"of": {"type": "array", "items": {"$ref": "#/$defs/tree"}}}}},
}
SCHEMAS: list[tuple[Mapping[str, Any], list[str], list[str]]] = [
    (
        RECORD,
        [
            '{"name": "abc", "kind": "红"}',
            '{"name":"é","count":12,"kind":"a \\"q\\"\\n","tags":["",""],"sure":true}',
            '{"name":"\\n","kind":null, "sure": false}',
        ],
        [
            "{}",
            '{"name": "abcd", "kind": 1.5}',
            '{"name": "", "kind": 1.5}',
            '{"name":"a","count":13,"kind":1.5}',
            '{"name":"a","kind":1.5,"tags":[]}',
            '{"name":"a","kind":1.5,}',
            '{"kind":1.5,"name":"a"}',
            '{"name":"\n","kind":1.5}',
        ],
    ),
    (TREE, ["{}", '{"of":[]}', '{"of": [{}, {"of":[{}]}]}'], ['{"of":{}}', "[]"]),
    ({"type": "integer"}, ["0", "-12"], ["01", "1.0", ""]),
    ({"type": "integer", "minimum": 0}, ["0", "7"], ["-1"]),
    ({"type": "integer", "exclusiveMinimum": 0}, ["1", "70"], ["0", "-1"]),
    ({"type": "integer", "minimum": -2, "exclusiveMaximum": 2}, ["-2", "1"], ["-3", "2"]),
    ({"type": "number"}, ["0", "-1.25"], [".5", "1."]),
    ({"type": ["string", "null"], "maxLength": 1}, ["null", '""', '"一"'], ['"ab"', "1"]),
    ({"anyOf": [{"const": "a"}, {"type": "boolean"}]}, ['"a"', "true"], ['"b"', "a"]),
    ({"type": "array", "prefixItems": [{"type": "null"}, {"type": "boolean"}]}, ["[null,true]"], ["[null]", "[]"]),
    ({"type": "array", "maxItems": 0}, ["[]"], ["[1]"]),
    ({"type": "object"}, ["{}", '{"a": [1, {"b": null}]}'], ['{"a"}', "{1:2}"]),
    ({"additionalProperties": {"type": "null"}}, ["{}", '{"a":null, "b":null}'], ['{"a":1}']),
    ({}, ["1", '"a"', "[[], {}]", "true"], ["tru", "[1,]"]),
]


@pytest.mark.parametrize(("schema", "inside", "outside"), SCHEMAS)
def test_a_schema_allows_what_fulfils_it(schema: Mapping[str, Any], inside: list[str], outside: list[str]) -> None:
    grammar = grammar_from_schema(schema)
    assert [one for one in inside if not allows(grammar, one)] == []
    assert [one for one in outside if allows(grammar, one)] == []


def deep(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "null"}
    for _ in range(levels):
        schema = {"type": "array", "items": schema}
    return schema


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "pattern": "^a+$"},
        {"type": "string", "format": "date"},
        {"type": "array", "uniqueItems": True},
        {"type": "number", "maximum": 1},
        {"type": "integer", "minimum": 5},
        {"type": "integer", "minimum": 0, "maximum": 10**9},
        {"type": "integer", "minimum": 3, "maximum": 2},
        {"type": "string", "maxLength": 10**9},
        {"type": "string", "minLength": 3, "maxLength": 2},
        {"type": "string", "maxLength": -1},
        {"type": "string", "maxLength": "4"},
        {"type": "array", "items": False, "minItems": 1},
        {"type": "array", "prefixItems": [{}], "minItems": 2},
        {"type": "thing"},
        {"type": []},
        {"type": 5},
        {"enum": []},
        {"enum": "abc"},
        {"enum": [1], "type": "string"},
        {"const": float("nan")},
        {"not": {}},
        {"allOf": [{"type": "string"}]},
        {"anyOf": []},
        {"anyOf": [{"type": "null"}], "properties": {}},
        {"$ref": "https://example.org/schema"},
        {"$ref": "#/$defs/none"},
        {"$ref": "#"},
        {"$ref": 5},
        {"type": "object", "properties": {"a": False}},
        {"type": "object", "properties": []},
        {"type": "object", "required": ["a"]},
        {"type": "object", "properties": {"a": {}}, "required": "a"},
        {"type": "object", "properties": {"a": {}}, "required": [["a"]]},
        {"properties": {"a": {}}, "minProperties": 1},
        {"type": "string", "enum": ["a"], "maxLength": 1},
        deep(40),
        {"enum": ["x" * 200_000]},
        {"const": object()},
    ],
)
def test_a_schema_that_cannot_be_kept_is_refused(schema: Mapping[str, Any]) -> None:
    with pytest.raises(BadGrammar):
        grammar_from_schema(schema)


def test_a_schema_of_thousands_of_levels_is_refused() -> None:
    with pytest.raises(BadGrammar):
        grammar_from_schema(deep(4000))


def test_properties_in_any_number_take_no_more_than_a_step_each() -> None:
    schema = {"properties": {f"p{n}": {"type": "boolean"} for n in range(300)}}
    grammar = grammar_from_schema(schema)
    assert allows(grammar, json.dumps({"p7": True, "p298": False}))
    assert not allows(grammar, json.dumps({"p8": True, "p7": False}))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9999, 9999) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


@given(JSON)
def test_all_json_is_within_the_schema_of_anything(value: Any) -> None:
    told = json.dumps(value, ensure_ascii=False)
    assert allows(grammar_from_schema({}), told) == ("\\u" not in told)
    assert allows(grammar_from_schema({"const": value}), told)


KEYWORDS = (
    "type",
    "properties",
    "required",
    "items",
    "enum",
    "const",
    "anyOf",
    "minLength",
    "maxItems",
    "$ref",
    "minimum",
)
ODD = st.recursive(
    JSON | st.sampled_from(["object", "array", "string", "integer", "#", "#/properties/a"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KEYWORDS), inner, max_size=3),
)


@given(st.dictionaries(st.sampled_from(KEYWORDS), ODD, max_size=4))
def test_no_json_does_harm_as_a_schema(schema: dict[str, Any]) -> None:
    try:
        written = grammar_from_schema(schema).begin()
    except BadGrammar:
        return
    assert written.ways
