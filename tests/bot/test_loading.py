"""How far the weights are loaded is shown where somebody looks."""

import io

import pytest
from rich.console import Console

from bot.loading import seen_loading
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
