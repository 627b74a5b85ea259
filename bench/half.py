"""A copy of weights in half precision: its quantised matrices multiplied out, everything else as it is."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np

from bench.source import BUILD
from vision.weights import Weights

_WHOLE = (gguf.GGMLQuantizationType.F32, gguf.GGMLQuantizationType.F16)


def half(weights: Weights) -> Weights:
    """The copy, made anew each time: a few seconds for megabytes."""
    folder = BUILD / "half"
    folder.mkdir(parents=True, exist_ok=True)
    projector = weights.projector and _copy(weights.projector, folder / weights.projector.name)
    return Weights(_copy(weights.model, folder / weights.model.name), projector)


def _copy(file: Path, copy: Path) -> Path:
    reader = gguf.GGUFReader(file)
    writer = gguf.GGUFWriter(copy, str(reader.fields["general.architecture"].contents()))
    for field in reader.fields.values():
        if field.name != "general.architecture" and not field.name.startswith("GGUF."):
            kinds = [*field.types, None]
            writer.add_key_value(field.name, _value(field), kinds[0], kinds[1])
    for tensor in reader.tensors:
        if tensor.tensor_type in _WHOLE:
            writer.add_tensor(tensor.name, tensor.data)
        else:
            writer.add_tensor(tensor.name, gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return copy


def _value(field: gguf.ReaderField) -> object:
    return int(gguf.LlamaFileType.MOSTLY_F16) if field.name == "general.file_type" else field.contents()
