from __future__ import annotations

import pytest

from voice.errors import LanguageUnknown
from voice.languages import candidates


@pytest.mark.parametrize(
    ("tag", "tried"),
    [
        ("en", ("en",)),
        ("pt-BR", ("pt-br", "pt")),
        ("zh_Hant_TW", ("zh-hant-tw", "zh-hant", "zh")),
    ],
)
def test_a_tag_is_tried_from_the_particular_to_the_general(tag: str, tried: tuple[str, ...]) -> None:
    assert candidates(tag) == tried


@pytest.mark.parametrize("tag", ["", "e", "english", "../voices/x", "en-", "-en", "en us", "en\0", "中文", "en\n"])
def test_what_is_no_tag_is_an_unknown_language(tag: str) -> None:
    with pytest.raises(LanguageUnknown):
        candidates(tag)
