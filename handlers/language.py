"""/language: in which language this chat is spoken to; without a choice, in each person's own."""

from __future__ import annotations

from typing import Final

from telegram import Update
from telegram.ext import CallbackQueryHandler, CommandHandler, filters

from handlers.command import OFF, argument
from handlers.page import Page, say_page, turn_page, whisper
from handlers.phrases import N_, Phrases
from handlers.work import Context, Work
from prompts.languages import LANGUAGES, NAMES, language_of
from storage.records import Button

AUTOMATIC: Final = N_("Automatic")

_AUTO = "auto"
_WORDS: Final[dict[str, str]] = {
    **dict.fromkeys(("en", "english", "英文", "英语"), "en"),
    **dict.fromkeys(("zh", "zh-hans", "zh-cn", "cn", "chinese", "中文", "汉语", "简体", "简体中文"), "zh-hans"),
    **dict.fromkeys((_AUTO, "automatic", "自动", *OFF), _AUTO),
}


async def language(update: Update, context: Context) -> None:
    """Speak the language behind the command from now on; without one that is known, show which there are."""
    work, asked = context.work, argument(update).lower()
    wanted = _WORDS.get(asked)
    if wanted:
        await _choose(update, work, wanted)
    shown = page(work)
    if asked and not wanted:
        _ = work.phrases
        unknown = _("I don't know that language yet. I know {languages}.", languages=_.listed(NAMES.values()))
        shown = Page(f"{unknown}\n{shown.text}", shown.buttons)
    say_page(work, shown)


async def press(update: Update, context: Context) -> None:
    """Show the languages, or speak the one whose button was pressed, in this very message too."""
    query, work = update.callback_query, context.work
    if query is None or query.data is None:
        return
    wanted = query.data.partition(":")[2]
    if wanted:
        await _choose(update, work, wanted)
    await whisper(query)
    await turn_page(query, page(work))


def page(work: Work) -> Page:
    """Which language is spoken here, and those that could be."""
    _, chosen = work.phrases, work.chat.language
    if chosen:
        said = _("I speak {language} here.", language=NAMES[language_of(chosen)])
    else:
        said = _("I speak everybody's own language here, as it is set in Telegram, and answer in that of the question.")
    choices = [(_AUTO, _(AUTOMATIC)), *((code, NAMES[code]) for code in LANGUAGES)]
    row = tuple(Button(f"{'✓ ' if key == (chosen or _AUTO) else ''}{name}", f"language:{key}") for key, name in choices)
    return Page(said, (row, (Button(_("‹ Settings"), "settings"),)))


def name_of(chosen: str | None, phrases: Phrases) -> str:
    """A chat's choice in words."""
    return NAMES[language_of(chosen)] if chosen else phrases(AUTOMATIC)


async def _choose(update: Update, work: Work, wanted: str) -> None:
    """Keep the choice, and speak so at once; automatic speaks to each person as Telegram does."""
    person = update.effective_user
    chosen = None if wanted == _AUTO else wanted
    async with work.desk.store.write() as records:
        work.chat = await records.chats.set(work.chat.id, language=chosen)
    work.language = language_of(chosen or (person.language_code if person else None))


handlers = (
    CommandHandler("language", language, filters.UpdateType.MESSAGE),
    CallbackQueryHandler(press, pattern=rf"^language(:({_AUTO}|{'|'.join(LANGUAGES)}))?$"),
)
