"""Answering about a sighting: in words as they come, with the alerts, and as a voice note where the chat likes that."""

from __future__ import annotations

from dataclasses import replace

from telegram import Message

from handlers.alert import tell, where
from handlers.aloud import spoken
from handlers.complaints import complaint
from handlers.formatted import Piece, html, plain, split_formatted
from handlers.growing import growing
from handlers.markdown import read_markdown
from handlers.page import shortened
from handlers.sight import Shown
from handlers.stop import stopped
from handlers.work import Context, Work
from handlers.zones import zone_of
from lookout.inquiry import Inquiry
from lookout.look import Looked, look
from places.position import Position
from prompts.languages import answer_language, language_written
from storage.records import Place, Sighting, Turn, Watch
from vision.errors import PromptTooLong
from vision.picture import Picture
from voice.errors import VoiceError

MOST_TURNS = 20
"""Turns of the conversation that the model is told again: ten questions with their answers."""

LONGEST_QUOTE = 500
"""UTF-16 units of what a question quotes that the model is told."""


async def answer(
    context: Context,
    message: Message,
    sighting: Sighting,
    pictures: tuple[Picture, ...],
    *,
    question: str | None,
    watches: tuple[Watch, ...] = (),
    watched: tuple[Shown, ...] | None = None,
    speak: bool = True,
    trial: bool = False,
) -> None:
    """Look once, and leave the answer (where `speak`), the alerts and the voice note to be sent.

    `watched` are the pictures to judge the watches by; where it is None all of them, which this message shows. A
    `trial` knows nothing of the conversation about the sighting, and does not become a part of it.
    """
    work = context.work
    inquiry = replace(
        _inquiry(work, sighting, pictures, question, speak=speak),
        watches=watches,
        watched=None if watched is None else tuple(each.picture for each in watched),
    )
    if not trial:
        inquiry = replace(inquiry, turns=await _turns(work, sighting), quote=_quoted(message))
    inquiry, looked = await _looked(context, message, inquiry, sighting)
    if not trial:
        await _remember(work, sighting, inquiry, looked)
    if inquiry.answer:
        _say_answer(work, message, sighting, looked)
        _say_left_out(work, message, looked, len(pictures))
    if watches:
        await tell(work, sighting, watches, looked, _shown(message, sighting, pictures) if watched is None else watched)
    if inquiry.answer and work.chat.voice:
        await _say_aloud(work, message, sighting, looked.answer, inquiry)


def _inquiry(
    work: Work, sighting: Sighting, pictures: tuple[Picture, ...], question: str | None, *, speak: bool
) -> Inquiry:
    """What is asked about a sighting by itself: without watches, and without what was said about it before."""
    return Inquiry(
        pictures=pictures,
        language=answer_language(work.chat.language, question=question, person=work.language),
        question=question,
        instruction=work.chat.prompt,
        place=str(_position(sighting.place)) if sighting.place else None,
        time=f"{sighting.at.astimezone(zone_of(work.chat)):%Y-%m-%d %H:%M (%Z)}",
        video=sighting.video,
        words=sighting.caption if sighting.forwarded and sighting.chat == work.chat.id else None,
        answer=speak,
        chat=str(work.chat.id),
        priority="interactive" if speak else "camera",
    )


async def _looked(context: Context, message: Message, inquiry: Inquiry, sighting: Sighting) -> tuple[Inquiry, Looked]:
    """What a look brings, and what was asked in it: however much the question is, the watches are judged."""
    try:
        return inquiry, await _look(context, message, inquiry, sighting)
    except PromptTooLong as error:
        if not inquiry.watches:
            raise
        context.work.say(complaint(error, context.work.phrases), reply_to=message.message_id)
        judged_only = replace(inquiry, answer=False)
        return judged_only, await _look(context, message, judged_only, sighting)


async def _look(context: Context, message: Message, inquiry: Inquiry, sighting: Sighting) -> Looked:
    """Look; while an answer is being written it can be seen, and stopped."""
    backend = context.work.desk.backend
    if not inquiry.answer:
        return await look(inquiry, backend, sighting=sighting.id)
    async with growing(context, message) as seen:
        return await look(inquiry, backend, sighting=sighting.id, hear=seen.hear, stop=seen.hold.stop)


def _shown(message: Message, sighting: Sighting, pictures: tuple[Picture, ...]) -> tuple[Shown, ...]:
    return tuple(Shown(message, *each) for each in zip(pictures, sighting.pictures, strict=True))


def _quoted(message: Message) -> str | None:
    """The words of the message replied to that were picked out, in one line."""
    words = " ".join(message.quote.text.split()) if message.quote else ""
    whole = words.encode(errors="replace").decode()  # a quote may begin or end with half a character
    return shortened(whole, LONGEST_QUOTE) or None


async def _turns(work: Work, sighting: Sighting) -> tuple[Turn, ...]:
    async with work.desk.store.read() as records:
        return tuple(
            await records.sightings.turns(sighting.id, chat=work.chat.id, before=work.arrival.id, most=MOST_TURNS)
        )


async def _remember(work: Work, sighting: Sighting, inquiry: Inquiry, looked: Looked) -> None:
    async with work.desk.store.write() as records:
        if looked.answer:
            said = (Turn(sighting.id, "user", inquiry.said), Turn(sighting.id, "assistant", looked.answer))
            await records.sightings.add_turns(said, update=work.arrival.id)


def _say_answer(work: Work, message: Message, sighting: Sighting, looked: Looked) -> None:
    _ = work.phrases
    said = read_markdown(looked.answer) if looked.answer else ()
    if looked.cut:
        said += (Piece(" …"),)
    if looked.stopped:
        said += (*([Piece("\n\n")] if said else []), stopped(_))
    said = said or (Piece(_("The model had nothing to say about this picture.")),)
    if sighting.place:
        said += (Piece("\n\n"), *where(sighting.place))
    for part in split_formatted(said):
        work.say(html(part), html=True, reply_to=message.message_id, sighting=sighting.id)


def _say_left_out(work: Work, message: Message, looked: Looked, pictures: int) -> None:
    if looked.left_out:
        _ = work.phrases
        text = _(
            "Only {taken} of the {total} pictures fit into the model at once, so this answer is about those, taken "
            "evenly. All are kept; send fewer at a time to have each looked at.",
            taken=pictures - looked.left_out,
            total=pictures,
        )
        work.say(text, reply_to=message.message_id)


def _position(place: Place) -> Position:
    return Position(place.latitude, place.longitude)


async def _say_aloud(work: Work, message: Message, sighting: Sighting, text: str, inquiry: Inquiry) -> None:
    words = plain(read_markdown(text))
    try:
        note = await spoken(work, words, language_written(words, otherwise=inquiry.language))
    except VoiceError:
        work.say(work.phrases("I could not speak this answer. /voice off stops voice notes."))
        return
    if note:
        work.say_voice(note.file, note.duration, reply_to=message.message_id, sighting=sighting.id)
