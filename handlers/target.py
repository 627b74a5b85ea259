"""Where the alerts of a watch go: this chat, or another one where its person and the bot may write; a web address."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from telegram import Bot, ChatFullInfo, ChatMember, ChatMemberAdministrator, ChatMemberRestricted, Update, User
from telegram.constants import ChatMemberStatus, ChatType
from telegram.error import BadRequest, ChatMigrated, Forbidden, TelegramError

from handlers.command import OFF
from handlers.permission import is_admin, speaks_for
from handlers.phrases import N_
from handlers.readers import readers_of
from handlers.webhook import set_webhook
from handlers.work import Context
from storage.records import Reply, Watch
from storage.watches import Options

ONLY_ADMINS: Final = N_("In a group only its admins say where alerts go.")

_NOT_FOUND: Final = N_("I can't find that chat. Add me to it first, and check its name or number.")

_HERE: Final = frozenset({"here", "这里", "此处"})
_OFF: Final = OFF | {"none"}
_ME: Final = frozenset({"me", "我"})
# Links to a chat or to a message in it; an invitation names no chat.
_LINK: Final = re.compile(r"(?:https?://)?(?:t|telegram)\.me/.*", re.IGNORECASE)
_NAME: Final = re.compile(r"(?:@|(?:https?://)?(?:t|telegram)\.me/)([a-z]\w{3,31})(?:/\d*)*", re.IGNORECASE | re.ASCII)
_PRIVATE: Final = re.compile(r"(?:https?://)?(?:t|telegram)\.me/c/(\d{1,13})(?:/\d*)*", re.IGNORECASE | re.ASCII)
_NUMBER: Final = re.compile(r"-?\d{1,16}", re.ASCII)


async def redirect(update: Update, context: Context, watch: Watch, words: str) -> Options | None:
    """What is to be changed so that a watch's alerts go where the words say; None, with the reason said, if nothing."""
    work, wanted = context.work, words.strip()
    if not await is_admin(update, context.bot):
        work.say(work.phrases(ONLY_ADMINS))
    elif wanted.casefold() in _HERE:
        return {"target": None}
    elif wanted.casefold() in _OFF:
        return {"webhook": None, "secret": None}
    elif wanted and speaks_for(update):
        work.say(
            work.phrases(
                "While you stay anonymous, Telegram doesn't tell me who you are, and so not where you may write. Say "
                "this once as yourself, or let another admin say it."
            )
        )
    elif (chat := _chat_in(wanted, update.effective_user)) is not None:
        return await _to_chat(update, context, watch, chat)
    elif _LINK.fullmatch(wanted):
        work.say(work.phrases(_NOT_FOUND))
    elif "://" in wanted:
        return await set_webhook(update, context, watch, wanted)
    else:
        work.say(
            work.phrases(
                "Tell me where to, like this:\n/watches 1 to @channel\n/watches 1 to -1001234567890\n"
                "/watches 1 to https://example.org/hook\n/watches 1 to here\n/watches 1 to off"
            )
        )
    return None


def _chat_in(words: str, person: User | None) -> int | str | None:
    """The number or the @name of a chat that somebody wrote."""
    if words.casefold() in _ME:
        return person.id if person else None
    name = _NAME.fullmatch(words)
    if name:
        return f"@{name[1]}"
    if private := _PRIVATE.fullmatch(words):
        return int(f"-100{private[1]}")
    return int(words) if _NUMBER.fullmatch(words) else None


async def _to_chat(update: Update, context: Context, watch: Watch, wanted: int | str) -> Options | None:
    work, person = context.work, update.effective_user
    _ = work.phrases
    chat = await _known(wanted, person, context.bot)
    if chat is None:
        work.say(_(_NOT_FOUND))
        return None
    if chat.id == work.chat.id:
        return {"target": None}
    if person is None or not await _may_write(person, chat, context.bot):
        work.say(_("I send alerts only to where you may write yourself, and I don't see that you may write there."))
        return None
    if not await _announced(update, context, watch, chat):
        work.say(_("Telegram doesn't let me write there. Allow me to send messages in that chat, then say it again."))
        return None
    return {"target": chat.id}


async def _known(wanted: int | str, person: User | None, bot: Bot) -> ChatFullInfo | None:
    """The chat, if the bot is in it. Of people only who asks: who else speaks with the bot is nobody's business."""
    if isinstance(wanted, int) and wanted > 0 and (person is None or wanted != person.id):
        return None
    try:
        return await bot.get_chat(wanted)
    except ChatMigrated as moved:
        return await _known(moved.new_chat_id, person, bot)
    except (BadRequest, Forbidden):
        return None


async def _may_write(person: User, chat: ChatFullInfo, bot: Bot) -> bool:
    if chat.type == ChatType.PRIVATE:
        return chat.id == person.id
    try:
        member = await bot.get_chat_member(chat.id, person.id)
    except (BadRequest, Forbidden):  # of whom Telegram tells nothing, nothing is known
        return False
    return may_write(member, chat)


def may_write(member: ChatMember, chat: ChatFullInfo) -> bool:
    """Whether a member of a group or a channel may write there."""
    channel = chat.type == ChatType.CHANNEL
    match member:
        case ChatMemberAdministrator():
            return not channel or bool(member.can_post_messages)
        case ChatMemberRestricted():
            return member.is_member and member.can_send_messages
    if member.status == ChatMemberStatus.MEMBER:
        allowed = chat.permissions is None or bool(chat.permissions.can_send_messages)
        return not channel and allowed
    return member.status == ChatMemberStatus.OWNER


async def _announced(update: Update, context: Context, watch: Watch, chat: ChatFullInfo) -> bool:
    """Whether the bot could say there that alerts will come. Where Telegram lets it do that, they will come through."""
    work, here = context.work, update.effective_chat
    _ = (await readers_of(work, chat.id)).phrases
    said = _(
        "Alerts about “{condition}” from {chat} will come here.",
        condition=watch.condition,
        chat=(here and here.effective_name) or "",
    )
    return await work.say_elsewhere(Reply(chat.id, "text", said))


async def target_label(watch: Watch, context: Context) -> str:
    """Where alerts go, in words; of a web address its host only, for the rest may be nobody else's business."""
    chat = await _chat_label(watch, context)
    return f"{chat}, {urlsplit(watch.webhook).hostname}" if watch.webhook else chat


async def _chat_label(watch: Watch, context: Context) -> str:
    if watch.target is None:
        return context.work.phrases("this chat")
    try:
        chat = await context.bot.get_chat(watch.target)
    except TelegramError:  # a page is shown without the name that Telegram does not tell
        return str(watch.target)
    return chat.effective_name or str(watch.target)
