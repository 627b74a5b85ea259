"""Packages by the versions and hashes that the project has locked."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_LOCK = ROOT / "requirements" / "dev.lock"


def download(names: Sequence[str], folder: Path, options: Sequence[str]) -> None:
    """Have pip bring these packages, and none that they need, into the folder, as the options say."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = folder / "wanted.txt"
    wanted.write_text("".join(f"{_entry(name)}\n" for name in names), "utf-8")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    subprocess.run([*pip, *options, "-d", str(folder), "-r", str(wanted)], check=True)
    wanted.unlink()


def _entry(name: str) -> str:
    """A lock file's lines about a package, without the condition under which it is wanted."""
    found = re.search(rf"^{re.escape(name)}==[^\\\n]*(\\\n[^\\\n]*)*", _LOCK.read_text("utf-8"), re.MULTILINE)
    if not found:
        raise SystemExit(f"{_LOCK} does not name {name}")
    return re.sub(r" ;[^\\\n]*", " ", found[0], count=1)
