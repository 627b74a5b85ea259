"""The token and what people wrote reach no log, whoever logs and whatever went wrong."""

import asyncio
import gc
import json
import logging
from typing import Any

import pytest
import structlog
from telegram.error import TelegramError
from telegram.request import BaseRequest

from bot.cli import main
from bot.logs import configure

TOKEN = "1234567890:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"


@pytest.fixture(autouse=True)
def logging_as_it_was():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def lines(capsys) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_token_is_blotted_out_in_our_logs_and_the_libraries(capsys):
    configure("DEBUG")
    structlog.get_logger().info("asking", url=f"https://host/bot{TOKEN}/getMe")
    logging.getLogger("somebody").warning("POST %s failed", f"https://host/bot{TOKEN}/sendMessage")
    ours, theirs = lines(capsys)
    assert ours["url"] == "https://host/bot<token>/getMe"
    assert theirs["event"] == "POST https://host/bot<token>/sendMessage failed"


def test_an_exception_is_logged_by_its_type_and_place_without_its_message(capsys):
    configure("INFO")
    try:
        int("what somebody wrote")
    except ValueError as error:
        structlog.get_logger().error("went wrong", exc_info=error)
        logging.getLogger("somebody").exception("went wrong there")
    ours, theirs = lines(capsys)
    for line in (ours, theirs):
        assert line["error"] == "ValueError"
        assert "test_an_exception_is_logged" in line["at"][0]
        assert "somebody wrote" not in json.dumps(line)


def test_an_answer_that_is_no_json_is_not_repeated(capsys):
    configure("INFO")
    with pytest.raises(TelegramError):
        BaseRequest.parse_json_payload(b'{"ok":true,"result":[{"message":{"text":"what somebody wrote","location":{')
    assert lines(capsys) == []


async def test_what_nobody_waits_for_fails_without_its_arguments(capsys):
    configure("INFO")
    read = asyncio.gather(asyncio.to_thread(int, "what somebody wrote"))
    await asyncio.wait({read})
    del read
    gc.collect()
    asyncio.get_running_loop().call_soon(int, "what somebody wrote")
    await asyncio.sleep(0)
    for line, said in zip(
        lines(capsys), ("_GatheringFuture exception was never", "Exception in callback"), strict=True
    ):
        assert said in line["event"]
        assert line["error"] == "ValueError"
        assert "somebody" not in json.dumps(line)


def test_what_ends_the_program_is_told_without_its_message(capsys, monkeypatch):
    configure("INFO")
    monkeypatch.setattr("bot.cli.app", lambda: int("what somebody wrote"))
    with pytest.raises(SystemExit):
        main()
    (line,) = lines(capsys)
    assert line["error"] == "ValueError"
    assert "somebody" not in json.dumps(line)


def test_a_librarys_debug_is_never_let_through(capsys):
    configure("DEBUG")
    logging.getLogger("PIL.TiffImagePlugin").debug("tag: GPSLatitude, value: 52.52")
    logging.getLogger("bot.somewhere").debug("ours")
    assert [line["event"] for line in lines(capsys)] == ["ours"]


def test_the_http_clients_that_log_addresses_are_quiet(capsys):
    configure("INFO")
    logging.getLogger("httpx").info("HTTP Request: POST https://host")
    assert lines(capsys) == []
