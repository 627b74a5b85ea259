"""From a conversation to the parts of a prompt, by the chat template that comes with the weights.

The template is rendered with marks in place of what people wrote, and cut at the control tokens and pictures that the
template itself wrote; only then are the texts put in. So nothing that a person writes can become a control token or a
picture, and yet each stretch of text stays whole for the tokenizer, as the model saw it in training.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from jinja2 import TemplateError
from jinja2.ext import Extension
from jinja2.nodes import Node
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from vision.errors import WeightsBroken
from vision.request import Message, Role

VICUNA = (
    "{% for message in messages %}"
    "{% if message['role'] == 'system' %}{{ message['content'] + ' ' }}"
    "{% elif message['role'] == 'user' %}{{ 'USER: ' + message['content'] }}"
    "{% else %}{{ ' ASSISTANT: ' + message['content'] + eos_token }}{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ ' ASSISTANT:' }}{% endif %}"
)
# Private-use characters, which no template writes: \ue000t3\ue001 is the fourth text, \ue000p0\ue001 the first picture.
_MARK = re.compile("\ue000[tp][0-9]+\ue001")


@dataclass(frozen=True)
class Control:
    """A special token that the template wrote."""

    token: int


@dataclass(frozen=True)
class Sight:
    """Where a picture stands, by its number in the conversation."""

    picture: int


Part = Control | Sight | str
Form = tuple[tuple[Role, int], ...]
"""A conversation without its words: whose each turn is and how many pictures it holds."""

_FORMS = 256  # remembered as rendered


class ChatTemplate:
    """A chat template and the spellings of the special tokens that it may write."""

    def __init__(self, source: str | None, controls: Mapping[str, int], *, begin: str, end: str) -> None:
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols", _Answers]
        )
        environment.globals["raise_exception"] = _refuse
        environment.globals["strftime_now"] = _today
        try:
            self._template = environment.from_string(source or VICUNA)
        except TemplateError as error:
            raise WeightsBroken(f"the weights' chat template cannot be read: {error}") from error
        # None where there are no tools and documents, as templates expect it: what is undefined "is not none" to them.
        absent = {"tools": None, "documents": None}
        self._context = {"bos_token": begin, "eos_token": end, "enable_thinking": False, **absent}
        self._controls = controls
        longest_first = sorted(controls, key=len, reverse=True)
        self._cuts = re.compile("|".join([f"(?P<mark>{_MARK.pattern})", *map(re.escape, longest_first)]))
        self._rendered = lru_cache(_FORMS)(self._render)

    def parts(self, conversation: Sequence[Message], *, begun: bool = False) -> list[Part]:
        """The prompt for the model's next turn, or, where the last turn is the model's and `begun`, up to its text.

        A picture stands on a line of its own before the text of its turn.
        """
        form = tuple((message.role, len(message.pictures)) for message in conversation)
        texts = [message.text.strip() for message in conversation]
        parts: list[Part] = []
        for piece in self._rendered(form, datetime.now(UTC).date(), begun):
            part = texts[int(piece[2:-1])] if isinstance(piece, str) and piece.startswith("\ue000t") else piece
            if isinstance(part, str) and parts and isinstance(parts[-1], str):
                parts[-1] += part
            elif part != "":
                parts.append(part)
        return parts

    def _pieces(self, rendered: str) -> Iterator[Part]:
        end = 0
        for found in self._cuts.finditer(rendered):
            yield rendered[end : found.start()]
            spelling, end = found.group(), found.end()
            if spelling.startswith("\ue000p"):
                yield Sight(int(spelling[2:-1]))
            else:
                yield spelling if found["mark"] else Control(self._controls[spelling])
        yield rendered[end:]

    def _render(self, form: Form, _day: date, begun: bool) -> tuple[Part, ...]:
        """The template with marks for the texts and pictures; some templates write the day, too."""
        rendered = self._filled(form, begun)
        if begun:
            last = f"\ue000t{len(form) - 1}\ue001"
            rendered = rendered[: rendered.index(last) + len(last)]
        return tuple(self._pieces(rendered))

    def _filled(self, form: Form, begun: bool) -> str:
        """Templates differ in what they take: the first manner is kept in which every mark comes out once."""
        marks = _marked(form)
        expected = sorted(_MARK.findall("".join(text for _, text in marks)))
        for manner in (_plain, _typed):
            for turns in (marks, _without_system(marks)):
                try:
                    rendered = self._template.render(
                        messages=manner(turns), add_generation_prompt=not begun, **self._context
                    )
                except Exception:  # noqa: BLE001, S112  the weights' template may fail as any program does
                    continue
                if sorted(_MARK.findall(rendered)) == expected:
                    return rendered
        raise WeightsBroken("the weights' chat template cannot tell such a conversation")


class _Answers(Extension):
    """Reads a {% generation %} block, by which some templates mark answers for training, as what is in it."""

    tags = {"generation"}  # noqa: RUF012  jinja types it so

    def parse(self, parser: Parser) -> list[Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def _marked(form: Form) -> list[tuple[str, str]]:
    turns: list[tuple[str, str]] = []
    pictures = 0
    for number, (role, held) in enumerate(form):
        sights = "".join(f"\ue000p{pictures + n}\ue001\n" for n in range(held))
        pictures += held
        turns.append((role, f"{sights}\ue000t{number}\ue001"))
    return turns


def _without_system(turns: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Some templates refuse a system turn: its text then opens the first user turn, after that turn's pictures."""
    system = "\n\n".join(text for role, text in turns if role == "system")
    rest = [(role, text) for role, text in turns if role != "system"]
    for number, (role, text) in enumerate(rest):
        if system and role == "user":
            sights, _, words = text.rpartition("\n")
            rest[number] = (role, f"{sights}\n{system}\n\n{words}" if sights else f"{system}\n\n{words}")
            break
    return rest


def _plain(turns: list[tuple[str, str]]) -> list[dict[str, Any]]:
    return [{"role": role, "content": text} for role, text in turns]


def _typed(turns: list[tuple[str, str]]) -> list[dict[str, Any]]:
    return [{"role": role, "content": [{"type": "text", "text": text}]} for role, text in turns]


def _refuse(message: str) -> str:
    raise TemplateError(message)


def _today(form: str) -> str:
    return datetime.now(UTC).strftime(form)
