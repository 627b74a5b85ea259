"""What keeps the program from starting."""


class BotError(Exception):
    """The root of this room's errors; its message is a sentence for the operator."""


class BadSettings(BotError):
    """A setting that cannot be used; names it, without its value."""


class BadToken(BotError):
    """Telegram does not know the token."""

    def __init__(self) -> None:
        super().__init__("Telegram does not accept TELEGRAM_TOKEN: copy it once more from @BotFather")
