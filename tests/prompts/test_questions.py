"""What the model is asked, in both languages."""

import pytest

from prompts.languages import LANGUAGES, language_of, language_written
from prompts.questions import describe


def test_a_description_is_asked_for_in_each_language():
    assert describe("en") == "Describe the image briefly and accurately."
    assert describe("zh-hans") == "请简短准确地描述这张图片。"


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("en", "en"),
        ("zh", "zh-hans"),
        ("zh-hant", "zh-hans"),
        ("zh_CN", "zh-hans"),
        ("de", "en"),
        (None, "en"),
        ("", "en"),
    ],
)
def test_a_language_code_means_one_of_ours(code, language):
    assert language_of(code) == language


def test_the_script_tells_the_language_and_signs_tell_nothing():
    assert language_written("图里有什么?", otherwise="en") == "zh-hans"
    assert language_written("what is it?", otherwise="zh-hans") == "en"
    assert language_written("???", otherwise="zh-hans") == "zh-hans"


def test_words_in_one_language_may_quote_the_other():
    for quoting in ("What does 出口 mean?", "The sign says 出口, which means exit.", "翻译 how are you"):
        assert [language_written(quoting, otherwise=each) for each in LANGUAGES] == list(LANGUAGES)
    for chinese in ("有cat吗", "这是iPhone吗？", "这个 error message 是什么意思", "牌子上写着EXIT和STOP"):
        assert language_written(chinese, otherwise="en") == "zh-hans"
