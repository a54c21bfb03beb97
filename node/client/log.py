"""Reads a log by checkpoint, tiles and entry bundles (C2SP tlog-tiles), wherever it is served.

Nothing here is verified: bytes come in, within bounds, and have the length that was asked for. A server may drop a
partial tile once the full one is there; then the full one is read and cut.
"""

from collections.abc import AsyncGenerator, Iterable
from typing import Any, Final

import msgspec

from node.client.ahead import WINDOW, fetch_ahead
from node.client.bounds import MEBIBYTE
from node.client.node import NodeClient
from node.client.problems import error_of
from node.client.transport import HttpClient
from node.errors import BadAnswerError, NotFoundError
from protocol.encoding.note import MAX_NOTE_BYTES
from protocol.encoding.wire import HASH_BYTES
from protocol.errors import MalformedError
from protocol.gossip.cosigners import MAX_COSIGNERS_BYTES
from protocol.log.tile import ENTRIES, MAX_ENTRY_BYTES, TILE_WIDTH, Tile, parse_bundle, render_bundle

MOST_TEXTS_BYTES: Final = 8 * MEBIBYTE
"""What a node takes in one request, texts included."""

MOST_TAKEN_DOWN_BYTES: Final = MEBIBYTE
"""Of a list of commitments: more than a node tells."""

OK: Final = 200


class _TakenDown(msgspec.Struct, frozen=True):
    commitments: list[str]


class LogClient:
    """Reads one log."""

    def __init__(self, http: HttpClient, base_url: str, *, most_bytes: int | None = None) -> None:
        """Read the log served at this address, no answer larger than `most_bytes` where that is given."""
        self._http = http
        self._most = most_bytes
        self.base_url = base_url.rstrip("/")

    async def checkpoint(self) -> bytes:
        """Return the checkpoint note as it is served.

        Raises:
            NodeError: UnreachableError, BadAnswerError, or what the server refused with; so for every method here.
        """
        return await self._get("checkpoint", MAX_NOTE_BYTES)

    async def tile(self, tile: Tile) -> bytes:
        """Return the hashes of a tile, exactly as many as its width says."""
        data = await self._whole_or_cut(tile, HASH_BYTES)
        if len(data) < tile.width * HASH_BYTES:
            raise BadAnswerError(f"{self.base_url}/{tile.path()}: has {len(data)} bytes, not {tile.width * HASH_BYTES}")
        return data[: tile.width * HASH_BYTES]

    async def bundle(self, bundle: Tile) -> bytes:
        """Return an entry bundle of at most as many entries as its width says; whoever parses it counts them."""
        data = await self._whole_or_cut(bundle, 2 + MAX_ENTRY_BYTES)
        if bundle.width == TILE_WIDTH:
            return data
        try:
            return render_bundle(parse_bundle(data)[: bundle.width])
        except MalformedError as error:
            raise BadAnswerError(f"{self.base_url}/{bundle.path()}: {error}") from None

    async def fetch(self, tile: Tile) -> bytes:
        """Return a tile or, at level ENTRIES, a bundle."""
        return await (self.bundle(tile) if tile.level == ENTRIES else self.tile(tile))

    def fetch_ahead(self, tiles: Iterable[Tile], *, window: int = WINDOW) -> AsyncGenerator[tuple[Tile, bytes], None]:
        """Yield tiles and bundles in the order asked for, several requests under way at once."""
        return fetch_ahead(tiles, self.fetch, window=window)

    async def texts(self, commitment: str) -> bytes:
        """Return the texts document behind a commitment of 43 characters.

        Raises:
            NotFoundError: It isn't there; with the code `gone`, it was taken down.
        """
        return await self._get(f"texts/{commitment}", MOST_TEXTS_BYTES)

    async def taken_down(self) -> list[str]:
        """Return the commitments whose texts the log has taken down; only a Nostra node tells.

        Raises:
            BadAnswerError: The answer is none.
        """
        data = await self._get("v1/texts/taken-down", MOST_TAKEN_DOWN_BYTES)
        try:
            return msgspec.json.decode(data, type=_TakenDown).commitments
        except msgspec.MsgspecError:
            raise BadAnswerError(f"{self.base_url}/v1/texts/taken-down: is no list of commitments") from None

    async def cosigners(self) -> bytes:
        """Return the note by which the log tells of its node's cosigners; only a Nostra node has one."""
        return await self._get("v1/cosigners", MAX_COSIGNERS_BYTES)

    async def log(self) -> Any:
        """Return what a Nostra node says of the log: origin, verifier key, size, policy. It proves nothing."""
        return await NodeClient(self._http, self.base_url).get("/v1/log")

    async def _whole_or_cut(self, tile: Tile, each: int) -> bytes:
        """Return a tile of members that have at most `each` bytes, or the full one where the partial one is gone."""
        try:
            return await self._get(tile.path(), tile.width * each)
        except NotFoundError:
            if tile.width == TILE_WIDTH:
                raise
        return await self._get(tile.full().path(), TILE_WIDTH * each)

    async def _get(self, path: str, most: int) -> bytes:
        answer = await self._http.get(f"{self.base_url}/{path}", most=min(most, self._most or most))
        if answer.status != OK:
            raise error_of(answer)
        return answer.body
