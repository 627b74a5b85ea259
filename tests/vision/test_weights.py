"""Weights that are missing, broken or do not belong together are said to be so before anything is asked of them."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np
import pytest

from vision.engine import Engine, EngineSettings
from vision.errors import EngineError, WeightsBroken, WeightsMissing
from vision.metadata import read_head
from vision.request import Generation, Message, Request
from vision.weights import Weights, tiny_weights, weights_at


@pytest.fixture
def wide_projector(tmp_path: Path) -> Path:
    """The tiny projector, but for a model that is twice as wide."""
    path = tmp_path / "wide-mmproj.gguf"
    reader = gguf.GGUFReader(tiny_weights().projector)
    writer = gguf.GGUFWriter(path, "clip")
    for name, value in reader.fields.items():
        if not name.startswith("GGUF.") and name != "general.architecture":
            kind = value.types[0]
            inner = value.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
            writer.add_key_value(name, value.contents(), kind, inner)
    for tensor in reader.tensors:
        values = gguf.dequantize(tensor.data, tensor.tensor_type)
        wide = np.concatenate([values, values]) if tensor.name.startswith("mm.2") else values
        writer.add_tensor(tensor.name, wide.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def settings(weights: Weights) -> EngineSettings:
    return EngineSettings(weights, threads=1, load_timeout_s=60)


async def start(weights: Weights) -> None:
    async with Engine(settings(weights)):
        pass


async def test_a_missing_file_is_named(tmp_path: Path) -> None:
    for weights in (Weights(tmp_path / "no.gguf", None), Weights(tiny_weights().model, tmp_path / "no.gguf")):
        with pytest.raises(WeightsMissing, match=r"no\.gguf"):
            await start(weights)


async def test_a_file_that_is_no_gguf_is_named(tmp_path: Path) -> None:
    page = tmp_path / "page.gguf"
    page.write_text("<html>404</html>")
    with pytest.raises(WeightsBroken, match=r"page\.gguf"):
        await start(Weights(page, tiny_weights().projector))


async def test_a_file_that_is_cut_short_is_named(tmp_path: Path) -> None:
    for kept in (tiny_weights().model, tiny_weights().projector):
        assert kept is not None
        data = kept.read_bytes()
        (tmp_path / kept.name).write_bytes(data[: len(data) // 2])
    with pytest.raises(WeightsBroken, match=r"tiny\.gguf"):
        await start(Weights(tmp_path / "tiny.gguf", None))
    with pytest.raises(WeightsBroken, match=r"tiny-mmproj\.gguf"):
        await start(Weights(tiny_weights().model, tmp_path / "tiny-mmproj.gguf"))


async def test_a_projector_of_another_model_is_found_out(wide_projector: Path) -> None:
    with pytest.raises(WeightsBroken, match="mismatch"):
        await start(Weights(tiny_weights().model, wide_projector))


async def test_files_in_each_others_place_are_found_out() -> None:
    tiny = tiny_weights()
    assert tiny.projector is not None
    with pytest.raises(WeightsBroken):
        await start(Weights(tiny.projector, tiny.model))


async def test_an_engine_that_could_not_load_stays_down_and_says_why(tmp_path: Path) -> None:
    async with Engine(settings(Weights(tmp_path / "no.gguf", None)), wait=False) as engine:
        with pytest.raises(WeightsMissing):
            await engine.loaded()
        assert engine.state == "down"
        assert engine.pid is None
        with pytest.raises(WeightsMissing):
            await anext(engine.ask(Request(questions=("Is it?",))))


async def test_weights_without_a_projector_read_but_do_not_see(shapes, hear) -> None:
    async with Engine(settings(Weights(tiny_weights().model, None))) as engine:
        assert engine.describe().projector_file is None
        with pytest.raises(WeightsMissing, match="projector"):
            await hear(engine.ask(Request(pictures=shapes, questions=("Is it?",))))
        words = Request((Message("user", "Hello"),), Generation(max_tokens=3))
        assert (await hear(engine.ask(words))).done.usage.prompt_tokens > 3


def test_the_projector_beside_a_model_is_found(tmp_path: Path) -> None:
    model = tmp_path / "llava-7b-Q4_K.gguf"
    assert weights_at(model).projector is None, "where there is no model either, that is what is to be said"
    model.write_bytes(b"GGUF")
    with pytest.raises(WeightsMissing, match="PROJECTOR"):
        weights_at(model)
    for name in ("bakllava-mmproj-f16.gguf", "llava-7b-mmproj-f16.gguf", "other.gguf"):
        (tmp_path / name).write_bytes(b"GGUF")
    assert weights_at(model).projector == tmp_path / "llava-7b-mmproj-f16.gguf"
    named = tmp_path / "mine.gguf"
    assert weights_at(model, named).projector == named


def test_the_tiny_weights_say_what_they_are() -> None:
    tiny = tiny_weights()
    assert tiny.projector is not None
    assert read_head(tiny.projector).metadata["clip.projector_type"] == "mlp"
    assert read_head(tiny.model).metadata["general.architecture"] == "llama"


def test_damaged_metadata_is_an_error_and_no_guess(tmp_path: Path) -> None:
    data = tiny_weights().model.read_bytes()
    for number, bad in enumerate((b"", b"GGUF", data[:100], data[:16] + b"\xff" * 100)):
        path = tmp_path / f"{number}.gguf"
        path.write_bytes(bad)
        with pytest.raises(ValueError, match=r"file|length|value"):
            read_head(path)


def test_every_error_has_a_code_of_its_own() -> None:
    kinds = EngineError.__subclasses__()
    assert len({kind.code for kind in kinds}) == len(kinds)
