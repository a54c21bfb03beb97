"""The reader proves every leaf and every earlier size, and serves tiles and entries, from memory or the database."""

import asyncio

import pytest

from node.errors import NotFoundError
from node.log.prove import LogReader
from node.log.state import LogState
from node.log.tile_cache import TileCache
from protocol.documents.tlog_proof import TlogProof, verify_entry
from protocol.errors import BadProofError
from protocol.log.checkpoint import open_checkpoint
from protocol.log.merkle import leaf_hash, verify_consistency, verify_inclusion
from protocol.log.tile import ENTRIES, Tile, parse_bundle, tile_width, tiles_between
from tests.support.check_everything import roots_at
from tests.support.entries import an_achievement_entry, sealed_entries
from tests.support.own_log import OwnLog
from tests.support.reference import mth

SIZES = (1, 2, 3, 255, 256, 257, 511, 512, 700)


async def grown_to(log: OwnLog, size: int) -> list[bytes]:
    """Grow a log to a size and return its entries."""
    entries = [an_achievement_entry("A-1"), *sealed_entries("grown", size - 1)]
    await log.submit_entries(entries[:1])
    if size > 1:
        await log.submit_entries(entries[1:])
    return entries


def cold(log: OwnLog) -> LogReader:
    """Return a reader of the log with no tile in memory, and room for only two."""
    state = log.sequencer.reader.state
    return LogReader(log.database.pool, LogState(state.position, TileCache(2), state.published))


@pytest.mark.parametrize("size", SIZES)
async def test_every_leaf_is_proved_at_every_size(log, size):
    """Each leaf's proof leads to the root hash of each size that shows it, and no leaf's to that of another."""
    entries = await grown_to(log, size)
    roots = roots_at(entries, set(range(size + 1)))
    for reader in (log.sequencer.reader, cold(log)):
        for leaf in range(0, size, 1 if size < 300 else 37):
            for at in {leaf + 1, size, (leaf + 1 + size) // 2}:
                verify_inclusion(leaf, at, leaf_hash(entries[leaf]), await reader.inclusion(leaf, at), roots[at])
    proof = await log.sequencer.reader.inclusion(size - 1)
    with pytest.raises(BadProofError):
        verify_inclusion(size - 1, size, leaf_hash(b"another"), proof, roots[size])


@pytest.mark.parametrize("size", SIZES)
async def test_every_earlier_size_is_proved(log, size):
    """A consistency proof leads from each earlier root hash to the present one."""
    entries = await grown_to(log, size)
    roots = roots_at(entries, set(range(size + 1)))
    for reader in (log.sequencer.reader, cold(log)):
        assert (await reader.consistency(0), await reader.root_at(0)) == ([], mth([]))
        for old in range(1, size + 1, 1 if size < 300 else 23):
            verify_consistency(old, size, await reader.consistency(old), roots[old], roots[size])
            assert await reader.root_at(old) == roots[old]


async def test_log_proof_is_a_file_that_verifies(log):
    """The tlog-proof of a leaf holds its index, its proof and the published checkpoint."""
    entries = await grown_to(log, 300)
    for leaf in (0, 1, 255, 256, 299):
        proof = TlogProof.parse((await cold(log).log_proof(leaf)).encode())
        checkpoint, _ = open_checkpoint(proof.checkpoint, [log.signer.verifier])
        verify_entry(entries[leaf], proof, checkpoint)
        assert (proof.index, checkpoint.size, checkpoint.root) == (leaf, 300, mth(entries))


@pytest.mark.parametrize("size", SIZES)
async def test_tiles_are_those_of_the_tree(log, size):
    """Each tile of the size, full or partial, holds the hashes of its subtrees; shorter ones are their prefixes."""
    entries = await grown_to(log, size)
    for reader in (log.sequencer.reader, cold(log)):
        for tile in tiles_between(0, size):
            data = await reader.tile(tile)
            span = 256**tile.level
            first = tile.index * 256 * span
            assert data == b"".join(
                mth(entries[at : at + span]) for at in range(first, first + tile.width * span, span)
            )
            shorter = Tile(tile.level, tile.index, max(1, tile.width // 2))
            assert await reader.tile(shorter) == data[: 32 * shorter.width]


@pytest.mark.parametrize("size", SIZES)
async def test_bundles_hold_the_entries(log, size):
    """Entry bundles, full and partial, hold the entries in their order; so does each single entry."""
    entries = await grown_to(log, size)
    reader = cold(log)
    for index in range(-(-size // 256)):
        width = tile_width(ENTRIES, index, size)
        for asked in {1, width // 2 or 1, width}:
            bundle = parse_bundle(await reader.tile(Tile(ENTRIES, index, asked)))
            assert bundle == entries[256 * index : 256 * index + asked]
    assert [await reader.entry(leaf) for leaf in (0, size // 2, size - 1)] == [
        entries[0],
        entries[size // 2],
        entries[-1],
    ]


NOT_THERE = {
    "a leaf that isn't there": lambda reader: reader.inclusion(300),
    "a negative leaf": lambda reader: reader.inclusion(-1),
    "a leaf that an earlier size hasn't": lambda reader: reader.inclusion(200, 200),
    "inclusion at a size to come": lambda reader: reader.inclusion(3, 301),
    "consistency from a size to come": lambda reader: reader.consistency(301),
    "consistency backwards": lambda reader: reader.consistency(200, 100),
    "consistency from below zero": lambda reader: reader.consistency(-1),
    "consistency to a size to come": lambda reader: reader.consistency(3, 301),
    "an entry that isn't there": lambda reader: reader.entry(300),
    "an entry before the first": lambda reader: reader.entry(-1),
    "a full tile that is partial": lambda reader: reader.tile(Tile(0, 1)),
    "a partial tile that is wider": lambda reader: reader.tile(Tile(0, 1, 45)),
    "a tile behind the last": lambda reader: reader.tile(Tile(0, 2, 1)),
    "a level that isn't there": lambda reader: reader.tile(Tile(2, 0, 1)),
    "a bundle behind the last": lambda reader: reader.tile(Tile(ENTRIES, 2, 1)),
    "a bundle that is wider": lambda reader: reader.tile(Tile(ENTRIES, 1, 45)),
}


async def test_what_the_published_tree_does_not_show(log):
    """What isn't in the published tree is not found, and nothing is made up."""
    await grown_to(log, 300)
    for name, ask in NOT_THERE.items():
        with pytest.raises(NotFoundError):
            raise AssertionError(f"{name}: {await ask(log.sequencer.reader)!r}")


async def test_lost_tile_is_said(log):
    """A tile that the database has lost is an error that names it and the way out, never a wrong proof."""
    await grown_to(log, 700)
    async with log.database.pool.acquire() as connection:
        row = await connection.fetchrow(
            "DELETE FROM tiles USING logs WHERE tiles.log_id = logs.log_id AND origin = $1 AND level = 0 AND index = 1"
            " RETURNING tiles.*",
            log.origin,
        )
        for ask in (lambda: cold(log).inclusion(260), lambda: cold(log).tile(Tile(0, 1))):
            with pytest.raises(NotFoundError, match="tile/0/001 is missing: run `nostra check`"):
                await ask()
        await connection.execute("INSERT INTO tiles VALUES ($1, $2, $3, $4)", *row)


async def test_proofs_go_on_while_the_log_grows(log):
    """Readers that ask while batches commit get proofs of a checkpoint that was shown."""
    entries = await grown_to(log, 250)
    for number in range(12):
        waiting = log.enqueue(sealed_entries(f"more {number}", 40))
        while not waiting.done():
            proof = TlogProof.parse((await log.sequencer.reader.log_proof(number)).encode())
            verify_entry(entries[number], proof, log.promises.observe(proof.checkpoint))
            await asyncio.sleep(0)
        log.keep(await waiting, sealed_entries(f"more {number}", 40))
