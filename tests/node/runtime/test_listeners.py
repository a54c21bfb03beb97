"""Listeners begin and end with their block, whoever connects at that very moment."""

import asyncio
import gc
import socket

import pytest
from aiohttp import web

from node.config import Address
from node.runtime.listeners import listening_at

TURNS = range(8)
"""Turns of the event loop between a connection and the end."""


@pytest.mark.parametrize("turns", TURNS)
async def test_a_connection_that_comes_at_the_end_is_closed(turns):
    """At once, whether it was accepted before the end or not, and nothing of it is left behind."""
    runner = web.AppRunner(web.Application(), access_log=None, shutdown_timeout=30)
    async with asyncio.timeout(5):
        async with listening_at(Address("127.0.0.1", 0), runner, "public") as address:
            client = socket.create_connection((address.host, address.port))
            for _ in range(turns):
                await asyncio.sleep(0)
    client.settimeout(5)
    with client:
        assert await asyncio.to_thread(closed, client)
    gc.collect()  # what was left open is warned of here


def closed(client: socket.socket) -> bool:
    """Whether the other side has closed a connection."""
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


async def test_an_address_that_was_given_up_can_be_had_again():
    """By whoever is next."""
    for _ in range(3):
        runner = web.AppRunner(web.Application(), access_log=None)
        async with listening_at(Address("127.0.0.1", 0), runner, "internal") as address:
            port = address.port
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((address.host, port))
        socket.create_server((address.host, port)).close()
