"""Run a `nostra` command of this very program as a process of its own, as an operator does."""

import asyncio
import os
import sys

from node.errors import FatalError


def environment() -> dict[str, str]:
    """Return our environment without what would point a node at another database or configuration."""
    return {
        name: value for name, value in os.environ.items() if name != "DATABASE_URL" and not name.startswith("NOSTRA_")
    }


def command(*arguments: str) -> list[str]:
    """Return the command line of a `nostra` command."""
    return [sys.executable, "-m", "node", *arguments]


async def nostra(*arguments: str) -> str:
    """Run a command to its end and return what it printed; whoever doesn't wait for that stops it.

    Raises:
        FatalError: It did not end well; the text is what it complained of.
    """
    run = await asyncio.create_subprocess_exec(
        *command(*arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment(),
    )
    try:
        told, complaint = await run.communicate()
    finally:
        if run.returncode is None:
            run.terminate()
            await run.wait()
    if run.returncode:
        raise FatalError(complaint.decode().strip() or f"nostra {arguments[0]} ended with {run.returncode}")
    return told.decode()
