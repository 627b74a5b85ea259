"""Logging: one JSON or console line an event, without the bot's token and without what users wrote."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from types import TracebackType
from typing import Final

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

TOKEN: Final = re.compile(r"\d{5,}:[A-Za-z0-9_-]{20,}")
"""The form of a bot token (https://core.telegram.org/bots/api#authorizing-your-bot)."""

_ROOMS: Final = ("bot", "handlers", "lookout", "places", "prompts", "sandbox", "storage", "vision", "voice", "web")
_QUIET: Final = ("httpx", "httpcore", "alembic")
"""Libraries whose INFO is of no use, or holds addresses with the token."""

_SILENT: Final = ("telegram.request",)
"""Libraries whose errors hold what they could not read; whoever asked them raises, and is heard."""


def configure(level: str) -> None:
    """Send every log of the process, ours and the libraries', through one redacting formatter to stderr."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        without_arguments,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        where_it_failed,
        without_tokens,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    renderer: Processor = (
        structlog.dev.ConsoleRenderer()
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, without_tokens, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    # The libraries' DEBUG tells what they work on: texts, positions, tokens.
    root.setLevel(max(logging.INFO, logging.getLevelName(level)))
    for room in _ROOMS:
        logging.getLogger(room).setLevel(level)
    for library in _QUIET:
        logging.getLogger(library).setLevel(max(logging.WARNING, root.level))
    for library in _SILENT:
        logging.getLogger(library).setLevel(logging.CRITICAL)


def without_tokens(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace whatever looks like a bot token in any text of the event."""
    return {key: TOKEN.sub("<token>", value) if isinstance(value, str) else value for key, value in event.items()}


def without_arguments(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Cut off what asyncio quotes of a task or a callback nobody waits for: its arguments, and what it raised."""
    if event.get("logger") == "asyncio":
        event["event"] = re.split(r"[\n(]", str(event["event"]), maxsplit=1)[0]
    return event


def where_it_failed(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Turn an exception into its type and the places it passed: its message may quote what a user wrote."""
    info = event.pop("exc_info", None)
    error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        event["at"] = _places(error.__traceback__)
    return event


def _places(trace: TracebackType | None) -> list[str]:
    return [f"{frame.name} ({frame.filename}:{frame.lineno})" for frame in traceback.extract_tb(trace)]
