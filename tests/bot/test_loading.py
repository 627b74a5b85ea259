"""How far the weights are loaded is shown where somebody looks."""

import io

import aiohttp
import pytest
from rich.console import Console

from bot.loading import loading_told, seen_loading
from sandbox.server import Sandbox
from vision.engine import Engine
from vision.errors import WeightsMissing


@pytest.mark.parametrize("terminal", [True, False])
async def test_a_terminal_sees_it_grow_and_a_file_holds_nothing_of_it(settings, monkeypatch, terminal):
    written = io.StringIO()
    monkeypatch.setattr(Engine, "loading", 0.43)
    async with Engine(settings.engine, wait=False) as engine:
        facts = await seen_loading(engine, Console(file=written, force_terminal=terminal, width=80))
    assert facts.model_file == "tiny.gguf"
    assert ("43%" in written.getvalue()) == terminal


async def test_what_keeps_it_from_loading_is_raised(settings, tmp_path):
    missing = settings.model_copy(update={"weights": tmp_path / "none.gguf"})
    async with Engine(missing.engine, wait=False) as engine:
        with pytest.raises(WeightsMissing):
            await seen_loading(engine, Console(file=io.StringIO(), force_terminal=True))


async def test_the_page_says_how_far_it_is_and_then_no_more(settings, monkeypatch):
    monkeypatch.setattr(Engine, "loading", 0.43)
    notes = []
    async with Sandbox() as sandbox, aiohttp.ClientSession(sandbox.url) as page:

        async def note():
            async with page.get("/api/world") as answer:
                return (await answer.json())["bot"]["note"]

        async with Engine(settings.engine, wait=False) as engine:
            async with loading_told(engine, sandbox, afterwards={"en": "Hello"}):
                await engine.loaded()
                notes.append(await note())
            notes.append(await note())
    assert "43%" in notes[0]["en"]
    assert "43%" in notes[0]["zh"]
    assert notes[1] == {"en": "Hello"}
