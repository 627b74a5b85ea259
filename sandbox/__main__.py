"""`python -m sandbox`: the sandbox by itself, for any bot."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys

from sandbox.server import Sandbox


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="A local Bot API server with a chat page.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8081, help="port, 0 for any free one (default: %(default)s)")
    parser.add_argument("--token", help="the bot's token (default: a new one)")
    parser.add_argument(
        "--allow-host", action="append", default=[], metavar="NAME", help="serve the page under this name, too"
    )
    arguments = parser.parse_args()
    try:
        asyncio.run(_serve(arguments))
    except OSError as error:
        sys.exit(f"The sandbox can't listen there: {error.strerror}. Another --port may be free.")
    except OverflowError:
        sys.exit("The sandbox can't listen there: a port is a number up to 65535.")
    except ValueError as error:
        sys.exit(f"The sandbox can't start: {error}.")


async def _serve(arguments: argparse.Namespace) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C raises KeyboardInterrupt instead
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with Sandbox(
        host=arguments.host, port=arguments.port, token=arguments.token, hosts=arguments.allow_host
    ) as sandbox:
        sys.stdout.write(f"Chat page and Bot API: {sandbox.url}\nToken: {sandbox.token}\n")
        sys.stdout.flush()
        await stopped.wait()


if __name__ == "__main__":
    main()
