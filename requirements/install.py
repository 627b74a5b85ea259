"""Install a lock file into the virtual environment, showing how far the compiler of llama.cpp is.

Usage: python requirements/install.py LOCK... Everything pip says is kept in install.log in the environment's folder.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

LOG: Final = Path(sys.prefix) / "install.log"
STEP: Final = re.compile(r"^\s*\[(\d+)/(\d+)\]")
WITHOUT_AMX: Final = "-DCMAKE_C_FLAGS=-mno-amx-int8 -DCMAKE_CXX_FLAGS=-mno-amx-int8"
BUILDING: Final = re.compile(r"^\s*Building wheel for (\S+)")


def main(locks: list[str]) -> int:
    """Install each lock in turn; 0 where all went well."""
    if not any(map(shutil.which, ("c++", "g++", "clang++"))):
        print("A C++ compiler is missing: install g++ or clang, then run this again.", file=sys.stderr)
        return 1
    for lock in locks:
        print(f"Installing {lock} …", flush=True)
        if _install(lock) != 0:
            print(f"\nIt failed. The last lines of {LOG}:\n", file=sys.stderr)
            print("\n".join(LOG.read_text(errors="replace").splitlines()[-30:]), file=sys.stderr)
            return 1
    return 0


def _install(lock: str) -> int:
    command = [sys.executable, "-m", "pip", "install", "-v", "--no-build-isolation", "--require-hashes", "-r", lock]
    if "CMAKE_ARGS" in os.environ:
        command.append("--no-cache-dir")  # pip would take a wheel that it built with other arguments
    own = os.environ.get("CMAKE_ARGS", "")
    environment = os.environ | {"CMAKE_ARGS": f"{WITHOUT_AMX} {own}".strip() if _compiles_amx_wrong() else own}
    with (
        LOG.open("w") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment) as pip,
    ):
        for raw in pip.stdout or ():
            line = raw.decode(errors="replace")
            log.write(line)
            _show(line)
    print(flush=True)
    return pip.returncode


def _compiles_amx_wrong() -> bool:
    """GCC before 13 leaves AMX's tile configuration half written, and llama.cpp crashes on processors that have it."""
    if platform.machine() not in {"x86_64", "AMD64"}:
        return False
    try:
        version = subprocess.check_output(["c++", "-dumpfullversion"], stderr=subprocess.DEVNULL, text=True)
    except (OSError, subprocess.CalledProcessError):
        return False  # clang does not know the option
    return int(version.split(".")[0]) < 13


def _show(line: str) -> None:
    if step := STEP.match(line):
        done, total = map(int, step.groups())
        if sys.stdout.isatty():
            print(f"\r  compiling llama.cpp: {100 * done // total} %", end="", flush=True)
        elif done % 25 == 0 or done == total:
            print(f"  compiling llama.cpp: {100 * done // total} %", flush=True)
    elif building := BUILDING.match(line):
        print(f"  building {building[1]} (a few minutes, once)", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
