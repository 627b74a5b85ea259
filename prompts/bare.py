"""What is to be seen, of the words that somebody watches for: without how it was typed, and without the telling."""

from __future__ import annotations

import re

_ENDS = ".。!！"
# Phones write ’ where people type '.
_APOSTROPHE = re.compile(r"(?<=\w)’(?=\w)")
_AT = r"(?:at|in|on|by|near|under|behind|outside|inside|around|beside|here|there|home|not)\b"
_SOMEBODY = r"(?:some|any|every|no)(?:body|thing| ?one)"
# "Someone's at the door", but "someone's bag".
_IS = re.compile(
    r"^((?:it|he|she)(?='s (?!been\b|got\b))"
    rf"|{_SOMEBODY}(?='s (?:{_AT}|\w+ing\b))|(?!there)(?:\w+ )?\w+(?='s {_AT}))'s ",
    re.IGNORECASE,
)
_ARE = re.compile(r"^(they|we|you)'re (?=\S)", re.IGNORECASE)
# "/watch for smoke", "/watch tell me if the gate is open".
_TELL = r"(?:please )?(?:(?:tell|alert|notify|warn) (?:me|us)|let (?:me|us) know|(?:look |watch )?out|look|watch)"
_LEAD = re.compile(
    rf"^(?:{_TELL} )?(?:for (?!(?:sale|rent|hire)\b)"
    r"|(?:if|when|whenever|whether) (?:(?:you|we|i) (?:can )?see )?)(?=\S)",
    re.IGNORECASE,
)
_HAN_LEAD = re.compile(r"^(?:请问|请?(?:帮我)?(?:看看|看一下|看下|留意))?(?:如果|要是|一旦|每当|当(?=有))?(?=.)")
_HAN_TELL = re.compile(
    r"(?<=.)(?:的时候|(?:的时候|时候|时)?[，, ]?[就请都]?(?:告诉|提醒|通知)(?:一下)?我们?(?:一声|一下)?)$"
)
_HAN_SCENE = re.compile(r"^(?:现在)?(?:(?:这张)?(?:照片|图片|图|画面)[里中上](?=有|没|沒|是))?(?=.)")


def bare(condition: str) -> str:
    """The words of a condition that count: a photo knows no other time than its own, and no other picture."""
    said = _APOSTROPHE.sub("'", condition.rstrip(_ENDS).strip())
    said = _LEAD.sub("", _HAN_LEAD.sub("", _HAN_TELL.sub("", said)))
    said = _HAN_SCENE.sub("", said)
    return _ARE.sub(r"\1 are ", _IS.sub(r"\1 is ", said))
