"""An address that leads to a node, as a reverse proxy before it does: to whose node, is for its owner to choose."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

PIECE: Final = 1 << 16


class Doorway:
    """Passes on bytes between whoever connects here and the node behind."""

    def __init__(self, host: str, port: int, behind: int) -> None:
        """Lead from one port of a host to another; `opened` begins."""
        self.host = host
        self.port = port
        self._behind = behind
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """What those are told who are to come this way."""
        return f"http://{self.host}:{self.port}"

    def lead_to(self, behind: int) -> None:
        """Lead to another port from here on; who is connected connects anew."""
        self._behind = behind
        for writer in self._open:
            writer.close()

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Pass on until the block ends."""
        server = await asyncio.start_server(self._pass_on, self.host, self.port)
        try:
            yield
        finally:
            server.close()
            for writer in self._open:
                writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            behind_reader, behind_writer = await asyncio.open_connection(self.host, self._behind)
            self._open.add(behind_writer)
            try:
                await asyncio.gather(_copy(reader, behind_writer), _copy(behind_reader, writer))
            finally:
                self._open.discard(behind_writer)
        except OSError:
            writer.close()  # nobody is behind: who came sees a connection that ends
        finally:
            self._open.discard(writer)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy until either side ends, and end the other."""
    with suppress(OSError):
        while piece := await reader.read(PIECE):
            writer.write(piece)
            await writer.drain()
    writer.close()
