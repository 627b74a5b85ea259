"""What an error says about a call: over HTTP for Telegram's own answers, by hand where something else answers."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut
from telegram.ext import ExtBot
from telegram.request import BaseRequest, HTTPXRequest

from bot.refusals import (
    MOST_ATTEMPTS,
    already_so,
    chat_gone,
    markup_refused,
    may_have_arrived,
    message_gone,
    reason,
    silenced,
    topic_gone,
    wait_after,
)
from sandbox.driver import Driver
from sandbox.server import Sandbox


@pytest.fixture(autouse=True)
def waits_as_the_bot_reads_them(monkeypatch):
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


@pytest.fixture
async def sandbox():
    async with Sandbox() as served:
        yield served


@pytest.fixture
async def ada(sandbox):
    async with Driver(sandbox.url) as driver:
        yield driver


@pytest.fixture
async def client(sandbox):
    bot = ExtBot(sandbox.token, base_url=f"{sandbox.url}/bot", request=HTTPXRequest(read_timeout=0.3))
    async with bot:
        yield bot


async def refused(call) -> TelegramError:
    with pytest.raises(TelegramError) as caught:
        await call
    return caught.value


@pytest.mark.parametrize(
    ("rule", "arrived"),
    [
        ({"what": "status", "status": 429, "retry_after": 2}, False),
        ({"what": "status", "status": 500}, False),
        ({"what": "status", "status": 502}, False),
        ({"what": "status", "status": 403}, False),
        ({"what": "status", "status": 400}, False),
        ({"what": "status", "status": 401}, False),
        ({"what": "status", "status": 400, "migrate_to_chat_id": -1005}, False),
        ({"what": "drop_before"}, True),
        ({"what": "drop_after"}, True),
        ({"what": "delay_after", "seconds": 5}, True),
    ],
    ids=str,
)
async def test_only_where_telegrams_answer_is_missing_may_a_call_have_arrived(client, ada, rule, arrived):
    await ada.misbehave([{"method": "sendMessage", **rule}])
    error = await refused(client.send_message(101, "hello"))
    assert may_have_arrived(error) == arrived
    if await ada.messages():
        assert arrived


class Gateway(BaseRequest):
    """Answers for Telegram."""

    read_timeout = 1.0

    def __init__(self, status: int, body: bytes) -> None:
        self.answer = status, body

    async def initialize(self) -> None:
        pass

    async def shutdown(self) -> None:
        pass

    async def do_request(self, *_: Any, **__: Any) -> tuple[int, bytes]:
        return self.answer


@pytest.mark.parametrize("status", [400, 403])
@pytest.mark.parametrize("body", [b"<html>chat not found, topic_closed, secret</html>", b"", b'{"message": "secret"}'])
async def test_what_something_before_telegram_refuses_says_nothing_about_a_chat(status, body):
    error = await refused(Gateway(status, body).post("https://gateway.example"))
    assert not chat_gone(error)
    assert not topic_gone(error)
    assert not may_have_arrived(error)
    assert wait_after(error, 1) == timedelta(seconds=1)
    assert wait_after(error, MOST_ATTEMPTS) is None
    assert reason(error) == type(error).__name__


async def test_a_call_that_nobody_took_has_not_arrived():
    async with Sandbox() as gone:
        pass
    bot = ExtBot("1:" + "a" * 30, base_url=f"{gone.url}/bot")
    error = await refused(bot._request[1].post(f"{gone.url}/bot1:a/sendMessage"))
    await bot._request[1].shutdown()
    assert isinstance(error, NetworkError)
    assert not may_have_arrived(error)


def caused(error: TelegramError, cause: Exception) -> TelegramError:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "arrived"),
    [
        (caused(TimedOut(), httpx.PoolTimeout("")), False),
        (caused(TimedOut(), httpx.ConnectTimeout("")), False),
        (caused(TimedOut(), httpx.ReadTimeout("")), True),
        (caused(TimedOut(), httpx.WriteTimeout("")), True),
        (caused(NetworkError("Bad Gateway (502)"), TelegramError("Invalid server response")), True),
        (TelegramError("Invalid server response"), True),
        (OSError(), False),
    ],
    ids=lambda value: f"{type(value).__name__}-{type(getattr(value, '__cause__', None)).__name__}",
)
def test_a_call_has_arrived_unless_the_connection_never_stood(error, arrived):
    assert may_have_arrived(error) == arrived


async def test_the_words_for_what_is_gone_are_those_that_the_server_says(client, ada, sandbox):
    sent = await client.send_message(101, "hello")
    assert already_so(await refused(client.edit_message_text("hello", 101, sent.message_id)))
    assert message_gone(await refused(client.edit_message_text("x", 101, sent.message_id + 1)))
    assert markup_refused(await refused(client.send_message(101, "<blink>", parse_mode="HTML")))
    assert chat_gone(await refused(client.send_message(555, "hello")))
    await ada.block()
    assert chat_gone(await refused(client.send_message(101, "hello")))


@pytest.mark.parametrize(
    ("words", "topic", "message"),
    [
        ("Bad Request: message thread not found", True, True),
        ("Bad Request: TOPIC_CLOSED", True, True),
        ("Bad Request: message can't be edited", False, True),
        ("Bad Request: not enough rights to send voice notes to the chat", False, False),
    ],
)
def test_a_topic_or_a_message_may_be_gone(words, topic, message):
    assert topic_gone(BadRequest(words)) == topic
    assert message_gone(BadRequest(words)) == message
    assert not chat_gone(BadRequest(words))


@pytest.mark.parametrize(
    ("words", "lost"),
    [
        ("need administrator rights in the channel chat", True),
        ("not enough rights to send text messages to the chat", True),
        ("have no write access to the chat", True),
        ("CHAT_WRITE_FORBIDDEN", True),
        ("TOPIC_CLOSED", True),
        ("not enough rights to send photos to the chat", False),
        ("CHAT_SEND_PHOTOS_FORBIDDEN", False),
        ("not enough rights to send voice notes to the chat", False),
        ("VOICE_MESSAGES_FORBIDDEN", False),
        ("message is too long", False),
    ],
)
def test_the_right_to_write_may_be_lost(words, lost):
    assert silenced(BadRequest(f"Bad Request: {words}")) is lost


@pytest.mark.parametrize(
    ("error", "attempts", "seconds"),
    [
        (BadRequest("no"), 1, None),
        (Forbidden("no"), 1, None),
        (NetworkError("down"), 1, 1),
        (NetworkError("down"), MOST_ATTEMPTS, None),
        (TelegramError("Invalid server response"), 2, 4),
        (ValueError(), 1, 1),
        (ValueError(), 3, None),
    ],
)
def test_how_long_to_wait_is_a_matter_of_the_error_and_the_attempts(error, attempts, seconds):
    wait = wait_after(error, attempts)
    assert (wait and wait.total_seconds()) == seconds


def test_telegram_says_itself_how_long_and_is_asked_again_however_often():
    assert wait_after(RetryAfter(timedelta(seconds=7)), 1000) == timedelta(seconds=7)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Forbidden("Forbidden: bot was blocked by the user"), "Forbidden: bot was blocked by the user"),
        (BadRequest('Bad Request: can\'t parse entities: tag "secret"'), "BadRequest: Can't parse entities"),
        (BadRequest('Bad Request: wrong "secret" thing'), "BadRequest: Wrong"),
        (NetworkError("secret"), "NetworkError"),
        (ChatMigrated(-5), "ChatMigrated"),
    ],
)
def test_a_reason_quotes_nothing_that_was_written(error, told):
    assert reason(error) == told
