"""Grow an index as a node does, and print what it cost as one line of JSON: a program, so that its memory is its own.

    python -m scripts.benchmarks.index_run FOLDER ENTRIES

The index is the node's (`node.log.index`) over an embedded PostgreSQL with a node's settings; the log behind it is made
of sealed entries as they are asked for, so what reading a real one costs is not in the figures. At each size 10,000,
100,000, … it grows by batches of 1,000 entries, each its own commit, as in a walk: the next is computed while one is
committed.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from types import SimpleNamespace

from node.log.index import tree as trees
from node.log.index.tree import IndexTree
from node.storage.database import Database
from node.storage.embedded import EmbeddedPostgres
from node.storage.heads import create_log
from node.storage.migrate import migrate
from protocol.encoding.wire import b64url
from protocol.log.proofs import Span
from protocol.recognition.sealed_entry import bundle_of_values
from protocol.recognition.terms import term_key
from scripts.benchmarks.memory import peak_rss_mb
from scripts.benchmarks.settings import ORIGIN

SMALLEST = 10_000
BATCH = 1_000
BATCHES = 20
ALONE = 100
PROOFS = 400


class MadeLog:
    """A log of sealed entries that are made when they are read: what an index asks of a `LogReader`."""

    def __init__(self, log_id: int) -> None:
        self.state = SimpleNamespace(head=SimpleNamespace(origin=ORIGIN, log_id=log_id))
        self._kept: dict[Span, bytes] = {}

    async def bundle_parts(self, spans: Sequence[Span]) -> list[bytes]:
        """Return entries in the form of bundles."""
        return [self._kept.pop(span, None) or _bundle(span) for span in spans]

    async def root_at(self, size: int) -> bytes:
        """Return something in a root hash's place."""
        return tag(-size)

    def prepare(self, first: int, size: int, step: int) -> None:
        """Make entries before the clock starts, as they will be asked for in steps."""
        for begin in range(first, size, step):
            end = begin + step
            for at in range(begin - begin % 256, end, 256):
                span = Span(max(at, begin), min(at + 256, end))
                self._kept[span] = _bundle(span)


def tag(leaf: int) -> bytes:
    """Return the tag of an entry."""
    return sha256(b"%d" % leaf).digest()


def _bundle(span: Span) -> bytes:
    other = bytes(32)
    return bundle_of_values([value for leaf in range(span.start, span.end) for value in (other, other, tag(leaf))])


async def run(folder: Path, entries: int) -> dict:
    """Return the figures."""
    async with EmbeddedPostgres(folder) as server:
        database = Database({"dsn": server.dsn})
        await database.open()
        try:
            async with database.pool.acquire() as connection:
                await migrate(connection)
                head = await create_log(connection, ORIGIN, "-", own=True)
            log = MadeLog(head.log_id)
            return await _measure(IndexTree(database, lambda: log), log, entries)
        finally:
            await database.close()


async def _measure(tree: IndexTree, log: MadeLog, entries: int) -> dict:
    before, size, filling, growth = peak_rss_mb("self"), 0, 0.0, []
    for wanted in (SMALLEST * 10**power for power in range(6)):
        if wanted > entries:
            break
        began = perf_counter()
        await _reach(tree, wanted)
        filling += perf_counter() - began
        growth.append({"size": wanted} | await _updates(tree, log, wanted))
        size = wanted + BATCH * BATCHES
        growth[-1]["alone"] = await _alone(tree, size)
        size += ALONE
    proofs = await _proofs(tree, size)
    return {"filling": filling, "memory": peak_rss_mb("self") - before, "growth": growth} | proofs


async def _reach(tree: IndexTree, size: int) -> None:
    await tree.catch_up(size)
    await tree.commit(await tree.extend(size), b"note")


async def _updates(tree: IndexTree, log: MadeLog, size: int) -> dict:
    """Return what a batch costs at a size: seconds of the clock, and of this process's processor."""
    end = size + BATCH * BATCHES
    log.prepare(size, end, BATCH)
    stage, trees.STAGE_ENTRIES = trees.STAGE_ENTRIES, BATCH
    began, used = perf_counter(), process_time()
    await _reach(tree, end)
    took = {"seconds": (perf_counter() - began) / BATCHES, "processor": (process_time() - used) / BATCHES}
    trees.STAGE_ENTRIES = stage
    return took


async def _alone(tree: IndexTree, size: int) -> float:
    """Return the seconds that an index takes to cover one more entry, durably: the middle one of many."""
    times = []
    for wanted in range(size + 1, size + ALONE + 1):
        began = perf_counter()
        await tree.commit(await tree.extend(wanted), b"note")
        times.append(perf_counter() - began)
    return median(times)


async def _proofs(tree: IndexTree, size: int) -> dict:
    """Return the largest proof's bytes, and how long one takes to make, warm, and to verify."""
    keys = [term_key(("tag", b64url(tag(leaf)))) for leaf in range(0, size, size // PROOFS)]
    keys += [tag(-leaf) for leaf in range(1, PROOFS)]
    await tree.prove(keys)
    began = perf_counter()
    shown = await tree.prove(keys)
    making, times = (perf_counter() - began) / len(keys), []
    for key in keys:
        began = perf_counter()
        shown.answers[key].verify(shown.head)
        times.append(perf_counter() - began)
    largest = max(len(answer.render()) for answer in shown.answers.values())
    return {"proof_bytes": largest, "making": making, "verifying": median(times)}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(Path(sys.argv[1]), int(sys.argv[2])))))
