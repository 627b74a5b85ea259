"""All contenders of one run, up at the same time so that they can be measured in turns."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from bench.bindings import Bindings, bindings
from bench.contender import Contender
from bench.llama_server import EIGHT, EIGHT_UNIFIED, WARM_SLOT, LlamaServer, llama_server
from bench.ours import Ours, ours
from bench.rig import Rig


@dataclass(frozen=True)
class Field:
    """Ours, the bindings, and llama-server in each setting, or in none where it is not built."""

    ours: Ours
    bindings: Bindings
    servers: tuple[LlamaServer, ...]

    @property
    def all(self) -> tuple[Contender, ...]:
        """In the tables' order."""
        return (self.ours, self.bindings, *self.servers)


@asynccontextmanager
async def field(rig: Rig, *, servers: bool) -> AsyncIterator[Field]:
    """Everybody up on the same weights and threads; who is not asked is idle."""
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(ours(rig))
        peer = stack.enter_context(bindings(rig))
        settings = (WARM_SLOT, EIGHT, EIGHT_UNIFIED) if servers else ()
        up = [await stack.enter_async_context(llama_server(rig, setting)) for setting in settings]
        yield Field(engine, peer, tuple(up))
