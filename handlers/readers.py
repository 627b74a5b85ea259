"""Who reads what is said in a chat, be it another one than that which is worked for: in its language, by its clock."""

from __future__ import annotations

from dataclasses import dataclass, replace

from handlers.phrases import Phrases
from handlers.work import Work
from prompts.languages import language_of
from storage.records import Chat


@dataclass(frozen=True, slots=True)
class Readers:
    """A chat's choices, and the texts in its language."""

    chat: Chat
    phrases: Phrases


async def readers_of(work: Work, chat: int) -> Readers:
    """The readers of a chat. A language or a zone that it has not chosen is that of the chat that is worked for."""
    if chat == work.chat.id:
        return Readers(work.chat, work.phrases)
    async with work.desk.store.read() as records:
        theirs = await records.chats.get(chat)
    phrases = Phrases(language_of(theirs.language)) if theirs.language else work.phrases
    return Readers(replace(theirs, zone=theirs.zone or work.chat.zone), phrases)
