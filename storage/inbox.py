"""Updates that Telegram handed over, kept until their work is done."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from storage import schema
from storage.queue import DONE, WAITING, Queue
from storage.records import Arrival
from storage.transaction import Transaction

_MESSAGES = ("message", "edited_message", "channel_post", "edited_channel_post")


class Inbox(Queue):
    """The inbox. The order of its row ids is the order of arrival."""

    def __init__(self, transaction: Transaction) -> None:
        super().__init__(transaction, schema.inbox)

    async def add(self, bot: int, body: dict[str, Any]) -> bool:
        """Keep a raw update. False if it is there already, finished or not."""
        chat, key = identity(body)
        row = {"bot": bot, "chat": chat, "key": key, "body": body}
        new = self._transaction.insert(schema.inbox).values(
            **row, state=WAITING, attempts=0, created=self._transaction.now
        )
        known = new.on_conflict_do_nothing(index_elements=["bot", "key"]).returning(schema.inbox.c.id)
        return (await self._transaction.execute(known)).scalar() is not None

    async def take(self, busy_chats: Collection[int] = ()) -> Arrival | None:
        """The oldest due update of a chat that has none in work and is not in `busy_chats`; marks it running."""
        row = await self._take(busy_chats)
        return row and Arrival(
            id=row.id, bot=row.bot, chat=row.chat, body=row.body, attempts=row.attempts, error=row.error
        )

    async def done(self, id: int) -> None:  # noqa: A002
        """The update's work is finished and committed."""
        await self._finish(id, DONE)


def identity(body: dict[str, Any]) -> tuple[int, str]:
    """The chat that an update belongs to (0 for none), and the key by which it is known when it comes again.

    `update_id` alone will not do: after an idle week Telegram starts it anew at random.
    """
    kind, content = next(((name, part) for name, part in body.items() if isinstance(part, dict)), ("", {}))
    chat = _chat(content.get("message") if kind == "callback_query" else content)
    if kind in _MESSAGES and "message_id" in content:
        # Edits within one second (a live location's) differ in nothing else.
        edit = f"{content['edit_date']}:{body.get('update_id')}" if "edit_date" in content else "0"
        return chat, f"{kind}:{chat}:{content['message_id']}:{edit}"
    if kind.endswith("_query") and "id" in content:
        return chat, f"{kind}:{content['id']}"
    return chat, f"{kind}:{body.get('update_id')}:{content.get('date', 0)}"


def _chat(holder: object) -> int:
    chat = holder.get("chat") if isinstance(holder, dict) else None
    number = chat.get("id") if isinstance(chat, dict) else None
    return number if isinstance(number, int) else 0
