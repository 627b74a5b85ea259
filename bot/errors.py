"""What keeps the program from starting, or from going on with an update."""

from pathlib import Path


class BotError(Exception):
    """The root of this room's errors; its message is a sentence for the operator."""


class BadSettings(BotError):
    """A setting that cannot be used; names it, without its value."""


class BadToken(BotError):
    """Telegram does not know the token."""

    def __init__(self) -> None:
        super().__init__("Telegram does not accept TELEGRAM_TOKEN: copy it once more from @BotFather")


class BadProxy(BotError):
    """The environment names a proxy that cannot be used."""

    def __init__(self) -> None:
        super().__init__(
            "cannot use the proxy that the environment names (ALL_PROXY, HTTPS_PROXY, HTTP_PROXY, NO_PROXY): "
            "it must look like http://host:port, and SOCKS is not supported"
        )


class BadWebhook(BotError):
    """Telegram does not bring updates to the address; `reason` is its own word for it."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Telegram does not accept WEBHOOK_URL ({reason}): it must be an https address it can reach")


class AddressTaken(BotError):
    """A port that cannot be listened on; `setting` is the first part of the settings' names."""

    def __init__(self, setting: str, host: str, port: int) -> None:
        super().__init__(
            f"cannot listen on {host}:{port}: another program does, or this machine has no such address. "
            f"Set {setting}_HOST and {setting}_PORT to others (0 finds a free port)"
        )


class ProcessDied(BotError):
    """The process ended again and again while it had one and the same update in work."""


class FolderUnusable(BotError):
    """The data folder cannot be made or written to."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(f"cannot use the data folder {folder} ({reason}): set DATA to one that this user may write to")


class FolderInUse(BotError):
    """Another bot works with the data folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"another Lookout works with {folder}: stop it, or set DATA to a folder of its own")
