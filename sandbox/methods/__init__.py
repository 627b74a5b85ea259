"""The Bot API's methods by their names in lower case, which is how Telegram compares them."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.methods import chats, edits, locations, profile, receiving, texts, uploads
from sandbox.methods.call import Call, Described, Method

METHODS: Mapping[str, Method] = {
    "getme": profile.get_me,
    "setmycommands": profile.set_my_commands,
    "getmycommands": profile.get_my_commands,
    "deletemycommands": profile.delete_my_commands,
    "setmyname": profile.text_setter("name", 64),
    "getmyname": profile.text_getter("name"),
    "setmydescription": profile.text_setter("description", 512),
    "getmydescription": profile.text_getter("description"),
    "setmyshortdescription": profile.text_setter("short_description", 120),
    "getmyshortdescription": profile.text_getter("short_description"),
    "getupdates": receiving.get_updates,
    "setwebhook": receiving.set_webhook,
    "deletewebhook": receiving.delete_webhook,
    "getwebhookinfo": receiving.get_webhook_info,
    "getfile": receiving.get_file,
    "answercallbackquery": receiving.answer_callback_query,
    "sendmessage": texts.send_message,
    "sendmessagedraft": texts.send_message_draft,
    "sendchataction": texts.send_chat_action,
    "sendphoto": uploads.sender("photo"),
    "sendvoice": uploads.sender("voice"),
    "sendaudio": uploads.sender("audio"),
    "sendvideo": uploads.sender("video"),
    "sendvideonote": uploads.sender("video_note"),
    "sendanimation": uploads.sender("animation"),
    "senddocument": uploads.sender("document"),
    "sendsticker": uploads.sender("sticker"),
    "sendmediagroup": uploads.send_media_group,
    "sendlocation": locations.send_location,
    "editmessagelivelocation": locations.edit_message_live_location,
    "stopmessagelivelocation": locations.stop_message_live_location,
    "editmessagetext": edits.edit_message_text,
    "editmessagecaption": edits.edit_message_caption,
    "editmessagemedia": edits.edit_message_media,
    "editmessagereplymarkup": edits.edit_message_reply_markup,
    "deletemessage": edits.delete_message,
    "deletemessages": edits.delete_messages,
    "copymessage": edits.copy_message,
    "forwardmessage": edits.forward_message,
    "setmessagereaction": edits.set_message_reaction,
    "getchat": chats.get_chat,
    "getchatmember": chats.get_chat_member,
    "getchatadministrators": chats.get_chat_administrators,
    "getchatmembercount": chats.get_chat_member_count,
}

__all__ = ["METHODS", "Call", "Described", "Method"]
