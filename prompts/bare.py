"""A watch's words without what says nothing of a picture: quirks of typing, "tell me when", "in this photo"."""

from __future__ import annotations

import re

_ENDS = ".。!！"
_MARKS = " ?？"
# Phones write ’ where people type '.
_APOSTROPHE = re.compile(r"(?<=\w)’(?=\w)")
_AT = r"(?:at|in|on|by|near|under|behind|outside|inside|around|beside|here|there|home|not|with|without)\b"
_SO = r"(?:open|closed|shut|(?:un)?locked|empty|full|gone|missing|awake|asleep|crying|barking|burning|leaking)$"
_SOMEBODY = r"(?:some|any|every|no)(?:body|thing| ?one)"
# "Someone's at the door", but "someone's bag".
_IS = re.compile(
    r"^((?:it|he|she)(?='s (?!been\b|got\b))"
    rf"|{_SOMEBODY}(?='s (?:{_AT}|\w+ing\b))|(?!there)(?:\w+ ){{0,2}}\w+(?='s (?:{_AT}|{_SO})))'s ",
    re.IGNORECASE,
)
_ARE = re.compile(r"^(they|we|you)'re (?=\S)", re.IGNORECASE)
# "/watch for smoke", "/watch tell me if the gate is open", "/watch when it is open let me know".
_TELL_ME = r"(?:(?:tell|alert|notify|warn|message|ping) (?:me|us)|let (?:me|us) know)"
_TELL = (
    rf"(?:(?:can|could|would|will) you )?(?:please )?(?:{_TELL_ME}|tell|alert|notify|warn|check|see"
    r"|(?:i|we)(?:'d like| would like| want| need) to know|(?:look |watch )?out|look|watch)"
)
_LEAD = re.compile(
    rf"^(?:(?:{_TELL},? )?(?:for (?!(?:sale|rent|hire)\b)"
    r"|(?:if|when|whenever|whether) (?:(?:you|we|i) (?:can )?see )?)|(?:please )?(?:alert|notify|warn) (?:me|us) "
    r"(?:of|about) )(?=\S)",
    re.IGNORECASE,
)
_TAIL = re.compile(rf"(?<=\S)(?:,? (?:then |please )*{_TELL_ME}(?: please)?| or not)$", re.IGNORECASE)
# 当 begins many a word; what is followed by 时 is none of them.
_HAN_WHEN = re.compile(r"^当(?![前地铺])(.+?)(?:的时候|时候|时)[，, ]?(?=$|请|就|都|马上|立[即刻]|及时|告诉|提醒|通知)")
_HAN_LEAD = re.compile(
    r"^(?:请问|(?:请|麻烦)?(?:帮我)?(?:看看|看一下|看下|留意|告诉我|提醒我))?"
    r"(?:如果|假如|要是|只要|一旦|万一|每当|每次|若(?=[有没])|一(?=有)|当(?=有))?"
    r"(?:(?:看到|看见|发现|检测到)(?=有))?(?=.)"
)
_HAN_THEN = r"(?:的话|的时候|时候|时)?[，, ]?"
_HAN_TELL = re.compile(
    rf"(?<=.)(?:的时候|的话|(?<=[人雨雪])时|{_HAN_THEN}(?:请(?:通知|提醒)|(?:请|就|(?<=了))(?:叫我|跟我说|报警))"
    rf"|{_HAN_THEN}(?:请|就|都|马上|立[即刻]|及时|第一时间)*"
    r"(?:告诉|提醒|通知)(?:一下)?我们?(?:一声|一下)?)$"
)
_HAN_SCENE = re.compile(
    r"^(?:(?:现在|当前|目前|此刻)(?!的))?(?:(?:这张)?(?:照片|图片|图|画面)[里中上](?=有|没|沒|是))?(?=.)"
)
_HAN_LIVELY = re.compile(r"(?<=[^啦])啦$|了[呀吧]$")
# Who is 没有戴安全帽的人 has none on. 没有红色的车 is no red car.
_HAN_UNWORN = re.compile(
    r"(?<!有)([没沒])有(?=(?:佩?戴|穿|系|拴|牵)[好上着]?(?:安全|头盔|口罩|反光|防护|护目|手套|工作服|工装|救生|狗?绳)[^的]*的)"
)


def bare(condition: str) -> str:
    """What a condition says that a photo can show; "now" and "in this picture" go, as it knows no other of either."""
    said = _untold(_APOSTROPHE.sub("'", condition.rstrip(_ENDS).strip()))
    said = _HAN_TELL.sub("", _HAN_LEAD.sub("", _HAN_WHEN.sub(r"\1", said)))
    said = _HAN_LIVELY.sub("了", said)
    said = _HAN_UNWORN.sub(r"\1", _HAN_SCENE.sub("", said))
    return _ARE.sub(r"\1 are ", _IS.sub(r"\1 is ", said))


def _untold(said: str) -> str:
    """Without "tell me if": what follows is what is so, and asks nothing itself."""
    lead = _LEAD.match(said)
    return _TAIL.sub("", said[lead.end() :].rstrip(_MARKS)) if lead else said
