"""Putting the parts together, and running them until told to stop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
from telegram import BotCommand
from telegram.error import BadRequest, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from bot.errors import AddressTaken, BadToken, FolderUnusable
from bot.intake import Intake
from bot.loading import loading_told
from bot.lock import alone_in
from bot.metrics import Metrics
from bot.sender import Sender
from bot.settings import Settings
from bot.worker import Worker
from handlers.entry import Machine, machine
from handlers.phrases import Phrases
from handlers.start import COMMANDS
from handlers.work import Desk
from sandbox.server import Sandbox
from storage.errors import StorageError
from storage.store import Store
from vision.engine import Engine
from voice.speaker import speaker
from web.site import Health, Site, served

log = structlog.get_logger()

SANDBOX_NOTE = {
    "en": "This is a sandbox: a Telegram of your own, on this machine only. The model here is tiny and knows drawn "
    "pictures only; the README says how to give it real weights.",
    "zh": "这里是沙盒：只在本机上的一个 Telegram。这里的模型很小，只认识手绘图片；README 说明如何换上真正的模型权重。",
}


@dataclass(frozen=True, slots=True)
class Assembly:
    """A bot that is ready to run. `page` is the sandbox's chat page, None where it talks to Telegram."""

    bot: ExtBot[None]
    engine: Engine
    store: Store
    application: Machine
    intake: Intake
    worker: Worker
    sender: Sender
    page: str | None
    watchtower: str

    async def run(self) -> None:
        """Take in, work and send until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.intake.run())
            group.create_task(self.worker.lanes.run())
            group.create_task(self.sender.lanes.run())


@asynccontextmanager
async def assembled(
    settings: Settings, *, loaded: Callable[[Engine], Awaitable[object]] = Engine.loaded
) -> AsyncIterator[Assembly]:
    """Open everything in the order in which it is needed; close it in the opposite one.

    `loaded` waits for the model; the operator's tools can already see how far it is.
    """
    async with AsyncExitStack() as stack:
        with _writable(settings.data):
            settings.data.mkdir(parents=True, exist_ok=True)
            stack.enter_context(alone_in(settings.data))
        store = await stack.enter_async_context(Store.open(settings.database, settings.data / "files"))
        engine = await stack.enter_async_context(Engine(settings.engine, wait=False))
        metrics = Metrics()
        metrics.watch(lambda: engine.shelves)
        site = Site(health=lambda: health(engine, store), metrics=metrics.text)
        with _listening("WEB", settings.web_host, settings.web_port):
            port = await stack.enter_async_context(served(site, settings.web_host, settings.web_port))
        sandbox = await _sandbox(settings, stack)
        async with loading_told(engine, sandbox, afterwards=SANDBOX_NOTE if settings.tiny else None):
            await loaded(engine)
        voice = await stack.enter_async_context(speaker(settings.voice_engine))
        bot = bot_of(settings, sandbox)
        application = machine(bot)
        await _initialised(application)
        stack.push_async_callback(application.shutdown)
        await _introduce(bot)
        desk = Desk(store, engine, voice, modest=settings.tiny)
        sender = Sender(bot, store, metrics, chats_at_once=settings.chats_at_once)
        worker = Worker(application, desk, metrics, chats_at_once=settings.chats_at_once, settled=sender.lanes.wake)
        intake = Intake(bot, store, metrics, arrived=worker.lanes.wake)
        yield Assembly(
            bot=bot,
            engine=engine,
            store=store,
            application=application,
            intake=intake,
            worker=worker,
            sender=sender,
            page=sandbox.url if sandbox else None,
            watchtower=f"http://{settings.web_host}:{port}",
        )


async def _sandbox(settings: Settings, stack: AsyncExitStack) -> Sandbox | None:
    """A Telegram on this machine, where no token says that it shall be the real one."""
    if settings.telegram_token is not None:
        return None
    with _listening("SANDBOX", settings.sandbox_host, settings.sandbox_port):
        return await stack.enter_async_context(Sandbox(host=settings.sandbox_host, port=settings.sandbox_port))


@contextmanager
def _writable(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FolderUnusable(folder, error.strerror or type(error).__name__) from error


@contextmanager
def _listening(setting: str, host: str, port: int) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise AddressTaken(setting, host, port) from error


def bot_of(settings: Settings, sandbox: Sandbox | None) -> ExtBot[None]:
    """The Bot API client: for Telegram, or for the sandbox that is given."""
    os.environ.setdefault(
        "PTB_TIMEDELTA", "true"
    )  # the library's coming way of telling how long to wait, without a warning
    url = sandbox.url if sandbox else settings.telegram_api
    token = settings.telegram_token.get_secret_value() if settings.telegram_token else sandbox.token if sandbox else ""
    return ExtBot(
        token,
        base_url=f"{url}/bot",
        base_file_url=f"{url}/file/bot",
        # Drafts, typing notices and downloads of many chats share this pool with the long poll.
        request=HTTPXRequest(connection_pool_size=64, read_timeout=30, media_write_timeout=120),
    )


async def health(engine: Engine, store: Store) -> Health:
    """Well when the model answers and the database does."""
    try:
        async with store.read() as records:
            waiting = await records.inbox.depth()
    except StorageError as error:
        return Health(well=False, parts={"engine": engine.state, "inbox": type(error).__name__})
    parts = {"engine": engine.state, "inbox": ", ".join(f"{count} {state}" for state, count in waiting.items())}
    if engine.state in {"starting", "restarting"}:
        parts["loading"] = f"{engine.loading:.0%}"
    return Health(engine.state in {"ready", "busy"}, parts)


async def _initialised(application: Machine) -> None:
    pause = 1.0
    while True:
        try:
            await application.initialize()
            await application.bot.delete_webhook()  # long polling and a webhook shut each other out
        except (InvalidToken, BadRequest) as error:
            raise BadToken from error
        except (NetworkError, RetryAfter) as error:
            log.warning("Telegram cannot be reached; trying again", error=type(error).__name__, again_in_s=pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, 60.0)
        else:
            return


async def _introduce(bot: ExtBot[None]) -> None:
    """Set the command menu in each language; without it the bot does all the same."""
    try:
        for code, phrases in (("", Phrases("en")), ("zh", Phrases("zh-hans"))):
            commands = [BotCommand(command, phrases(says)) for command, says in COMMANDS.items()]
            await bot.set_my_commands(commands, language_code=code or None)
    except TelegramError as error:
        log.warning("the command menu was not set", error=type(error).__name__)
