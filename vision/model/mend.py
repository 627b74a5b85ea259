"""LLaVA's projector files as this llama.cpp must be given them: what it gets wrong is found and mended while loading.

llama.cpp computes three things of such a file wrongly or not at all (its issues 25814 and 25817):

- A file that names no kind of projector, as those of 2023 don't, is refused.
- Of the encoder's blocks it leaves the last one out, for LLaVA reads the state before it. Yet the converter has already
  cut that block off, so one too few is computed. Where the file names the layer to read, it is obeyed.
- It puts the encoder's class token behind the patches, though it goes on counting as if it stood first. No file can
  mend that: of the patches' states the first would be missing. vision.model.token_order does it.

The first two are mended by a line more in the file's head. The file itself stays as it is: llama.cpp is given a copy in
memory, which lasts for as long as it loads.
"""

from __future__ import annotations

import os
import shutil
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from vision.errors import WeightsBroken
from vision.metadata import Head, read_head

KINDS = ("mlp", "ldp", "ldpv2")  # computed by llama.cpp's graph for LLaVA, counted as if a class token led
_BLOCKS = {768: 12, 1024: 24, 1152: 27, 1280: 32, 1408: 40, 1664: 48}  # of CLIP's and SigLIP's encoders, by their width
_NAMELESS = frozenset({"v.patch_embd.weight", "mm.0.weight", "mm.2.weight"})  # what makes up a file without a kind
_PREFIX = struct.Struct("<4sIQQ")  # of a GGUF file: magic, version, how many tensors, how many values
_TEXT, _ARRAY, _INT32 = 8, 9, 5  # GGUF's value types
_PIECE = 1 << 22  # bytes copied at once


@dataclass(frozen=True)
class Faults:
    """What is to be mended of a projector's file; of a sound one nothing."""

    nameless: bool = False
    """Its kind is missing, and is "mlp"."""
    blocks: int | None = None
    """So many of the encoder's blocks are to be computed: all that are left in the file."""
    class_token: bool = False
    """It has a class token, which must be put first."""

    @property
    def note(self) -> str | None:
        """What is mended, for the operator; None where nothing is."""
        parts = (
            "its kind is taken for mlp, as it names none" if self.nameless else "",
            f"all of its {self.blocks} blocks are computed instead of {self.blocks - 1}" if self.blocks else "",
            "its class token is put before the patches instead of behind them" if self.class_token else "",
        )
        said = "; ".join(filter(None, parts))
        return f"the projector is mended for this llama.cpp, its file stays as it is: {said}" if said else None


def faults_of(head: Head) -> Faults:
    """What this llama.cpp gets wrong of a projector's file."""
    kind = head.metadata.get("clip.projector_type") or head.metadata.get("clip.vision.projector_type")
    nameless = not kind and head.tensors >= _NAMELESS
    if not nameless and kind not in KINDS:
        return Faults()
    return Faults(nameless, _blocks(head), "v.class_embd" in head.tensors)


def _blocks(head: Head) -> int | None:
    """How many blocks an encoder has that was cut before its last, where llama.cpp would leave out one more.

    Whether it was cut is told by its width, or else by the mark that the converter left, which always cuts. Encoders
    with a last norm are read at their very end: moondream's has one, and a block too many on purpose.
    """
    blocks, width = (head.metadata.get(f"clip.vision.{name}") for name in ("block_count", "embedding_length"))
    named = "clip.vision.feature_layer" in head.metadata
    if named or "v.post_ln.weight" in head.tensors or not isinstance(blocks, int):
        return None
    whole = _BLOCKS.get(width) if isinstance(width, int) else None
    cut = blocks < whole if whole else head.metadata.get("clip.has_llava_projector") is True
    return blocks if cut else None


def faults_in(path: Path) -> Faults:
    """The same of a file. What cannot be read has none: llama.cpp shall say what is wrong with it."""
    try:
        return faults_of(read_head(path))
    except (OSError, ValueError):
        return Faults()


@contextmanager
def mended(path: Path, faults: Faults) -> Iterator[Path]:
    """The path to load a projector from: its own, or while this lasts that of a copy with a mended head.

    Raises WeightsBroken where there is no room for the copy.
    """
    values = _missing_values(faults)
    if not values:
        yield path
        return
    with _fleeting_file() as (copy, name):
        try:
            _copy(path, copy, values)
        except OSError as error:
            raise WeightsBroken(f"no copy of the projector {path} can be made to mend it: {error}") from error
        yield name


def _missing_values(faults: Faults) -> list[bytes]:
    """The lines that the file's metadata lack, as they stand in a GGUF file."""
    values = []
    if faults.nameless:
        values.append(_text("clip.projector_type") + struct.pack("<I", _TEXT) + _text("mlp"))
    if faults.blocks:
        array = struct.pack("<IIQi", _ARRAY, _INT32, 1, faults.blocks)
        values.append(_text("clip.vision.feature_layer") + array)
    return values


def _text(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


@contextmanager
def _fleeting_file() -> Iterator[tuple[IO[bytes], Path]]:
    """An empty file and its path: in memory where the system can, which is Linux, else among the temporary ones."""
    if hasattr(os, "memfd_create"):
        with os.fdopen(os.memfd_create("projector"), "wb") as file:
            yield file, Path(f"/proc/self/fd/{file.fileno()}")
    else:
        with tempfile.NamedTemporaryFile(suffix=".gguf") as file:
            yield file, Path(file.name)


def _copy(path: Path, copy: IO[bytes], values: list[bytes]) -> None:
    """Copy a GGUF file with more values in its head; the tensors' places count from where their data begin."""
    head = read_head(path)
    start, end = head.values
    with path.open("rb") as file:
        magic, version, tensors, count = _PREFIX.unpack(file.read(_PREFIX.size))
        copy.write(_PREFIX.pack(magic, version, tensors, count + len(values)))
        copy.write(file.read(end - start))
        copy.writelines(values)
        copy.write(file.read(head.end - end))
        copy.write(bytes(-copy.tell() % head.alignment))
        file.seek(head.data)
        shutil.copyfileobj(file, copy, _PIECE)
    copy.flush()
