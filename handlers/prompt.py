"""/prompt: a chat's own instruction to the model: shown, proposed, tried on the last picture, kept and cleared."""

from __future__ import annotations

from dataclasses import replace

from telegram import CallbackQuery, Message, Update
from telegram.ext import CallbackQueryHandler, CommandHandler, filters

from handlers.answer import answer
from handlers.command import OFF, argument
from handlers.instructions import GONE, ONLY_ADMINS, choice, fits, found, quoted, settle, shown
from handlers.page import Page, say_page, turn_page, whisper
from handlers.permission import may_instruct
from handlers.presence import typing
from handlers.sight import recall
from handlers.work import Context, Work
from prompts.instruction import PLACEHOLDERS
from storage.records import Button, Sighting

_CLEAR = OFF | {"clear", "reset", "清除", "清空", "重置", "删除"}


async def prompt(update: Update, context: Context) -> None:
    """Show the instruction, clear it, or take the words behind the command for a new one."""
    work, text = context.work, argument(update)
    if not text:
        say_page(work, home(work))
    elif not await may_instruct(update, context):
        work.say(work.phrases(ONLY_ADMINS))
    elif text.lower() in _CLEAR:
        say_page(work, await _cleared(work))
    elif await fits(text, work):
        await _take(update, work, text)


async def _take(update: Update, work: Work, text: str) -> None:
    """Propose the instruction where there is a picture to try it on; else there is nothing to wait for: keep it."""
    message = update.effective_message
    async with work.desk.store.write() as records:
        if message and await records.sightings.latest(work.chat.id):
            proposal = await records.proposals.add(work.chat.id, text, message_id=message.message_id)
            keep, discard, try_ = choice(f"p{proposal.id}", work.phrases)
            said = work.phrases("Shall I follow this from the next picture on?\n\n{prompt}", prompt=text)
            say_page(work, Page(said, ((keep, discard), (try_,))))
        else:
            work.chat = await records.chats.set(work.chat.id, prompt=text)
            say_page(work, _kept(work))


def home(work: Work) -> Page:
    """What is followed here, and the ways to something else."""
    _, chosen = work.phrases, work.chat.prompt
    buttons: list[tuple[Button, ...]] = [(Button(_("Presets"), "presets"), Button(_("This chat's own"), "presets:own"))]
    if chosen is None:
        said = _("This chat has no instruction of its own. Set one like this:\n/prompt Answer in one short sentence.")
    else:
        said = _("I follow this here (/prompt clear removes it):\n\n{prompt}", prompt=shown(chosen, _))
        buttons.append((Button(_("Clear"), "prompt:clear"),))
    hint = _(
        "In an instruction, {placeholders} stand for where and when a picture was taken and for the language of the "
        "answer. /preset NAME keeps the instruction under a name.",
        placeholders=" ".join(PLACEHOLDERS),
    )
    return Page(f"{said}\n\n{hint}", (*buttons, (Button(_("‹ Settings"), "settings"),)))


def _kept(work: Work) -> Page:
    _, chosen = work.phrases, shown(work.chat.prompt or "", work.phrases)
    return _with_way_back(work, _("Kept. From the next picture on I follow this:\n\n{prompt}", prompt=chosen))


async def _cleared(work: Work) -> Page:
    async with work.desk.store.write() as records:
        work.chat = await records.chats.set(work.chat.id, prompt=None)
    return _with_way_back(work, work.phrases("Cleared. I describe pictures my own way again."))


def _with_way_back(work: Work, text: str) -> Page:
    return Page(text, ((Button(work.phrases("‹ Instruction"), "prompt"),),))


async def show(update: Update, context: Context) -> None:
    """Turn the message back to the instruction's page."""
    if query := update.callback_query:
        await whisper(query)
        await turn_page(query, home(context.work))


async def press(update: Update, context: Context) -> None:
    """Clear the instruction, or keep, discard or try the one that the button names."""
    query, work = update.callback_query, context.work
    if query is None or query.data is None:
        return
    _name, act, source = [*query.data.split(":"), ""][:3]
    if not await may_instruct(update, context):
        await whisper(query, work.phrases(ONLY_ADMINS), alert=True)
    elif act == "clear":
        page = await _cleared(work)
        await whisper(query, page.text)
        await turn_page(query, page)
    elif act == "try":
        await _try(query, context, source)
    else:
        await _decide(query, work, source, keep=act == "keep")


async def _decide(query: CallbackQuery, work: Work, source: str, *, keep: bool) -> None:
    """Keep or discard an instruction, unless somebody has done so before."""
    _ = work.phrases
    async with work.desk.store.write() as records:
        text = await found(source, records, work)
        if text is not None and keep:
            work.chat = await records.chats.set(work.chat.id, prompt=text)
    if text is None:
        await whisper(query, _(GONE), alert=True)
        return
    page = _kept(work) if keep else _with_way_back(work, _("Discarded. Nothing has changed."))
    await whisper(query, _("Kept.") if keep else page.text)
    await turn_page(query, page)
    async with work.desk.store.write() as records:  # last: until then this press may have to be worked on again
        await settle(source, records, work)


async def _try(query: CallbackQuery, context: Context, source: str) -> None:
    """Look at the last picture as if the instruction were kept already, and ask whether it shall be."""
    work, message = context.work, query.message
    _ = work.phrases
    async with work.desk.store.read() as records:
        text = await found(source, records, work)
        last = await records.sightings.latest(work.chat.id)
    if text is None:
        await whisper(query, _(GONE), alert=True)
    elif last is None or not isinstance(message, Message):
        await whisper(query, _("Send me a photo first, then I can try it on that."), alert=True)
    else:
        await whisper(query, _("I look at the last photo with this…"))
        async with typing(context, message):
            await _look_as_if(context, message, last, text)
        keep, discard, _again = choice(source, _)
        asked = _("Shall I follow “{prompt}” from the next picture on?", prompt=quoted(text, _))
        say_page(work, Page(asked, ((keep, discard),)))


async def _look_as_if(context: Context, message: Message, sighting: Sighting, text: str) -> None:
    work = context.work
    kept, work.chat = work.chat, replace(work.chat, prompt=text)
    try:
        await answer(context, message, sighting, await recall(sighting, work.desk), question=None, trial=True)
    finally:
        work.chat = kept


handlers = (
    CommandHandler("prompt", prompt, filters.UpdateType.MESSAGE),
    CallbackQueryHandler(show, pattern=r"^prompt$"),
    CallbackQueryHandler(press, pattern=r"^prompt:(clear|(keep|drop|try):[a-z0-9.]{1,40})$"),
)
