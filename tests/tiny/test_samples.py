"""Sample pictures and their index belong together and are small."""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image

from tiny.samples import PLAN, write_samples
from tiny.world.things import SCENERY


def test_samples_and_index_name_the_same_small_files(tmp_path: Path) -> None:
    write_samples(tmp_path, len(PLAN), seed=3)
    index = json.loads((tmp_path / "index.json").read_text("utf-8"))
    files = [sample["file"] for sample in index["samples"]]
    assert sorted(files) == sorted(path.name for path in tmp_path.glob("*.jpg"))
    assert all((tmp_path / name).stat().st_size < 40_000 for name in files)
    assert all(sample["title"]["en"] and sample["title"]["zh"] for sample in index["samples"])
    with Image.open(tmp_path / files[0]) as image:
        assert image.size == (512, 512)


def test_the_plan_shows_all_scenery() -> None:
    assert {kind for identities in PLAN for kind, _ in identities} >= set(SCENERY)


def test_the_same_seed_writes_the_same_files(tmp_path: Path) -> None:
    for name in ("first", "second"):
        write_samples(tmp_path / name, 3, seed=5)
    first, second = (sorted((tmp_path / name).iterdir()) for name in ("first", "second"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
