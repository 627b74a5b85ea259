"""What the model is asked, in both languages."""

import pytest

from prompts.languages import language_of, language_written
from prompts.questions import condition_of, describe, yes_or_no


@pytest.mark.parametrize(
    ("condition", "language", "question"),
    [
        ("fire", "en", "Answer yes or no: does this photo show fire?"),
        ("a person without a helmet.", "en", "Answer yes or no: does this photo show a person without a helmet?"),
        ("is there smoke?", "en", "Answer yes or no: is there smoke?"),
        ("are people waiting", "en", "Answer yes or no: are people waiting"),
        ("can on the ground", "en", "Answer yes or no: does this photo show can on the ground?"),
        ("冒烟了？", "zh-hans", "请回答是或否:冒烟了？"),
        ("火", "zh-hans", "请回答是或否:这张照片里有火吗?"),
        ("有没有烟？", "zh-hans", "请回答是或否:有没有烟？"),
        ("有人没戴安全帽吗", "zh-hans", "请回答是或否:有人没戴安全帽吗"),
        ("{{ 7 * 7 }}", "en", "Answer yes or no: does this photo show {{ 7 * 7 }}?"),
    ],
)
def test_a_condition_becomes_a_question_with_the_instruction_first(condition, language, question):
    assert yes_or_no(condition, language) == question


@pytest.mark.parametrize(
    ("written", "kept"),
    [('"is there smoke?"', "is there smoke?"), ("  “fire”\n", "fire"), ("a\n b", "a b"), ('""', "")],
)
def test_a_condition_is_kept_in_one_line_without_quotes(written, kept):
    assert condition_of(written) == kept


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
