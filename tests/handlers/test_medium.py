"""What of a message is looked at."""

from __future__ import annotations

from typing import Any

import pytest
from telegram import Message

from handlers.medium import LARGEST_DOWNLOAD, Medium, has_picture, medium_of

BIG = LARGEST_DOWNLOAD + 1


def file(name: str, size: int | None = 9, **more: Any) -> dict[str, Any]:
    sides = {"width": 1, "height": 1, "duration": 1, "length": 1}
    return {"file_id": name, "file_unique_id": f"u{name}", "file_size": size, **sides, **more}


def message(**content: Any) -> Message:
    found = Message.de_json({"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}, **content}, None)
    assert found
    return found


def named(name: str, mime: str = "application/octet-stream") -> dict[str, Any]:
    return {"document": file("d", file_name=name, mime_type=mime)}


@pytest.mark.parametrize(
    ("content", "kind", "which"),
    [
        ({"photo": [file("small"), file("large")]}, "picture", "large"),
        ({"photo": [file("still")], "live_photo": file("moving", photo=[file("still")])}, "picture", "still"),
        ({"live_photo": file("moving", photo=[file("still")])}, "picture", "still"),
        ({"video": file("v")}, "video", "v"),
        ({"video_note": file("n")}, "video", "n"),
        ({"animation": file("a"), "document": file("a")}, "video", "a"),
        (named("IMG_1.HEIC"), "picture", "d"),
        (named("a", "image/png"), "picture", "d"),
        (named("clip.MOV"), "video", "d"),
        (named("a", "video/webm"), "video", "d"),
        (named("notes.txt"), "file", "d"),
    ],
)
def test_the_file_that_shows_most_is_chosen(content, kind, which):
    shown = message(**content)
    assert medium_of(shown) == Medium(kind, which, f"u{which}", 9)
    assert has_picture(shown) == (kind != "file")


@pytest.mark.parametrize(
    "content", [{"text": "hello"}, {"sticker": file("s", type="regular", is_animated=False, is_video=False)}]
)
def test_what_shows_nothing_has_none(content):
    assert medium_of(message(**content)) is None


def test_of_a_video_that_is_too_big_the_best_that_telegram_hands_out_is_taken():
    qualities = [file(name, size, codec="h264") for name, size in (("best", BIG), ("good", 900), ("poor", 90))]
    chosen = medium_of(message(video=file("whole", BIG, qualities=qualities)))
    assert chosen
    assert (chosen.file_id, chosen.too_big) == ("good", False)
    alone = medium_of(message(video=file("whole", BIG)))
    assert alone
    assert alone.too_big
