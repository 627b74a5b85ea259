"""Reading a request: query, form, JSON or multipart become Parameters, within bounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from sandbox.errors import BadRequest, BotApiError, PageError
from sandbox.limits import BODY_BYTES, JSON_BYTES, NAME_LENGTH, PARTS
from sandbox.parameters import Parameters, Upload, as_text, decode_json

_TOO_LARGE = "Request Entity Too Large"


async def read_parameters(request: web.Request, limit: int = BODY_BYTES) -> Parameters:
    """All parameters of a request, its body winning over its query; BotApiError when it is malformed or too large."""
    values = dict(request.query)
    files: dict[str, list[Upload]] = {}
    try:
        if request.content_type == "multipart/form-data":
            await _read_multipart(request, limit, values, files)
        elif request.body_exists:
            values |= _decode(await _read_body(request, limit), request.content_type)
        for name, value in values.items():
            (name + value).encode()
    except UnicodeError as error:
        raise BadRequest("strings must be encoded in UTF-8") from error
    return Parameters(values, files)


async def _read_body(request: web.Request, limit: int) -> bytes:
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        _check_size(len(body), limit)
    return bytes(body)


def _decode(body: bytes, content_type: str) -> dict[str, str]:
    if content_type == "application/json":
        return _decode_json(body)
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=1000)
    except UnicodeError:
        raise
    except ValueError as error:
        raise BadRequest("can't parse the form") from error
    return dict(pairs)


def _decode_json(body: bytes) -> dict[str, str]:
    if not body.strip():
        return {}
    try:
        found = decode_json(body)
    except UnicodeError:
        raise
    except ValueError as error:
        raise BadRequest("can't parse JSON object") from error
    if not isinstance(found, dict):
        raise BadRequest("object expected as request body")
    return {name: as_text(value) for name, value in found.items() if value is not None}


async def _read_multipart(
    request: web.Request, limit: int, values: dict[str, str], files: dict[str, list[Upload]]
) -> None:
    size = 0
    try:
        reader = await request.multipart()
        for _ in range(PARTS):
            part = await reader.next()
            if part is None:
                return
            if not isinstance(part, BodyPartReader):
                raise BadRequest("can't parse multipart form data")
            data = await _read_part(part, limit - size)
            size += len(data)
            _put(part, data, values, files)
    except UnicodeError:
        raise
    # What aiohttp's reader raises for a body that is no multipart depends on where it notices.
    except (ValueError, LookupError, RuntimeError, AssertionError, HttpProcessingError, web.HTTPException) as error:
        raise BadRequest("can't parse multipart form data") from error
    raise BadRequest("too many parts in the form")


async def _read_part(part: BodyPartReader, limit: int) -> bytes:
    data = bytearray()
    while chunk := await part.read_chunk(1 << 16):
        data += chunk
        _check_size(len(data), limit)
    return bytes(data)


def _put(part: BodyPartReader, data: bytes, values: dict[str, str], files: dict[str, list[Upload]]) -> None:
    name = part.name or ""
    if part.filename is None:
        values[name] = data.decode()
        return
    mime_type: Any = part.headers.get("Content-Type", "")
    upload = Upload(data, part.filename, str(mime_type).partition(";")[0].strip().lower())
    upload.name.encode()
    files.setdefault(name, []).append(upload)


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise BotApiError(413, _TOO_LARGE)


async def read_json(request: web.Request) -> dict[str, Any]:
    """A JSON object; nothing at all is an empty one."""
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > JSON_BYTES:
            raise PageError("this is too much", 413)
    try:
        found = decode_json(bytes(body)) if body else {}
    except ValueError as error:
        raise PageError("this is no JSON") from error
    if not isinstance(found, dict):
        raise PageError("a JSON object is expected")
    return found


def short_text(found: Mapping[str, Any], name: str, most: int = NAME_LENGTH) -> str:
    """A name among what was sent, without white space around it."""
    value = found.get(name)
    if not isinstance(value, str) or not 0 < len(value.strip()) <= most:
        raise PageError(f'"{name}" must be a text of 1 to {most} characters')
    return value.strip()
