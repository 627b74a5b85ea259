"""Measured series as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median, quantiles


def spread(seconds: Sequence[float]) -> str:
    """The median and, in brackets, the nineteenth twentieth, in milliseconds."""
    return f"{1000 * median(seconds):.1f} ({1000 * quantiles(seconds, n=20)[-1]:.1f})"


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table under a heading."""
    lines = [f"### {title}", "", _row(head), _row(["---"] * len(head)), *map(_row, rows), ""]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
