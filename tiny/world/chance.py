"""Where all the drawn world's chance comes from."""

from __future__ import annotations

import random


def stream(name: int | str) -> random.Random:
    """Draws that the name decides: the same name gives the same scene, picture or question everywhere."""
    return random.Random(name)  # noqa: S311 - drawings need draws that can be repeated, not secrets
