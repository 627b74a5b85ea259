"""The README tells what there is, no more and no less."""

from __future__ import annotations

import re
from pathlib import Path

import sandbox
from sandbox import Sandbox
from sandbox.methods import METHODS

README = (Path(sandbox.__file__).parent / "README.md").read_text()


def test_it_lists_the_methods() -> None:
    section = README.partition("## The Bot API here")[2].partition("Updates:")[0]
    listed = {name for name in re.findall(r"[a-z]+[A-Z]\w+", section) if not name.startswith("case")}
    assert {name.lower() for name in listed} == set(METHODS)


def test_it_lists_the_addresses() -> None:
    listed = set(re.findall(r"/api/(\w+)", README))
    routes = {resource.canonical for resource in Sandbox().application.router.resources()}
    assert {path.split("/")[2] for path in routes if path.startswith("/api/")} == listed


def test_it_names_every_file() -> None:
    folder = Path(sandbox.__file__).parent
    named = set(re.findall(r"[`\s](\w+)(?:\.py)?`", README)) | set(re.findall(r"`(\w+)/", README))
    files = {path.stem for path in folder.glob("*.py")} - {"__init__", "__main__"}
    assert files - named == set()
