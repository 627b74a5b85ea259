"""Projector files with small vision towers, one writer for each kind of projector."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.vision.families.files import RandomFile

WIDTH, HIDDEN, LAYERS, HEADS = 32, 48, 2, 2


@dataclass(frozen=True)
class Tower:
    """A vision tower: a picture of `side` pixels in patches; `positions` are how many it has learned, in each table."""

    side: int
    patch: int
    positions: int = 0
    tables: int = 1
    gated: bool = False
    joined: bool = False
    summed_up: bool = False
    biased_patches: bool = True
    second_frame: bool = False
    activation: str = "gelu"


@dataclass(frozen=True)
class Sight:
    """A projector: its tower, what its head says beside, and what lies between the tower and a model so wide."""

    kind: str
    tower: Tower
    keys: tuple[tuple[str, int | tuple[int, ...] | str], ...]
    bridge: Callable[[RandomFile, int], None]


def write_sight(path: Path, sight: Sight, width: int, seed: int) -> None:
    """The whole projector file, for a language model so wide."""
    file = RandomFile(path, "clip", seed)
    _write_head(file, sight, width)
    _write_tower(file, sight.tower)
    sight.bridge(file, width)
    file.close()


def _write_head(file: RandomFile, sight: Sight, width: int) -> None:
    head, tower = file.head, sight.tower
    head.add_type("mmproj")
    head.add_clip_has_vision_encoder(True)
    head.add_clip_projector_type(sight.kind)
    head.add_bool(f"clip.use_{tower.activation}", True)
    head.add_vision_projection_dim(width)
    head.add_vision_image_size(tower.side)
    head.add_vision_patch_size(tower.patch)
    head.add_vision_embedding_length(WIDTH)
    head.add_vision_feed_forward_length(HIDDEN)
    head.add_vision_block_count(LAYERS)
    head.add_vision_head_count(HEADS)
    head.add_vision_attention_layernorm_eps(1e-5)
    head.add_vision_image_mean([0.5, 0.5, 0.5])
    head.add_vision_image_std([0.25, 0.25, 0.25])
    for key, value in sight.keys:
        if isinstance(value, str):
            head.add_string(key, value)
        elif isinstance(value, tuple):
            file.array(key, value)
        elif key == "clip.minicpmv_version":
            head.add_int32(key, value)
        else:
            head.add_uint32(key, value)


def _write_tower(file: RandomFile, tower: Tower) -> None:
    file.kernel("v.patch_embd.weight", WIDTH, tower.patch)
    if tower.second_frame:
        file.kernel("v.patch_embd.weight.1", WIDTH, tower.patch)
    if tower.biased_patches:
        file.tensor("v.patch_embd.bias", file.normal(WIDTH) * 0.1)
    if tower.summed_up:
        file.tensor("v.class_embd", file.normal(WIDTH))
    if tower.positions:
        file.tensor("v.position_embd.weight", file.normal(*[tower.tables] * (tower.tables > 1), tower.positions, WIDTH))
    file.norm("v.pre_ln", WIDTH)
    file.norm("v.post_ln", WIDTH)
    for layer in range(LAYERS):
        _write_layer(file, f"v.blk.{layer}", tower)


def _write_layer(file: RandomFile, name: str, tower: Tower) -> None:
    file.norm(f"{name}.ln1", WIDTH)
    file.norm(f"{name}.ln2", WIDTH)
    parts = (("attn_qkv", 3 * WIDTH),) if tower.joined else (("attn_q", WIDTH), ("attn_k", WIDTH), ("attn_v", WIDTH))
    for part, rows in (*parts, ("attn_out", WIDTH)):
        file.linear(f"{name}.{part}", rows, WIDTH)
    file.linear(f"{name}.ffn_up", HIDDEN, WIDTH)
    if tower.gated:
        file.linear(f"{name}.ffn_gate", HIDDEN, WIDTH)
    file.linear(f"{name}.ffn_down", WIDTH, HIDDEN)


# ---- what lies between ----


def two_layers(first: str, second: str, joined: int = 1) -> Callable[[RandomFile, int], None]:
    """Two linear layers over `joined` neighbouring patches."""

    def write(file: RandomFile, width: int) -> None:
        file.linear(first, 2 * width, joined * WIDTH, gain=1.5)
        file.linear(second, width, 2 * width, gain=1.5)

    return write


def llava_next(file: RandomFile, width: int) -> None:
    """LLaVA 1.6: two layers, and an embedding for the end of a row."""
    two_layers("mm.0", "mm.2")(file, width)
    file.tensor("v.image_newline", file.normal(width))


def gemma(file: RandomFile, width: int) -> None:
    """Gemma 3: a norm and one matrix, which lies on its side."""
    file.scale("mm.soft_emb_norm.weight", WIDTH)
    file.tensor("mm.input_projection.weight", file.normal(WIDTH, width) / WIDTH**0.5)


def gemma_4(file: RandomFile, width: int) -> None:
    """Gemma 4: one matrix."""
    file.matrix("mm.input_projection.weight", width, WIDTH)


def internvl(file: RandomFile, width: int) -> None:
    """InternVL: a norm and two layers over four patches."""
    file.norm("mm.model.mlp.0", 4 * WIDTH)
    two_layers("mm.model.mlp.1", "mm.model.mlp.3", 4)(file, width)


def idefics(joined: int) -> Callable[[RandomFile, int], None]:
    """Idefics 3: one matrix over many patches."""

    def write(file: RandomFile, width: int) -> None:
        file.matrix("mm.model.fc.weight", width, joined * WIDTH)

    return write


def deep(file: RandomFile, width: int) -> None:
    """Qwen3-VL: beside the last layer's values go those of the first, for the language model's own first layer."""
    two_layers("mm.0", "mm.2", 4)(file, width)
    file.norm("v.deepstack.0.norm", 4 * WIDTH)
    file.linear("v.deepstack.0.fc1", 2 * width, 4 * WIDTH)
    file.linear("v.deepstack.0.fc2", width, 2 * width)


def pixtral(file: RandomFile, width: int) -> None:
    """Mistral Small 3.1: patches merged, two layers, and an embedding for the end of a row."""
    file.scale("mm.input_norm.weight", WIDTH)
    file.matrix("mm.patch_merger.weight", WIDTH, 4 * WIDTH)
    two_layers("mm.1", "mm.2")(file, width)
    file.tensor("v.token_embd.img_break", file.normal(width))


def resampler(queries: int) -> Callable[[RandomFile, int], None]:
    """MiniCPM-V: so many learned queries look at the patches."""

    def write(file: RandomFile, width: int) -> None:
        file.tensor("resampler.pos_embed_k", file.normal(4, width))
        file.tensor("resampler.query", file.normal(queries, width))
        file.matrix("resampler.proj.weight", width, width)
        file.matrix("resampler.kv.weight", width, WIDTH)
        for part in ("q", "k", "v", "out"):
            file.linear(f"resampler.attn.{part}", width, width, gain=2.0)
        for part in ("q", "kv", "post"):
            file.norm(f"resampler.ln_{part}", width)

    return write
