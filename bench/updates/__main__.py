"""`python -m bench.updates [count]`: so many random updates (100,000) through a whole bot, and nobody left waiting."""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from bench.updates.tried import tried


def main() -> None:
    """Try them, and print what they were."""
    parser = argparse.ArgumentParser(prog="python -m bench.updates", description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=100_000)
    count: int = parser.parse_args().count
    with tempfile.TemporaryDirectory() as folder:
        tally = tried(count, Path(folder), smallest=True)
    print(f"{tally.updates.total()} updates, {tally.replies.total()} replies, {time.monotonic() - tally.began:.0f} s")
    print("updates:", dict(tally.updates.most_common()))
    print("replies:", dict(tally.replies.most_common()))


if __name__ == "__main__":
    main()
