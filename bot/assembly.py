"""Putting the parts together, and running them until told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass

from telegram.ext import ExtBot
from yarl import URL

from bot.caller import Caller
from bot.client import Hook, bot_of, introduce, number_of, secret_of
from bot.errors import AddressTaken
from bot.intake import Intake
from bot.keeper import Keeper
from bot.loading import loading_told
from bot.lock import opened
from bot.menus import Menus
from bot.metrics import Metrics
from bot.poller import Poller
from bot.roles import in_role
from bot.sender import Sender
from bot.settings import Settings
from bot.stops import Stops
from bot.vitals import Vitals
from bot.worker import Worker
from handlers.entry import machine
from handlers.work import Desk
from sandbox.server import Sandbox
from storage.lanes import patiently
from storage.store import Store
from vision.engine import Engine
from vision.pictures import Pictures
from vision.shared import Shared
from voice.speaker import Speaker, speaker
from web.dial import Dial
from web.site import Site, served
from web.webhook import Webhook

SANDBOX_NOTE = {
    "en": "This is a sandbox: a Telegram of your own, on this machine only. The model here is tiny and knows drawn "
    "pictures only; the README says how to give it real weights.",
    "zh": "这里是沙盒：只在本机上的一个 Telegram。这里的模型很小，只认识画出来的图片；"
    "README 说明如何换上真正的模型权重。",
}


_DATABASE_COMES_WITHIN_S = 120.0
"""How long a start waits for a database server that is away."""


@dataclass(frozen=True, slots=True)
class Assembly:
    """A bot that is ready to run.

    `page` is the address of the sandbox's chat page, None where it talks to Telegram; under `site_url` it serves
    /healthz and /metrics.
    """

    bot: ExtBot[None]
    engine: Engine
    store: Store
    poller: Poller | None
    stops: Stops
    worker: Worker
    sender: Sender
    caller: Caller
    keeper: Keeper
    menus: Menus
    page: str | None
    site_url: str

    async def run(self) -> None:
        """Take in, work, send and sweep until cancelled; one process at a time does each, but for the work."""
        async with asyncio.TaskGroup() as group:
            if self.poller:
                group.create_task(in_role("poller", self.store, self.poller.run))
            group.create_task(self.stops.run())
            group.create_task(self.worker.run())
            group.create_task(in_role("sender", self.store, self.sender.lanes.run))
            group.create_task(in_role("caller", self.store, self.caller.lanes.run))
            group.create_task(in_role("keeper", self.store, self.keeper.run))
            group.create_task(in_role("menus", self.store, self.menus.run))


@asynccontextmanager
async def assembled(
    settings: Settings, *, loaded: Callable[[Engine], Awaitable[object]] = Engine.loaded
) -> AsyncIterator[Assembly]:
    """Open everything in the order in which it is needed; close it in the opposite one.

    `loaded` waits for the model; meanwhile the operator's tools can already see how far it is, and a webhook takes in
    what Telegram brings.
    """
    async with AsyncExitStack() as stack:
        stack.enter_context(opened(settings.data, shared=settings.shared))
        store = await _opened_store(settings, stack)
        engine = await stack.enter_async_context(Engine(settings.engine, wait=False))
        sandbox = await _sandbox(settings, stack)
        voice = await stack.enter_async_context(speaker(settings.voice_engine))
        bot = bot_of(settings, sandbox)
        hook = Hook(settings.webhook_url, secret_of(bot.token)) if settings.webhook_url else None
        application = machine(bot)
        metrics = Metrics()
        metrics.count_kept(lambda: engine.shelves)
        shared = Shared(engine)
        metrics.count_questions(lambda: shared.tally)
        sender = Sender(bot, store, metrics, chats_at_once=settings.chats_at_once)
        caller = Caller(await stack.enter_async_context(Dial(settings.webhooks)), store, metrics)

        def settled() -> None:
            sender.lanes.wake()
            caller.lanes.wake()

        pictures = await stack.enter_async_context(Pictures())
        desk = _desk(settings, store, shared, voice, sender, pictures=pictures)
        worker = Worker(application, desk, metrics, chats_at_once=settings.chats_at_once, settled=settled)
        stops = Stops(bot, store)
        intake = Intake(number_of(bot.token), store, metrics, arrived=worker.wake, stop=stops.hear)
        site = _site(Vitals(engine, store, metrics), intake, hook)
        with _listening("WEB", settings.web_host, settings.web_port):
            port = await stack.enter_async_context(served(site, settings.web_host, settings.web_port))
        async with loading_told(engine, sandbox, afterwards=SANDBOX_NOTE if settings.tiny else None):
            await loaded(engine)
        stack.push_async_callback(application.shutdown)
        await introduce(application, hook)
        yield Assembly(
            bot=bot,
            engine=engine,
            store=store,
            poller=None if hook else Poller(bot, intake),
            stops=stops,
            worker=worker,
            sender=sender,
            caller=caller,
            keeper=Keeper(store),
            menus=Menus(bot, store),
            page=sandbox.url if sandbox else None,
            site_url=str(URL.build(scheme="http", host=settings.web_host, port=port)),
        )


def _desk(
    settings: Settings, store: Store, backend: Shared, voice: Speaker, sender: Sender, *, pictures: Pictures
) -> Desk:
    return Desk(
        store,
        backend,
        voice,
        sender.courier,
        pictures,
        tiny=settings.tiny,
        watches_per_chat=settings.watches_per_chat,
        watches=settings.watches,
        webhooks=settings.webhooks,
    )


def _site(vitals: Vitals, intake: Intake, hook: Hook | None) -> Site:
    """The operator's page; what Telegram brings comes there too, where there is a hook for it."""
    webhook = Webhook(hook.secret, keep=lambda update: intake.keep([update])) if hook else None
    return Site(health=vitals.health, metrics=vitals.metrics, webhook=webhook)


async def _opened_store(settings: Settings, stack: AsyncExitStack) -> Store:
    """The open storage; a database server that is away at first is waited for a while."""

    async def store() -> Store:
        return await stack.enter_async_context(Store.open(**settings.storage))

    if settings.shared:
        with suppress(TimeoutError):
            async with asyncio.timeout(_DATABASE_COMES_WITHIN_S):
                return await patiently(store)
    return await store()


async def _sandbox(settings: Settings, stack: AsyncExitStack) -> Sandbox | None:
    """A Telegram on this machine, where no token says that it shall be the real one."""
    if settings.telegram_token is not None:
        return None
    with _listening("SANDBOX", settings.sandbox_host, settings.sandbox_port):
        return await stack.enter_async_context(Sandbox(host=settings.sandbox_host, port=settings.sandbox_port))


@contextmanager
def _listening(setting: str, host: str, port: int) -> Iterator[None]:
    try:
        yield
    except (OSError, UnicodeError) as error:  # the latter for what cannot be a name, as 127.0.0..1
        raise AddressTaken(setting, host, port) from error
