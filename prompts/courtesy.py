"""Words that answer a message and ask for nothing: thanks, and that all is well."""

from __future__ import annotations

import re
from typing import Final

_SAID: Final = re.compile(
    r"(?:no |many )?(?:thanks|thank you)(?: (?:very|so) much| a lot)?|thx|ty|cheers|ok(?:ay)?|k|all ?right"
    r"|(?:very )?good|great|perfect|nice|cool|awesome|got it|understood|yes(?: please)?|no"
    r"|(?:谢谢|多谢|感谢)[你您]?|谢了|好[的吧呀啊]?|[很太]好了?|行|可以|没问题|知道了|收到|明白了?|嗯+|不错|[是对]的?|不用了?"
)
_THUMBS: Final = "👍👌🙏🙂😊😀❤♥"
_NO_WORDS: Final = re.compile(r"[\W_]+")


def courteous(text: str) -> bool:
    """Whether that is all a text says, with whatever marks and emoji."""
    words = _NO_WORDS.sub(" ", text).strip().casefold()
    return bool(_SAID.fullmatch(words)) or (not words and any(each in text for each in _THUMBS))
