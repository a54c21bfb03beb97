"""Reading a log by tiles and bundles, several at once."""

import asyncio
from contextlib import aclosing

import pytest

from node.client import Bounds, HttpClient, LogClient
from node.client.ahead import WINDOW_BYTES, fetch_ahead
from node.errors import BadAnswerError, NotFoundError
from protocol.log.tile import ENTRIES, Tile, parse_bundle
from tests.support.lying_log import LogServer, answering
from tests.support.static_log import StaticLog, numbered_entries

QUICK = Bounds(connect_seconds=0.5, total_seconds=1, stall_seconds=0.2)
SIZE = 600


@pytest.fixture
def log(tmp_path):
    """Give a log of two full bundles and a part."""
    log = StaticLog(tmp_path, "log.example/nostra")
    log.append(list(numbered_entries(0, 300)))
    log.append(list(numbered_entries(300, SIZE)))
    return log


@pytest.fixture
async def client(log):
    """Give a client of the served log, and the server."""
    async with LogServer(log.folder) as server, HttpClient(bounds=QUICK) as http:
        yield LogClient(http, server.url), server


@pytest.mark.parametrize("tile", [Tile(0, 0), Tile(0, 2, 88), Tile(1, 0, 2)], ids=Tile.path)
async def test_a_tile_is_read_as_it_is_served(client, log, tile):
    """Full and partial tiles come in their length."""
    assert await client[0].tile(tile) == (log.folder / tile.path()).read_bytes()


async def test_a_partial_tile_that_is_gone_is_cut_from_the_full_one(client, log):
    """A server may drop partial tiles once the full one is there."""
    full = (log.folder / Tile(0, 1).path()).read_bytes()
    (log.folder / Tile(0, 1, 44).path()).unlink()
    assert await client[0].tile(Tile(0, 1, 44)) == full[: 44 * 32]


async def test_a_partial_bundle_that_is_gone_is_cut_from_the_full_one(client, log):
    """The same for entries."""
    (log.folder / Tile(ENTRIES, 1, 44).path()).unlink()
    assert parse_bundle(await client[0].bundle(Tile(ENTRIES, 1, 44))) == log.entries[256:300]


async def test_a_full_bundle_that_breaks_off_inside_an_entry_is_bad(client, log):
    """What can't be cut is told with its address."""
    (log.folder / Tile(ENTRIES, 1, 44).path()).unlink()
    client[1].lies[Tile(ENTRIES, 1).path()] = answering(b"\x00\x09abc")
    with pytest.raises(BadAnswerError, match=r"entries/001.*ends inside"):
        await client[0].bundle(Tile(ENTRIES, 1, 44))


async def test_a_short_tile_is_bad(client):
    """A tile with fewer hashes than its width says is no tile."""
    client[1].lies[Tile(0, 0).path()] = answering(b"\0" * 32 * 255)
    with pytest.raises(BadAnswerError, match="has 8160 bytes"):
        await client[0].tile(Tile(0, 0))


async def test_what_is_not_there_is_not_found(client):
    """A full tile that is missing is told as missing."""
    with pytest.raises(NotFoundError):
        await client[0].tile(Tile(0, 9))
    with pytest.raises(NotFoundError):
        await client[0].bundle(Tile(ENTRIES, 9))


async def test_a_largest_answer_of_our_own_is_kept_to(client, log):
    """The node's own limit is below what the format allows."""
    small = LogClient(client[0]._http, client[0].base_url, most_bytes=100)
    with pytest.raises(BadAnswerError, match="at most 100"):
        await small.bundle(Tile(ENTRIES, 0))


async def test_answers_come_in_order_with_several_under_way():
    """The window opens, and what finishes early waits for its turn."""
    under_way, most = 0, 0

    async def fetch(item):
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.001 * (item % 3))
        under_way -= 1
        return b"%d" % item

    async with aclosing(fetch_ahead(range(60), fetch, window=8)) as answers:
        assert [(item, data) async for item, data in answers] == [(item, b"%d" % item) for item in range(60)]
    assert 4 < most <= 8


async def test_large_answers_close_the_window():
    """A server of large answers never has many under way."""
    under_way, most = 0, 0

    async def fetch(_):
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        return bytes(WINDOW_BYTES // 2)

    async with aclosing(fetch_ahead(range(8), fetch)) as answers:
        assert len([item async for item, _ in answers]) == 8
    assert most == 2


async def test_a_failure_gives_up_what_is_under_way():
    """The first failure in order is raised, and no request outlives it."""
    given_up = []

    async def fetch(item):
        if item == 3:
            await asyncio.sleep(0.01)
            raise NotFoundError("gone")
        try:
            await asyncio.sleep(30 if item > 3 else 0)
        except asyncio.CancelledError:
            given_up.append(item)
            raise
        return b"x"

    seen = []

    async def read():
        async with aclosing(fetch_ahead(range(20), fetch)) as answers:
            async for item, _ in answers:
                seen.append(item)

    with pytest.raises(NotFoundError):
        await read()
    assert seen == [0, 1, 2]
    assert given_up
