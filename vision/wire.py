"""How a process and its parent talk over a socket: frames of a JSON header and raw bytes, each with its length.

A request goes over without pixels: the process asks for those that it needs and does not have.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from vision.errors import BadGrammar, EngineError, PictureError, PromptTooLong, VisionError
from vision.picture import Picture
from vision.request import (
    Choice,
    Delta,
    Done,
    Event,
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

_LENGTHS = struct.Struct(">II")  # header, payload


@dataclass(frozen=True)
class Frame:
    """One message: `head["is"]` names its kind, `body` holds pixels where there are any."""

    head: Mapping[str, Any]
    body: bytes = b""

    @property
    def kind(self) -> str:
        """What the message is."""
        return str(self.head["is"])

    def parts(self) -> tuple[bytes, bytes]:
        """The frame as it goes over the socket, in two parts, for the second one may be large."""
        head = json.dumps(self.head).encode()
        return _LENGTHS.pack(len(head), len(self.body)) + head, self.body


def frame(kind: str, body: bytes = b"", **head: Any) -> Frame:
    """A frame of a kind."""
    return Frame({"is": kind, **head}, body)


class FrameReader:
    """Cuts what comes over a socket into frames, wherever it was cut on its way."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that are whole with this."""
        self._rest += data
        begin = 0
        while len(self._rest) >= (middle := begin + _LENGTHS.size):
            head, body = _LENGTHS.unpack_from(self._rest, begin)
            end = middle + head + body
            if len(self._rest) < end:
                break
            yield Frame(json.loads(self._rest[middle : middle + head]), bytes(self._rest[middle + head : end]))
            begin = end
        del self._rest[:begin]


def receive_frame(connection: socket.socket) -> Frame | None:
    """The next frame, waited for; None where the other side is gone."""
    try:
        head, body = _LENGTHS.unpack(_receive(connection, _LENGTHS.size))
        return Frame(json.loads(_receive(connection, head)), _receive(connection, body))
    except (EOFError, OSError):
        return None


def _receive(connection: socket.socket, size: int) -> bytes:
    """Exactly so many bytes; as a rule they come in one piece, which is then not copied."""
    pieces: list[bytes] = []
    while size:
        pieces.append(connection.recv(size, socket.MSG_WAITALL))
        if not pieces[-1]:
            raise EOFError
        size -= len(pieces[-1])
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def pack_request(number: int, request: Request) -> Frame:
    """A request as one frame, its pictures by size and digest only. Raises BadGrammar."""
    pictures = {picture.digest: picture for picture in pictures_of(request)}
    sizes = [(digest, picture.width, picture.height) for digest, picture in pictures.items()]
    head = {
        "conversation": [
            {"role": turn.role, "text": turn.text, "pictures": _digests(turn.pictures)} for turn in request.conversation
        ],
        "generate": request.generate and vars(request.generate) | {"json_schema": _schema(request.generate)},
        "pictures": _digests(request.pictures),
        "questions": request.questions,
        "choices": [(choice.question, choice.labels) for choice in request.choices],
        "chat": request.chat,
        "priority": request.priority,
        "deadline_s": request.deadline_s,
    }
    return frame("ask", number=number, sizes=sizes, request=head)


def unpack_request(ask: Frame) -> Request:
    """The request that was packed; its pictures have no pixels (`rgb` is empty) and no place."""
    pictures = {digest: Picture(width, height, b"", digest) for digest, width, height in ask.head["sizes"]}
    head = ask.head["request"]
    return Request(
        conversation=tuple(
            Message(turn["role"], turn["text"], tuple(pictures[name] for name in turn["pictures"]))
            for turn in head["conversation"]
        ),
        generate=head["generate"] and Generation(**head["generate"]),
        pictures=tuple(pictures[name] for name in head["pictures"]),
        questions=tuple(head["questions"]),
        choices=tuple(Choice(question, tuple(labels)) for question, labels in head["choices"]),
        chat=head["chat"],
        priority=head["priority"],
        deadline_s=head["deadline_s"],
    )


def pictures_of(request: Request) -> Iterator[Picture]:
    """Every picture of a request, in its order; one that stands in it twice comes twice."""
    for turn in request.conversation:
        yield from turn.pictures
    yield from request.pictures


def _schema(generate: Generation) -> Any:
    """The schema as plain JSON. Raises BadGrammar: among all else in the frame nobody could tell what is wrong."""
    try:
        return json.loads(json.dumps(generate.json_schema))
    except (TypeError, ValueError, RecursionError) as error:
        raise BadGrammar("the JSON schema is no JSON") from error


def _digests(pictures: tuple[Picture, ...]) -> list[str]:
    return [picture.digest for picture in pictures]


def pack_picture(picture: Picture) -> Frame:
    """A picture with its pixels."""
    return frame("picture", picture.rgb, digest=picture.digest, width=picture.width, height=picture.height)


def unpack_picture(message: Frame) -> Picture:
    """The picture that was packed, without its place."""
    return Picture(message.head["width"], message.head["height"], message.body, message.head["digest"])


def pack_opened(picture: Picture) -> Frame:
    """A picture as it was decoded: with its pixels and its place."""
    place = picture.gps and list(picture.gps.items())
    size = {"width": picture.width, "height": picture.height}
    return frame("opened", picture.rgb, digest=picture.digest, **size, gps=place)


def unpack_opened(message: Frame) -> Picture:
    """The picture that was packed, with its place."""
    place = message.head["gps"] and {tag: _frozen(value) for tag, value in message.head["gps"]}
    return replace(unpack_picture(message), gps=place)


def _frozen(value: Any) -> Any:
    """JSON knows no tuples."""
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def pack_event(number: int, event: Event) -> Frame:
    """An event of the request with this number."""
    # asdict is slow, and scores come by the thousand.
    values = asdict(event) if isinstance(event, Done) else vars(event)
    return frame(type(event).__name__.lower(), number=number, event=values)


def unpack_event(message: Frame) -> Event:
    """The event that was packed."""
    values = message.head["event"]
    if message.kind == "score":
        return Score(**values)
    if message.kind == "ranking":
        return Ranking(values["choice"], tuple(values["log_p"]), tuple(values["p"]))
    if message.kind == "delta":
        return Delta(**values)
    return Done(values["reason"], Usage(**values["usage"]), Timings(**values["timings"]))


def pack_shelves(shelves: Shelves) -> Frame:
    """What is kept of earlier requests."""
    return frame("shelves", shelves=asdict(shelves))


def unpack_shelves(message: Frame) -> Shelves:
    """The shelves that were packed."""
    return Shelves(**{name: Shelf(**values) for name, values in message.head["shelves"].items()})


def pack_failure(number: int, error: VisionError) -> Frame:
    """An error of the request with this number; of loading, where that is 0."""
    over = error.over if isinstance(error, PromptTooLong) else 0
    return frame("failed", number=number, code=error.code, message=str(error), over=over)


def unpack_failure(message: Frame) -> VisionError:
    """The error that was packed, found by its code."""
    code = message.head["code"]
    if code == PromptTooLong.code:
        return PromptTooLong(message.head["over"])
    kinds: list[type[VisionError]] = [*EngineError.__subclasses__(), *PictureError.__subclasses__()]
    return next((kind for kind in kinds if kind.code == code), EngineError)(message.head["message"])
