"""Reading lists of names that people write: things to find, labels to choose from."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from prompts.conditions import condition_of

# So long a quote at most: a long text of opening ones would be read to its end from each of them.
_QUOTED: Final = (
    r'"[^"]{0,200}"|“[^”]{0,200}”|„[^“”]{0,200}[“”]|«[^»]{0,200}»|「[^」]{0,200}」|『[^』]{0,200}』|《[^》]{0,200}》'
)
_PART: Final = re.compile(rf"(?P<quoted>{_QUOTED})|(?P<comma>[,，、;；\n])|.", re.DOTALL)
_OR: Final = re.compile(r"\sor\s|还是|或者", re.IGNORECASE)
_LAST: Final = re.compile(r"^(?:or|and)\s+|^(?:还是|或者|以及)", re.IGNORECASE)
_WHERE: Final = re.compile(r"^where(?:['’]s| is| are)\s+|(?:都?在哪(?:里|儿)?|在什么地方)[呢呀啊]?$", re.IGNORECASE)
_IS_IT: Final = re.compile(
    r"^(?:(?:is (?:it|this|that)|are (?:they|these|those))\s+"
    r"|(?:[这那](?:个|只|张图?|张照片|里)?|[它他她]|[图照]片?[里中上])?是(?![的否非]))(?=\S)",
    re.IGNORECASE,
)
_PARTICLE: Final = re.compile(r"(?<=.)[呢呀啊]$")
_MARKS: Final = "?？!！。"
_JOINERS: Final = "\u200c\u200d"  # they hold emoji and Indic letters together


def names_of(text: str) -> tuple[str, ...]:
    """The names in a list, in its order, each once. Quotes hold together what has a comma or an "or" in it."""
    items = _split(text)
    if len(items) > 1:
        items[-1] = _LAST.sub("", items[-1].strip())
    names = [name_of(name) for item in items for name in _alternatives(item)]
    return tuple({name.casefold(): name for name in reversed(names) if name}.values())[::-1]


def things_of(text: str) -> tuple[str, ...]:
    """The names of what shall be found, also where somebody asks for it: "where is the cat?", 猫在哪里？"""
    return tuple(filter(None, (_WHERE.sub("", name).strip() for name in names_of(text))))


def labels_of(text: str) -> tuple[str, ...]:
    """The names of what is to be chosen from, also where somebody asks: "is it a cat or a dog?", 这是猫还是狗？"""
    labels = [_IS_IT.sub("", name) for name in names_of(text)]
    if labels and "还是" in text:
        labels[-1] = _PARTICLE.sub("", labels[-1])
    return tuple({label.casefold(): label for label in labels}.values())


def name_of(text: str) -> str:
    """A name in one line, without the quotes around it and without what cannot be seen."""
    seen = (" " if character.isspace() else character for character in text)
    return condition_of("".join(c for c in seen if c in _JOINERS or unicodedata.category(c)[0] != "C"))


def _split(text: str) -> list[str]:
    items = [""]
    for part in _PART.finditer(text):
        if part["comma"]:
            items.append("")
        else:
            items[-1] += part[0]
    return items


def _alternatives(item: str) -> list[str]:
    """What a part of the list leaves to choose from; the mark at the end of a question is no part of a name."""
    return [item] if re.fullmatch(_QUOTED, item.strip()) else [each.strip().rstrip(_MARKS) for each in _OR.split(item)]
