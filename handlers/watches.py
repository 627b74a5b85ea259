"""/watches: what is watched for here, page by page; and what no button can say about a watch, typed with its number."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final, Unpack

from telegram import Update
from telegram.ext import CallbackQueryHandler, CommandHandler, filters

from handlers.command import OFF, argument
from handlers.page import Page, say_page, shortened, turn_page, whisper
from handlers.phrases import Phrases
from handlers.quiet import signs
from handlers.spans import LONGEST_PAUSE, hours_in, length_label, seconds_in
from handlers.tally import stats
from handlers.target import redirect
from handlers.watch import GONE, reword
from handlers.watching import watch_page
from handlers.work import Context, Work
from handlers.zones import zone_of
from storage.records import Button, Watch
from storage.watches import Options

A_PAGE: Final = 10
_LONGEST_LABEL: Final = 40

_STATS: Final = frozenset({"stats", "statistics", "统计"})
_ALWAYS: Final = OFF | {"always", "all day", "全天", "一直", "总是"}
_NONE: Final = OFF | {"0", "none", "no", "无", "不"}


async def watches(update: Update, context: Context) -> None:
    """List this chat's watches, show the one with that number, or do what is written behind its number."""
    work, words = context.work, argument(update).split(maxsplit=2)
    if not words:
        say_page(work, await list_page(work))
        return
    if words[0].casefold() in _STATS:
        await stats(work)
        return
    async with work.desk.store.read() as records:
        kept = await records.watches.of_chat(work.chat.id)
    number = int(words[0]) if words[0].isascii() and words[0].isdecimal() and len(words[0]) < 9 else None
    form = _FORMS.get(words[1].casefold()) if len(words) > 1 else None
    if number is None or (len(words) > 1 and form is None):
        work.say(_how(work.phrases))
    elif not 1 <= number <= len(kept):
        work.say(work.phrases("There is no watch with the number {number} here. /watches shows them.", number=number))
    elif form is None:
        say_page(work, await watch_page(kept[number - 1], context))
    else:
        await form(update, context, kept[number - 1], words[2] if len(words) > 2 else "")


async def _ask(_update: Update, context: Context, watch: Watch, words: str) -> None:
    await reword(context.work, watch.id, words)


async def _hours(_update: Update, context: Context, watch: Watch, words: str) -> None:
    hours, _ = hours_in(words), context.work.phrases
    if words.casefold() in _ALWAYS or (hours and hours.start == hours.end):
        await _change(context, watch, hours=None)
    elif hours:
        await _change(context, watch, hours=hours)
    else:
        context.work.say(
            _("Tell me from when to when, like this:\n/watches 1 hours 22:00-06:30\n/watches 1 hours always")
        )


async def _cooldown(_update: Update, context: Context, watch: Watch, words: str) -> None:
    seconds, _ = 0 if words.casefold() in _NONE else seconds_in(words), context.work.phrases
    if seconds is not None:
        await _change(context, watch, cooldown=seconds)
        return
    context.work.say(
        _(
            "Tell me for how long to be quiet after an alert, {most} at most, like this:\n"
            "/watches 1 cooldown 5m\n/watches 1 cooldown off",
            most=length_label(LONGEST_PAUSE, _),
        )
    )


async def _to(update: Update, context: Context, watch: Watch, words: str) -> None:
    if changes := await redirect(update, context, watch, words):
        await _change(context, watch, **changes)


async def _change(context: Context, watch: Watch, **changes: Unpack[Options]) -> None:
    """Change a watch, and show it as it is now."""
    work = context.work
    async with work.desk.store.write() as records:
        changed = await records.watches.change(work.chat.id, watch.id, **changes)
    if changed is None:
        work.say(work.phrases(GONE))
    else:
        say_page(work, await watch_page(changed, context))


_Form = Callable[[Update, Context, Watch, str], Awaitable[None]]
_FORMS: Final[dict[str, _Form]] = {
    **dict.fromkeys(("ask", "问", "改问"), _ask),
    **dict.fromkeys(("hours", "时间", "时段"), _hours),
    **dict.fromkeys(("cooldown", "cool-down", "静默", "静默时间", "间隔", "冷却"), _cooldown),
    **dict.fromkeys(("to", "发到", "发给"), _to),
}


def _how(phrases: Phrases) -> str:
    return phrases(
        "I take these, with a watch's number as /watches shows it:\n"
        "/watches 1\n"
        "/watches 1 ask is the gate open?\n"
        "/watches 1 hours 22:00-06:30\n"
        "/watches 1 cooldown 5m\n"
        "/watches 1 to @channel\n"
        "/watches stats"
    )


async def turn(update: Update, context: Context) -> None:
    """Turn the message to the page of the list that the button names."""
    query, work = update.callback_query, context.work
    if query is None or query.data is None:
        return
    await whisper(query)
    await turn_page(query, await list_page(work, int(query.data.partition(":")[2] or 0)))


async def list_page(work: Work, page: int = 0) -> Page:
    """One page of the chat's watches, each with a button that opens it; the last one where there is no such page."""
    _ = work.phrases
    async with work.desk.store.read() as records:
        kept = await records.watches.of_chat(work.chat.id)
    back = (Button(_("‹ Settings"), "settings"),)
    if not kept:
        return Page(_("Nothing is watched for here. /watch begins."), (back,))
    last = (len(kept) - 1) // A_PAGE
    page = min(page, last)
    now = datetime.now(UTC).astimezone(zone_of(work.chat))
    lines = [f"{number}. {signs(watch, now)}{watch.condition}" for number, watch in enumerate(kept, 1)]
    here = range(page * A_PAGE, min((page + 1) * A_PAGE, len(kept)))
    rows: list[tuple[Button, ...]] = [
        (Button(shortened(lines[at], _LONGEST_LABEL), f"watch:{kept[at].id}"),) for at in here
    ]
    turning = [
        *([Button("‹", f"watches:{page - 1}")] if page else []),
        *([Button(f"{page + 1}/{last + 1}", f"watches:{page}")] if last else []),
        *([Button("›", f"watches:{page + 1}")] if page < last else []),
    ]
    said = "\n".join([_("I look for these in every new picture:"), *(lines[at] for at in here)])
    rows += [tuple(turning)] if turning else []
    return Page(said, (*rows, (Button(_("📊 How they do"), "watches:stats"),), back))


handlers = (
    CommandHandler("watches", watches, filters.UpdateType.MESSAGE),
    CallbackQueryHandler(turn, pattern=r"^watches(:\d{1,6})?$"),
)
