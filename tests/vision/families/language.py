"""Language models of two small layers, in the architectures that see."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.vision.families.files import Array, RandomFile
from tests.vision.families.words import Words

LAYERS, HEADS, SHARED_HEADS = 2, 4, 2
CONTEXT = 8192
# What makes random models differ in their answers: attention that picks, and logits that spread.
_PICK, _SPREAD = 1.6, 2.5


@dataclass(frozen=True)
class Language:
    """What sets an architecture apart from Llama's."""

    architecture: str
    width: int = 64
    normed_heads: bool = False
    normed_after: bool = False
    biased: bool = False
    window: int = 0
    proportional: bool = False
    sections: tuple[int, ...] = ()
    deep_layers: int = 0
    convolves_first: bool = False
    final_norm: str = "output_norm"

    @property
    def head_width(self) -> int:
        """Values of one head."""
        return self.width // HEADS


def write_language(path: Path, language: Language, words: Words, template: str | None, seed: int) -> None:
    """The whole file of a language model."""
    file = RandomFile(path, language.architecture, seed)
    _write_head(file, language)
    words.write(file.head)
    if template:
        file.head.add_chat_template(template)
    # Gemma multiplies its embeddings by the root of the width, but not a picture's.
    tokens = file.normal(len(words.texts), language.width)
    file.tensor("token_embd.weight", tokens / language.width**0.5 if language.normed_after else tokens)
    file.tensor("output.weight", _voice(file, language, words))
    file.scale(f"{language.final_norm}.weight", language.width)
    if language.proportional:
        file.tensor("rope_freqs.weight", np.where(np.arange(language.head_width // 2) < 4, 1, 1e30))
    for layer in range(LAYERS):
        _write_layer(file, f"blk.{layer}", language, convolves=language.convolves_first and layer == 0)
    file.close()


def _write_head(file: RandomFile, language: Language) -> None:
    head = file.head
    head.add_name(language.architecture)
    head.add_context_length(CONTEXT)
    head.add_embedding_length(language.width)
    head.add_block_count(LAYERS)
    head.add_feed_forward_length(2 * language.width)
    head.add_head_count(HEADS)
    head.add_head_count_kv([0, SHARED_HEADS] if language.convolves_first else SHARED_HEADS)
    head.add_key_length(language.head_width)
    head.add_value_length(language.head_width)
    head.add_layer_norm_rms_eps(1e-6)
    head.add_rope_dimension_count(language.head_width)
    head.add_rope_freq_base(10000.0)
    if language.window:
        head.add_sliding_window(language.window)
        head.add_array(f"{language.architecture}.attention.sliding_window_pattern", [True, False])
    if language.proportional:
        head.add_uint32(f"{language.architecture}.attention.key_length_swa", language.head_width)
        head.add_uint32(f"{language.architecture}.attention.value_length_swa", language.head_width)
        head.add_uint32(f"{language.architecture}.attention.shared_kv_layers", 0)
        head.add_uint32(f"{language.architecture}.embedding_length_per_layer_input", 0)
        head.add_uint32(f"{language.architecture}.rope.dimension_count_swa", language.head_width)
    if language.sections:
        head.add_rope_dimension_sections(list(language.sections))
    if language.deep_layers:
        head.add_uint32(f"{language.architecture}.n_deepstack_layers", language.deep_layers)
    if language.convolves_first:
        head.add_shortconv_l_cache(3)


def _voice(file: RandomFile, language: Language, words: Words) -> Array:
    """The last matrix: what is not plain text is never the likeliest, so that every answer can be compared."""
    values: Array = file.normal(len(words.texts), language.width) * _SPREAD / language.width**0.5
    silent = sorted(set(range(len(words.texts))) - set(words.spoken))
    values[silent] = 0.0
    return values


def _write_layer(file: RandomFile, name: str, language: Language, *, convolves: bool) -> None:
    width = language.width
    file.scale(f"{name}.attn_norm.weight", width)
    if convolves:
        _write_convolution(file, name, width)
    else:
        _write_attention(file, name, language)
    file.scale(f"{name}.ffn_norm.weight", width)
    file.matrix(f"{name}.ffn_gate.weight", 2 * width, width)
    file.matrix(f"{name}.ffn_up.weight", 2 * width, width)
    file.matrix(f"{name}.ffn_down.weight", width, 2 * width)
    if language.normed_after:
        file.scale(f"{name}.post_attention_norm.weight", width)
        file.scale(f"{name}.post_ffw_norm.weight", width)


def _write_attention(file: RandomFile, name: str, language: Language) -> None:
    width, shared = language.width, SHARED_HEADS * language.head_width
    gain = 1.0 if language.normed_heads else _PICK
    for part, rows, strength in (("q", width, gain), ("k", shared, gain), ("v", shared, 2.0)):
        file.matrix(f"{name}.attn_{part}.weight", rows, width, gain=strength)
        if language.biased:
            file.tensor(f"{name}.attn_{part}.bias", file.normal(rows) * 0.1)
        if language.normed_heads and part in "qk":
            # Gemma 4 doesn't divide by the root of the head's width.
            size = _PICK / language.head_width**0.25 if language.proportional else _PICK
            file.scale(f"{name}.attn_{part}_norm.weight", language.head_width, size=size)
    file.matrix(f"{name}.attn_output.weight", width, width)


def _write_convolution(file: RandomFile, name: str, width: int) -> None:
    file.tensor(f"{name}.shortconv.conv.weight", file.normal(width, 3))
    file.matrix(f"{name}.shortconv.in_proj.weight", 3 * width, width)
    file.matrix(f"{name}.shortconv.out_proj.weight", width, width)
