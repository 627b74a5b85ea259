"""What a chat is told when its alerts do not arrive where they should."""

from __future__ import annotations

from handlers.phrases import Phrases
from prompts.languages import language_of
from storage.records import Chat, Watch


def turned_off(watch: Watch, chat: Chat) -> str:
    """A watch's webhook wants no more calls."""
    _ = _phrases(watch, chat)
    return _(
        "🔕 The webhook of “{condition}” answers that it is gone (410), so I have taken it off this watch.",
        condition=watch.condition,
    )


def given_up(watch: Watch, chat: Chat, reason: str) -> str:
    """A watch's webhook has not taken a call for as long as it is tried."""
    _ = _phrases(watch, chat)
    return _(
        "🔕 The webhook of “{condition}” has not answered as it should for a day ({reason}). Please check it, or "
        "take it off: /watches",
        condition=watch.condition,
        reason=reason,
    )


def come_home(watch: Watch, chat: Chat) -> str:
    """The bot cannot write any more in the chat that a watch's alerts went to."""
    _ = _phrases(watch, chat)
    return _(
        "🔕 I can't write any more to where the alerts of “{condition}” went. They come here again; "
        "/watches changes that.",
        condition=watch.condition,
    )


def _phrases(watch: Watch, chat: Chat) -> Phrases:
    """Nobody has just spoken, so it is said in the chat's language, or the watch's."""
    return Phrases(language_of(chat.language or watch.language))
