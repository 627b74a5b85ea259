"""Words that answer a message and ask for nothing: thanks, and that all is well."""

from __future__ import annotations

import re
from typing import Final

_WORDS: Final = (
    r"(?:(?:many )?(?:thanks|thank you)(?: (?:very|so) much| a lot)?|thx|ty|cheers|ok(?:ay)?|k|all ?right"
    r"|(?:very |sounds |looks )?good|great|perfect|nice|cool|awesome|got it|understood|yes(?: please)?|yep|yeah|sure|no"
    r"|(?:that ?s |that is )(?:right|fine|ok|good|it|all)"
    r"|(?:谢谢|多谢|感谢)[你您啦了]?|谢了|辛苦了?|好[的吧呀啊]?|[很太]好了?|行吧?|可以了?|没问题|没事"
    r"|知道了|收到|明白了?|嗯|不错|[是对]的?|不用了?)"
)
# "Great, thanks!", 好的谢谢. No text may be read in two ways, or a long one takes for ever.
_SAID: Final = re.compile(rf"{_WORDS}(?:(?: |(?<=[\u4e00-\u9fff])){_WORDS})*")
_THUMBS: Final = "👍👌🙏🙂😊😀❤♥"
_NO_WORDS: Final = re.compile(r"[\W_]+")


def courteous(text: str) -> bool:
    """Whether thanks and assent are all that a text says, with whatever marks and emoji."""
    words = _NO_WORDS.sub(" ", text).strip().casefold()
    return bool(_SAID.fullmatch(words)) or (not words and any(each in text for each in _THUMBS))
