"""What models write becomes what Telegram shows, and never less than the words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.formatted import html, plain, split_formatted
from handlers.markdown import read_growing, read_markdown
from sandbox.markup import format_text
from storage.whole import units


def shown(markdown: str) -> str:
    return html(read_markdown(markdown))


@pytest.mark.parametrize(
    ("markdown", "telegram"),
    [
        ("# A *title*", "<b>A <i>title</i></b>"),
        ("**bold *and* italic** ~~gone~~", "<b>bold <i>and</i> italic</b> <s>gone</s>"),
        ("use `a < b` and\n```py\nif a:\n    b\n```", None),
        ("**see `code` there**", "<b>see </b><code>code</code><b> there</b>"),
        ("- red\n- green\n  - dark\n\n2. two\n3. three", "• red\n• green\n  • dark\n\n2. two\n3. three"),
        ("> so\n> > it is", "<blockquote>so\nit is</blockquote>"),
        ("[map](https://x.org/?a=1&b=2)", '<a href="https://x.org/?a=1&amp;b=2">map</a>'),
        ("[post](mailto:a@b.org) [here](page.html)", "post (mailto:a@b.org) here (page.html)"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("![a cat](https://x.org/cat.png)", '<a href="https://x.org/cat.png">a cat</a>'),
        ("| 颜色 | n |\n|---|---|\n| red | 2 |", "<pre>颜色 | n\n-----+--\nred  | 2</pre>"),
        ("one\ntwo\n\nthree\n---\nfour", "one\ntwo\n\nthree\n———\nfour"),
        ("snake_case_name, 2 * 3 * 4, 2*3*4", "snake_case_name, 2 * 3 * 4, 2*3*4"),
        ("<b>1 < 2</b> & <script>", "&lt;b&gt;1 &lt; 2&lt;/b&gt; &amp; &lt;script&gt;"),
        ("**never closed, `nor this", "**never closed, `nor this"),
        ("[1]: https://x.org", "[1]: https://x.org"),
        ("שלום \u202e**עולם**\u202c 👩‍👩‍👧 **猫**。", "שלום \u202e<b>עולם</b>\u202c 👩‍👩‍👧 <b>猫</b>。"),
        ("- " * 60 + "deep", "- " * 60 + "deep"),
        ("[](https://x.org)", "[](https://x.org)"),
    ],
)
def test_markdown_becomes_telegrams_html(markdown, telegram):
    if telegram is None:
        telegram = 'use <code>a &lt; b</code> and\n<pre><code class="language-py">if a:\n    b</code></pre>'
    assert shown(markdown) == telegram


@pytest.mark.parametrize(
    ("so_far", "telegram"),
    [
        ("a **bold wo", "a <b>bold wo</b>"),
        ("see `co", "see <code>co</code>"),
        ("```py\nif a", '<pre><code class="language-py">if a</code></pre>'),
        ("2 ** 3", "2 ** 3"),
        ("a **b** *c", "a <b>b</b> *c"),
    ],
)
def test_what_an_answer_has_begun_is_shown_as_if_it_were_complete(so_far, telegram):
    assert html(read_growing(so_far)) == telegram


def test_a_long_answer_is_cut_where_nothing_is_set_off():
    listing = "```\n" + "line of code\n" * 20 + "```"
    whole = read_markdown(f"{'Words. ' * 30}\n\n{listing}\n\nThe end.")
    parts = split_formatted(whole, 400)
    assert [html(part).count("<pre>") for part in parts] == [0, 1]
    assert " ".join(map(plain, parts)).split() == plain(whole).split()


def test_a_listing_longer_than_a_message_is_one_in_each_of_its_parts():
    parts = split_formatted(read_markdown("```\n" + "  line of code\n" * 40 + "```"), 100)
    assert len(parts) > 3
    assert all(html(part).startswith("<pre>") and html(part).endswith("code</pre>") for part in parts)
    assert all(plain(part).startswith("  line") for part in parts[1:])


MARKS = ("**", "*", "_", "~~", "`", "```\n", "[", "](https://a.b)", "\n\n", "> ", "- ", "1. ", "# ", "|", "|-|\n", "\\")
WORDS = ("word", "<b>", "&lt;", "😀", "火", "\u202e", " ", "\n", ". ")
MARKDOWN = st.lists(st.sampled_from(MARKS + WORDS), max_size=60).map("".join)


@given(MARKDOWN)
def test_telegram_takes_every_part_of_whatever_was_written(text):
    for pieces in (read_markdown(text), read_growing(text)):
        for part in split_formatted(pieces, 50):
            assert 0 < units(plain(part)) <= 50
            assert format_text(html(part), "HTML", None, {}).text.strip() == plain(part).strip()


@given(MARKDOWN)
def test_no_word_is_lost(text):
    for word in ("word", "火", "😀"):
        assert html(read_markdown(text)).count(word) == text.count(word)
