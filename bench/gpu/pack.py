"""Packs what a machine without a network needs to build and run the benchmarks: `python -m bench.gpu.pack [PYTHON]`.

Into build/gpu go the bindings' source, less what no build for CPU or CUDA needs, and the wheels of the few packages
that the benchmarks import, for that version of Python (3.12) on x86-64 Linux.
"""

from __future__ import annotations

import sys
import tarfile
from pathlib import Path

from bench.lock import download
from bench.source import BUILD, bindings_source

FOLDER = BUILD / "gpu"
_HTTP = "aiohttp aiohappyeyeballs aiosignal attrs frozenlist idna multidict propcache yarl"
_BINDINGS = "numpy jinja2 markupsafe diskcache typing-extensions"
_OURS = "structlog pillow pillow-heif"
_RANDOM_WEIGHTS = "gguf tqdm pyyaml"
PACKAGES = f"{_HTTP} {_BINDINGS} {_OURS} {_RANDOM_WEIGHTS}".split()
_PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")


def main(python: str) -> None:
    """Pack anew, and say how large it came out."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tarfile.open(FOLDER / "source.tar.xz", "w:xz") as archive:
        archive.add(bindings_source(), "source")
    platforms = [option for platform in _PLATFORMS for option in ("--platform", platform)]
    download(PACKAGES, FOLDER / "wheels", ["--only-binary", ":all:", "--python-version", python, *platforms])
    for path in (FOLDER / "source.tar.xz", FOLDER / "wheels"):
        print(f"{path}: {_megabytes(path):.1f} MB")


def _megabytes(path: Path) -> float:
    files = path.iterdir() if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files) / 1e6


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "3.12")
