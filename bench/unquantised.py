"""Copies of weights with their quantised matrices multiplied out, in half or in single precision."""

from __future__ import annotations

import os
from pathlib import Path

import gguf
import numpy as np

from bench.source import BUILD
from vision.weights import Weights

_DTYPES = {"f16": np.float16, "f32": np.float32}
_FILE_TYPES = {"f16": gguf.LlamaFileType.MOSTLY_F16, "f32": gguf.LlamaFileType.ALL_F32}


def f16(weights: Weights) -> Weights:
    """A copy with matrices of 16 bits, made anew each time: a few seconds for megabytes."""
    return _in(weights, "f16")


def f32(weights: Weights) -> Weights:
    """A copy with matrices of 32 bits."""
    return _in(weights, "f32")


def _in(weights: Weights, kind: str) -> Weights:
    folder = BUILD / kind
    folder.mkdir(parents=True, exist_ok=True)
    projector = weights.projector and _copy(weights.projector, folder / weights.projector.name, kind)
    return Weights(_copy(weights.model, folder / weights.model.name, kind), projector)


def _copy(file: Path, copy: Path, kind: str) -> Path:
    reader = gguf.GGUFReader(file)
    new = copy.with_suffix(f".{os.getpid()}")  # who has the one before open goes on with that
    writer = gguf.GGUFWriter(new, str(reader.fields["general.architecture"].contents()))
    for field in reader.fields.values():
        if field.name != "general.architecture" and not field.name.startswith("GGUF."):
            kinds = [*field.types, None]
            writer.add_key_value(field.name, _value(field, kind), kinds[0], kinds[1])
    for tensor in reader.tensors:
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        vector = tensor.tensor_type == gguf.GGMLQuantizationType.F32
        writer.add_tensor(tensor.name, values if vector else values.astype(_DTYPES[kind]))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return new.replace(copy)


def _value(field: gguf.ReaderField, kind: str) -> object:
    return int(_FILE_TYPES[kind]) if field.name == "general.file_type" else field.contents()
