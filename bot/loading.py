"""How far the weights are loaded, as a line on a terminal and as a note in the sandbox's page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from sandbox.server import Sandbox
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


@asynccontextmanager
async def loading_told(
    engine: Engine, sandbox: Sandbox | None, *, afterwards: Mapping[str, str] | None
) -> AsyncIterator[None]:
    """While the block runs the sandbox's page, where there is one, says how far the weights are; then `afterwards`."""
    if sandbox is None:
        yield
        return
    telling = asyncio.create_task(_tell(engine, sandbox))
    try:
        yield
    finally:
        telling.cancel()
        with suppress(asyncio.CancelledError):
            await telling
    sandbox.say(afterwards)


async def _tell(engine: Engine, sandbox: Sandbox) -> None:
    said = None
    while True:
        if said != (done := f"{engine.loading:.0%}"):
            said = done
            sandbox.say({"en": f"The model is being loaded: {done}", "zh": f"正在加载模型：{done}"})
        await asyncio.sleep(_LOOK_S)
