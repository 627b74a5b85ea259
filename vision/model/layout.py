"""How a request is answered, stage by stage, and how many cells of the cache that takes at most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vision.errors import PromptTooLong
from vision.model.cache import Cache, Line
from vision.model.context import FORKS, STEP_ROWS
from vision.model.contexts import Contexts
from vision.model.job import Job
from vision.model.native import Model
from vision.model.prompt import split_texts, units_of
from vision.model.sampler import Sampler
from vision.model.stage import Forks, Scoring, Stage, Writing
from vision.model.tree import WaveLimits, row_count
from vision.model.units import Unit, cells_of
from vision.model.vocabulary import Vocabulary
from vision.request import Generation

_WAVE = WaveLimits(rows=STEP_ROWS, leaves=FORKS // 2, wanted=FORKS // 2)  # so that two find room side by side


class Layout:
    """Lays requests out. None may take more than `context_tokens`."""

    def __init__(
        self, model: Model, vocabulary: Vocabulary, context: Contexts, cache: Cache, context_tokens: int
    ) -> None:
        self._model = model
        self._vocabulary = vocabulary
        self._context = context
        self._cache = cache
        self._most = context_tokens
        self._forks = Forks()

    def lay_out(self, job: Job) -> None:
        """Give a job its stages, now that all its pictures are known. Raises PromptTooLong, or WeightsBroken."""
        units = {digest: seen.units for digest, seen in job.seen.items()}
        stages: list[Stage] = []
        if job.prompts.texts:
            stages.append(self._scoring(job, units))
        if job.prompts.answer is not None and job.request.generate and job.sampler:
            prompt = units_of(job.prompts.answer, units)
            stages.append(self._writing(job, prompt, job.request.generate, job.sampler))
        job.stages.extend(stage for stage in stages if not stage.done)
        job.laid_out = True

    def _scoring(self, job: Job, units: Mapping[str, Sequence[Unit]]) -> Stage:
        """Questions and labels: the stem that they share, and one wave after the other."""
        scored = split_texts(job.prompts.texts, units, _WAVE.rows)
        stem, rows = cells_of(scored.stem), row_count(scored.tails)
        longest = max(len(tail.tokens) for tail in scored.tails)
        self._check(stem + longest)
        job.cells = max(job.cells, stem + min(rows, max(_WAVE.rows, longest)))
        job.tally.prompt_tokens += stem + rows

        def fork(line: Line, sequence: int) -> None:
            self._context.copy(line.slot, sequence, line.end)

        return Scoring(
            self._cache,
            scored,
            job.prompts.texts,
            vocabulary=self._vocabulary,
            forks=self._forks,
            fork=fork,
            unfork=self._context.trim,
            limits=_WAVE,
        )

    def _writing(self, job: Job, prompt: Sequence[Unit], generate: Generation, sampler: Sampler) -> Stage:
        """PromptTooLong where an answer has no room for its tokens, or for a quarter of the context if that is less."""
        cells = cells_of(prompt)
        self._check(cells + min(generate.max_tokens, self._most // 4))
        tokens = min(generate.max_tokens, self._most - cells)
        job.cells = max(job.cells, cells + tokens)
        job.tally.prompt_tokens += cells
        stage = Writing(
            self._cache,
            prompt,
            sampler=sampler,
            transcript=self._vocabulary.transcript(),
            ends=self._model.ends,
            most_tokens=tokens,
        )
        if tokens <= 0:
            stage.done, job.tally.reason = True, "length"
        return stage

    def _check(self, cells: int) -> None:
        if cells > self._most:
            raise PromptTooLong(cells - self._most)
