"""What can be wrong with a look before anybody looks."""


class LookoutError(Exception):
    """The root of this room's errors."""


class NothingToLookAt(LookoutError):
    """A look without a picture."""
