"""The command line of the tiny LLaVA: train, export, evaluate, sheet, samples."""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(prog="python -m tiny", description=__doc__)
    commands = root.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="train from nothing and write the two files (needs torch)")
    train.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    train.add_argument("--part", type=float, default=1.0, help="take only so much of every phase's steps")
    commands.add_parser("export", help="write the two files from the last checkpoint (needs torch)")
    evaluate = commands.add_parser("evaluate", help="measure the two files through llama.cpp on fresh pictures")
    evaluate.add_argument("--pictures", type=int, default=2000)
    evaluate.add_argument("--seed", type=int, default=1)
    evaluate.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    sheet = commands.add_parser("sheet", help="draw pictures with the answers to them, right and wrong")
    sheet.add_argument("--out", type=Path, required=True)
    sheet.add_argument("--seed", type=int, default=1)
    samples = commands.add_parser("samples", help="write sample pictures and their index")
    samples.add_argument("--out", type=Path, required=True)
    samples.add_argument("--count", type=int, default=14)
    samples.add_argument("--seed", type=int, default=1)
    return root


def run(options: argparse.Namespace) -> None:
    """Imports what the command needs and nothing else: torch is there for training only."""
    if options.command == "train":
        importlib.import_module("tiny.train").train(options.resume, options.part)
    elif options.command == "export":
        importlib.import_module("tiny.train").export_latest()
    elif options.command == "evaluate":
        report = importlib.import_module("tiny.evaluate").evaluate(options.pictures, options.seed)
        print(report.as_json() if options.json else report.as_table())
    elif options.command == "sheet":
        importlib.import_module("tiny.sheet").write_sheet(options.out, options.seed)
    else:
        importlib.import_module("tiny.samples").write_samples(options.out, options.count, options.seed)


def main() -> int:
    options = parser().parse_args()
    try:
        run(options)
    except ModuleNotFoundError as missing:
        if missing.name not in ("torch", "gguf"):
            raise
        print(f"{missing.name} is missing: install the optional group 'train' of pyproject.toml", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
