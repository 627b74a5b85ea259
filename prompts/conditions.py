"""What a watch looks for, in people's words, as one clear question whose answer is yes or no.

People name a thing ("smoke"), say what is so ("nobody is at the counter", "有人没戴安全帽") or ask. The words alone
tell which, by a few rules; whoever is misunderstood sees the question and can ask it themselves.
"""

from __future__ import annotations

import re
from typing import Literal

from prompts.languages import Language
from prompts.wording import worded

Form = Literal["thing", "statement", "absence", "question"]

_QUOTES = "\"'“”‘’«»「」『』"
_ENDS = ".。!！"

_QUESTION = re.compile(
    r"[?？]\s*$|[吗嗎呢]\s*$|有没有|有沒有|是不是|是否"
    r"|^(is|are|was|were|do|does|did|has|have|can|could|will|would|should)(n't)?"
    r" (a|an|the|there|it|this|that|any|some|someone|somebody|anyone|anybody|people|they|he|she|you|we|i)\b",
    re.IGNORECASE,
)
_RELATIVE = r"(who|whose|whom|that|which|where|what|when|how|why)"
_FINITE = r"(is|are|was|were|has|have|does|do|looks?|seems?|(is|are|was|were|has|have|does|do|ca)n't|cannot)"
_STATEMENT = re.compile(
    rf"^there('s|\s+{_FINITE})\b|^(?!.*\b{_RELATIVE}\b)(\S+\s+){{1,6}}?{_FINITE}\s+\S", re.IGNORECASE
)
_ABSENCE = re.compile(r"^(no|nobody|no one|none|nothing)\b", re.IGNORECASE)
_HAN_THING = re.compile(r"^(?!有|没有|沒有|没人|沒人|是).*的[^的]{1,6}$")
_HAN_STATEMENT = re.compile(
    r"^[有没沒无無是]|正在|在[^建]|[了着著]$|着火"
    r"|(没|沒)[有戴穿系关锁人]|未[戴穿系关锁]|不[在是见戴动亮够能会]|[开关躺站坐戴穿停]着"
)


def condition_of(text: str) -> str:
    """A watch's condition as it is kept and shown: one line, without the quotes around it."""
    return " ".join(text.split()).strip(_QUOTES).strip()


def form_of(condition: str) -> Form:
    """Whether a condition names a thing, says that something is so, that something is missing, or asks."""
    if _QUESTION.search(condition):
        return "question"
    if _STATEMENT.search(condition):
        return "statement"
    if _ABSENCE.search(condition):
        return "absence"
    if _HAN_STATEMENT.search(condition) and not _HAN_THING.search(condition):
        return "statement"
    return "thing"


def question_of(condition: str, language: Language) -> str:
    """The question whose answer is yes when `condition` holds, as a person would read it."""
    asked = worded("condition", language, condition=condition.rstrip(_ENDS).strip(), form=form_of(condition))
    return asked[:1].upper() + asked[1:]


def yes_or_no(condition: str, language: Language) -> str:
    """That question as the model is asked it.

    The instruction stands before the condition, so that all the questions about one picture share their beginning.
    """
    asked = worded("condition", language, condition=condition.rstrip(_ENDS).strip(), form=form_of(condition))
    return worded("yes_or_no", language, question=asked)
