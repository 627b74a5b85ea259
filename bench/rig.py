"""What every contender of one run has in common."""

from __future__ import annotations

from dataclasses import dataclass

from vision.engine import EngineSettings
from vision.weights import Weights


@dataclass(frozen=True)
class Rig:
    """The files, the compute threads, how many layers go to a graphics card (below 0: all of them), and how much memory
    may hold keys and values of pictures that were seen before (8 GiB: llama-server's own default)."""

    weights: Weights
    threads: int = 1
    gpu_layers: int = 0
    host_cache_bytes: int = 8 << 30

    @property
    def engine(self) -> EngineSettings:
        """The same for our engine, everything else as it comes."""
        return EngineSettings(
            self.weights,
            threads=self.threads,
            gpu_layers=self.gpu_layers,
            host_cache_bytes=self.host_cache_bytes,
        )
