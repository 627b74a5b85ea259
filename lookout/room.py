"""How much a chat may tell the model beforehand: a picture, a question and an answer need room beside it."""

from __future__ import annotations

from typing import Final

from vision.backend import Backend
from vision.errors import EngineError, PromptTooLong
from vision.request import Generation, Message, Request

ALWAYS_FITS: Final = 128
"""Bytes that fit any model: a token stands for one at least, and the smallest context has 512."""

_TIMES: Final = 2
"""An instruction that fits so often leaves half of the context for everything else."""


async def longest_instruction(text: str, backend: Backend) -> int:
    """How many of the text's first characters the model can be told as an instruction: all of them where it fits.

    The model only counts. One that is not running at the moment refuses nothing.
    """
    if await _fits(text, backend):
        return len(text)
    most, too_many = 0, len(text)
    while too_many - most > 1:
        middle = (most + too_many) // 2
        if await _fits(text[:middle], backend):
            most = middle
        else:
            too_many = middle
    return most


async def _fits(text: str, backend: Backend) -> bool:
    """Whether the text would fit several times over."""
    if len(text.encode(errors="replace")) <= ALWAYS_FITS:
        return True
    request = Request((Message("user", "\n".join([text] * _TIMES)),), Generation(max_tokens=0))
    try:
        async for _ in backend.ask(request):
            pass
    except PromptTooLong:
        return False
    except EngineError:
        return True
    return True
