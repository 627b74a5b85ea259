"""What goes wrong, in the words that Telegram uses for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class BotApiError(Exception):
    """An answer `{"ok": false, …}` of the Bot API; `description` is complete, with its prefix."""

    def __init__(
        self, status: int, description: str, *, retry_after: int | None = None, migrate_to_chat_id: int | None = None
    ) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        told = {"retry_after": retry_after, "migrate_to_chat_id": migrate_to_chat_id}
        self.parameters = {name: value for name, value in told.items() if value is not None}


class BadRequest(BotApiError):
    """400; the reason starts in lower case unless it is a CONSTANT, as in Client.cpp's fail_query_with_error."""

    def __init__(self, reason: str) -> None:
        constant = len(reason) > 1 and (reason[1] == "_" or "A" <= reason[1] <= "Z")
        self.reason = reason if constant else reason[:1].lower() + reason[1:]
        super().__init__(400, f"Bad Request: {self.reason}")


class Moved(BotApiError):
    """400: the group goes on under another id."""

    def __init__(self, chat_id: int) -> None:
        description = "Bad Request: group chat was upgraded to a supergroup chat"
        super().__init__(400, description, migrate_to_chat_id=chat_id)


class Forbidden(BotApiError):
    """403: the bot may not write there."""

    def __init__(self, reason: str) -> None:
        super().__init__(403, f"Forbidden: {reason}")


class TooManyRequests(BotApiError):
    """429: the bot shall wait so many seconds."""

    def __init__(self, seconds: int) -> None:
        super().__init__(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


class Conflict(BotApiError):
    """409: two ways of receiving updates are in each other's way."""

    def __init__(self, reason: str) -> None:
        super().__init__(409, f"Conflict: {reason}")


@contextmanager
def parsing(what: str) -> Iterator[None]:
    """Puts in front of a BadRequest what it was that could not be parsed."""
    try:
        yield
    except BadRequest as error:
        raise BadRequest(f"Can't parse {what}: {error.reason}") from error


class PageError(Exception):
    """A refusal of the /api side: one sentence and a 4xx status."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status
