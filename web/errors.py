"""What can go wrong while serving."""


class WebError(Exception):
    """The root of this room's errors."""


class AddressTaken(WebError):
    """Another program listens there already, or this machine has no such address."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"cannot listen on {host}:{port}: it is taken, or not an address of this machine")
