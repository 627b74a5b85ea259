"""All that is asked of the model about one sighting, and how that becomes one request."""

from __future__ import annotations

from dataclasses import dataclass

from lookout.errors import NothingToLookAt
from prompts.conditions import yes_or_no
from prompts.instruction import answer_in, background, before_question, default_question
from prompts.languages import Language, language_of
from prompts.questions import describe, quoted
from storage.records import Turn, Watch
from vision.picture import Picture
from vision.request import Generation, Message, Priority, Request

LONGEST_ANSWER = 512
"""Tokens that an answer may have: about 2,000 characters of English."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One look: what to answer (nothing where `answer` is False), and the watches to judge.

    `language` is that of the answer; `question` is None where nobody wrote one; `instruction` is the chat's own prompt;
    `place` and `time` are in words; `words` came with the pictures from somebody else; `quote` is what of an earlier
    message the question is about; of a `video` the pictures are frames. The watches are judged by each of the `watched`
    pictures, or of all. `chat` is whose turn it is to be answered, among others that ask at the same time; `priority`
    says whether somebody waits for it.
    """

    pictures: tuple[Picture, ...]
    language: Language
    question: str | None = None
    instruction: str | None = None
    place: str | None = None
    time: str | None = None
    turns: tuple[Turn, ...] = ()
    watches: tuple[Watch, ...] = ()
    watched: tuple[Picture, ...] | None = None
    video: bool = False
    words: str | None = None
    quote: str | None = None
    answer: bool = True
    chat: str = ""
    priority: Priority = "interactive"

    @property
    def judged(self) -> tuple[Picture, ...]:
        """The pictures that the watches are judged by."""
        return self.pictures if self.watched is None else self.watched

    @property
    def describes(self) -> bool:
        """Whether the answer will be a description of the one picture, and nothing else."""
        told = self.question or self.instruction or self.turns or self.words
        return self.answer and len(self.pictures) == 1 and not told

    @property
    def asked(self) -> str:
        """The question in words, whether somebody wrote it or not."""
        return self.question or default_question(
            self.instruction, self.language, place=self.place, time=self.time, unasked=self.unasked
        )

    @property
    def said(self) -> str:
        """The question, with what it quotes."""
        return _joined(quoted(self.language, self.quote) if self.quote else "", self.asked)

    @property
    def unasked(self) -> str:
        """What is put where nobody asks anything, and the chat has no instruction either."""
        return describe(self.language, pictures=len(self.pictures), video=self.video)


def request_of(inquiry: Inquiry) -> Request:
    """One request for one pass over the pictures: the answer to generate and every watch's question to score."""
    if not inquiry.pictures:
        raise NothingToLookAt
    return Request(
        conversation=_conversation(inquiry) if inquiry.answer else (),
        generate=Generation(max_tokens=LONGEST_ANSWER) if inquiry.answer else None,
        pictures=inquiry.pictures if inquiry.watches else (),
        questions=tuple(yes_or_no(watch.condition, language_of(watch.language)) for watch in inquiry.watches),
        chat=inquiry.chat,
        priority=inquiry.priority,
    )


def _conversation(inquiry: Inquiry) -> tuple[Message, ...]:
    """The instruction and the place come after the pictures: what is computed of these then serves every question."""
    earlier = [(turn.role, turn.text) for turn in inquiry.turns]
    asked = _joined(answer_in(inquiry.language, inquiry.asked), inquiry.said)
    first, *rest = (Message(role, text) for role, text in [*earlier, ("user", asked)])
    told = background(
        inquiry.language,
        instruction=_instruction(inquiry, first.text),
        place=inquiry.place,
        words=inquiry.words,
        video=inquiry.video,
    )
    return (Message("user", _joined(told, first.text), inquiry.pictures), *rest)


def _instruction(inquiry: Inquiry, question: str) -> str | None:
    if inquiry.instruction is None:
        return None
    place, time = inquiry.place, inquiry.time
    return before_question(
        inquiry.instruction, inquiry.language, question, place=place, time=time, unasked=inquiry.unasked
    )


def _joined(*parts: str) -> str:
    return "\n\n".join(filter(None, parts))
