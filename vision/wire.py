"""How the engine and its process talk over a socket: frames of a JSON header and raw bytes, each with its length."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from vision.errors import EngineError, PictureError, PromptTooLong, VisionError
from vision.picture import Picture
from vision.request import Delta, Done, Event, Generation, Message, Request, Score, Timings, Usage

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

    def pack(self) -> bytes:
        """The frame as it goes over the socket."""
        head = json.dumps(self.head).encode()
        return _LENGTHS.pack(len(head), len(self.body)) + head + self.body


def frame(kind: str, body: bytes = b"", **head: Any) -> Frame:
    """A frame of a kind."""
    return Frame({"is": kind, **head}, body)


async def read_frame(reader: asyncio.StreamReader) -> Frame:
    """The next frame; asyncio.IncompleteReadError where the other side is gone."""
    head, body = _LENGTHS.unpack(await reader.readexactly(_LENGTHS.size))
    return Frame(json.loads(await reader.readexactly(head)), await reader.readexactly(body))


def receive_frame(connection: socket.socket) -> Frame | None:
    """The next frame, waited for; None where the other side is gone."""
    try:
        head, body = _LENGTHS.unpack(_receive(connection, _LENGTHS.size))
        return Frame(json.loads(_receive(connection, head)), _receive(connection, body))
    except (EOFError, OSError):
        return None


def _receive(connection: socket.socket, size: int) -> bytes:
    data = bytearray(size)
    view = memoryview(data)
    while view:
        count = connection.recv_into(view)
        if not count:
            raise EOFError
        view = view[count:]
    return bytes(data)


def pack_request(number: int, request: Request) -> Frame:
    """A request as one frame; a picture that it holds twice travels once."""
    pictures: dict[str, Picture] = {}

    def names(held: tuple[Picture, ...]) -> list[str]:
        pictures.update((picture.digest, picture) for picture in held)
        return [picture.digest for picture in held]

    head = {
        "conversation": [
            {"role": turn.role, "text": turn.text, "pictures": names(turn.pictures)} for turn in request.conversation
        ],
        "generate": request.generate and asdict(request.generate),
        "pictures": names(request.pictures),
        "questions": request.questions,
    }
    sizes = [(picture.digest, picture.width, picture.height) for picture in pictures.values()]
    return frame("ask", b"".join(p.rgb for p in pictures.values()), number=number, sizes=sizes, request=head)


def unpack_request(ask: Frame) -> Request:
    """The request that was packed, without what the model has no use for (where a picture was taken)."""
    pictures: dict[str, Picture] = {}
    begin = 0
    for digest, width, height in ask.head["sizes"]:
        end = begin + width * height * 3
        pictures[digest] = Picture(width, height, ask.body[begin:end], digest)
        begin = end
    head = ask.head["request"]
    return Request(
        conversation=tuple(
            Message(turn["role"], turn["text"], tuple(pictures[name] for name in turn["pictures"]))
            for turn in head["conversation"]
        ),
        generate=head["generate"] and Generation(**head["generate"]),
        pictures=tuple(pictures[name] for name in head["pictures"]),
        questions=tuple(head["questions"]),
    )


def pack_event(number: int, event: Event) -> Frame:
    """An event of the request with this number."""
    return frame(type(event).__name__.lower(), number=number, event=asdict(event))


def unpack_event(message: Frame) -> Event:
    """The event that was packed."""
    values = message.head["event"]
    if message.kind == "score":
        return Score(**values)
    if message.kind == "delta":
        return Delta(**values)
    return Done(values["reason"], Usage(**values["usage"]), Timings(**values["timings"]))


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
