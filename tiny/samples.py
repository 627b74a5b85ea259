"""Sample pictures of the drawn world, with an index that says what each one shows."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from tiny import words
from tiny.world.chance import stream
from tiny.world.picture import jpeg_bytes, render
from tiny.world.scene import Identity, Scene, scene_of

SIDE = 512
QUALITY = 86
PLAN: tuple[tuple[Identity, ...], ...] = (
    (("fire", None), ("house", None)),
    (("smoke", None),),
    (("car", "white"), ("traffic light", "red")),
    (("cat", None),),
    (("person", None), ("house", None)),
    (("sun", None), ("house", None)),
    (("moon", None), ("cat", None)),
    (("circle", "red"), ("square", "blue"), ("triangle", "green")),
    (("star", "yellow"), ("ring", "purple")),
    (("fire", None), ("smoke", None), ("person", None)),
    (("car", "blue"), ("person with a helmet", None)),
    (("circle", "orange"), ("circle", "white"), ("cross", "red")),
    (("house", None), ("car", "red"), ("sun", None)),
    (("fire", None),),
    (("traffic jam", None), ("traffic light", "green")),
    (("tree", None), ("water", None), ("cloud", None)),
    (("sign", None), ("person", None)),
    (("parcel at a door", None),),
    (("door", None), ("parcel", None)),
    (("sun", None), ("circle", "orange"), ("cloud", None), ("smoke", None)),
)


def calm(scene: Scene) -> Scene:
    """The same scene on a quiet ground: little grain keeps the files small."""
    pattern = scene.ground.pattern if scene.ground.pattern in ("horizon", "gradient", "blobs") else "horizon"
    return replace(scene, ground=replace(scene.ground, pattern=pattern, grain=min(scene.ground.grain, 1.5)))


def title(language: str, scene: Scene) -> str:
    """One line that names what is there, from left to right."""
    names = [words.described(language, thing) for thing in scene.listed]
    line = ", ".join(names) if language == "en" else "、".join(names)
    return line[0].upper() + line[1:]


def file_name(number: int, identities: tuple[Identity, ...]) -> str:
    parts = ["-".join(filter(None, (colour, kind))).replace(" ", "-") for kind, colour in identities]
    return f"{number:02}-{'-'.join(parts)}.jpg"


def write_samples(folder: Path, count: int, seed: int) -> None:
    """Writes `count` JPEG files and index.json; past the planned ones the plan starts again with other pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = stream(f"samples/{seed}")
    listed = []
    for number in range(count):
        identities = PLAN[number % len(PLAN)]
        scene, name = calm(scene_of(rng, identities)), file_name(number + 1, identities)
        (folder / name).write_bytes(jpeg_bytes(render(scene, SIDE)[0], QUALITY))
        listed.append({"file": name, "title": {language: title(language, scene) for language in words.LANGUAGES}})
    index = {"made": f"python -m tiny samples --count {count} --seed {seed}", "samples": listed}
    (folder / "index.json").write_text(json.dumps(index, ensure_ascii=False, indent=2) + "\n", "utf-8")
