"""`ask`: one picture, one answer, on the command line."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.errors import BotError
from bot.settings import Settings
from lookout.inquiry import Inquiry
from lookout.look import Hear, Looked, look
from prompts.conditions import condition_of, yes_or_no
from prompts.languages import Language, language_of, language_written
from storage.records import Watch
from vision.engine import Engine
from vision.pictures import Pictures


async def ask_about(
    settings: Settings,
    picture: Path,
    question: str | None,
    conditions: tuple[str, ...],
    language: str | None,
    *,
    as_json: bool,
) -> None:
    """Print the answer about `picture` as it is written, then p(yes) of each condition; or all of it as JSON."""
    async with Pictures() as pictures:
        seen = await pictures.open(_read(picture))
    spoken = language_of(language) if language else language_written(question or "", otherwise="en")
    inquiry = Inquiry(pictures=(seen,), language=spoken, question=question, watches=_watches(conditions, spoken))
    async with Engine(settings.engine) as engine:
        hear: Hear = (lambda _: None) if as_json else _Typewriter().show
        looked = await look(inquiry, engine, sighting=0, hear=hear)
    if as_json:
        print(json.dumps(_report(inquiry, looked), ensure_ascii=False, indent=2))  # noqa: T201
        return
    print()  # noqa: T201
    for scored in _report(inquiry, looked)["scores"]:
        print(f"{scored['p_yes']:.3f}  {scored['outcome']:<6}  {scored['condition']}")  # noqa: T201


class _Typewriter:
    """Writes an answer that grows to standard output."""

    def __init__(self) -> None:
        self._shown = 0

    def show(self, text: str) -> None:
        """Write what is new in `text`."""
        if len(text) < self._shown:  # the engine died and answers anew
            sys.stdout.write("\n")
            self._shown = 0
        sys.stdout.write(text[self._shown :])
        sys.stdout.flush()
        self._shown = len(text)


def _read(path: Path) -> bytes:
    if str(path) == "-":
        data = sys.stdin.buffer.read()
        if not data:
            raise BotError("standard input is empty: pipe a picture into it")
        return data
    try:
        return path.read_bytes()
    except OSError as error:
        raise BotError(f"cannot read {path}: {error.strerror}") from error


def _watches(conditions: tuple[str, ...], language: Language) -> tuple[Watch, ...]:
    if not all(map(condition_of, conditions)):
        raise BotError("--score wants a condition, such as --score fire")
    now = datetime.now(UTC)
    return tuple(
        Watch(number, 0, condition, language_written(condition, otherwise=language), now)
        for number, condition in enumerate(map(condition_of, conditions))
    )


def _report(inquiry: Inquiry, looked: Looked) -> dict[str, Any]:
    scores = [
        {"condition": watch.condition, "question": yes_or_no(watch.condition, language_of(watch.language))}
        | {key: value for key, value in asdict(verdict).items() if key in {"p_yes", "outside", "outcome"}}
        for watch, verdict in zip(inquiry.watches, looked.verdicts, strict=True)
    ]
    return {"question": inquiry.asked, "answer": looked.answer, "cut": looked.cut, "scores": scores}
