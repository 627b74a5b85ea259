"""Everything that vision raises, as one tree.

A class carries a stable `code`, by which the edge chooses a sentence in the reader's language. Messages are for the
operator and never hold what a user wrote or sent.
"""

from __future__ import annotations

from typing import ClassVar


class VisionError(Exception):
    """The root: catch this to catch everything that vision raises on purpose."""

    code: ClassVar[str] = "vision"


class PictureError(VisionError):
    """The bytes that were sent cannot be looked at."""

    code = "picture"


class NotAPicture(PictureError):
    """The bytes are of no picture format that is known here."""

    code = "not_a_picture"


class Pdf(PictureError):
    """The bytes are a PDF: pages, of which pictures have to be made first."""

    code = "pdf"


class BrokenPicture(PictureError):
    """The bytes begin as a picture and are cut short or damaged."""

    code = "broken_picture"


class PictureTooLarge(PictureError):
    """More pixels or more bytes than are ever decoded, or more memory or time to be taken than may be."""

    code = "picture_too_large"


class UnsupportedPicture(PictureError):
    """A sound picture of a kind that cannot be turned into plain red, green and blue."""

    code = "unsupported_picture"


class BrokenVideo(PictureError):
    """The bytes are no video that can be decoded."""

    code = "broken_video"


class NoFrames(PictureError):
    """A file of the kind that holds videos, with nothing to see in it: sound alone, or no frame."""

    code = "no_frames"


class VideoTooLarge(PictureError):
    """A video whose frames have more pixels than are decoded, or take more memory or time."""

    code = "video_too_large"


class NoRoom(VisionError):
    """The system has no room for another process at the moment, so nothing can be decoded."""

    code = "no_room"


class EngineError(VisionError):
    """The model could not answer."""

    code = "engine"


class EngineDown(EngineError):
    """The model's process is not up: it is loading, was closed, or could not be started again."""

    code = "engine_down"


class EngineKilled(EngineDown):
    """The model's process died twice on one and the same request."""

    code = "engine_killed"


class EngineTimeout(EngineError):
    """Loading the model, or waiting for an answer, took longer than it was given."""

    code = "engine_timeout"


class WeightsMissing(EngineError):
    """A weights file is not where it was said to be."""

    code = "weights_missing"


class WeightsBroken(EngineError):
    """A weights file is no GGUF, cannot be loaded, or does not belong with the other one."""

    code = "weights_broken"


class BadGrammar(EngineError):
    """What is to bound an answer cannot: a grammar or JSON schema that is wrong, not supported here, or too large."""

    code = "bad_grammar"


class PromptTooLong(EngineError):
    """The request needs more tokens than the model's context holds; `over` says how many more."""

    code = "prompt_too_long"

    def __init__(self, over: int) -> None:
        super().__init__(f"the request is {over} tokens longer than the model's context: ask in fewer words")
        self.over = over
