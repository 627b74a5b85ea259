"""A GGUF file's head is read as its makers' own library reads it, and damage in it is told from everything else."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import gguf
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vision.metadata import Head, read_head
from vision.weights import tiny_weights


def write(path: Path, alignment: int | None = None) -> Path:
    writer = gguf.GGUFWriter(path, "clip")
    if alignment:
        writer.add_custom_alignment(alignment)
    writer.add_string("general.name", "样本")
    writer.add_array("clip.vision.feature_layer", [3])
    writer.add_array("clip.words", ["one", "two"])
    writer.add_float64("clip.double", 0.1)
    for name in ("v.class_embd", "mm.0.weight"):
        writer.add_tensor(name, np.ones((2, 5), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("metadata") / "small.gguf")


@pytest.mark.parametrize("alignment", [None, 8, 64, 4096])
def test_the_head_is_where_it_says(tmp_path: Path, alignment: int | None) -> None:
    path = write(tmp_path / "any.gguf", alignment)
    head, reader = read_head(path), gguf.GGUFReader(path)
    assert head.metadata["general.name"] == "样本"
    assert head.metadata["clip.words"] == ["one", "two"]
    assert head.metadata["clip.double"] == 0.1
    assert head.tensors == {tensor.name for tensor in reader.tensors}
    assert head.alignment == (alignment or 32)
    assert head.data == reader.data_offset
    assert head.values == (24, reader.tensors[0].field.offset)


def test_the_shipped_files_are_read() -> None:
    tiny = tiny_weights()
    assert tiny.projector is not None
    for path in (tiny.model, tiny.projector):
        head, reader = read_head(path), gguf.GGUFReader(path)
        assert head.tensors == {tensor.name for tensor in reader.tensors}
        assert head.data == reader.data_offset


def test_a_head_that_ends_early_is_damage(small: Path, tmp_path: Path) -> None:
    data, cut = small.read_bytes(), tmp_path / "cut.gguf"
    for kept in range(read_head(small).end):
        cut.write_bytes(data[:kept])
        with pytest.raises(ValueError, match=r"GGUF|ends|cannot be"):
            read_head(cut)


def test_an_alignment_that_cannot_be_is_damage(small: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "aligned.gguf", 64)
    data = path.read_bytes()
    key = b"general.alignment"
    place = data.index(key) + len(key) + 4
    path.write_bytes(data[:place] + bytes(4) + data[place + 4 :])
    with pytest.raises(ValueError, match="alignment"):
        read_head(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(4, 400), value=st.integers(0, 255))
def test_other_damage_is_a_wrong_head_or_an_error(small: Path, tmp_path: Path, place: int, value: int) -> None:
    data = bytearray(small.read_bytes())
    data[place] = value
    path = tmp_path / "damaged.gguf"
    path.write_bytes(data)
    with suppress(ValueError):
        assert isinstance(read_head(path), Head)
