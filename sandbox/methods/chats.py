"""Asking about chats and who is in them."""

from __future__ import annotations

from typing import Any

from sandbox.chat import Chat
from sandbox.errors import BadRequest
from sandbox.methods.call import Call

_ALLOWED = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
    "can_edit_tag",
    "can_react_to_messages",
)

_RIGHTS = dict.fromkeys(
    (
        "can_manage_chat",
        "can_delete_messages",
        "can_manage_video_chats",
        "can_restrict_members",
        "can_change_info",
        "can_invite_users",
        "can_pin_messages",
        "can_manage_topics",
    ),
    True,
) | dict.fromkeys(("can_promote_members", "can_post_stories", "can_edit_stories", "can_delete_stories"), False)


def get_chat(call: Call) -> dict[str, Any]:
    """The Bot API's ChatFullInfo."""
    chat = _chat(call)
    full: dict[str, Any] = {
        **chat.as_json(),
        "accent_color_id": abs(chat.id) % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(
            ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
        ),
    }
    if not chat.is_private:
        full |= {"permissions": dict.fromkeys(_ALLOWED, True), "join_to_send_messages": True}
    return full


def get_chat_member(call: Call) -> dict[str, Any]:
    chat = _chat(call)
    user_id = call.parameters.integer("user_id", low=0, high=2**53)
    if user_id == 0:
        raise BadRequest("Invalid user_id specified")
    return _member(call, chat, user_id)


def get_chat_administrators(call: Call) -> list[dict[str, Any]]:
    chat = _chat(call)
    if chat.is_private:
        raise BadRequest("there are no administrators in the private chat")
    return [_member(call, chat, user_id) for user_id in (chat.creator, *sorted(chat.admins))]


def get_chat_member_count(call: Call) -> int:
    return len(_chat(call).members)


def _chat(call: Call) -> Chat:
    return call.world.writable(call.bot, call.chat_id()).chat


def _member(call: Call, chat: Chat, user_id: int) -> dict[str, Any]:
    bots, people = call.world.bots, call.world.people
    user = bots.get(user_id) or people.get(user_id)
    if user is None:
        raise BadRequest("user not found")
    shown = {"user": user.as_json()}
    if user_id not in chat.members:
        return {**shown, "status": "left"}
    if user_id == chat.creator and not chat.is_private:
        return {**shown, "status": "creator", "is_anonymous": False}
    if user_id in chat.admins:
        return {**shown, "status": "administrator", "is_anonymous": False, "can_be_edited": False, **_RIGHTS}
    if user_id in chat.restricted:
        return {**shown, "status": "restricted", "is_member": True, "until_date": 0, **dict.fromkeys(_ALLOWED, False)}
    return {**shown, "status": "member"}
