"""Sending texts, drafts and chat actions."""

from __future__ import annotations

from typing import Any

from sandbox.errors import BadRequest
from sandbox.limits import TEXT_LENGTH
from sandbox.methods.call import Call
from sandbox.parameters import Parameters

_ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "record_audio",
        "upload_audio",
        "upload_document",
        "choose_sticker",
        "pick_up_location",
        "find_location",
        "record_video_note",
        "upload_video_note",
        "cancel",
    }
)


def send_message(call: Call) -> dict[str, Any]:
    return call.send(text_content(call))


def send_message_draft(call: Call) -> bool:
    """A partial reply in a private chat; an empty text shows that the bot thinks. It never becomes a message."""
    draft = call.formatted("text", "entities")
    if len(draft.text) > TEXT_LENGTH:
        raise BadRequest("message is too long")
    conversation = call.conversation()
    if not conversation.chat.is_private:
        raise BadRequest("TEXTDRAFT_PEER_INVALID")
    call.topic(conversation)
    draft_id = call.parameters.integer("draft_id", low=-(2**63), high=2**63 - 1)
    if draft_id == 0:
        raise BadRequest("RANDOM_ID_INVALID")
    entities = [entity.as_json() for entity in draft.entities]
    call.world.hint(conversation, "draft", draft_id=draft_id, text=draft.text, entities=entities)
    return True


def send_chat_action(call: Call) -> bool:
    action = call.parameters.text("action").lower()
    if action not in _ACTIONS:
        raise BadRequest("Wrong parameter action in request")
    conversation = call.conversation()
    call.topic(conversation)
    call.world.hint(conversation, "action", action=action)
    return True


def text_content(call: Call) -> dict[str, Any]:
    """The fields of a text message: text, entities and how links are shown."""
    if not call.parameters.text("text"):
        raise BadRequest("message text is empty")
    formatted = call.formatted("text", "entities")
    if not formatted.text:
        raise BadRequest("text must be non-empty")
    if len(formatted.text) > TEXT_LENGTH:
        raise BadRequest("message is too long")
    return formatted.as_content("text", "entities") | _link_preview(call.parameters)


def _link_preview(parameters: Parameters) -> dict[str, Any]:
    found = parameters.json("link_preview_options", "link preview options")
    if found is not None and not isinstance(found, dict):
        raise BadRequest("Object expected as link preview options")
    if found is None and parameters.flag("disable_web_page_preview"):
        found = {"is_disabled": True}
    known = {
        name: found[name]
        for name in ("is_disabled", "url", "prefer_small_media", "prefer_large_media", "show_above_text")
        if (found or {}).get(name)
    }
    return {"link_preview_options": known} if known else {}
