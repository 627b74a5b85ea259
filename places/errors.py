"""What can be wrong with a place."""

from typing import Literal


class PlaceError(Exception):
    """Numbers that are no position; `code` is stable."""

    def __init__(self, code: Literal["latitude", "longitude"], message: str) -> None:
        super().__init__(message)
        self.code = code
