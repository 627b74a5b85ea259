"""LLaVA's projectors give what their encoder was trained to give, against a plain forward pass in numpy.

The forward pass is that of CLIPVisionModel and LlavaForConditionalGeneration in Hugging Face's transformers: the state
before the encoder's last block, without the class token, through the projector.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import erf, sqrt
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from vision.errors import EngineError, WeightsBroken
from vision.metadata import Head, read_head
from vision.model import projector as projector_module
from vision.model.mend import Faults, faults_in, faults_of, mended
from vision.model.native import Model
from vision.model.projector import PictureChunk, Projector
from vision.model.token_order import TokenOrder
from vision.picture import picture_from_rgb
from vision.weights import tiny_weights

PATCH, GRID, WIDTH, HEADS, HIDDEN, BLOCKS = 14, 4, 64, 4, 160, 4
SIDE = PATCH * GRID
EPSILON, MEAN, DEVIATION = 1e-5, (0.48, 0.46, 0.41), (0.27, 0.26, 0.28)
LLAVA, SIGLIP = Faults(blocks=BLOCKS - 1, class_token=True), Faults(blocks=BLOCKS - 1)

Array = NDArray[Any]
Tensors = dict[str, Array]


# ---- a LLaVA of random weights ----


@dataclass(frozen=True)
class Recipe:
    """How a projector's file is written; the defaults are those of llama.cpp's converter for LLaVA 1.5."""

    blocks: int = BLOCKS - 1
    kind: str | None = "mlp"
    feature_layer: int | None = None
    class_token: bool = True
    last_norm: bool = False
    converted: bool = True
    tiles: bool = False
    alignment: int | None = None
    position_type: gguf.GGMLQuantizationType = gguf.GGMLQuantizationType.F32


Written = Callable[[Recipe], Path]


@pytest.fixture(scope="module")
def random() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.fixture(scope="module")
def tensors(random: np.random.Generator) -> Tensors:
    """A whole encoder and a projector of two layers; each block has its weight in what comes out."""
    width_out = int(read_head(tiny_weights().model).metadata["llama.embedding_length"])
    made: Tensors = {
        "v.class_embd": random.standard_normal(WIDTH),
        "v.patch_embd.weight": random.standard_normal((WIDTH, 3, PATCH, PATCH)) / 20,
        "v.position_embd.weight": random.standard_normal((GRID**2 + 1, WIDTH)),
    }
    norms = ["v.pre_ln", "v.post_ln", *(f"v.blk.{n}.{part}" for n in range(BLOCKS) for part in ("ln1", "ln2"))]
    for name in norms:
        made[f"{name}.weight"], made[f"{name}.bias"] = 1 + random.standard_normal((2, WIDTH)) / 10
    shapes = {f"attn_{part}": (WIDTH, WIDTH) for part in ("q", "k", "v", "out")}
    shapes |= {"ffn_up": (HIDDEN, WIDTH), "ffn_down": (WIDTH, HIDDEN)}
    layers = {f"v.blk.{n}.{part}": shape for n in range(BLOCKS) for part, shape in shapes.items()}
    for name, (out, into) in (layers | {"mm.0": (width_out, WIDTH), "mm.2": (width_out, width_out)}).items():
        made[f"{name}.weight"] = random.standard_normal((out, into)) / sqrt(into)
        made[f"{name}.bias"] = random.standard_normal(out) / 10
    made["v.image_newline"] = random.standard_normal(width_out)
    kept = {"v.patch_embd.weight": np.float16}  # as the converter does
    return {name: values.astype(kept.get(name, np.float32)) for name, values in made.items()}


def write(path: Path, tensors: Tensors, recipe: Recipe) -> Path:
    writer = gguf.GGUFWriter(path, "clip")
    if recipe.alignment:
        writer.add_custom_alignment(recipe.alignment)
    add_metadata(writer, recipe, len(tensors["mm.0.bias"]))
    for name, values in tensors.items():
        if belongs(name, recipe):
            kind = recipe.position_type if name == "v.position_embd.weight" else None
            rows = values[0 if recipe.class_token else 1 :] if kind is not None else values
            writer.add_tensor(name, gguf.quants.quantize(rows, kind) if kind else rows, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.fixture
def written(tmp_path: Path, tensors: Tensors) -> Written:
    """Writes a projector's file."""
    return lambda recipe: write(tmp_path / "mmproj.gguf", tensors, recipe)


def belongs(name: str, recipe: Recipe) -> bool:
    match name.split("."):
        case ["v", "blk", number, *_]:
            return int(number) < recipe.blocks
        case ["v", "class_embd"]:
            return recipe.class_token
        case ["v", "image_newline"]:
            return recipe.tiles
        case ["v", "post_ln", _]:
            return recipe.last_norm
    return True


def add_metadata(writer: gguf.GGUFWriter, recipe: Recipe, width_out: int) -> None:
    sizes = {"image_size": SIDE, "patch_size": PATCH, "embedding_length": WIDTH, "feed_forward_length": HIDDEN}
    sizes |= {"projection_dim": width_out, "attention.head_count": HEADS, "block_count": recipe.blocks}
    for name, size in sizes.items():
        writer.add_uint32(f"clip.vision.{name}", size)
    writer.add_bool("clip.has_vision_encoder", True)
    writer.add_bool("clip.has_llava_projector", recipe.converted)
    writer.add_bool("clip.use_gelu", False)
    writer.add_float32("clip.vision.attention.layer_norm_epsilon", EPSILON)
    writer.add_array("clip.vision.image_mean", MEAN)
    writer.add_array("clip.vision.image_std", DEVIATION)
    if recipe.kind:
        writer.add_string("clip.projector_type", recipe.kind)
    if recipe.feature_layer is not None:
        writer.add_array("clip.vision.feature_layer", [recipe.feature_layer])
    if recipe.tiles:
        writer.add_string("clip.vision.mm_patch_merge_type", "spatial_unpad")
        writer.add_array("clip.vision.image_grid_pinpoints", [SIDE, 2 * SIDE, 2 * SIDE, SIDE, 2 * SIDE, 2 * SIDE])


# ---- the forward pass ----


def forward(tensors: Tensors, picture: Array, *, class_token: bool = True) -> Array:
    """What the language model is to be given of a picture of the encoder's size, patches × width."""
    x = (picture / 255 - MEAN) / DEVIATION
    x = x.reshape(GRID, PATCH, GRID, PATCH, 3).transpose(0, 2, 4, 1, 3).reshape(GRID**2, -1)
    x = x @ tensors["v.patch_embd.weight"].reshape(WIDTH, -1).T.astype(np.float64)
    leading = int(class_token)
    x = np.concatenate([tensors["v.class_embd"][None][:leading], x]) + tensors["v.position_embd.weight"][1 - leading :]
    x = norm(tensors, "v.pre_ln", x)
    for number in range(BLOCKS - 1):
        x = block(tensors, f"v.blk.{number}", x)
    x = linear(tensors, "mm.0", x[leading:])
    return linear(tensors, "mm.2", x * (1 + np.vectorize(erf)(x / sqrt(2))) / 2)  # the exact GELU


def block(tensors: Tensors, name: str, x: Array) -> Array:
    normed = norm(tensors, f"{name}.ln1", x)
    parts = (linear(tensors, f"{name}.attn_{part}", normed) for part in ("q", "k", "v"))
    q, k, v = (part.reshape(len(x), HEADS, -1).transpose(1, 0, 2) for part in parts)
    shares = np.exp(q @ k.transpose(0, 2, 1) / sqrt(WIDTH // HEADS))
    shares /= shares.sum(-1, keepdims=True)
    x = x + linear(tensors, f"{name}.attn_out", (shares @ v).transpose(1, 0, 2).reshape(len(x), -1))
    hidden = linear(tensors, f"{name}.ffn_up", norm(tensors, f"{name}.ln2", x))
    return x + linear(tensors, f"{name}.ffn_down", hidden / (1 + np.exp(-1.702 * hidden)))  # CLIP's quick GELU


def norm(tensors: Tensors, name: str, x: Array) -> Array:
    spread = np.sqrt(x.var(-1, keepdims=True) + EPSILON)
    out: Array = (x - x.mean(-1, keepdims=True)) / spread * tensors[f"{name}.weight"] + tensors[f"{name}.bias"]
    return out


def linear(tensors: Tensors, name: str, x: Array) -> Array:
    out: Array = x @ tensors[f"{name}.weight"].T + tensors[f"{name}.bias"]
    return out


# ---- both beside each other ----


@pytest.fixture(scope="module")
def picture(random: np.random.Generator) -> Array:
    """As large as the encoder takes it, so that nobody resizes it."""
    return random.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)


def load(path: Path, model: Model) -> Projector:
    return Projector(path, model, threads=1, gpu_layers=0, on_load=lambda *_: True, pause=lambda: True)


def encode(projector: Projector, picture: Array) -> Array:
    """The embeddings of a picture and its tiles, chunks × patches × width."""
    height, width, _ = picture.shape
    chunks = projector.chunks(picture_from_rgb(width, height, picture.tobytes()))
    return np.stack([projector.encode(chunk) for chunk in chunks if isinstance(chunk, PictureChunk)])


def likeness(a: Array, b: Array) -> Array:
    """The cosine of each patch's embedding with the other one."""
    product: Array = (a * b).sum(-1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1)
    return product


SOUND_LAYERS = Recipe(feature_layer=BLOCKS - 1)
NO_CLASS_TOKEN = Recipe(class_token=False)
RECIPES = {
    "LLaVA 1.5": (Recipe(), LLAVA),
    "of 2023, which names no kind": (Recipe(kind=None), replace(LLAVA, nameless=True)),
    "which names its layer": (SOUND_LAYERS, Faults(class_token=True)),
    "SigLIP": (NO_CLASS_TOKEN, SIGLIP),
    "otherwise aligned": (Recipe(alignment=256), LLAVA),
    "positions in F16": (Recipe(position_type=gguf.GGMLQuantizationType.F16), LLAVA),
    "positions in Q8_0": (Recipe(position_type=gguf.GGMLQuantizationType.Q8_0), LLAVA),
}


@pytest.mark.parametrize("name", RECIPES)
def test_a_mended_projector_gives_every_patch_what_it_was_trained_to_give(
    name: str, written: Written, tensors: Tensors, model: Model, picture: Array
) -> None:
    recipe, faults = RECIPES[name]
    path = written(recipe)
    before = hashlib.sha256(path.read_bytes()).digest()
    projector = load(path, model)
    assert faults_in(path) == faults
    assert projector.mended == faults.note is not None
    likenesses = likeness(encode(projector, picture), forward(tensors, picture, class_token=recipe.class_token))
    assert likenesses.shape == (1, GRID**2)
    assert likenesses.min() > 0.999
    assert hashlib.sha256(path.read_bytes()).digest() == before


@pytest.fixture(params=["neither", "blocks", "class token"])
def half_mended(
    request: pytest.FixtureRequest, written: Written, model: Model, monkeypatch: pytest.MonkeyPatch
) -> Projector:
    """A LLaVA of which one thing at most is mended."""
    only = {"neither": Faults(), "blocks": SIGLIP, "class token": Faults(class_token=True)}[request.param]
    monkeypatch.setattr(projector_module, "faults_in", lambda _path: only)
    return load(written(Recipe()), model)


def test_each_fault_alone_spoils_every_patch(half_mended: Projector, tensors: Tensors, picture: Array) -> None:
    """Where llama.cpp has mended one of them, this fails: then its mending is to be taken out."""
    assert likeness(encode(half_mended, picture), forward(tensors, picture)).max() < 0.97


def test_every_tile_of_llava_1_6_is_mended(
    written: Written, tensors: Tensors, model: Model, random: np.random.Generator
) -> None:
    picture = random.integers(0, 256, (2 * SIDE, 2 * SIDE, 3), dtype=np.uint8)
    projector = load(written(Recipe(tiles=True)), model)
    *found, _overview = encode(projector, picture)
    tiles = [picture[y : y + SIDE, x : x + SIDE] for y in (0, SIDE) for x in (0, SIDE)]
    wanted = np.stack([forward(tensors, tile) for tile in tiles])
    assert likeness(np.stack(found), wanted).min() > 0.999


def test_pictures_do_not_disturb_one_another(written: Written, tensors: Tensors, model: Model, picture: Array) -> None:
    projector = load(written(Recipe()), model)
    first, other, again = (encode(projector, shown) for shown in (picture, 255 - picture, picture))
    assert (first == again).all()
    assert likeness(other, forward(tensors, 255 - picture)).min() > 0.999


# ---- what is left alone ----


@pytest.mark.parametrize(
    "recipe",
    [
        replace(NO_CLASS_TOKEN, feature_layer=BLOCKS - 1),
        replace(NO_CLASS_TOKEN, converted=False),
        replace(NO_CLASS_TOKEN, last_norm=True, blocks=BLOCKS),
        Recipe(kind="gemma3"),
        Recipe(kind="of another world"),
        Recipe(kind="adapter"),
    ],
)
def test_a_file_that_is_sound_or_not_a_llava_is_given_as_it_is(recipe: Recipe, written: Written) -> None:
    path = written(recipe)
    faults = faults_in(path)
    assert faults == Faults()
    assert faults.note is None
    with mended(path, faults) as given_path:
        assert given_path == path


def test_the_shipped_projector_is_sound() -> None:
    path = tiny_weights().projector
    assert path is not None
    assert faults_in(path) == Faults()


def test_a_file_whose_layers_are_right_is_not_copied(written: Written) -> None:
    path = written(SOUND_LAYERS)
    with mended(path, faults_in(path)) as given_path:
        assert given_path == path


def test_an_unknown_kind_is_refused_and_not_guessed(written: Written, model: Model) -> None:
    path = written(Recipe(kind="of another world"))
    with pytest.raises(WeightsBroken, match=r"mmproj\.gguf"):
        load(path, model)


def test_a_damaged_file_is_left_to_llama_cpp(written: Written, tmp_path: Path) -> None:
    data = written(Recipe()).read_bytes()
    damaged = tmp_path / "damaged.gguf"
    for kept in (b"", data[:3], data[:40], data[:900], b"GGUF" + bytes(400)):
        damaged.write_bytes(kept)
        assert faults_in(damaged) == Faults()
    assert faults_in(tmp_path / "missing.gguf") == Faults()


# ---- how much of an encoder is to be computed ----


def said(**values: object) -> dict[str, object]:
    names = {"kind": "clip.projector_type", "marked": "clip.has_llava_projector", "blocks": "clip.vision.block_count"}
    names |= {"width": "clip.vision.embedding_length", "layer": "clip.vision.feature_layer"}
    return {names[name]: value for name, value in values.items()}


def head(metadata: dict[str, Any], *tensors: str) -> Head:
    return Head(metadata, frozenset(tensors), (24, 24), 24, 32)


@pytest.mark.parametrize(
    ("metadata", "tensors", "blocks"),
    [
        (said(kind="mlp", marked=True, blocks=23, width=1024), [], 23),
        (said(kind="ldp", marked=True, blocks=23, width=1024), [], 23),
        (said(kind="ldpv2", marked=True, blocks=23, width=1024), [], 23),
        (said(kind="mlp", blocks=23, width=1024), [], 23),
        (said(kind="mlp", marked=True, blocks=26, width=1152), [], 26),
        (said(kind="mlp", marked=True, blocks=31, width=1280), [], 31),
        (said(kind="mlp", marked=True, blocks=5, width=100), [], 5),
        (said(kind="mlp", marked=True, blocks=24, width=1024), [], None),
        (said(kind="mlp", marked=True, blocks=23, width=1024, layer=[23]), [], None),
        (said(kind="mlp", marked=True, blocks=28, width=1152), ["v.post_ln.weight"], None),
        (said(kind="mlp", marked=True, blocks=28, width=1152), [], None),
        (said(kind="mlp", blocks=5, width=100), [], None),
        (said(kind="mlp", marked=True, width=1024), [], None),
        (said(kind="resampler", marked=True, blocks=26, width=1152), [], None),
    ],
)
def test_an_encoder_is_computed_to_the_end_where_it_was_cut(
    metadata: dict[str, Any], tensors: list[str], blocks: int | None
) -> None:
    assert faults_of(head(metadata, *tensors)).blocks == blocks


odd = st.none() | st.booleans() | st.integers() | st.text() | st.floats() | st.lists(st.integers())


@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(said(kind=0, marked=0, blocks=0, width=0, layer=0), odd)),
    st.sets(st.sampled_from(["v.class_embd", "v.post_ln.weight", "mm.0.weight", "mm.2.weight", "v.patch_embd.weight"])),
)
def test_odd_metadata_are_no_obstacle(metadata: dict[str, Any], tensors: set[str]) -> None:
    faults = faults_of(head(metadata, *tensors))
    assert (faults.note is None) == (faults == Faults())


# ---- the copy ----


def contents(path: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    reader = gguf.GGUFReader(path)
    values = {name: value.contents() for name, value in reader.fields.items() if not name.startswith("GGUF.")}
    return values, {tensor.name: tensor.data.tobytes() for tensor in reader.tensors}


@pytest.mark.parametrize("in_memory", [True, False])
@pytest.mark.parametrize("alignment", [None, 8, 4096])
def test_the_copy_says_more_and_holds_the_same(
    alignment: int | None, in_memory: bool, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(Recipe(kind=None, alignment=alignment))
    if not in_memory:
        monkeypatch.delattr(os, "memfd_create")
    with mended(path, faults_in(path)) as copy:
        assert copy != path
        values, data = contents(copy)
    old_values, old_data = contents(path)
    added = {"clip.projector_type": "mlp", "clip.vision.feature_layer": [BLOCKS - 1]}
    assert values == old_values | added
    assert data == old_data
    assert not copy.exists()


def test_where_there_is_no_room_for_a_copy_it_is_said(
    written: Written, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = written(Recipe())
    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(WeightsBroken, match=r"mmproj\.gguf.*No space left"):
        load(path, model)


def test_a_llama_cpp_laid_out_otherwise_is_not_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vision.model.token_order._ROOM", 400)
    with pytest.raises(EngineError, match="pinned"):
        TokenOrder()
