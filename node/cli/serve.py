"""`nostra serve`: run the node until it is told to stop (SIGTERM, SIGINT)."""

import argparse
import gc
from typing import Final

from node.cli.configured import add_config_argument, load_config
from node.errors import ConfigError

NAME: Final = "serve"
HELP: Final = "run the node"

COLLECT_EVERY: Final = (20_000, 20, 20)
"""The garbage collector's thresholds: Python's own, 700 objects, are reached by every second request."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    add_config_argument(parser)
    parser.add_argument(
        "--accept-restore",
        action="store_true",
        help="the database is on another server or history than before, and that is meant (logged)",
    )
    parser.add_argument(
        "--sign-unasked",
        action="store_true",
        help="sign before partners have said what they last saw of our logs; it may fork them (logged)",
    )
    parser.add_argument(
        "--cosign-unasked",
        action="store_true",
        help="after a restore, cosign before partners have said what they know; it may cosign two histories (logged)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Run the node."""
    import asyncio
    import signal

    from node.cli.loop import run_async
    from node.runtime.serve import run_node
    from node.telemetry import set_up_logging, warn

    config = load_config(arguments)
    if not config.logs and not config.partners:
        raise ConfigError(["the configuration names no [[log]] and no [[partner]]: there is nothing to serve"])
    set_up_logging(level=config.telemetry.level, form=config.telemetry.format)
    if arguments.accept_restore:
        warn("restore_accepted_by_operator")

    async def serve() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await run_node(
            config,
            stop=stop,
            started=lambda _: _settle(),
            restore_accepted=arguments.accept_restore,
            sign_unasked=arguments.sign_unasked,
            cosign_unasked=arguments.cosign_unasked,
        )

    run_async(serve())
    return 0


def _settle() -> None:
    """Keep the collector from walking, again and again, what was made at the start and stays to the end."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_EVERY)
