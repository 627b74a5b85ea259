"""Writes the network as two GGUF files: the text model and its projector file (mmproj)."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np
import numpy.typing as npt
import torch

from tiny.forms import CHAT_TEMPLATE
from tiny.model import Shape, Tiny
from tiny.tokenizer import BOS, EOS, UNKNOWN, Tokenizer

WEIGHTS = Path(__file__).parent / "weights"
TEXT_FILE, VISION_FILE = WEIGHTS / "tiny.gguf", WEIGHTS / "tiny-mmproj.gguf"
NAME = "Lookout tiny LLaVA"
DESCRIPTION = "Knows drawn pictures only: coloured shapes and a few scenes. Answers in English and Chinese."
MEAN, DEVIATION = 0.5, 0.25
Array = npt.NDArray[np.float32]
TEXT_NAMES = {
    "norm1": "attn_norm",
    "norm2": "ffn_norm",
    "q": "attn_q",
    "k": "attn_k",
    "v": "attn_v",
    "out": "attn_output",
    "gate": "ffn_gate",
    "up": "ffn_up",
    "down": "ffn_down",
}
VISION_NAMES = {
    "ln1": "ln1",
    "ln2": "ln2",
    "q": "attn_q",
    "k": "attn_k",
    "v": "attn_v",
    "out": "attn_out",
    "up": "ffn_up",
    "down": "ffn_down",
}


def array(tensor: torch.Tensor) -> Array:
    values: Array = tensor.detach().float().contiguous().numpy()
    return values


def add_matrix(writer: gguf.GGUFWriter, name: str, values: Array, kind: gguf.GGMLQuantizationType) -> None:
    writer.add_tensor(name, gguf.quants.quantize(values, kind), raw_dtype=kind)


def export(
    model: Tiny, tokenizer: Tokenizer, text: Path = TEXT_FILE, vision: Path = VISION_FILE, full: bool = False
) -> None:
    """Writes both files; matrices are q8_0, or f16 where `full`."""
    kind = gguf.GGMLQuantizationType.F16 if full else gguf.GGMLQuantizationType.Q8_0
    text.parent.mkdir(parents=True, exist_ok=True)
    write_text(model, tokenizer, text, kind)
    write_vision(model, vision, kind)


def file_type(kind: gguf.GGMLQuantizationType) -> gguf.LlamaFileType:
    q8 = kind == gguf.GGMLQuantizationType.Q8_0
    return gguf.LlamaFileType.MOSTLY_Q8_0 if q8 else gguf.LlamaFileType.MOSTLY_F16


def finish(writer: gguf.GGUFWriter) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def describe_file(writer: gguf.GGUFWriter, kind: gguf.GGMLQuantizationType) -> None:
    writer.add_name(NAME)
    writer.add_description(DESCRIPTION)
    writer.add_license("MIT")
    writer.add_languages(["en", "zh"])
    writer.add_file_type(file_type(kind))


def write_text(model: Tiny, tokenizer: Tokenizer, path: Path, kind: gguf.GGMLQuantizationType) -> None:
    shape = model.shape
    writer = gguf.GGUFWriter(path, "llama")
    describe_file(writer, kind)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.text_blocks)
    writer.add_feed_forward_length(shape.text_hidden)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads)
    writer.add_layer_norm_rms_eps(shape.rms_epsilon)
    writer.add_rope_dimension_count(shape.width // shape.heads)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_vocab_size(len(tokenizer))
    add_tokenizer(writer, tokenizer)
    for name, tensor in model.text.state_dict().items():
        add_text_tensor(writer, name, array(tensor), kind)
    finish(writer)


def add_tokenizer(writer: gguf.GGUFWriter, tokenizer: Tokenizer) -> None:
    tokens, scores, types = tokenizer.table()
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
    writer.add_add_space_prefix(False)
    writer.add_chat_template(CHAT_TEMPLATE)


def add_text_tensor(writer: gguf.GGUFWriter, name: str, values: Array, kind: gguf.GGMLQuantizationType) -> None:
    match name.split("."):
        case ["embed", _]:
            add_matrix(writer, "token_embd.weight", values, kind)
        case ["head", _]:
            add_matrix(writer, "output.weight", values, kind)
        case ["norm", _]:
            writer.add_tensor("output_norm.weight", values)
        case ["blocks", number, ("norm1" | "norm2") as part, _]:
            writer.add_tensor(f"blk.{number}.{TEXT_NAMES[part]}.weight", values)
        case ["blocks", number, part, _]:
            add_matrix(writer, f"blk.{number}.{TEXT_NAMES[part]}.weight", values, kind)


def write_vision(model: Tiny, path: Path, kind: gguf.GGMLQuantizationType) -> None:
    shape = model.shape
    writer = gguf.GGUFWriter(path, "clip")
    writer.add_type("mmproj")
    describe_file(writer, kind)
    add_vision_sizes(writer, shape)
    weight, bias = array(model.vision.patch.weight), array(model.vision.patch.bias)
    writer.add_tensor("v.patch_embd.weight", weight.astype(np.float16))
    writer.add_tensor("v.patch_embd.bias", bias)
    writer.add_tensor("v.position_embd.weight", array(model.vision.position))
    for norm, module in (("pre_ln", model.vision.pre), ("post_ln", model.vision.post)):
        writer.add_tensor(f"v.{norm}.weight", array(module.weight))
        writer.add_tensor(f"v.{norm}.bias", array(module.bias))
    for name, tensor in model.vision.blocks.state_dict().items():
        number, part, role = name.split(".")
        add_linear(writer, f"v.blk.{number}.{VISION_NAMES[part]}.{role}", array(tensor), kind)
    for name, tensor in model.project.state_dict().items():
        add_linear(writer, f"mm.{name}", array(tensor), kind)
    finish(writer)


def add_linear(writer: gguf.GGUFWriter, name: str, values: Array, kind: gguf.GGMLQuantizationType) -> None:
    if values.ndim == 2:
        add_matrix(writer, name, values, kind)
    else:
        writer.add_tensor(name, values)


def add_vision_sizes(writer: gguf.GGUFWriter, shape: Shape) -> None:
    writer.add_clip_has_vision_encoder(True)
    writer.add_clip_projector_type("mlp")
    writer.add_vision_use_gelu(True)
    writer.add_vision_image_size(shape.picture)
    writer.add_vision_patch_size(shape.patch)
    writer.add_vision_embedding_length(shape.vision_width)
    writer.add_vision_feed_forward_length(shape.vision_hidden)
    writer.add_vision_block_count(shape.vision_blocks)
    writer.add_vision_projection_dim(shape.width)
    writer.add_vision_head_count(shape.vision_heads)
    writer.add_vision_attention_layernorm_eps(shape.layer_epsilon)
    writer.add_vision_image_mean([MEAN] * 3)
    writer.add_vision_image_std([DEVIATION] * 3)
    # Without this llama.cpp leaves the last block of a LLaVA encoder out.
    writer.add_array("clip.vision.feature_layer", [shape.vision_blocks])
