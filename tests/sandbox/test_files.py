"""Pictures, voice notes and documents: from upload to download."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest

from sandbox import Sandbox
from sandbox.driver import Driver, DriverError
from sandbox.files import Files
from sandbox.ogg import ogg_seconds
from sandbox.picture import read_picture


async def download(api: Any, file_id: str) -> bytes:
    file = await api.call("getFile", file_id=file_id)
    async with api.session.get(f"{api.files}/{file['file_path']}") as response:
        assert response.status == 200
        data: bytes = await response.read()
        return data


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_sizes_are_read_from_headers(picture: Any, kind: str) -> None:
    found = read_picture(picture(321, 45, kind))
    assert found is not None
    assert (found.width, found.height, found.mime_type) == (321, 45, f"image/{kind.lower()}")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_no_beginning_of_a_picture_is_a_trap(picture: Any, kind: str) -> None:
    data = picture(321, 45, kind)
    for end in range(64):
        read_picture(data[:end])
    assert read_picture(b"") is None
    assert read_picture(b"\xff\xd8\xff" + b"\xff" * 100) is None


def test_the_length_of_a_voice_note_is_read(ogg: Any) -> None:
    assert ogg_seconds(ogg(2.4)) == 3
    assert ogg_seconds(ogg(2)) == 2
    assert ogg_seconds(ogg(2.4)[:40]) == 0
    assert ogg_seconds(b"ID3") == 0


async def test_a_photo_comes_in_several_sizes(api: Any, ada: Driver, picture: Any) -> None:
    data = picture(2000, 1000)
    await ada.send_photo(data, "what is it?", reply_to=(await ada.say("hi"))["message_id"])
    message = (await api.updates())[-1]["message"]
    assert [(size["width"], size["height"]) for size in message["photo"]] == [(90, 45), (320, 160), (1280, 640)]
    assert len({size["file_unique_id"] for size in message["photo"]}) == 3
    assert message["caption"] == "what is it?"
    assert message["reply_to_message"]["text"] == "hi"
    assert await download(api, message["photo"][-1]["file_id"]) == data


@pytest.mark.parametrize(
    ("long_side", "sides"), [(3000, [90, 320, 1280]), (1280, [90, 320, 1280]), (640, [90, 320, 640]), (50, [50])]
)
async def test_no_size_is_larger_than_the_photo(ada: Driver, picture: Any, long_side: int, sides: list[int]) -> None:
    (message,) = await ada.send_photo(picture(30, long_side))
    assert [size["height"] for size in message["photo"]] == sides


async def test_an_album_shares_an_id_and_captions_its_first(api: Any, ada: Driver, picture: Any) -> None:
    await ada.send_photo([picture(10, 10), picture(20, 20)], "two")
    first, second = (update["message"] for update in await api.updates())
    assert first["media_group_id"] == second["media_group_id"]
    assert (first["caption"], "caption" in second) == ("two", False)


@pytest.mark.parametrize("data", [b"", b"text", b"\x89PNG\r\n\x1a\n"])
async def test_what_is_no_picture_is_refused(api: Any, ada: Driver, data: bytes) -> None:
    with pytest.raises(DriverError):
        await ada.send_photo(data)
    answer = await api.upload("sendPhoto", {"photo": data}, chat_id=101)
    assert answer["description"] in {"Bad Request: IMAGE_PROCESS_FAILED", "Bad Request: file must be non-empty"}
    assert await ada.messages() == []


async def test_too_much_is_refused(api: Any, ada: Driver, png: bytes) -> None:
    big = png + bytes(10 << 20)
    with pytest.raises(DriverError, match="too big for a photo"):
        await ada.send_photo(big)
    answer = await api.upload("sendPhoto", {"photo": big}, chat_id=101)
    assert answer["error_code"] == 400
    answer = await api.upload("sendDocument", {"document": bytes(61 << 20)}, chat_id=101)
    assert (answer["error_code"], answer["description"]) == (413, "Request Entity Too Large")


async def test_a_bot_s_photo_has_bounds(api: Any, picture: Any) -> None:
    answer = await api.upload("sendPhoto", {"photo": picture(2100, 100)}, chat_id=101)
    assert answer["description"] == "Bad Request: PHOTO_INVALID_DIMENSIONS"


async def test_documents_stay_byte_exact(api: Any, ada: Driver) -> None:
    sent = await ada.send_document(b"\0\1\2", "a.heic", "raw")
    document = (await api.updates())[0]["message"]["document"]
    assert document["file_name"] == "a.heic"
    assert document["file_size"] == 3
    assert await download(api, document["file_id"]) == b"\0\1\2"
    assert await ada.file(sent["document"]["file_id"]) == b"\0\1\2"


@pytest.mark.parametrize("kind", ["video", "animation", "video_note", "voice", "audio", "sticker"])
async def test_people_send_other_kinds(api: Any, ada: Driver, kind: str) -> None:
    await ada.send_file(kind, b"data", "a.bin")
    assert (await api.updates())[0]["message"][kind]["file_size"] == 4


@pytest.mark.parametrize(
    ("method", "kind"),
    [
        ("sendVoice", "voice"),
        ("sendAudio", "audio"),
        ("sendVideo", "video"),
        ("sendAnimation", "animation"),
        ("sendDocument", "document"),
        ("sendVideoNote", "video_note"),
        ("sendSticker", "sticker"),
    ],
)
async def test_bots_send_files_and_send_them_again(api: Any, voice_note: bytes, method: str, kind: str) -> None:
    sent = (await api.upload(method, {kind: voice_note}, chat_id=101, caption="c"))["result"]
    again = await api.call(method, chat_id=102, **{kind: sent[kind]["file_id"]})
    assert again[kind] == sent[kind]
    assert again["message_id"]
    assert await download(api, again[kind]["file_id"]) == voice_note
    if kind == "voice":
        assert (sent["voice"]["duration"], sent["caption"]) == (3, "c")


async def test_parameters_win_over_what_the_bytes_say(api: Any, voice_note: bytes) -> None:
    sent = await api.upload("sendVoice", {"voice": voice_note}, chat_id=101, duration=7)
    assert sent["result"]["voice"]["duration"] == 7


async def test_a_bot_s_album(api: Any, ada: Driver, picture: Any) -> None:
    media = [
        {"type": "photo", "media": f"attach://p{at}", "caption": f"*{at}*", "parse_mode": "Markdown"} for at in "ab"
    ]
    files = {"pa": picture(10, 10), "pb": picture(20, 20)}
    answer = await api.upload("sendMediaGroup", files, chat_id=101, media=json.dumps(media))
    first, second = answer["result"]
    assert first["media_group_id"] == second["media_group_id"]
    assert (first["caption"], second["caption"]) == ("a", "b")
    assert len(await ada.messages()) == 2


@pytest.mark.parametrize(
    ("media", "reason"),
    [
        (None, 'parameter "media" is required'),
        ([], "there are no messages to send"),
        ([{}] * 11, "too many messages to send as an album"),
        ({}, "expected an Array of InputMedia"),
        ([{"type": "photo"}], "can't parse InputMedia: media not found"),
        (
            [{"type": "animation", "media": "x"}],
            "can't parse InputMedia: type \"animation\" can't be used in sendMediaGroup",
        ),
        ([{"type": "photo", "media": "attach://gone"}], "there is no photo in the request"),
        ([{"type": "photo", "media": "https://e.org/a.jpg"}], "failed to get HTTP URL content"),
    ],
)
async def test_wrong_albums_are_refused(api: Any, media: Any, reason: str) -> None:
    assert await api.refusal("sendMediaGroup", chat_id=101, media=media) == reason


async def test_a_file_id_belongs_to_its_kind(api: Any, ada: Driver, png: bytes) -> None:
    photo = (await ada.send_photo(png))[0]["photo"][0]["file_id"]
    assert await api.refusal("sendVoice", chat_id=101, voice=photo) == "can't use file of type Photo as VoiceNote"
    assert "wrong remote file identifier" in await api.refusal("sendPhoto", chat_id=101, photo="nonsense")
    assert await api.refusal("sendPhoto", chat_id=101) == "there is no photo in the request"


async def test_large_files_can_be_sent_but_not_fetched(api: Any, ada: Driver) -> None:
    sent = await ada.send_document(bytes(21 << 20), "big.bin")
    assert await api.refusal("getFile", file_id=sent["document"]["file_id"]) == "file is too big"
    assert await api.refusal("getFile", file_id="x") == "invalid file_id"
    assert await api.refusal("getFile") == "file_id not specified"


def test_the_oldest_bytes_are_forgotten() -> None:
    files = Files(capacity=10)
    stored = [files.add(files.blob(bytes(4)), "documents", "") for _ in range(3)]
    assert [one.blob.data is None for one in stored] == [True, False, False]
    assert files.by_id(stored[0].file_id) is stored[0]
    assert files.blob(bytes(99)).data is not None


async def test_a_part_of_a_file_can_be_asked_for(sandbox: Sandbox, ada: Driver, session: Any) -> None:
    sent = await ada.send_file("voice", b"0123456789", "a.ogg")
    url = f"{sandbox.url}/api/files/{sent['voice']['file_id']}"
    for wanted, status, data, told in (
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=0-99", 206, b"0123456789", "bytes 0-9/10"),
    ):
        async with session.get(url, headers={"Range": wanted}) as response:
            assert (response.status, await response.read()) == (status, data)
            assert response.headers["Content-Range"] == told
    for wrong in ("bytes=10-", "bytes=5-2", "lines=1-2"):
        async with session.get(url, headers={"Range": wrong}) as response:
            assert response.status == 416


@pytest.mark.parametrize(
    ("declared", "shown"),
    [
        ("image/png", "image/png"),
        ("video/mp4", "video/mp4"),
        ("text/html", "application/octet-stream"),
        ("image/svg+xml", "application/octet-stream"),
        ("nonsense\t", "application/octet-stream"),
    ],
)
async def test_files_are_served_as_what_they_safely_are(
    sandbox: Sandbox, session: Any, declared: str, shown: str
) -> None:
    form = aiohttp.FormData({"person": "101"})
    form.add_field("document", b"<script>alert(1)</script>", filename="a.html", content_type=declared)
    async with session.post(f"{sandbox.url}/api/chats/101/messages", data=form) as response:
        document = (await response.json())["messages"][0]["document"]
    async with session.get(f"{sandbox.url}/api/files/{document['file_id']}") as response:
        assert response.headers["Content-Type"] == shown
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Disposition"] == "inline"
