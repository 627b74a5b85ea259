"""Language tags: what to try for "zh-hant-tw"."""

import re

from voice.errors import LanguageUnknown

_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,4}")


def candidates(tag: str) -> tuple[str, ...]:
    """The tag in lower case, then the same with its last part dropped again and again; LanguageUnknown if it is none.

    "zh-Hant-TW" gives ("zh-hant-tw", "zh-hant", "zh").
    """
    parts = tag.lower().replace("_", "-").split("-")
    if not _TAG.fullmatch("-".join(parts)):
        raise LanguageUnknown("That is not a language tag such as en, zh-hans or pt-br.")
    return tuple("-".join(parts[:count]) for count in range(len(parts), 0, -1))
