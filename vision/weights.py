"""The GGUF files that a model is loaded from: where they are, and whether they can be what they are said to be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vision.errors import WeightsBroken, WeightsMissing

_MAGIC = b"GGUF"
_TINY = Path(__file__).resolve().parent.parent / "tiny" / "weights"


@dataclass(frozen=True)
class Weights:
    """A language model and the projector through which it sees; without a projector it reads text only."""

    model: Path
    projector: Path | None

    def check(self) -> None:
        """Raise WeightsMissing or WeightsBroken unless each file is there and is a GGUF."""
        for path in filter(None, (self.model, self.projector)):
            _check_file(path)


def tiny_weights() -> Weights:
    """The small weights that ship with the project and know a drawn world only."""
    return Weights(_TINY / "tiny.gguf", _TINY / "tiny-mmproj.gguf")


def weights_at(model: Path, projector: Path | None = None) -> Weights:
    """The weights of `model`, with the projector that lies beside it where none is named.

    Raises WeightsMissing where a model is there and no projector: it could not see.
    """
    found = projector or projector_beside(model)
    if found is None and model.is_file():
        raise WeightsMissing(f"no projector lies beside {model}: put its mmproj file there, or name it with PROJECTOR")
    return Weights(model, found)


def projector_beside(model: Path) -> Path | None:
    """The GGUF in the model's folder with "mmproj" in its name; of several, the one closest to the model's name."""
    found = [path for path in sorted(model.parent.glob("*.gguf")) if "mmproj" in path.name.lower() and path != model]
    return max(found, key=lambda path: _shared_words(path, model), default=None)


def _shared_words(one: Path, other: Path) -> int:
    words = [set(path.stem.lower().replace("_", "-").replace(".", "-").split("-")) for path in (one, other)]
    return len(words[0] & words[1])


def _check_file(path: Path) -> None:
    try:
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except (FileNotFoundError, NotADirectoryError):
        raise WeightsMissing(f"there is no weights file {path}: set its path right or download it there") from None
    except OSError as error:
        raise WeightsMissing(f"the weights file {path} cannot be read: {error.strerror}") from error
    if magic != _MAGIC:
        raise WeightsBroken(f"{path} is no GGUF file: download it again, or convert it with llama.cpp's scripts")
