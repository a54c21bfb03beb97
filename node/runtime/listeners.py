"""The two listeners."""

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from aiohttp import web

from node.config import Address
from node.errors import FatalError
from node.http.app import LISTENERS, make_app
from node.http.parts import Parts
from node.http.routes import Listener

# What isn't HTTP it would log with the caller's address and words; every other failure is told by our own events.
logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)

WAITING_CONNECTIONS = 1024
LAST_REQUESTS_SECONDS = 10.0
"""How long requests under way may take once the node is stopping."""


@asynccontextmanager
async def listening(parts: Parts) -> AsyncIterator[dict[Listener, Address]]:
    """Listen on both addresses until the block ends; then finish what is under way.

    Raises:
        FatalError: An address can't be had.
    """
    wanted: dict[Listener, Address] = {"public": parts.config.http.public, "internal": parts.config.http.internal}
    found: dict[Listener, Address] = {}
    async with AsyncExitStack() as stack:
        for listener in LISTENERS:
            runner = web.AppRunner(make_app(parts, listener), access_log=None, shutdown_timeout=LAST_REQUESTS_SECONDS)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            found[listener] = await _listen(runner, listener, wanted[listener])
        yield found


async def _listen(runner: web.AppRunner, listener: Listener, address: Address) -> Address:
    site = web.TCPSite(runner, address.host, address.port, backlog=WAITING_CONNECTIONS)
    try:
        await site.start()
    except OSError as error:
        raise FatalError(
            f"can't listen at {address}: {error.strerror or error}",
            mend=f"stop what uses it, or set [http] {listener} to another address",
        ) from None
    return Address(address.host, int(runner.addresses[0][1]))
