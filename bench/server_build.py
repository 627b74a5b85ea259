"""Builds llama-server from the bindings' own llama.cpp, with the processor flags of the bindings' wheel.

`python -m bench.server_build` builds it into build/, which takes ten minutes on two cores, once. CMAKE_ARGS adds to
CMake's arguments, JOBS sets how many compilers run at once (2).
"""

from __future__ import annotations

import os
import runpy
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from bench.lock import ROOT
from bench.source import BUILD, bindings_source

FOLDER = BUILD / "llama-server"
BINARY = FOLDER / "bin" / "llama-server"
_ON = ("LLAMA_BUILD_COMMON", "LLAMA_BUILD_TOOLS", "LLAMA_BUILD_SERVER", "GGML_NATIVE")
_OFF = ("BUILD_SHARED_LIBS", "LLAMA_BUILD_TESTS", "LLAMA_BUILD_EXAMPLES", "LLAMA_BUILD_APP", "LLAMA_BUILD_UI")
_OFFLINE = ("LLAMA_USE_PREBUILT_UI", "LLAMA_OPENSSL", "LLAMA_CURL")


def llama_server() -> Path:
    """The server's executable, built if it is not there yet."""
    if not BINARY.exists():
        source = bindings_source() / "vendor" / "llama.cpp"
        print(f"building llama-server in {FOLDER} …", file=sys.stderr, flush=True)
        _run([tool("cmake"), "-S", str(source), "-B", str(FOLDER), *flags(), *wheel_flags()])
        _run([tool("cmake"), "--build", str(FOLDER), "--target", "llama-server", "-j", os.environ.get("JOBS", "2")])
    return BINARY


def flags() -> list[str]:
    """CMake's arguments for the server alone: nothing is fetched, no page is built in."""
    made = [f"-D{name}=ON" for name in _ON] + [f"-D{name}=OFF" for name in (*_OFF, *_OFFLINE)]
    return ["-G", "Ninja", f"-DCMAKE_MAKE_PROGRAM={tool('ninja')}", "-DCMAKE_BUILD_TYPE=Release", *made]


def wheel_flags() -> list[str]:
    """What requirements/install.py gave to the bindings' build: AMX left out where the compiler gets it wrong."""
    install = runpy.run_path(str(ROOT / "requirements" / "install.py"))
    amx = install["WITHOUT_AMX"] if install["_compiles_amx_wrong"]() else ""
    return shlex.split(f"{amx} {os.environ.get('CMAKE_ARGS', '')}")


def tool(name: str) -> str:
    """A build tool of this environment, or else of the machine."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if not found:
        raise SystemExit(f"{name} is missing: set up the development environment first (make check)")
    return found


def _run(command: list[str]) -> None:
    """At the lowest priority, with all that the command says kept for the case that it fails."""
    BUILD.mkdir(exist_ok=True)
    with (BUILD / "llama-server.log").open("a") as log:
        done = subprocess.run(["nice", "-n", "19", *command], stdout=log, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise SystemExit(f"building llama-server failed, see {log.name}")


if __name__ == "__main__":
    print(llama_server())
