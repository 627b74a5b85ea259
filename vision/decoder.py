"""The process that decodes pictures: files come over a socket, pixels go back. One that takes too much ends it."""

from __future__ import annotations

import os
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from vision.bounds import OUT_OF_MEMORY, allow, bound
from vision.errors import PictureError
from vision.picture import moves, open_picture
from vision.wire import Frame, frame, pack_failure, pack_opened, receive_frame

_MEMORY_BYTES: Final = 768 << 20  # half as much again as the largest picture takes that is let in
_MOST: Final = 500  # files, then it ends: what libraries have lost of its memory by then is free again


def main() -> int:
    """Serve the socket that was inherited."""
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)  # a complaint of the libraries, or of ours, may quote the file
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # each would take its part of the memory
    bound(_MEMORY_BYTES)
    with socket.socket(fileno=int(sys.argv[1])) as parent, suppress(OSError):
        for _ in range(_MOST):
            order = receive_frame(parent)
            if order is None:
                break
            try:
                parts = _answer(order).parts()
            except MemoryError:
                return OUT_OF_MEMORY
            for part in parts:
                parent.sendall(part)
    return 0


def _answer(order: Frame) -> Frame:
    allow(order.head["cpu_s"])
    try:
        if order.kind == "moves":
            return frame("moves", moves=moves(order.body))
        return pack_opened(open_picture(order.body))
    except PictureError as error:
        return pack_failure(0, error)


if __name__ == "__main__":
    sys.exit(main())
