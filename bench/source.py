"""The source of the pinned bindings, llama.cpp's included: the parts of it that a build for CPU or CUDA needs.

It comes from the package index, by the version and hash in requirements/, or from SDIST: an archive or a folder
that is there already.
"""

from __future__ import annotations

import os
import shutil
import tarfile
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.lock import ROOT, download

BUILD = ROOT / "build"
PACKAGE = "llama-cpp-python"
_BACKENDS = "blas cann et hexagon hip metal musa opencl openvino rpc sycl virtgpu vulkan webgpu zdnn zendnn"
_UNUSED = "benches ci docs examples gguf-py media models pocs requirements skills tests .git .github .devops"
LEFT_OUT = (
    *("docker", "docs", "examples", "scripts", "tests", ".git"),
    *(f"vendor/llama.cpp/{name}" for name in _UNUSED.split()),
    *(f"vendor/llama.cpp/ggml/src/ggml-{name}" for name in _BACKENDS.split()),
    *(f"vendor/llama.cpp/tools/ui/{name}" for name in ("scripts", "src", "static", "tests", "package-lock.json")),
)


def bindings_source() -> Path:
    """The folder with the source, unpacked there on the first call."""
    folder = BUILD / PACKAGE
    if not folder.exists():
        part = folder.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        _bring(part)
        part.rename(folder)
    return folder


def needed(path: str) -> bool:
    """Whether a build needs the file or folder of this path in the source."""
    return not any(path == left_out or path.startswith(f"{left_out}/") for left_out in LEFT_OUT)


def _bring(folder: Path) -> None:
    given = os.environ.get("SDIST")
    if not given:
        with TemporaryDirectory() as downloads:
            _unpack(_download(Path(downloads)), folder)
    elif Path(given).is_dir():
        _copy(Path(given), folder)
    else:
        _unpack(Path(given), folder)


def _copy(source: Path, folder: Path) -> None:
    def left_out(parent: str, names: Iterable[str]) -> list[str]:
        return [name for name in names if not needed((Path(parent) / name).relative_to(source).as_posix())]

    shutil.copytree(source, folder, symlinks=True, ignore=left_out)


def _unpack(archive: Path, folder: Path) -> None:
    """What an archive holds below its one folder."""
    with tarfile.open(archive) as source:
        for member in source:
            _, _, member.name = member.name.partition("/")
            if member.name and needed(member.name):
                source.extract(member, folder, filter="data")


def _download(folder: Path) -> Path:
    """pip makes the package's metadata on the way, with the build tools that are here (requirements/build.lock)."""
    download([PACKAGE], folder, ["--no-build-isolation", "--no-binary", PACKAGE])
    return next(folder.glob("*.tar.gz"))
