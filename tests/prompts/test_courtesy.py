"""Which words ask for nothing."""

import pytest

from prompts.courtesy import courteous


@pytest.mark.parametrize(
    "text",
    [
        "Thanks!",
        "thank you so much 🙏",
        "OK",
        "👍",
        "谢谢！",
        "好的。",
        "no, thanks",
        "Great, thanks!",
        "That’s right",
        "好的，谢谢",
        "好的谢谢啦",
        "嗯嗯",
    ],
)
def test_thanks_and_consent_ask_for_nothing(text):
    assert courteous(text)


@pytest.mark.parametrize(
    "text",
    ["", "🔥", "is it ok?", "thanks giving", "a good dog", "好吃的", "?", "nook", "好人", "no thanks " * 400 + "cat"],
)
def test_what_can_be_seen_does(text):
    assert not courteous(text)
