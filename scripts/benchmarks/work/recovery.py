"""A node of three loses its database; `nostra recover` brings its log back from the partners' mirrors."""

import asyncio
import hashlib
import json
import shutil
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter

import asyncpg

from node.storage.embedded import EmbeddedPostgres
from scripts.benchmarks.bench import FILL_ENTRIES, Bench, bulk
from scripts.benchmarks.consortium import all_durable, partner_block
from scripts.benchmarks.generator import MeasurementError
from scripts.benchmarks.node import initialised, nostra, serving, wait_until_ready
from scripts.benchmarks.report import Bar, Row, held

BAR = Bar(60, below=True)
MOST_ENTRIES = 500_000
NODES = 3
QUORUM = "\n[policy]\nquorum = 2\n"
RECOVERY_SECONDS = 600

ROWS = (
    "SELECT level, index, data FROM tiles JOIN logs USING (log_id) WHERE own ORDER BY level, index",
    "SELECT index, data FROM bundles JOIN logs USING (log_id) WHERE own ORDER BY index",
    "SELECT first, data FROM tails JOIN logs USING (log_id) WHERE own ORDER BY first",
)
"""What must be the same, row by row; of the tail only its bytes, since each commit adds a piece to it."""


def measure(bench: Bench) -> list[Row]:
    """Return the seconds of the whole command, from an empty data folder to the last entry."""
    size = min(MOST_ENTRIES, bench.entries)
    folder = bench.folder / "recovery"
    folder.mkdir()
    made = [initialised(folder / f"r{number}", origin=f"r{number}.example/nostra") for number in range(NODES)]
    for one in made:
        with one.config.open("a", encoding="utf-8") as file:
            file.writelines([QUORUM, *(partner_block(other) for other in made if other is not one)])
    with ExitStack() as partners:
        with ExitStack() as owner:
            nodes = [owner.enter_context(serving(made[0]))]
            nodes += [partners.enter_context(serving(one)) for one in made[1:]]
            for node in nodes:
                wait_until_ready(node)
            bench.durable = all_durable(nodes)
            while (missing := size - nodes[0].size()) > 0:
                bench.say(f"filling the log: {size - missing:,} of {size:,} entries")
                bulk(nodes[0], min(missing, FILL_ENTRIES))
            before = asyncio.run(_digest(nodes[0].dsn))
        shutil.rmtree(made[0].folder / "data")
        began = perf_counter()
        told = json.loads(nostra("recover", "--json", "--config", str(made[0].config), seconds=RECOVERY_SECONDS))
        seconds = perf_counter() - began
        _check(told["logs"][0], before, asyncio.run(_restored_digest(nodes[0].data)), size)
    shutil.rmtree(folder)
    rate = size / seconds
    return [
        held(f"recovery of a lost log of {size:,} entries", seconds, "s", BAR),
        Row("recovery, entries by the second", rate, "entries/s"),
    ]


def _check(told: dict, before: tuple[bytes, bytes], after: tuple[bytes, bytes], size: int) -> None:
    """Raise unless all came back: root hash, and every tile and bundle byte for byte."""
    if (told["before"], told["size"]) != (0, size) or before != after:
        raise MeasurementError(f"the recovered log is another: {told}")


async def _digest(dsn: str) -> tuple[bytes, bytes]:
    """Return the own log's root hash, and a hash over every tile and bundle of it."""
    session = await asyncpg.connect(dsn)
    try:
        digest = hashlib.sha256()
        async with session.transaction():
            for query in ROWS:
                tail = query is ROWS[-1]
                async for row in session.cursor(query, prefetch=100):
                    digest.update(row["data"] if tail else repr(tuple(row)[:-1]).encode() + row["data"])
        return await session.fetchval("SELECT root FROM logs WHERE own"), digest.digest()
    finally:
        await session.close()


async def _restored_digest(data: Path) -> tuple[bytes, bytes]:
    async with EmbeddedPostgres(data) as server:
        return await _digest(server.dsn)
