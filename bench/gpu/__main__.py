"""`python -m bench.gpu [SHAPE...]`: the engine's benchmarks with all layers on the graphics card (7b and 13b).

Started by run.sh, where the packages of the bot itself are not there.
"""

from __future__ import annotations

import asyncio
import os
import sys

from bench.engine import ENGINE, engine

THREADS = 4  # what is left to the processor
BEFORE = "The app that this grew from reported 5–9 s a photo (13B, RTX 3090) and 0.8 s (7B).\n"


async def main(shapes: list[str]) -> None:
    """All tables of each shape; one shape at a time is on the card."""
    print(BEFORE)
    for shape in shapes:
        await engine(shape, list(ENGINE), threads=THREADS, gpu_layers=int(os.environ.get("LAYERS", "-1")))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:] or ["7b", "13b"]))
