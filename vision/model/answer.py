"""One request answered by a loaded model: every question scored from one shared prefix, then the answer written."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from vision.errors import PromptTooLong
from vision.model.album import Album, Unit
from vision.model.native import Logits, Model
from vision.model.projector import Projector
from vision.model.template import ChatTemplate, Sight
from vision.model.trunk import Trunk, cells, common_length
from vision.model.vocabulary import Vocabulary
from vision.request import Delta, Done, Event, Generation, Message, Request, Score, Timings, Usage

_UNLIKELY = 0.05  # when sampling, tokens this much less likely than the likeliest are left out


@dataclass
class _Tally:
    """What one request has taken so far."""

    begun: float = field(default_factory=time.perf_counter)
    prefill_s: float = 0.0
    score_s: float = 0.0
    first_token_s: float = 0.0
    generate_s: float = 0.0
    prompt_tokens: int = 0
    generated_tokens: int = 0
    reason: Literal["stop", "length"] = "stop"


class Answerer:
    """A loaded model made ready to answer, one request at a time. `beat` is called often and may raise to end one."""

    def __init__(self, model: Model, projector: Projector | None, beat: Callable[[], None]) -> None:
        self._model = model
        self._vocabulary = vocabulary = Vocabulary(model)
        begin, end = vocabulary.spelled(model.begin), vocabulary.spelled(model.end)
        self._template = ChatTemplate(model.chat_template, vocabulary.controls, begin=begin, end=end)
        self._album = Album(projector)
        self._trunk = Trunk(model, self._album, beat)

    def answer(self, request: Request) -> Iterator[Event]:
        """Scores, deltas, then Done. Raises PromptTooLong before anything is computed."""
        tally = _Tally()
        self._album.encoded, self._album.encode_s = 0, 0.0
        questions = [self._prompt([Message("user", text, request.pictures)]) for text in request.questions]
        prompt = self._prompt(request.conversation) if request.generate else []
        self._check_room(questions, prompt, request.generate)
        yield from self._score(questions, tally)
        if request.generate:
            yield from self._write(prompt, request.generate, tally)
        yield self._done(tally)

    def forget(self) -> None:
        """Drop what earlier requests left in the cache, as after one that failed within."""
        self._trunk.clear()

    def _prompt(self, conversation: Sequence[Message]) -> list[Unit]:
        pictures = [picture for message in conversation for picture in message.pictures]
        prompt: list[Unit] = []
        for token in self._vocabulary.tokens(self._template.parts(conversation)):
            prompt += self._album.units(pictures[token.picture]) if isinstance(token, Sight) else [token]
        return prompt

    def _check_room(self, questions: list[list[Unit]], prompt: list[Unit], generate: Generation | None) -> None:
        """An answer is promised its tokens, but never so many that a quarter of the context is not enough."""
        promised = min(generate.max_tokens, self._model.context_tokens // 4) if generate else 0
        longest = max([cells(prompt) + promised, *map(cells, questions)])
        if longest > self._model.context_tokens:
            raise PromptTooLong(longest - self._model.context_tokens)

    def _score(self, questions: list[list[Unit]], tally: _Tally) -> Iterator[Score]:
        if not questions:
            return
        shared = questions[0][: _shared_length(questions)]
        with self._prefill(tally):
            self._trunk.grow(shared)
        begun = time.perf_counter()
        tails = [[unit for unit in question[len(shared) :] if isinstance(unit, int)] for question in questions]
        tally.prompt_tokens += cells(shared) + sum(map(len, tails))
        for number, logits in self._trunk.branches(tails):
            yield Score(number, *self._vocabulary.verdict(logits))
        tally.score_s = time.perf_counter() - begun

    def _write(self, prompt: list[Unit], generate: Generation, tally: _Tally) -> Iterator[Delta]:
        """The answer grows on the trunk itself, where a follow-up finds it."""
        tally.prompt_tokens += cells(prompt)
        with self._prefill(tally):
            logits = self._trunk.logits_after(prompt)
        begun = time.perf_counter()
        transcript, dice = self._vocabulary.transcript(), np.random.default_rng()
        while not self._model.ends(token := _choose(logits, generate.temperature, dice)):
            tally.generated_tokens += 1
            tally.first_token_s = tally.first_token_s or time.perf_counter() - tally.begun
            if text := transcript.add(token):
                yield Delta(text)
            if tally.generated_tokens >= generate.max_tokens or self._trunk.cells >= self._model.context_tokens:
                tally.reason = "length"
                break
            logits = self._trunk.logits_with(token)
        tally.generate_s = time.perf_counter() - begun

    @contextmanager
    def _prefill(self, tally: _Tally) -> Iterator[None]:
        begun = time.perf_counter() - self._album.encode_s
        yield
        tally.prefill_s += time.perf_counter() - self._album.encode_s - begun

    def _done(self, tally: _Tally) -> Done:
        usage = Usage(tally.prompt_tokens, 0, tally.generated_tokens, self._album.encoded)
        timings = Timings(self._album.encode_s, tally.prefill_s, tally.score_s, tally.first_token_s, tally.generate_s)
        return Done(tally.reason, usage, timings)


def _shared_length(prompts: Sequence[Sequence[Unit]]) -> int:
    """What all prompts begin with alike, leaving each at least its last token, for which logits are wanted."""
    alike = min(common_length(prompts[0], prompt) for prompt in prompts)
    return min(alike, *(len(prompt) - 1 for prompt in prompts))


def _choose(logits: Logits, temperature: float, dice: np.random.Generator) -> int:
    if temperature <= 0:
        return int(logits.argmax())
    chances = np.exp((logits.astype(np.float64) - logits.max()) / temperature)
    chances[chances < _UNLIKELY] = 0.0
    return int(dice.choice(len(chances), p=chances / chances.sum()))
