"""A log of which whatever fails is started again, and asked again, until it has what it was given."""

import asyncio
import contextlib

from node.errors import FatalError, PushBackError
from tests.support.own_log import OwnLog
from tests.support.scenarios import DATABASE_FAILED, SOON


async def insist(log: OwnLog, entries: list[bytes], key: str) -> None:
    """Hand entries to the log under a request key, as often as that takes."""
    while True:
        await start(log)
        with contextlib.suppress(PushBackError):
            await log.submit_entries(entries, key)
            return
        await asyncio.sleep(SOON)


async def start(log: OwnLog) -> None:
    """Start the log, if it doesn't run or has ended, as often as that takes."""
    while not log.is_running or log.has_ended:
        with contextlib.suppress(*DATABASE_FAILED):
            await log.die()
            await log.start()
            return
        await asyncio.sleep(SOON)


async def stop(log: OwnLog) -> None:
    """Stop the log; what it stumbles over at its very end costs nothing that was promised."""
    with contextlib.suppress(FatalError):
        await log.stop()
    await log.database.close()
