"""A Telegram within the process, at python-telegram-bot's own seam: takes every call, and has a file for every id."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from telegram.request import BaseRequest, RequestData

from bench.updates.updates import US

_TOO_BIG_FROM = 240
_GIFTS = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")


class StandIn(BaseRequest):
    """Answers each call at once. `files` are what downloads give; `pressed` are the presses that were answered."""

    def __init__(self, files: Sequence[bytes]) -> None:
        self.calls: Counter[str] = Counter()
        self.pressed: list[str] = []
        self._files = files
        self._messages = 1_000_000

    @property
    def read_timeout(self) -> float | None:
        """None: nothing is waited for."""
        return None

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    async def do_request(
        self,
        url: str,
        method: str,  # noqa: ARG002 - the library names it
        request_data: RequestData | None = None,
        *_: Any,
        **_timeouts: Any,
    ) -> tuple[int, bytes]:
        """The status and the body of Telegram's answer."""
        name = url.rsplit("/", 1)[-1]
        if "/file/" in url:
            return 200, self._files[int(name)]
        self.calls[name] += 1
        answer = self._answer(name, request_data.parameters if request_data else {})
        return (200 if answer["ok"] else 400), json.dumps(answer).encode()

    def _answer(self, name: str, parameters: dict[str, Any]) -> dict[str, Any]:
        if name == "getFile":
            return self._file(str(parameters["file_id"]))
        return {"ok": True, "result": self._result(name, parameters)}

    def _file(self, file_id: str) -> dict[str, Any]:
        chosen = sha256(file_id.encode("utf-8", "replace")).digest()[0]
        if chosen > _TOO_BIG_FROM:
            return {"ok": False, "error_code": 400, "description": "Bad Request: file is too big"}
        path = str(chosen % len(self._files))
        return {"ok": True, "result": {"file_id": "x", "file_unique_id": "x", "file_path": path}}

    def _result(self, name: str, parameters: dict[str, Any]) -> object:
        match name:
            case "getMe":
                return US.to_dict()
            case "answerCallbackQuery":
                self.pressed.append(str(parameters["callback_query_id"]))
            case "getChatAdministrators":
                return []
            case "getChatMember":
                return {"status": "member", "user": {"id": 101, "first_name": "Ada", "is_bot": False}}
            case "getChat":
                return {
                    "id": -1001000000002,
                    "type": "supergroup",
                    "accent_color_id": 0,
                    "max_reaction_count": 1,
                    "accepted_gift_types": dict.fromkeys(_GIFTS, False),
                }
            case _ if "chat_id" in parameters and name not in {"sendChatAction", "sendMessageDraft"}:
                self._messages += 1
                chat = {"id": int(parameters["chat_id"]), "type": "private"}
                return {"message_id": self._messages, "date": 1_700_000_000, "chat": chat, "text": "x"}
        return True
