"""The line on a terminal that shows how far the weights are loaded."""

from __future__ import annotations

import asyncio

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from vision.engine import Engine, EngineFacts

_LOOK_S = 0.1


async def seen_loading(engine: Engine, console: Console) -> EngineFacts:
    """Wait until the model is up, and show how far it is unless nobody looks. Raises EngineError as `loaded` does."""
    columns = TextColumn("Loading the weights"), BarColumn(), TaskProgressColumn()
    loading = asyncio.ensure_future(engine.loaded())
    try:
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
            bar = progress.add_task("", total=1.0)
            while loading not in (await asyncio.wait([loading], timeout=_LOOK_S))[0]:
                progress.update(bar, completed=engine.loading)
        return await loading
    finally:
        loading.cancel()
