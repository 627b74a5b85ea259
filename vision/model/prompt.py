"""A request turned into tokens: the prompt of its answer, and a text for each question and each label to score.

Pictures stand in them by their digest until somebody has looked at them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from vision.errors import WeightsBroken
from vision.model.native import Model
from vision.model.template import ChatTemplate, Sight
from vision.model.tree import Tail, row_count
from vision.model.units import PictureUnit, Unit, common_length
from vision.model.vocabulary import Vocabulary
from vision.picture import Picture
from vision.request import Message, Request

_FEW_WAVES = 4

Token = int | str
"""A token, or the digest of the picture that stands there."""


@dataclass(frozen=True)
class Text:
    """One text to score: a question's, or with a `label` one of a choice's.

    The logits are wanted from the token `wanted_from` on.
    """

    tokens: tuple[Token, ...]
    wanted_from: int
    number: int
    label: int | None = None


@dataclass(frozen=True)
class Prompts:
    """All texts of one request."""

    texts: tuple[Text, ...]
    answer: tuple[Token, ...] | None

    @cached_property
    def digests(self) -> tuple[str, ...]:
        """The pictures that stand in them, each once."""
        stretches = [*(text.tokens for text in self.texts), self.answer or ()]
        return tuple(dict.fromkeys(token for tokens in stretches for token in tokens if isinstance(token, str)))


class Prompter:
    """Writes prompts as the loaded model was taught to read them."""

    def __init__(self, model: Model, vocabulary: Vocabulary) -> None:
        begin, end = vocabulary.spelled(model.begin), vocabulary.spelled(model.end)
        self._template = ChatTemplate(model.chat_template, vocabulary.controls, begin=begin, end=end)
        self._vocabulary = vocabulary

    def prompts(self, request: Request) -> Prompts:
        """All texts of a request. Takes milliseconds for a hundred questions; touches no cache."""
        texts = [self._question(number, text, request.pictures) for number, text in enumerate(request.questions)]
        for number, choice in enumerate(request.choices):
            texts += self._labels(number, choice.question, choice.labels, request.pictures)
        return Prompts(tuple(texts), self._tokens(request.conversation) if request.generate else None)

    def _question(self, number: int, text: str, pictures: tuple[Picture, ...]) -> Text:
        tokens = self._tokens([Message("user", text, pictures)])
        return Text(tokens, len(tokens) - 1, number)

    def _labels(self, number: int, question: str, labels: tuple[str, ...], pictures: tuple[Picture, ...]) -> list[Text]:
        """A label is scored from where it first differs from the question's own end: tokenizers join across it."""
        asked = Message("user", question, pictures)
        alone = self._tokens([asked])
        whole = [self._tokens([asked, Message("assistant", label)], begun=True) if label else alone for label in labels]
        begin = min((common_length(alone, tokens) for tokens in whole), default=0)
        return [Text(tokens, max(begin - 1, 0), number, label) for label, tokens in enumerate(whole)]

    def _tokens(self, conversation: Sequence[Message], *, begun: bool = False) -> tuple[Token, ...]:
        digests = [picture.digest for message in conversation for picture in message.pictures]
        found = self._vocabulary.tokens(self._template.parts(conversation, begun=begun))
        return tuple(digests[token.picture] if isinstance(token, Sight) else token for token in found)


def units_of(tokens: Sequence[Token], seen: Mapping[str, Sequence[Unit]]) -> list[Unit]:
    """A text with what stands for its pictures put in."""
    units: list[Unit] = []
    for token in tokens:
        units += [token] if isinstance(token, int) else seen[token]
    return units


@dataclass(frozen=True)
class Scored:
    """The texts of a request as what all of them begin with and what each goes on with, in the order of the texts."""

    stem: tuple[Unit, ...]
    tails: tuple[Tail, ...]


def split_texts(texts: Sequence[Text], seen: Mapping[str, Sequence[Unit]], wave_rows: int) -> Scored:
    """Where the texts part: right after the last picture, unless what they begin with alike would be computed often.

    A step of its own for a few rows costs as much as several times computing them within waves.
    """
    prompts = [units_of(text.tokens, seen) for text in texts]
    # Pictures come before the texts part, so the places of tokens shift by as much in each.
    shift = len(prompts[0]) - len(texts[0].tokens)
    wanted_from = [text.wanted_from + shift for text in texts]
    alike = min(common_length(prompts[0], prompt) for prompt in prompts)
    alike = min(alike, *wanted_from, *(len(prompt) - 1 for prompt in prompts))
    after_picture = max((n + 1 for n, unit in enumerate(prompts[0]) if isinstance(unit, PictureUnit)), default=0)
    if after_picture > alike:
        raise WeightsBroken("the weights' chat template puts pictures behind words, so questions cannot share them")
    tails = _tails(prompts, wanted_from, after_picture)
    if row_count(tails) <= _FEW_WAVES * wave_rows:
        return Scored(tuple(prompts[0][:after_picture]), tails)
    return Scored(tuple(prompts[0][:alike]), _tails(prompts, wanted_from, alike))


def _tails(prompts: Sequence[Sequence[Unit]], wanted_from: Sequence[int], begin: int) -> tuple[Tail, ...]:
    return tuple(
        Tail(tuple(unit for unit in prompt[begin:] if isinstance(unit, int)), wanted - begin)
        for prompt, wanted in zip(prompts, wanted_from, strict=True)
    )
