"""The drawn world keeps its word: the same seed draws the same, and what is said to be there is there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tiny.world.chance import stream
from tiny.world.picture import NOBODY, SIDE, Wear, model_view, owner_view, render, shown
from tiny.world.scene import random_ground, random_scene, scene_of
from tiny.world.things import COLOURS, KINDS, SHAPES


def test_the_same_seed_draws_the_same_picture() -> None:
    first, second = (render(random_scene(stream("twice")), 128)[0].tobytes() for _ in range(2))
    assert first == second


def test_another_seed_draws_another_picture() -> None:
    assert random_scene(stream("one")) != random_scene(stream("two"))


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("kind", SHAPES)
def test_a_shape_has_its_colour_where_the_map_says_it_is(kind: str, colour: str) -> None:
    scene = scene_of(stream(f"{kind} {colour}"), [(kind, colour)])
    image, owners = render(scene, 192)
    mine = np.asarray(image)[np.asarray(owners) == 0].astype(int)
    assert len(mine) > 300
    nearest = [min(COLOURS, key=lambda name: abs(np.array(COLOURS[name]) - pixel).sum()) for pixel in mine[::17]]
    assert nearest.count(colour) > 0.9 * len(nearest)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_drawn_where_its_scene_puts_it(kind: str) -> None:
    scene = scene_of(stream(kind), [(kind, "blue" if kind in SHAPES else None)])
    _, owners = render(scene, 192)
    rows, columns = np.nonzero(np.asarray(owners) == 0)
    thing = scene.things[0]
    assert abs(columns.mean() / 192 - thing.x) < thing.size / 4
    assert abs(rows.mean() / 192 - thing.y) < thing.size / 4


def test_things_are_never_the_same_twice() -> None:
    for number in range(200):
        things = random_scene(stream(number), twin=0.6).things
        assert len({(t.kind, t.colour) for t in things}) == len(things)


def test_a_place_is_named_after_the_third_it_is_in() -> None:
    scene = scene_of(stream("place"), [("circle", "red"), ("star", "white"), ("cat", None)])
    for thing in scene.things:
        assert ("left" in thing.place) == (thing.x < 1 / 3)
        assert ("top" in thing.place) == (thing.y < 1 / 3)


def test_a_turned_picture_shows_its_things_where_the_turned_scene_says() -> None:
    scene = scene_of(stream("turned"), [("circle", "red"), ("square", "blue")])
    _, owners, seen = shown(scene, 256, Wear(turn=12.0), 0)
    for number, thing in enumerate(seen.things):
        rows, columns = np.nonzero(np.asarray(owners) == number)
        assert abs(columns.mean() / 256 - thing.x) < thing.size / 8
        assert abs(rows.mean() / 256 - thing.y) < thing.size / 8


def test_a_box_is_where_the_thing_can_be_seen() -> None:
    scene = scene_of(stream("box"), [("circle", "red")])
    image, _, seen = shown(scene, 256, Wear(), 0)
    red = np.abs(np.asarray(image).astype(int) - COLOURS["red"]).sum(-1) < 90
    rows, columns = np.nonzero(red)
    box = seen.things[0].box
    assert box
    assert np.allclose(box, np.array((columns.min(), rows.min(), columns.max(), rows.max())) / 256, atol=0.02)


def test_what_is_hidden_has_no_box() -> None:
    scene = scene_of(stream("hidden"), [("circle", "red")])
    [circle] = scene.things
    before = replace(circle, kind="square", colour="blue", paint=COLOURS["blue"], size=circle.size * 2)
    seen = shown(replace(scene, things=(circle, before)), 256, Wear(), 0)[2]
    assert seen.things[0].box is None


def test_of_two_things_most_can_be_seen() -> None:
    for number in range(150):
        _, owners, seen = shown(random_scene(stream(number)), 128, Wear(), 0)
        counts = [(np.asarray(owners) == index).sum() for index in range(len(seen.things))]
        assert all(count >= 40 for count in counts)


def test_it_is_darker_at_night() -> None:
    grounds = [random_ground(stream(number)) for number in range(200)]
    nights = [sum(g.first) for g in grounds if g.night]
    assert nights
    assert max(nights) < min(sum(g.first) for g in grounds if not g.night)


@pytest.mark.parametrize("size", [(96, 96), (640, 480), (100, 300), (3, 1)])
def test_any_picture_becomes_the_models_square(size: tuple[int, int]) -> None:
    image, owners = render(random_scene(stream("square")), 64)
    assert model_view(image.resize(size)).shape == (SIDE, SIDE, 3)
    assert set(np.unique(owner_view(owners.resize(size, 0)))) <= {0, 1, 2, 3, 4, NOBODY}
