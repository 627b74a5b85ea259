"""The command line: run the bot, look after it, ask about one picture."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import sys
import threading
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Annotated, Final, Literal

import structlog
import typer
from rich.console import Console
from rich.markup import escape

from bot.ask import ask_about
from bot.assembly import Assembly, assembled
from bot.check import check_all
from bot.errors import BotError
from bot.loading import seen_loading
from bot.lock import opened
from bot.logs import configure
from bot.replay import replay as put_back
from bot.settings import Settings, read_settings
from bot.status import show_status
from storage.database import migrated
from storage.errors import StorageError
from vision.errors import VisionError

log = structlog.get_logger()
app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
console = Console(highlight=False)
complaints = Console(stderr=True, highlight=False)

LONGEST_FAREWELL_S: Final = 9.0
"""Seconds after which a bot that was told to stop is ended by force."""


@app.callback(help=__doc__)
def prepare(context: typer.Context) -> None:
    """Read the settings, once for whichever command follows."""
    context.obj = settings = read_settings()
    configure(settings.log_level)


@app.command()
def run(context: typer.Context) -> None:
    """Start the bot: with TELEGRAM_TOKEN on Telegram, without it in a sandbox with a chat page."""
    asyncio.run(_run(context.obj))


@app.command()
def check(context: typer.Context) -> None:
    """Say what is set up, what is missing and how to mend it."""
    raise typer.Exit(0 if asyncio.run(check_all(context.obj, console)) else 1)


@app.command()
def migrate(context: typer.Context) -> None:
    """Bring the database to this program's shape. The bot does so too when it starts."""
    settings: Settings = context.obj
    with opened(settings.data, shared=settings.shared):
        shapes = asyncio.run(migrated(settings.database))
    if shapes.before == shapes.after:
        console.print(f"The database has the newest shape, {shapes.after}.")
    else:
        console.print(f"The database went from {shapes.before or 'nothing'} to {shapes.after}.")


@app.command()
def status(
    context: typer.Context,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show what waits, for how long, and what was given up."""
    asyncio.run(show_status(context.obj, console, as_json=as_json))


@app.command()
def replay(
    context: typer.Context,
    failures: Annotated[
        list[str] | None, typer.Argument(help="What to replay, as `status` lists it: u12 r7 c3.")
    ] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All that failed.")] = False,
) -> None:
    """Put what was given up back into its queue; a running bot takes it up."""
    asyncio.run(put_back(context.obj, failures or [], console, everything=everything))


@app.command()
def ask(
    context: typer.Context,
    picture: Annotated[Path, typer.Argument(help="A picture file; - reads standard input.")],
    question: Annotated[str | None, typer.Argument(help="What to ask; without it the picture is described.")] = None,
    *,
    score: Annotated[list[str] | None, typer.Option(help="A condition to judge; may be given many times.")] = None,
    language: Annotated[
        Literal["en", "zh"] | None, typer.Option(help="The answer's language; without it, the question's.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object when all is known.")] = False,
) -> None:
    """Ask the model about one picture."""
    asyncio.run(ask_about(context.obj, picture, question, tuple(score or ()), language, as_json=as_json))


def main() -> None:
    """Run the command line; what the operator can mend is one sentence, not a traceback."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal may lack a character that the model writes
    try:
        app()
    except (BotError, StorageError, VisionError) as error:
        complaints.print(f"[bold red]✗[/] {escape(str(error))}", soft_wrap=True)
        sys.exit(1)
    except Exception:
        log.exception("the program ends")  # Python would print the message as well, which may quote what a user wrote
        sys.exit(1)


async def _run(settings: Settings) -> None:
    """Run until SIGINT or SIGTERM, which may come before everything is up."""
    task = asyncio.ensure_future(_assemble_and_run(settings))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, _stop, task)
    try:
        with suppress(asyncio.CancelledError):
            await task
    except BaseExceptionGroup as failures:
        raise _first(failures) from failures
    console.print("Stopped. What was under way goes on at the next start.")


def _stop(task: asyncio.Future[None]) -> None:
    """End in good order, or else without: what must not be lost is in the database already."""
    task.cancel()
    by_force = threading.Timer(LONGEST_FAREWELL_S, _leave)
    by_force.daemon = True
    by_force.start()


def _leave() -> None:
    log.error("something did not stop in time; leaving it behind")
    os._exit(1)


async def _assemble_and_run(settings: Settings) -> None:
    async with assembled(settings, loaded=partial(seen_loading, console=console)) as assembly:
        _greet(assembly)
        await assembly.run()


def _first(failure: BaseException) -> BaseException:
    """What went wrong first in a group of tasks that ended together."""
    return _first(failure.exceptions[0]) if isinstance(failure, BaseExceptionGroup) else failure


def _greet(assembly: Assembly) -> None:
    facts = assembly.engine.describe()
    console.print(f"[bold]Lookout[/] sees with {escape(facts.name)} on {escape(facts.device)}.", soft_wrap=True)
    if assembly.page:
        page = f"Chat page: [bold underline]{escape(assembly.page)}[/]  (no TELEGRAM_TOKEN is set: this is the sandbox)"
        console.print(page, soft_wrap=True)
    else:
        console.print(f"On Telegram as [bold]@{assembly.bot.username}[/].")
    console.print(escape(f"Health: {assembly.site_url}/healthz  Stop with Ctrl-C."), soft_wrap=True)
