"""The packages that an own log pushes to a mirror: read and proven one request ahead of the one that is under way."""

import asyncio
from itertools import islice

from node.log.prove import LogReader
from protocol.gossip.add_entries import MAX_REQUEST_PACKAGES, Upload, subtree_of
from protocol.log.proofs import Span, subtree_consistency_spans


class Packages:
    """Reads for one push at a time."""

    def __init__(self, reader: LogReader) -> None:
        """Read what this reader reads."""
        self._reader = reader
        self._ahead: tuple[Upload, asyncio.Task[list[bytes]]] | None = None

    async def take(self, upload: Upload) -> list[bytes]:
        """Return an upload's first packages, as many as a request may hold, and begin with those behind them."""
        spans = list(islice(upload.packages(), MAX_REQUEST_PACKAGES))
        ahead, self._ahead = self._ahead, None
        if ahead is not None and ahead[0] == upload:
            packages = await ahead[1]
        else:
            await _end(ahead)
            packages = await self._read(spans, upload.end)
        if spans and spans[-1].end < upload.end:
            following = Upload(upload.origin, spans[-1].end, upload.end, upload.ticket)
            reading = self._read(list(islice(following.packages(), MAX_REQUEST_PACKAGES)), upload.end)
            self._ahead = (following, asyncio.get_running_loop().create_task(reading))
        return packages

    async def end(self) -> None:
        """Give up what is read ahead."""
        ahead, self._ahead = self._ahead, None
        await _end(ahead)

    async def _read(self, spans: list[Span], size: int) -> list[bytes]:
        parts = await self._reader.bundle_parts(spans)
        return [part + await self._proof(span, size) for span, part in zip(spans, parts, strict=True)]

    async def _proof(self, span: Span, size: int) -> bytes:
        proof = await self._reader.hashes(subtree_consistency_spans(*subtree_of(span), size))
        return bytes([len(proof)]) + b"".join(proof)


async def _end(ahead: tuple[Upload, asyncio.Task[list[bytes]]] | None) -> None:
    if ahead is not None:
        ahead[1].cancel()
        await asyncio.wait([ahead[1]])
        if not ahead[1].cancelled():
            ahead[1].exception()  # whoever would have been told wants something else by now
