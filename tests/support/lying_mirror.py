"""A mirror on loopback that answers what a test wants, whatever is pushed to it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Self

from aiohttp import web

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class LyingMirror:
    """Answers both requests; what came is kept."""

    def __init__(self, add_checkpoint: Answer, add_entries: Answer) -> None:
        self.asked: list[str] = []
        self.url = ""
        app = web.Application(client_max_size=1 << 30)
        app.router.add_post("/add-checkpoint", self._noting(add_checkpoint))
        app.router.add_post("/add-entries", self._noting(add_entries))
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        self._transports: set[asyncio.Transport] = set()

    def _noting(self, answer: Answer) -> Answer:
        async def noted(request: web.Request) -> web.StreamResponse:
            self.asked.append(request.path)
            assert request.transport is not None
            self._transports.add(request.transport)
            return await answer(request)

        return noted

    async def __aenter__(self) -> Self:
        """Listen on a free port."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening, and cut whatever is still connected."""
        await self._runner.cleanup()
        for transport in self._transports:
            transport.abort()
        await asyncio.sleep(0.01)


def saying(status: int, body: bytes = b"", media_type: str = "text/plain") -> Answer:
    """Return what answers this, always."""

    async def answer(request: web.Request) -> web.StreamResponse:
        await request.read()
        return web.Response(status=status, body=body, content_type=media_type)

    return answer


async def silent(_: web.Request) -> web.StreamResponse:
    """Take the request, and answer nothing."""
    await asyncio.sleep(60)
    return web.Response()


async def hanging_up(request: web.Request) -> web.StreamResponse:
    """Hang up in the middle of the request."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def endless(request: web.Request) -> web.StreamResponse:
    """Answer without end."""
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b"\0" * 65536)
