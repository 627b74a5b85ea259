"""Pictures sent as files: of any kind and any name, with their full size and what the camera wrote into them."""

from __future__ import annotations

import io

import pillow_heif
import pytest
from PIL import Image

from sandbox.driver import text_of


def saved(picture: bytes, form: str, **options: object) -> bytes:
    pillow_heif.register_heif_opener()
    buffer = io.BytesIO()
    image = Image.open(io.BytesIO(picture)).convert("RGBA" if form == "PNG" else "RGB")
    image.save(buffer, form, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("form", "name"),
    [("PNG", "cat.png"), ("TIFF", "cat.tif"), ("HEIF", "IMG_0001.HEIC"), ("WEBP", "cat.jpg"), ("BMP", "download")],
)
async def test_a_file_of_any_kind_and_name_is_looked_at(ada, cat, form, name):
    await ada.send_document(saved(cat, form), name)
    assert "cat" in text_of(await ada.reply())


async def test_what_the_camera_wrote_is_heeded(ada, asked, cat):
    """It is turned upright, and where it was taken stands under the answer."""
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    lying = Image.open(io.BytesIO(cat)).transpose(Image.Transpose.ROTATE_90)
    buffer = io.BytesIO()
    lying.save(buffer, "JPEG", quality=95, exif=exif)
    await ada.send_document(buffer.getvalue(), "IMG_0001.jpg")
    answer = text_of(await ada.reply())
    assert "cat" in answer
    assert "📍 52.5200, 13.4050" in answer
    [picture] = asked[0].conversation[0].pictures
    upright = Image.frombytes("RGB", (picture.width, picture.height), picture.rgb).resize((16, 16))
    original = Image.open(io.BytesIO(cat)).convert("RGB").resize((16, 16))
    differences = [abs(a - b) for a, b in zip(upright.tobytes(), original.tobytes(), strict=True)]
    assert sum(differences) / len(differences) < 5


async def test_a_large_photo_is_looked_at_and_holds_nobody_up(ada, cat, fire):
    """As large as is ever decoded, and its sender gets an answer; meanwhile others get theirs."""
    large = Image.open(io.BytesIO(cat)).resize((6200, 6200))
    buffer = io.BytesIO()
    large.save(buffer, "JPEG", quality=60)
    ming = ada.as_person(102)
    await ada.send_document(buffer.getvalue(), "poster.jpg")
    await ming.send_photo(fire)
    assert "火" in text_of(await ming.reply())
    assert "cat" in text_of(await ada.reply())


async def test_a_pdf_and_an_empty_file_get_one_sentence_each_in_the_readers_language(ada):
    ming = ada.as_person(102)
    await ming.send_document(b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n", "menu.pdf")
    assert "PDF" in text_of(await ming.reply())
    await ming.send_document(b"\0", "empty.jpg")
    assert "图片" in text_of(await ming.reply())
