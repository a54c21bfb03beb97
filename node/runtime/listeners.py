"""The two listeners."""

import asyncio
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

LAST_TURNS = 4
"""Turns of the event loop in which a connection that was accepted gets to where it waits for a request."""


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
            found[listener] = await stack.enter_async_context(listening_at(wanted[listener], runner, listener))
        yield found


@asynccontextmanager
async def listening_at(address: Address, runner: web.AppRunner, listener: Listener) -> AsyncIterator[Address]:
    """Listen on one address until the block ends, and give the address with the port that it has.

    Raises:
        FatalError: The address can't be had.
    """
    await runner.setup()
    try:
        server = await _listen(runner, listener, address)
        try:
            yield Address(address.host, int(server.sockets[0].getsockname()[1]))
        finally:
            await _accept_no_more(server)
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, listener: Listener, address: Address) -> asyncio.Server:
    loop = asyncio.get_running_loop()
    factory = runner.server
    assert factory is not None  # noqa: S101 - it is set up
    try:
        return await loop.create_server(factory, address.host, address.port, backlog=WAITING_CONNECTIONS)
    except OSError as error:
        raise FatalError(
            f"can't listen at {address}: {error.strerror or error}",
            mend=f"stop what uses it, or set [http] {listener} to another address",
        ) from None


async def _accept_no_more(server: asyncio.Server) -> None:
    """Stop listening, with no connection in between: asyncio loses one that it accepts as its server is closed."""
    loop = asyncio.get_running_loop()
    for sock in server.sockets:
        loop.remove_reader(sock.fileno())
    for _ in range(LAST_TURNS):
        await asyncio.sleep(0)
    server.close()
