"""GGUF files of random numbers that are the same every time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import gguf
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]


class RandomFile:
    """A GGUF file being written. Its numbers come from the seed."""

    def __init__(self, path: Path, architecture: str, seed: int) -> None:
        self.head = gguf.GGUFWriter(path, architecture)
        self._dice = np.random.default_rng(seed)

    def matrix(self, name: str, rows: int, columns: int, *, gain: float = 1.0) -> None:
        """A linear layer from `columns` to `rows` values that multiplies their size by `gain`."""
        self.tensor(name, self.normal(rows, columns) * gain / columns**0.5)

    def linear(self, name: str, rows: int, columns: int, *, gain: float = 1.0) -> None:
        """The same with a bias."""
        self.matrix(f"{name}.weight", rows, columns, gain=gain)
        self.tensor(f"{name}.bias", self.normal(rows) * 0.1)

    def scale(self, name: str, width: int, *, size: float = 1.0) -> None:
        """The weight of a norm."""
        self.tensor(name, size * (1 + self.normal(width) * 0.1))

    def norm(self, name: str, width: int) -> None:
        """A norm with a bias."""
        self.scale(f"{name}.weight", width)
        self.tensor(f"{name}.bias", self.normal(width) * 0.1)

    def kernel(self, name: str, rows: int, side: int) -> None:
        """A convolution that turns a patch of a picture into `rows` values."""
        self.head.add_tensor(name, (self.normal(rows, 3, side, side) / side).astype(np.float16))

    def tensor(self, name: str, values: Array) -> None:
        """Any values."""
        self.head.add_tensor(name, np.ascontiguousarray(values, np.float32))

    def normal(self, *shape: int) -> Array:
        """Random numbers about 0, of size 1."""
        return self._dice.standard_normal(shape, np.float32)

    def array(self, key: str, values: Sequence[int]) -> None:
        """A list of whole numbers in the head."""
        self.head.add_array(key, list(values))

    def close(self) -> None:
        """Put it on disk."""
        self.head.write_header_to_file()
        self.head.write_kv_data_to_file()
        self.head.write_tensors_to_file()
        self.head.close()
