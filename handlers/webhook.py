"""The webhook of a watch: set by its person, who is told its secret once and alone, and tried with a first call."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from telegram import Update
from telegram.constants import ChatType

from handlers.complaints import complaint
from handlers.notice import trial_notice
from handlers.work import Context
from storage.records import Reply, Watch
from storage.watches import Options
from web.dial import reachable
from web.errors import WebhookError
from web.signature import new_secret

HOW_TO_CHECK: Final = "https://www.standardwebhooks.com"


async def set_webhook(update: Update, context: Context, watch: Watch, url: str) -> Options | None:
    """What is to be changed so that a watch's alerts are posted there; None, with the reason said, if they cannot be.

    The secret stands in the person's private chat only. If that is not here, it has to be open for us.
    """
    work, secret = context.work, new_secret()
    _ = work.phrases
    try:
        await reachable(url, work.desk.webhooks)
    except WebhookError as error:
        work.say(complaint(error, _))
        return None
    said = _.html(
        "🔑 From now on I post the alerts of “{condition}” to {url}. Each call is signed as {standard} says, with this "
        "secret. I show it only now, so keep it:\n<code>{secret}</code>\n\nA first call, watch.test, is on its way.",
        condition=watch.condition,
        url=url,
        standard=HOW_TO_CHECK,
        secret=secret,
    )
    if not await _told_alone(update, context, said):
        work.say(
            _(
                "A webhook has a secret, which I tell you in private only. Open a chat with me, @{name}, and press "
                "Start; then say it here again.",
                name=context.bot.username,
            )
        )
        return None
    work.notify(replace(watch, webhook=url), trial_notice(watch, datetime.now(UTC)))
    return {"webhook": url, "secret": secret}


async def _told_alone(update: Update, context: Context, said: str) -> bool:
    """Say something to whoever wrote, where nobody else reads it; False where Telegram does not let us."""
    work, chat, person = context.work, update.effective_chat, update.effective_user
    if chat and chat.type == ChatType.PRIVATE:
        work.say(said, html=True)
        return True
    if person is None or person.is_bot:
        return False
    return await work.say_elsewhere(Reply(person.id, "text", said, html=True))
