"""How far the loading of weights is, over both files."""

from __future__ import annotations

from vision.weights import Weights


class Loading:
    """Adds up what is said of each part, "model" and "projector", by the size of its file."""

    def __init__(self, weights: Weights) -> None:
        files = {"model": weights.model, "projector": weights.projector}
        self._sizes = {part: path.stat().st_size for part, path in files.items() if path}
        self._done = dict.fromkeys(self._sizes, 0.0)

    def tell(self, part: str, done: float) -> float:
        """Note how far a part is (0–1); gives how far the whole is. Neither ever goes back."""
        if part in self._done:
            self._done[part] = max(self._done[part], min(done, 1.0))
        return sum(self._sizes[part] * self._done[part] for part in self._sizes) / sum(self._sizes.values())
