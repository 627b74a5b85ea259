"""Sending locations and moving live ones."""

from __future__ import annotations

from typing import Any

from sandbox.chat import Conversation
from sandbox.errors import BadRequest
from sandbox.location import at_rest, live_until, new_location, read_live_period, read_location
from sandbox.message import Message
from sandbox.methods.call import Call
from sandbox.methods.edits import change, editable


def send_location(call: Call) -> dict[str, Any]:
    location = new_location(call.parameters)
    until = live_until(call.world.clock(), location.get("live_period", 0))
    return call.send({"location": location}, live_until=until)


def edit_message_live_location(call: Call) -> dict[str, Any]:
    location, period = read_location(call.parameters), read_live_period(call.parameters)
    conversation, message = _live(call)
    location["live_period"] = period or message.content["location"]["live_period"]
    until = live_until(message.date, period) if period else message.live_until
    return change(call, conversation, message, {"location": location}, live_until=until)


def stop_message_live_location(call: Call) -> dict[str, Any]:
    conversation, message = _live(call)
    location = at_rest(message.content["location"])
    return change(call, conversation, message, {"location": location}, live_until=None)


def _live(call: Call) -> tuple[Conversation, Message]:
    conversation, message = editable(call)
    if "location" not in message.content:
        raise BadRequest("There is no live location in the message to edit")
    if message.live_until is None or message.live_until < call.world.clock():
        raise BadRequest("Message can't be edited")
    return conversation, message
