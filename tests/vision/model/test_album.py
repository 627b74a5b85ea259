"""Embeddings are kept by content within their bytes, the least lately used forgotten first."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vision.model import album as album_module
from vision.model.album import Album, Seen
from vision.model.context import Embeddings
from vision.model.projector import Places
from vision.model.units import PictureUnit

BYTES = 4 * 10


def rows(count: int = 1, value: float = 0.0) -> Embeddings:
    return np.full((count, 10), value, np.float32)


def unit(digest: str, part: int = 0) -> PictureUnit:
    return PictureUnit(digest, part, 1, 1)


def test_the_least_lately_used_goes_first() -> None:
    album = Album(2 * BYTES)
    album.keep(("a", 0), rows())
    album.keep(("b", 0), rows())
    assert album.embeddings(unit("a")) is not None
    album.keep(("c", 0), rows())
    assert [album.embeddings(unit(digest)) is not None for digest in "abc"] == [True, False, True]


def test_parts_are_kept_apart() -> None:
    album = Album(10 * BYTES)
    album.keep(("a", 0), rows(value=1))
    album.keep(("a", 1), rows(value=2))
    found = [album.embeddings(unit("a", part)) for part in range(3)]
    assert [None if values is None else float(values[0, 0]) for values in found] == [1.0, 2.0, None]


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(1, 4)), max_size=30), st.integers(0, 5))
def test_the_bytes_are_never_more_than_allowed_and_always_counted(kept: list[tuple[str, int]], budget: int) -> None:
    album = Album(budget * BYTES)
    for digest, size in kept:
        album.keep((digest, 0), rows(size))
        held = [values for name in "abcd" if (values := album.embeddings(unit(name))) is not None]
        assert album.shelf.held_bytes == sum(values.nbytes for values in held) <= budget * BYTES
        assert album.shelf.budget_bytes == budget * BYTES


def test_what_is_larger_than_all_room_drives_nothing_out() -> None:
    album = Album(2 * BYTES)
    album.keep(("a", 0), rows())
    album.keep(("huge", 0), rows(3))
    assert album.embeddings(unit("a")) is not None
    assert album.embeddings(unit("huge")) is None


def test_hits_and_misses_are_counted_by_who_asks() -> None:
    album = Album(BYTES)
    album.count(hit=True)
    album.count(hit=False)
    album.count(hit=False)
    assert (album.shelf.hits, album.shelf.misses) == (1, 2)


def test_what_stands_for_pictures_takes_little_memory_beside_their_embeddings() -> None:
    positions = np.zeros((4, 2304), np.int32)  # a picture of 1344 × 1344 pixels, where positions have sections
    large = Seen((unit("a"),), (Places(positions, positions),))
    album = Album(0)
    for number in range(5000):
        album.remember(f"{number}", large)
    known = sum(album.seen(f"{number}") is large for number in range(5000))
    assert 128 <= known <= (32 << 20) / (2 * positions.nbytes)


def test_of_so_many_pictures_it_is_known_what_stands_for_them(monkeypatch) -> None:
    monkeypatch.setattr(album_module, "_KNOWN", 2)
    album = Album(0)
    seen = {digest: Seen((unit(digest),), ()) for digest in "abc"}
    album.remember("a", seen["a"])
    album.remember("b", seen["b"])
    assert album.seen("a") is seen["a"]
    album.remember("c", seen["c"])
    assert [album.seen(digest) for digest in "abc"] == [seen["a"], None, seen["c"]]
