"""A bare aiohttp POST server: what HTTP itself costs here, with nothing behind it.

It reads the request's body and answers 201 with as many bytes as it was told, on the event loop that the node uses.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

STOP_SECONDS = 10


@contextmanager
def bare_server(answer_bytes: int) -> Iterator[int]:
    """Run the server as a process; yield its port on loopback."""
    command = [sys.executable, "-m", "scripts.benchmarks.bare", "--answer-bytes", str(answer_bytes)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield int(server.stdout.readline())
        finally:
            server.terminate()
            server.wait(STOP_SECONDS)


def main() -> None:
    """Serve until terminated, after the port on the first line of output."""
    import asyncio

    import uvloop
    from aiohttp import web

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answer-bytes", type=int, required=True)
    answer = b"x" * parser.parse_args().answer_bytes

    async def take(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(status=201, body=answer, content_type="application/json")

    async def serve() -> None:
        app = web.Application()
        app.router.add_post("/v1/entries", take)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        print(runner.addresses[0][1], flush=True)
        await asyncio.Event().wait()

    uvloop.run(serve())


if __name__ == "__main__":
    main()
