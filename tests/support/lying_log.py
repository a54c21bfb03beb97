"""A log served over HTTP on loopback, which lies where a test tells it to.

What a log says wrongly is written into its folder; what a server does wrongly is one of the `Lie`s below.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from aiohttp import web

Lie = Callable[[web.Request, bytes | None], Awaitable[web.StreamResponse]]
"""Answers in the place of the file's bytes, None where there is none."""


class LogServer:
    """Serves a folder; paths in `lies` are answered by those, `/*` stands for all others."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lies: dict[str, Lie] = {}
        self.asked: list[str] = []
        self.url = ""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        self._transports: set[asyncio.Transport] = set()

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

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        self.asked.append(path)
        assert request.transport is not None
        self._transports.add(request.transport)
        file = self.folder / path
        data = file.read_bytes() if file.is_file() else None
        lie = self.lies.get(path, self.lies.get("*"))
        if lie is not None:
            return await lie(request, data)
        return web.Response(body=data) if data is not None else web.Response(status=404)


async def endless(request: web.Request, _: bytes | None) -> web.StreamResponse:
    """Send a body that never ends."""
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b"\0" * 65536)


async def stalled(request: web.Request, _: bytes | None) -> web.StreamResponse:
    """Send a few bytes of a body, and no more."""
    response = web.StreamResponse(headers={"Content-Length": "100"})
    await response.prepare(request)
    await response.write(b"abc")
    await asyncio.sleep(60)
    return response


async def dripping(request: web.Request, _: bytes | None) -> web.StreamResponse:
    """Send a byte now and then."""
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b"x")
        await asyncio.sleep(0.02)


async def silent(_: web.Request, __: bytes | None) -> web.StreamResponse:
    """Take the request, and answer nothing."""
    await asyncio.sleep(60)
    return web.Response()


async def huge(request: web.Request, _: bytes | None) -> web.StreamResponse:
    """Announce ten gigabytes."""
    response = web.StreamResponse(headers={"Content-Length": str(10 * 1000**3)})
    await response.prepare(request)
    await response.write(b"\0" * 1024)
    return response


async def broken_off(request: web.Request, data: bytes | None) -> web.StreamResponse:
    """Announce the whole body, send half of it and hang up."""
    whole = data or b"x" * 1000
    response = web.StreamResponse(headers={"Content-Length": str(len(whole))})
    await response.prepare(request)
    await response.write(whole[: len(whole) // 2])
    assert request.transport is not None
    request.transport.abort()
    return response


async def compressed(_: web.Request, data: bytes | None) -> web.StreamResponse:
    """Answer compressed, unasked."""
    return web.Response(body=data or b"", headers={"Content-Encoding": "gzip"})


async def failing(_: web.Request, __: bytes | None) -> web.StreamResponse:
    """Answer that the server has failed."""
    return web.Response(status=500)


def redirecting(target: str) -> Lie:
    """Return a lie that sends the caller elsewhere."""

    async def redirect(_: web.Request, __: bytes | None) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": target})

    return redirect


def answering(data: bytes, status: int = 200, content_type: str = "application/octet-stream") -> Lie:
    """Return a lie that answers these bytes."""

    async def answer(_: web.Request, __: bytes | None) -> web.StreamResponse:
        return web.Response(body=data, status=status, content_type=content_type)

    return answer


@contextmanager
def served(folder: Path) -> Iterator[LogServer]:
    """Serve a folder from a thread of its own, for commands that run an event loop themselves."""
    server, started, stop = LogServer(folder), threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with server:
            started.set()
            await stop.wait()
            await asyncio.sleep(0.02)  # connections that were never used are accepted, and seen to close

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(serve())

    thread = threading.Thread(target=run)
    thread.start()
    started.wait(10)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
