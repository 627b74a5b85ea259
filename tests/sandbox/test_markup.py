"""Texts with markup become plain texts with entities, or the error that Telegram gives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.errors import BadRequest
from sandbox.markup import format_text
from sandbox.markup.entity import utf16_length


def shown(text: str, parse_mode: str = "", given: object = None) -> tuple[str, list[str]]:
    """The text and its entities as "type:piece" or "type:piece=extra"."""
    formatted = format_text(text, parse_mode, given, {101: {"id": 101}})
    units = formatted.text.encode("utf-16-le")
    pieces = []
    for entity in formatted.entities:
        piece = units[2 * entity.offset : 2 * entity.end].decode("utf-16-le")
        extra = "".join(f"={value}" for value in entity.extra.values())
        pieces.append(f"{entity.type}:{piece}{extra}")
    return formatted.text, pieces


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("plain", "plain", []),
        ("<b>a</b> <i>b</i> <u>c</u> <s>d</s>", "a b c d", ["bold:a", "italic:b", "underline:c", "strikethrough:d"]),
        (
            "<strong>a</strong><em>b</em><ins>c</ins><del>d</del>",
            "abcd",
            ["bold:a", "italic:b", "underline:c", "strikethrough:d"],
        ),
        ("😀<b>😀é</b>", "😀😀é", ["bold:😀é"]),
        ("<b>a<i>b</i></b>", "ab", ["bold:ab", "italic:b"]),
        ("<B>a</>", "a", ["bold:a"]),
        ("a &lt;b&gt; &amp; &quot;c&#33;&#x21; &copy;", 'a <b> & "c!! &copy;', []),
        ("<tg-spoiler>a</tg-spoiler> <span class='tg-spoiler'>b</span>", "a b", ["spoiler:a", "spoiler:b"]),
        ('<a href="https://e.org/?a=1&amp;b=2">x</a>', "x", ["text_link:x=https://e.org/?a=1&b=2"]),
        ('<a href="tg://user?id=101">x</a>', "x", ["text_mention:x={'id': 101}"]),
        ('<a href="tg://user?id=999">x</a>', "x", []),
        ('<a href="javascript:alert(1)">x</a>', "x", []),
        ("<code>a &lt; b</code>", "a < b", ["code:a < b"]),
        ('<pre><code class="language-py">x = 1</code></pre>', "x = 1", ["pre:x = 1=py"]),
        ("<pre>x</pre>", "x", ["pre:x"]),
        (
            "<blockquote>a</blockquote>b<blockquote expandable>c</blockquote>",
            "abc",
            ["blockquote:a", "expandable_blockquote:c"],
        ),
        ("<b></b>a", "a", []),
        ("  <b>a </b> ", "a", ["bold:a"]),
    ],
)
def test_html_is_read(source: str, text: str, entities: list[str]) -> None:
    assert shown(source, "HTML") == (text, entities)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("é<b", "Unclosed start tag at byte offset 2"),
        ("<p>a</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("a<b", "Unclosed start tag at byte offset 1"),
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("<b>a</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("5 < 6 and 7 > 6", 'Unsupported start tag "" at byte offset 2'),
        ("<b =1>a</b>", 'Empty attribute name in the tag "b" at byte offset 0'),
        ("<b a=?>a</b>", "Unexpected end of name token at byte offset 5"),
        ("<b>a</b x", "Unclosed end tag at byte offset 4"),
    ],
)
def test_broken_html_is_refused_with_the_place(source: str, reason: str) -> None:
    with pytest.raises(BadRequest) as refused:
        format_text(source, "html")
    assert refused.value.description == f"Bad Request: can't parse entities: {reason}"


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("*a* _b_ __c__ ~d~ ||e||", "a b c d e", ["bold:a", "italic:b", "underline:c", "strikethrough:d", "spoiler:e"]),
        ("*a _b_*", "a b", ["bold:a b", "italic:b"]),
        (r"1\.5 \- \*x\*", "1.5 - *x*", []),
        ("`a*b` ```py\nx=1```", "a*b x=1", ["code:a*b", "pre:x=1=py"]),
        (r"`a\`b`", "a`b", ["code:a`b"]),
        ("[x](https://e.org/a_b)", "x", ["text_link:x=https://e.org/a_b"]),
        (r"[x](https://e.org/\)b)", "x", ["text_link:x=https://e.org/)b"]),
        ("[Ada](tg://user?id=101)", "Ada", ["text_mention:Ada={'id': 101}"]),
        ("![👍](tg://emoji?id=25)", "👍", ["custom_emoji:👍=25"]),
        (">a\n>b\nc", "a\nb\nc", ["blockquote:a\nb\n"]),
        (">a\n>b||", "a\nb", ["expandable_blockquote:a\nb"]),
        ("*中文😀* b", "中文😀 b", ["bold:中文😀"]),
        ("___a_**__", "a", ["italic:a", "underline:a"]),
    ],
)
def test_markdown_v2_is_read(source: str, text: str, entities: list[str]) -> None:
    got_text, got_entities = shown(source, "MarkdownV2")
    assert (got_text, sorted(got_entities)) == (text, sorted(entities))


@pytest.mark.parametrize("character", "]()>#+-=|{}.!")
def test_markdown_v2_reserves_characters(character: str) -> None:
    with pytest.raises(BadRequest) as refused:
        format_text(f"a{character}", "MarkdownV2")
    assert refused.value.reason == (
        f"can't parse entities: Character '{character}' is reserved and must be escaped with the preceding '\\'"
    )
    assert format_text(f"a\\{character}", "MarkdownV2").text == f"a{character}"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("é*a", "Can't find end of Bold entity at byte offset 2"),
        ("_a", "Can't find end of Italic entity at byte offset 0"),
        ("*a _b*", "Can't find end of Bold entity at byte offset 5"),
        ("```a", "Can't find end of Pre entity at byte offset 0"),
        ("[a](b", "Can't find end of a URL at byte offset 4"),
        ("![a]", "The entity must contain a tg://emoji or tg://time URL"),
        ("![a](http://e.org)", "Invalid tg://emoji or tg://time URL specified"),
        (">*a\nb*", "Can't find end of Bold entity at byte offset 1"),
    ],
)
def test_broken_markdown_v2_is_refused_with_the_place(source: str, reason: str) -> None:
    with pytest.raises(BadRequest) as refused:
        format_text(source, "markdownv2")
    assert refused.value.reason == f"can't parse entities: {reason}"


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("*a* _b_ `c`", "a b c", ["bold:a", "italic:b", "code:c"]),
        ("1.5 - (x)!", "1.5 - (x)!", []),
        (r"\*a\_", "*a_", []),
        ("*a_b*", "a_b", ["bold:a_b"]),
        ("[x](http://e.org) ```py\ny```", "x y", ["text_link:x=http://e.org/", "pre:y=py"]),
    ],
)
def test_the_old_markdown_is_read(source: str, text: str, entities: list[str]) -> None:
    assert shown(source, "Markdown") == (text, entities)


def test_the_old_markdown_wants_ends() -> None:
    with pytest.raises(BadRequest) as refused:
        format_text("snake_case", "Markdown")
    assert refused.value.reason == ("can't parse entities: Can't find end of the entity starting at byte offset 5")


def test_an_unknown_parse_mode_is_refused() -> None:
    with pytest.raises(BadRequest, match="unsupported parse_mode"):
        format_text("a", "rtf")


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("/start now", ["bot_command:/start"]),
        ("say /help@lookout_bot", ["bot_command:/help@lookout_bot"]),
        ("and/or a/b /", []),
        ("/watch有没有烟", []),
        ("/watch：烟", ["bot_command:/watch"]),
        ("hi @lookout_bot!", ["mention:@lookout_bot"]),
        ("@lookout_bot你好", []),
        ("a@b.org", ["email:a@b.org"]),
        ("see https://e.org/a?b=c.", ["url:https://e.org/a?b=c"]),
        ("看https://e.org/路。好", ["url:https://e.org/路"]),
        ("see e.org/x and python.de", ["url:e.org/x", "url:python.de"]),
        ("#smoke #烟 #1 $USD", ["hashtag:#smoke", "hashtag:#烟", "cashtag:$USD"]),
        ("version 1.5", []),
        ("😀 /watch", ["bot_command:/watch"]),
    ],
)
def test_entities_are_found(text: str, entities: list[str]) -> None:
    assert shown(text) == (text, entities)


def test_nothing_is_found_in_code_and_links() -> None:
    assert shown("<code>/start</code> <b>/stop</b>", "HTML")[1] == ["code:/start", "bot_command:/stop", "bold:/stop"]
    assert shown('<a href="http://a.org">b.org</a>', "HTML")[1] == ["text_link:b.org=http://a.org/"]


def test_given_entities_count_without_a_parse_mode() -> None:
    given = [{"type": "bold", "offset": 2, "length": 2}, {"type": "url", "offset": 0, "length": 1}]
    assert shown("😀ab", "", given) == ("😀ab", ["bold:ab"])
    assert shown("*ab*", "Markdown", given) == ("ab", ["bold:ab"])


def test_given_entities_move_with_what_is_cut() -> None:
    given = [{"type": "bold", "offset": 3, "length": 4}]
    assert shown(" \r ab  ", "", given) == ("ab", ["bold:ab"])
    assert shown("ab", "", [{"type": "bold", "offset": 0, "length": 99}]) == ("ab", ["bold:ab"])
    assert shown("ab", "", [{"type": "bold", "offset": 50, "length": 1}]) == ("ab", [])


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ([1], "can't parse MessageEntity: expected an Object"),
        ([{"type": "bold", "length": 1}], "can't parse MessageEntity: can't find field \"offset\""),
        ([{"type": "x", "offset": 0, "length": 1}], "can't parse MessageEntity: unsupported type specified"),
        ([{"type": "bold", "offset": -1, "length": 1}], "receive an entity with incorrect offset -1"),
        (
            [{"type": "bold", "offset": 1, "length": 1}],
            "entity begins in a middle of a UTF-16 symbol at byte offset 0",
        ),
    ],
)
def test_wrong_entities_are_refused(given: object, reason: str) -> None:
    with pytest.raises(BadRequest) as refused:
        format_text("😀a", "", given)
    assert refused.value.reason == reason


_TRICKY = st.lists(
    st.sampled_from([*"ab 😀é\n\r*_~|`[]()<>/&;!\\\"'=-.:#@", "<b>", "</b>", "||", "```", "tg://", "user?id=101"])
).map("".join)


@given(_TRICKY, st.sampled_from(["HTML", "MarkdownV2", "Markdown", ""]))
def test_any_text_is_read_or_refused(source: str, parse_mode: str) -> None:
    try:
        formatted = format_text(source, parse_mode)
    except BadRequest:
        return
    length = utf16_length(formatted.text)
    assert all(0 <= entity.offset < entity.end <= length for entity in formatted.entities)
    assert list(formatted.entities) == sorted(formatted.entities, key=lambda entity: (entity.offset, -entity.length))


@given(st.text())
def test_escaped_text_stays_as_it_is(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert format_text(escaped, "HTML").text == format_text(text).text
    backslashed = "".join(f"\\{c}" if c in "_*[]()~`>#+-=|{}.!\\" else c for c in text)
    assert format_text(backslashed, "MarkdownV2").text == format_text(text).text
