"""What goes into a frame comes out of it."""

from __future__ import annotations

import socket
import struct

import pytest

from vision.errors import EngineError, PictureError, PromptTooLong, VisionError
from vision.picture import picture_from_rgb
from vision.request import Delta, Done, Generation, Message, Request, Score, Timings, Usage
from vision.wire import (
    Frame,
    frame,
    pack_event,
    pack_failure,
    pack_request,
    receive_frame,
    unpack_event,
    unpack_failure,
    unpack_request,
)


def across(message: Frame) -> Frame | None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(message.pack())
        ours.shutdown(socket.SHUT_WR)
        return receive_frame(theirs)


def test_a_request_arrives_whole_but_for_where_it_was() -> None:
    cat, dog = (picture_from_rgb(2, 2, bytes([grey] * 12)) for grey in (1, 2))
    located = picture_from_rgb(2, 2, bytes([1] * 12), gps={2: (33.0, 51.0, 35.5)})
    request = Request(
        conversation=(
            Message("system", "brief"),
            Message("user", "看 \ud800 this", (cat, dog)),
            Message("user", "", (cat,)),
        ),
        generate=Generation(max_tokens=5, temperature=0.5),
        pictures=(located,),
        questions=("one?", "two?"),
    )
    packed = pack_request(7, request)
    assert len(packed.body) == 2 * 12, "the same picture travels once"
    arrived = across(packed)
    assert arrived is not None
    assert arrived.head["number"] == 7
    assert unpack_request(arrived) == request
    assert unpack_request(arrived).pictures[0].gps is None


def test_an_empty_request_arrives() -> None:
    assert unpack_request(across(pack_request(1, Request())) or frame("lost")) == Request()


def test_events_arrive() -> None:
    done = Done("length", Usage(1, 2, 3, 4), Timings(0.1, 0.2, 0.3, 0.4, 0.5))
    for event in (Score(3, 0.25, 0.5), Delta("是\n"), done):
        arrived = across(pack_event(9, event))
        assert arrived is not None
        assert unpack_event(arrived) == event


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
    arrived = across(pack_failure(3, error))
    assert arrived is not None
    told = unpack_failure(arrived)
    assert (type(told), str(told), vars(told)) == (kind, str(error), vars(error))
