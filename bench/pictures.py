"""Pictures to measure with: drawn ones, each its own, so that no cache can help."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tiny.world.picture import jpeg_bytes, render
from tiny.world.scene import random_scene


def pictures(seed: int) -> Iterator[bytes]:
    """JPEG files of 1280 pixels on the longer side, without end."""
    generator = random.Random(seed)
    while True:
        yield jpeg_bytes(render(random_scene(generator), 1280)[0], 90)
