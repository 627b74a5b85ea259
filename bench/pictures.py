"""Pictures to measure with: drawn ones, each its own, so that no cache can help."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tiny.world.picture import jpeg_bytes, render
from tiny.world.scene import random_scene


def pictures(seed: int, side: int = 1280) -> Iterator[bytes]:
    """JPEG files of `side` pixels on the longer side, without end."""
    generator = random.Random(seed)
    while True:
        yield jpeg_bytes(render(random_scene(generator), side)[0], 90)
