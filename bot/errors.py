"""What keeps the program from starting."""


class BotError(Exception):
    """The root of this room's errors; its message is a sentence for the operator."""


class BadSettings(BotError):
    """A setting that cannot be used; names it, without its value."""


class BadToken(BotError):
    """Telegram does not know the token."""

    def __init__(self) -> None:
        super().__init__("Telegram does not accept TELEGRAM_TOKEN: copy it once more from @BotFather")


class AddressTaken(BotError):
    """A port that cannot be listened on; `setting` is the first part of the settings' names."""

    def __init__(self, setting: str, host: str, port: int) -> None:
        super().__init__(
            f"cannot listen on {host}:{port}: another program does, or this machine has no such address. "
            f"Set {setting}_HOST and {setting}_PORT to others (0 finds a free port)"
        )
