"""What a watch looks for, in people's words, as one clear question whose answer is yes or no.

People name a thing ("smoke"), say what is so ("nobody is at the counter", "有人没戴安全帽") or ask. The words alone
tell which, by a few rules; whoever is misunderstood sees the question and can ask it themselves.
"""

from __future__ import annotations

import re
from typing import Literal

from prompts.bare import bare
from prompts.languages import Language
from prompts.wording import worded

Form = Literal["thing", "statement", "absence", "question"]

_QUOTES = "\"'“”‘’«»「」『』"

_ASKS = r"(is|are|was|were|does|did|has)(n't)?"
_MAY_ASK = r"(do|have|can|could|will|would|should)(n't)?"
_WHOM = (
    r"(a|an|the|there|it|this|that|these|those|any|some|all|both|people|they|he|she|you|we|i|my|our|his|her|their"
    r"|(some|any|every)(one|body|thing))"
)
# Not the ends of 什么 and 淹没.
_HAN_ASKS = r"(?:[吗嗎呢嘛]|(?<=[^什怎那这多要])[么麼]|(?<=[^沉淹出埋覆隐都也])[没沒])"
_QUESTION = re.compile(
    rf"[?？]\s*$|{_HAN_ASKS}\s*$|(?P<verb>\w)[没沒不](?P=verb)|是否|(?<=[^都也])[没沒]有\s*$"
    rf"|^{_ASKS} |^{_MAY_ASK} {_WHOM}\b",
    re.IGNORECASE,
)
_RELATIVE = r"(who|whose|whom|that|which|where|what|when|how|why)"
_DOES = r"(say|show|wear|hold|look|seem)s"
_FINITE = rf"(is|are|was|were|has|have|does|do|look|seem|{_DOES}|(is|are|was|were|has|have|does|do|ca)n't|cannot)"
_STATEMENT = re.compile(
    rf"^there('s|\s+{_FINITE})\b|^(?!.*\b{_RELATIVE}\b)(\S+\s+){{1,6}}?{_FINITE}\s+\S", re.IGNORECASE
)
_ABSENCE = re.compile(r"^(no|nobody|no one|none|nothing)\b", re.IGNORECASE)
_HAN_THING = re.compile(r"^(?!有|没有|沒有|没人|沒人|是).*的[^的]{0,5}[^的了着著]$")
# What begins like "there is" or "there is no" and is a name all the same: a drone, a tram, organic food.
_HAN_NAMES = r"无(?:人机|花果|线|障碍|轨|尾|烟煤)|有(?:轨|机(?![器会场动])|线(?=[电耳])|声(?=书)|害(?=垃圾))"
_HAN_STATEMENT = re.compile(
    rf"^(?!{_HAN_NAMES})[有没沒无無是]|[上下里外前后中边旁口处台面场店房室厅院区位桌]有|正在|在[^建]|(?<=.)了(?![望解])|[着著]$|着火|(?<=.)很"
    r"|[人们家部]都|(没|沒)[有戴佩穿系关锁人]|未[戴佩穿系关锁]|不[在是见戴佩穿系动亮够能会好]|[开关躺站坐戴穿停]着"
)
# What can be turned into a question by putting its verb in front.
_INVERTIBLE = re.compile(
    rf"^(?!.*\b{_RELATIVE}\b)(?!no\b|not\b|nobody\b|none\b|nothing\b|neither\b)"
    rf"(?P<subject>\S+(?:\s+\S+){{0,5}}?)\s+(?P<verb>is|are|was|were|(?P<does>{_DOES}))\s+(?P<rest>(?!not\b)\S.*)$",
    re.IGNORECASE,
)
_NOTHING_THERE = re.compile(r"^there(?:'s| (?:is|are|was|were)) (?:no|nobody|nothing|none)\b", re.IGNORECASE)
_THERES = re.compile(r"^there's(?!\s+(been|no longer)\b)", re.IGNORECASE)
_DETERMINER = re.compile(
    r"^(the|a|an|my|our|your|his|her|their|its|this|that|some\w*|any\w*|no|nobody|none|nothing|there|it|he|she|they)\b",
    re.IGNORECASE,
)
# Phones begin every message with a capital; in the middle of a question it is none, but for a name in a statement.
_CAPITALISED = re.compile(r"^[A-Z](?=[a-z])")
_SCENE = r"(?:\s+(?:here|(?:in|on) (?:the|this) (?:picture|photo|image)))?"
_THERE = re.compile(
    rf"^(?:(?:is|are) there|there(?:'s| is| are))\s+(?:any\s+)?(?!been\b)(?P<thing>\S.*?){_SCENE}$", re.IGNORECASE
)
_NO_THING = re.compile(
    rf"^(?:there(?:'s| is| are)\s+|(?:is|are) there\s+)?no\s+(?:more\s+(?!than\b)|signs? of\s+)?"
    rf"(?!(?:one|longer)\b)(?P<thing>\S.*?){_SCENE}$",
    re.IGNORECASE,
)
_NOBODY = re.compile(
    r"^(?:there(?:'s| is)\s+)?(?:nobody|no one|no person)(?: is)?(?: there| to be seen)?"
    rf"(?:{_SCENE}|(?P<where>\s+(?:at|in|on|by|near|under|behind|outside|inside|around|beside)\s+\S.*))$",
    re.IGNORECASE,
)
_HAN_THERE = re.compile(rf"^(?:有没有|有)(?P<thing>.+?)了?{_HAN_ASKS}?$")
_HAN_NO_THING = re.compile(r"^(?:没有|沒有|[没沒](?=人))(?P<thing>.+?)了?[吗嗎]?$")
_NEGATION = re.compile(
    r"\b(no|not|without|nobody|never|none|nothing|neither|nor)\b|n't\b|[没沒不未无無]", re.IGNORECASE
)
_GOES_ON = re.compile(r"[?？!！。;；]|\.\s")


def condition_of(text: str) -> str:
    """A watch's condition as it is kept and shown: one line, without the quotes around it."""
    said = " ".join(text.split())
    while len(said) > 1 and said[0] in _QUOTES and said[-1] in _QUOTES:
        said = said[1:-1].strip()
    return said


def form_of(condition: str) -> Form:
    """Whether a condition names a thing, says that something is so, that something is missing, or asks."""
    said = bare(condition)
    if _QUESTION.search(said):
        return "question"
    if _STATEMENT.search(said):
        return "statement"
    if _ABSENCE.search(said):
        return "absence"
    if _HAN_STATEMENT.search(said) and not _HAN_THING.search(said):
        return "statement"
    return "thing"


def question_of(condition: str, language: Language) -> str:
    """The question whose answer is yes when `condition` holds, as a person would read it."""
    asked = _asked(condition, language)
    return asked[:1].upper() + asked[1:]


def yes_or_no(condition: str, language: Language) -> str:
    """That question as the model is asked it.

    The instruction stands before the condition, so that all the questions about one picture share their beginning.
    """
    return worded("yes_or_no", language, question=_asked(condition, language))


def shows(thing: str, language: Language) -> str:
    """Whether the photo shows a thing, as the model is asked it: "no parking sign" is a sign here, and none missing."""
    return worded("yes_or_no", language, question=_showing(thing, language))


def other_way_round(condition: str, language: Language) -> str | None:
    """The question whose answer is no when `condition` holds, as the model is asked it.

    None where that would not be plain language: turned round, "has nobody a helmet on?" confuses people as well.
    """
    if missing := _missing(condition, language):
        return shows(missing, language)
    there = _there(condition, language)
    return worded("yes_or_no", language, question=worded("without", language, thing=there)) if there else None


def with_description(condition: str, language: Language, description: str) -> str:
    """The question about `condition` with what an earlier look has seen, in words, before it."""
    return worded("look_again", language, description=description, question=yes_or_no(condition, language))


def _asked(condition: str, language: Language) -> str:
    if missing := _missing(condition, language):
        return worded("without", language, thing=missing)
    form, said = form_of(condition), bare(condition)
    if form != "statement" or _DETERMINER.match(said):
        said = _lowered(said)
    inverted = _inverted(said) if form == "statement" else None
    return worded("condition", language, condition=said, form=form, inverted=inverted)


def _showing(thing: str, language: Language) -> str:
    return worded("condition", language, condition=_lowered(bare(thing)), form="thing", inverted=None)


def _inverted(statement: str) -> str | None:
    """An English statement as a question: "the gate is open", "is the gate open". None where that is not simple."""
    if _NOTHING_THERE.match(statement):
        return None
    found = _INVERTIBLE.match(_THERES.sub("there is", statement))
    if found is None:
        return None
    if found["does"]:
        return f"does {found['subject']} {found['does'].lower().removesuffix('s')} {found['rest']}"
    return f"{found['verb'].lower()} {found['subject']} {found['rest']}"


def _there(condition: str, language: Language) -> str | None:
    """The thing that a condition asks for, where all it says is that this is there."""
    said = bare(condition).rstrip("?？").strip()
    if form_of(condition) == "thing":
        found: str | None = said
    else:
        match = (_THERE if language == "en" else _HAN_THERE).match(said)
        found = match["thing"].strip() if match else None
    return _lowered(found) if found and not (_NEGATION.search(found) or _GOES_ON.search(found)) else None


def _missing(condition: str, language: Language) -> str | None:
    """The thing whose absence is all that a condition says."""
    said = bare(condition).rstrip("?？").strip()
    if nobody := _NOBODY.match(said):
        return f"a person{nobody['where'] or ''}"
    match = (_NO_THING if language == "en" else _HAN_NO_THING).match(said)
    thing = match["thing"].strip() if match else ""
    if _NEGATION.search(thing) or _GOES_ON.search(thing) or _STATEMENT.search(thing):
        return None
    return _lowered(thing) or None


def _lowered(said: str) -> str:
    return _CAPITALISED.sub(lambda first: first[0].lower(), said)
