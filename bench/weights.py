"""Random weights in the shapes of real LLaVAs: what a run costs does not depend on their values.

`python -m bench.weights SHAPE FOLDER` writes SHAPE.gguf and SHAPE-mmproj.gguf. Tensors are made and written one at a
time, so memory stays that of the largest one. The language model is Q4_K with a Q6_K head, the projector F16.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Kind
from numpy.typing import NDArray

from bench.vocabulary import SIZE, token_table
from tiny.tokenizer import BOS, BYTES, EOS, UNKNOWN
from vision.weights import Weights

CONTEXT = 4096
TEMPLATE = (
    "{% for message in messages %}"
    "{% if message['content'] is string %}{% set text = message['content'] %}"
    "{% else %}{% set text = message['content'] | map(attribute='text') | join %}{% endif %}"
    "{% if message['role'] == 'system' %}{{ text + ' ' }}"
    "{% elif message['role'] == 'user' %}{{ 'USER: ' + text }}"
    "{% else %}{{ ' ASSISTANT: ' + text + eos_token }}{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ ' ASSISTANT:' }}{% endif %}"
)
_CLIP_MEAN, _CLIP_DEVIATION = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
_BLOCK = 256  # weights of one block of Q4_K or Q6_K
# The standard deviation of a weight whose block's factor is 1 and whose scales and quants are any bits at all.
_Q4_K_DEVIATION, _Q6_K_DEVIATION = 257.0, 1367.0
_Q4_K = np.dtype([("d", "<f2"), ("dmin", "<f2"), ("scales", "u1", 12), ("quants", "u1", 128)])
_Q6_K = np.dtype([("low", "u1", 128), ("high", "u1", 64), ("scales", "i1", 16), ("d", "<f2")])
Array = NDArray[Any]
Block = np.dtype[np.void]


@dataclass(frozen=True)
class Shape:
    """The sizes of a LLaVA 1.5: of its text model, and of the CLIP encoder that looks at 24 × 24 patches."""

    width: int
    hidden: int
    blocks: int
    heads: int
    vision_width: int
    vision_hidden: int
    vision_blocks: int
    vision_heads: int
    picture: int = 336
    patch: int = 14

    @property
    def patches(self) -> int:
        """How many tokens a picture becomes."""
        return (self.picture // self.patch) ** 2


SHAPES = {
    "0.3b": Shape(1024, 2816, 16, 16, 512, 2048, 6, 8),
    "7b": Shape(4096, 11008, 32, 32, 1024, 4096, 23, 16),
    "13b": Shape(5120, 13824, 40, 40, 1024, 4096, 23, 16),
}


class Tensor(NamedTuple):
    """One tensor to write: its shape with the rows first, and how its values are made."""

    name: str
    shape: tuple[int, ...]
    kind: Kind
    make: Callable[[np.random.Generator, tuple[int, ...]], Array]


def random_weights(name: str, folder: Path) -> Weights:
    """The weights of a shape, written into the folder unless they are there already."""
    weights = _files(name, folder)
    folder.mkdir(parents=True, exist_ok=True)
    for path, write in ((weights.model, write_text), (weights.projector, write_vision)):
        if path and not path.exists():
            part = path.with_suffix(".part")
            write(SHAPES[name], part)
            part.rename(path)
    return weights


def written(name: str, folder: Path) -> bool:
    """Whether they are there."""
    weights = _files(name, folder)
    return all(path and path.exists() for path in (weights.model, weights.projector))


def _files(name: str, folder: Path) -> Weights:
    return Weights(folder / f"{name}.gguf", folder / f"{name}-mmproj.gguf")


def write_text(shape: Shape, path: Path) -> None:
    """The language model's file."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name(f"random weights, {shape.blocks} blocks of {shape.width}")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q4_K_S)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.blocks)
    writer.add_feed_forward_length(shape.hidden)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(shape.width // shape.heads)
    writer.add_vocab_size(SIZE)
    _add_tokenizer(writer)
    _stream(writer, list(_text_tensors(shape)))


def write_vision(shape: Shape, path: Path) -> None:
    """The projector's file, encoder included. All its blocks run, whatever a loader takes an old file's number for."""
    writer = gguf.GGUFWriter(path, "clip")
    writer.add_type("mmproj")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_clip_has_vision_encoder(True)
    writer.add_clip_projector_type("mlp")
    writer.add_vision_use_gelu(False)
    writer.add_vision_image_size(shape.picture)
    writer.add_vision_patch_size(shape.patch)
    writer.add_vision_embedding_length(shape.vision_width)
    writer.add_vision_feed_forward_length(shape.vision_hidden)
    writer.add_vision_block_count(shape.vision_blocks)
    writer.add_vision_projection_dim(shape.width)
    writer.add_vision_head_count(shape.vision_heads)
    writer.add_vision_attention_layernorm_eps(1e-5)
    writer.add_vision_image_mean(_CLIP_MEAN)
    writer.add_vision_image_std(_CLIP_DEVIATION)
    writer.add_array("clip.vision.feature_layer", [shape.vision_blocks])
    _stream(writer, list(_vision_tensors(shape)))


def _add_tokenizer(writer: gguf.GGUFWriter) -> None:
    tokens, scores, types = token_table()
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    writer.add_token_scores(scores)
    writer.add_token_types(types)
    writer.add_bos_token_id(BOS)
    writer.add_eos_token_id(EOS)
    writer.add_unk_token_id(UNKNOWN)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(True)
    writer.add_chat_template(TEMPLATE)


def _text_tensors(shape: Shape) -> Iterator[Tensor]:
    width, hidden = shape.width, shape.hidden
    yield Tensor("token_embd.weight", (SIZE, width), Kind.Q4_K, _q4_k)
    yield Tensor("output_norm.weight", (width,), Kind.F32, _ones)
    yield Tensor("output.weight", (SIZE, width), Kind.Q6_K, _head)
    for number in range(shape.blocks):
        for norm in ("attn_norm", "ffn_norm"):
            yield Tensor(f"blk.{number}.{norm}.weight", (width,), Kind.F32, _ones)
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            yield Tensor(f"blk.{number}.{part}.weight", (width, width), Kind.Q4_K, _q4_k)
        for part in ("ffn_gate", "ffn_up"):
            yield Tensor(f"blk.{number}.{part}.weight", (hidden, width), Kind.Q4_K, _q4_k)
        yield Tensor(f"blk.{number}.ffn_down.weight", (width, hidden), Kind.Q4_K, _q4_k)


def _vision_tensors(shape: Shape) -> Iterator[Tensor]:
    width, hidden = shape.vision_width, shape.vision_hidden
    yield Tensor("v.class_embd", (width,), Kind.F32, _normal)
    yield Tensor("v.patch_embd.weight", (width, 3, shape.patch, shape.patch), Kind.F16, _matrix)
    yield Tensor("v.position_embd.weight", (shape.patches + 1, width), Kind.F32, _normal)
    yield from _norm("v.pre_ln", width)
    yield from _norm("v.post_ln", width)
    for block in (f"v.blk.{number}" for number in range(shape.vision_blocks)):
        yield from _norm(f"{block}.ln1", width)
        yield from _norm(f"{block}.ln2", width)
        for part in ("attn_q", "attn_k", "attn_v", "attn_out"):
            yield from _linear(f"{block}.{part}", width, width)
        yield from _linear(f"{block}.ffn_up", hidden, width)
        yield from _linear(f"{block}.ffn_down", width, hidden)
    yield from _linear("mm.0", shape.width, width)
    yield from _linear("mm.2", shape.width, shape.width)


def _norm(name: str, width: int) -> Iterator[Tensor]:
    yield Tensor(f"{name}.weight", (width,), Kind.F32, _ones)
    yield Tensor(f"{name}.bias", (width,), Kind.F32, _zeros)


def _linear(name: str, rows: int, columns: int) -> Iterator[Tensor]:
    yield Tensor(f"{name}.weight", (rows, columns), Kind.F16, _matrix)
    yield Tensor(f"{name}.bias", (rows,), Kind.F32, _zeros)


def _stream(writer: gguf.GGUFWriter, tensors: list[Tensor]) -> None:
    generator = np.random.default_rng(15)
    for tensor in tensors:
        writer.add_tensor_info(tensor.name, tensor.shape, np.dtype(np.float32), _bytes(tensor), tensor.kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for tensor in tensors:
        writer.write_tensor_data(tensor.make(generator, tensor.shape))
    writer.close()


def _bytes(tensor: Tensor) -> int:
    weights, size = gguf.GGML_QUANT_SIZES[tensor.kind]  # of one block
    return int(math.prod(tensor.shape) // weights * size)


def _ones(_generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return np.ones(shape, np.float32)


def _zeros(_generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return np.zeros(shape, np.float32)


def _normal(generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return generator.standard_normal(shape, np.float32)


def _matrix(generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Rows that keep what they are multiplied with at its size."""
    values = generator.standard_normal(shape, np.float32) / math.sqrt(math.prod(shape[1:]))
    return values.astype(np.float16)


def _q4_k(generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Such a matrix in blocks of random bits; the minimum is set so that weights are 0 in the mean."""
    blocks = _random_blocks(generator, shape, _Q4_K)
    blocks["d"] = 1 / (_Q4_K_DEVIATION * np.sqrt(shape[1]))
    blocks["dmin"] = 7.5 * blocks["d"]
    return blocks.view(np.uint8)


def _head(generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """The same in Q6_K. Special tokens and single bytes get no weight, so that no answer ends or breaks in half."""
    blocks = _random_blocks(generator, shape, _Q6_K)
    blocks["d"] = 1 / (_Q6_K_DEVIATION * np.sqrt(shape[1]))
    blocks["d"][: BYTES + 256] = 0
    return blocks.view(np.uint8)


def _random_blocks(
    generator: np.random.Generator, shape: tuple[int, ...], block: np.dtype[np.void]
) -> NDArray[np.void]:
    rows, columns = shape[0], shape[1] // _BLOCK
    return np.frombuffer(generator.bytes(rows * columns * block.itemsize), block).reshape(rows, columns).copy()


if __name__ == "__main__":
    print(random_weights(sys.argv[1], Path(sys.argv[2])).model)
