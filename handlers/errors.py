"""What can go wrong between a person's message and our replies to it."""

from typing import ClassVar


class HandlerError(Exception):
    """The root; each class carries the stable `code` by which a sentence is chosen."""

    code: ClassVar[str] = "handler"


class FileTooBig(HandlerError):
    """The file is larger than Telegram lets a bot download."""

    code = "file_too_big"


class TelegramAway(HandlerError):
    """Telegram could not be reached, or asked to wait; the same call may go through later."""

    code = "telegram_away"


class TelegramRefused(HandlerError):
    """Telegram said no, and would say no again."""

    code = "telegram_refused"
