"""Where instructions come from, as buttons name them: presets, a chat's own ones, and proposals; how they are shown.

A button has 64 bytes, so it names an instruction: "b.read" is a preset, "o7" the chat's own with that id, "p7" a
proposal.
"""

from __future__ import annotations

import re
from typing import Final

from handlers.page import shortened
from handlers.phrases import N_, Phrases
from handlers.work import Work
from lookout.room import longest_instruction
from prompts.presets import LENGTHS, STYLES, TASKS, preset, preset_of
from storage.records import Button
from storage.store import Records

ONLY_ADMINS: Final = N_("In this group only admins change the instruction.")
GONE: Final = N_("This was kept, discarded or removed already.")

TASK_LABELS: Final[dict[str, str]] = dict(
    zip(
        TASKS,
        (
            N_("Describe"),
            N_("Describe in detail"),
            N_("For someone who cannot see"),
            N_("Read the text"),
            N_("Translate the text"),
            N_("Explain like a guide"),
            N_("Is it safe?"),
            N_("Which plant or animal?"),
            N_("What can I cook?"),
            N_("Check the code"),
            N_("Count the things"),
        ),
        strict=True,
    )
)
STYLE_LABELS: Final[dict[str, str]] = dict(
    zip(STYLES, (N_("Plain"), N_("Funny"), N_("Poetic"), N_("News")), strict=True)
)
LENGTH_LABELS: Final[dict[str, str]] = dict(
    zip(LENGTHS, (N_("A few words"), N_("One sentence"), N_("A few sentences")), strict=True)
)

_OF_CHAT = re.compile(r"([op])(\d{1,18})")
_PRESET = "b."


def source_of(key: str) -> str:
    """How buttons name a preset."""
    return f"{_PRESET}{key}"


async def found(source: str, records: Records, work: Work) -> str | None:
    """The instruction that a button names; None where it is there no more."""
    if source.startswith(_PRESET):
        return preset(source.removeprefix(_PRESET), work.language)
    named = _OF_CHAT.fullmatch(source)
    if named is None:
        return None
    kind = records.presets if named[1] == "o" else records.proposals
    kept = await kind.get(work.chat.id, int(named[2]))
    return kept.text if kept else None


async def settle(source: str, records: Records, work: Work) -> None:
    """A proposal was kept or discarded and waits no longer; what is no proposal stays."""
    named = _OF_CHAT.fullmatch(source)
    if named and named[1] == "p":
        await records.proposals.remove(work.chat.id, int(named[2]))


def label_of(text: str, phrases: Phrases) -> str | None:
    """What the preset is called that an instruction is, word for word; None for somebody's own."""
    key = preset_of(text)
    if key is None:
        return None
    name, *how = key.split(".")
    if name in TASK_LABELS:
        return phrases(TASK_LABELS[name])
    style, length = how
    details = phrases.listed((phrases(STYLE_LABELS[style]), phrases(LENGTH_LABELS[length])))
    return phrases("{name} ({details})", name=phrases("Caption"), details=details)


def shown(text: str, phrases: Phrases) -> str:
    """An instruction for people to read: a preset under its name and in the reader's language, others as written."""
    label, key = label_of(text, phrases), preset_of(text)
    return f"⭐ {label}\n\n{preset(key, phrases.language)}" if label and key else text


def quoted(text: str, phrases: Phrases, most: int = 60) -> str:
    """An instruction in one short line: a preset's name, or the first `most` units of somebody's own words."""
    return label_of(text, phrases) or shortened(" ".join(text.split()), most)


def choice(source: str, phrases: Phrases) -> tuple[Button, Button, Button]:
    """The buttons that keep, discard, and try an instruction."""
    return (
        Button(phrases("Keep"), f"prompt:keep:{source}"),
        Button(phrases("Discard"), f"prompt:drop:{source}"),
        Button(phrases("Try on the last photo"), f"prompt:try:{source}"),
    )


async def fits(text: str, work: Work) -> bool:
    """Whether the model can be told an instruction; says how long it may be where it can't."""
    most = await longest_instruction(text, work.desk.backend)
    if most < len(text):
        _ = work.phrases
        work.say(
            _(
                "That has {length} characters. Of such text the model here can be told {most}, so that a "
                "picture and an answer find room. Please say it in fewer.",
                length=len(text),
                most=most,
            )
        )
    return most == len(text)
