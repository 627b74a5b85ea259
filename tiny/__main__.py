"""The command line: train, export, evaluate, samples."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(prog="python -m tiny", description=__doc__)
    commands = root.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="train from nothing and write the two files (needs torch)")
    train.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    commands.add_parser("export", help="write the two files from the last checkpoint (needs torch)")
    return root


def main() -> int:
    options = parser().parse_args()
    if options.command == "train":
        from tiny.train import train

        train(options.resume)
    elif options.command == "export":
        from tiny.train import export_latest

        export_latest()
    return 0


if __name__ == "__main__":
    sys.exit(main())
