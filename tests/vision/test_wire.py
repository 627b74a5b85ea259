"""What goes into a frame comes out of it."""

from __future__ import annotations

import socket
import struct
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.errors import BadGrammar, EngineError, PictureError, PromptTooLong, VisionError
from vision.picture import Picture, picture_from_rgb
from vision.request import (
    Choice,
    Delta,
    Done,
    Generation,
    Message,
    Ranking,
    Request,
    Score,
    Shelf,
    Shelves,
    Timings,
    Usage,
)
from vision.wire import (
    Frame,
    FrameReader,
    frame,
    pack_event,
    pack_failure,
    pack_picture,
    pack_request,
    pack_shelves,
    receive_frame,
    unpack_event,
    unpack_failure,
    unpack_picture,
    unpack_request,
    unpack_shelves,
)


def flat(message: Frame) -> bytes:
    return b"".join(message.parts())


def across(message: Frame) -> Frame:
    """The frame after its way over a socket, which takes large ones in pieces."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sending = threading.Thread(target=ours.sendall, args=(flat(message),))
        sending.start()
        arrived = receive_frame(theirs)
        sending.join()
    assert arrived is not None
    return arrived


def test_a_request_arrives_whole_but_for_pixels_and_where_it_was() -> None:
    cat, dog = (picture_from_rgb(2, 2, bytes([grey] * 12)) for grey in (1, 2))
    located = picture_from_rgb(2, 2, bytes([1] * 12), gps={2: (33.0, 51.0, 35.5)})
    seen_cat, seen_dog = (Picture(2, 2, b"", picture.digest) for picture in (cat, dog))
    schema = {"type": "object", "properties": {"a": {"enum": [1, None, "ü"]}}}

    def request(one: Picture, other: Picture, third: Picture) -> Request:
        return Request(
            conversation=(
                Message("system", "brief"),
                Message("user", "看 \ud800 this", (one, other)),
                Message("user", "", (one,)),
            ),
            generate=Generation(max_tokens=5, temperature=0.5, seed=9, json_schema=schema),
            pictures=(third,),
            questions=("one?", "two?"),
            choices=(Choice("which?", ("cat", "dog")), Choice("whose?", ("ada's",))),
            chat="ada",
            priority="camera",
            deadline_s=2.5,
        )

    packed = pack_request(7, request(cat, dog, located))
    assert packed.body == b""
    assert len(packed.head["sizes"]) == 2, "the same picture is named once"
    arrived = across(packed)
    assert arrived.head["number"] == 7
    assert unpack_request(arrived) == request(seen_cat, seen_dog, seen_cat)


def test_an_empty_request_arrives() -> None:
    assert unpack_request(across(pack_request(1, Request()))) == Request()


def test_a_grammar_arrives_and_a_schema_that_is_no_json_is_refused() -> None:
    bounded = Request(generate=Generation(grammar='root ::= "a"'))
    assert unpack_request(across(pack_request(1, bounded))) == bounded
    with pytest.raises(BadGrammar):
        pack_request(1, Request(generate=Generation(json_schema={"type": object()})))


def test_a_picture_arrives_with_its_pixels_but_without_its_place() -> None:
    picture = picture_from_rgb(1280, 1280, bytes(1280 * 1280 * 3), gps={2: (33.0, 51.0, 35.5)})
    arrived = unpack_picture(across(pack_picture(picture)))
    assert arrived == picture
    assert arrived.gps is None


def test_events_arrive() -> None:
    done = Done("length", Usage(1, 2, 3, 4), Timings(0.1, 0.2, 0.3, 0.4, 0.5))
    for event in (Score(3, 0.25, 0.5), Ranking(2, (-1.5, float("-inf")), (1.0, 0.0)), Delta("是\n"), done):
        assert unpack_event(across(pack_event(9, event))) == event


def test_shelves_arrive() -> None:
    shelves = Shelves(Shelf(1, 2, 3, 4), Shelf(5, 6, 7, 8), Shelf(9, 10, 11, 12))
    assert unpack_shelves(across(pack_shelves(shelves))) == shelves


frames = st.builds(frame, st.text(), st.binary(max_size=40))


@given(st.lists(frames, max_size=6), st.lists(st.integers(1, 60), min_size=1))
def test_frames_are_whole_however_they_were_cut(sent: list[Frame], cuts: list[int]) -> None:
    reader, got = FrameReader(), list[Frame]()
    data = b"".join(map(flat, sent))
    while data:
        size = cuts[len(data) % len(cuts)]
        got += reader.feed(data[:size])
        data = data[size:]
    assert got == sent


def test_a_closed_or_broken_connection_gives_no_frame() -> None:
    for sent in (b"", b"\x00\x00", struct.pack(">II", 10, 0) + b"{}"):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.sendall(sent)
            ours.shutdown(socket.SHUT_WR)
            assert receive_frame(theirs) is None


@pytest.mark.parametrize("kind", [EngineError, *EngineError.__subclasses__(), *PictureError.__subclasses__()])
def test_errors_arrive_as_what_they_are(kind: type[VisionError]) -> None:
    error = PromptTooLong(over=7) if kind is PromptTooLong else kind("the file is gone")
    told = unpack_failure(across(pack_failure(3, error)))
    assert (type(told), str(told), vars(told)) == (kind, str(error), vars(error))
