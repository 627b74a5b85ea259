"""`check`: what is set up, what is missing, how to mend it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from tempfile import TemporaryFile

from rich.console import Console
from rich.markup import escape
from telegram.error import InvalidToken, TelegramError

from bot.client import bot_of
from bot.errors import BadProxy
from bot.loading import seen_loading
from bot.refusals import from_telegram
from bot.settings import Settings
from storage.database import Database
from storage.errors import NoDatabase, SchemaTooOld, StorageError
from storage.files import kept_at
from vision.engine import Engine
from vision.errors import VisionError
from voice.errors import VoiceError
from voice.speaker import speaker

Finding = tuple[bool, str]
"""Whether a part is well, and a line about it."""


async def check_all(settings: Settings, console: Console) -> bool:
    """Look at each part and print a line about it; True when the bot can run."""
    well = True
    for part in (_data, _database, _files, partial(_weights, console=console), _voice, _telegram):
        async for good, line in part(settings):
            console.print(f"[{'green' if good else 'red'}]{'✓' if good else '✗'}[/] {escape(line)}", soft_wrap=True)
            well = well and good
    return well


async def _data(settings: Settings) -> AsyncIterator[Finding]:
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=settings.data):
            pass
    except OSError as error:
        yield False, f"Data folder {settings.data}: {error.strerror}. Set DATA to a folder that this user may write to."
    else:
        yield True, f"Data folder {settings.data}."


async def _database(settings: Settings) -> AsyncIterator[Finding]:
    """Only looked at, and written to without a change: a bot of an older program may be running with it."""
    try:
        async with Database.open(settings.database, migrate=False) as database:
            await database.probe()
    except NoDatabase:
        yield True, "Database: there is none yet; the bot makes it when it starts."
    except SchemaTooOld:
        yield True, "Database: it has an older shape, or none; the bot brings it to the newest when it starts."
    except StorageError as error:
        yield False, f"Database: {error}"
    else:
        yield True, f"Database: {'PostgreSQL' if settings.shared else 'SQLite'}, in this program's shape."


async def _files(settings: Settings) -> AsyncIterator[Finding]:
    where = settings.storage["files"]
    try:
        async with kept_at(where, lambda: datetime.now(UTC), settings.s3_endpoint) as files:
            await files.probe()
    except StorageError as error:
        yield False, f"Pictures and voice notes: {error}"
    else:
        yield True, f"Pictures and voice notes in {where}."


async def _weights(settings: Settings, *, console: Console) -> AsyncIterator[Finding]:
    try:
        async with Engine(settings.engine, wait=False) as engine:
            facts = await seen_loading(engine, console)
    except VisionError as error:
        yield False, f"Weights: {error}"
        return
    yield True, f"Weights: {facts.name}, on {facts.device}."
    if settings.tiny:
        yield True, "These are the tiny weights, which know drawn pictures only. Set WEIGHTS for real ones (README)."


async def _voice(settings: Settings) -> AsyncIterator[Finding]:
    if settings.voice_engine == "google":
        yield True, "Voice: Google's; what is spoken is sent to Google. It was not tried."
        return
    try:
        async with speaker(settings.voice_engine) as voice:
            note = await voice.speak("Lookout", "en")
    except VoiceError as error:
        yield False, f"Voice: {error}"
    else:
        yield True, f"Voice: eSpeak NG on this machine ({note.duration:.1f} s spoken)."


async def _telegram(settings: Settings) -> AsyncIterator[Finding]:
    if settings.telegram_token is None:
        yield True, "No TELEGRAM_TOKEN: the bot starts with its sandbox and a chat page. @BotFather gives a token."
        return
    try:
        async with bot_of(settings, None) as bot:
            yield True, f"Telegram: @{bot.username}."
    except BadProxy as error:
        yield False, f"Telegram: {error}."
    except TelegramError as error:
        if isinstance(error, InvalidToken) and from_telegram(error):
            yield False, "Telegram does not accept TELEGRAM_TOKEN: copy it once more from @BotFather."
            return
        yield False, f"Telegram cannot be reached ({type(error).__name__}): check the network, or TELEGRAM_API."
