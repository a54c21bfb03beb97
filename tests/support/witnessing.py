"""A witness, the partner's log that it knows, and the database that may fail it."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from node.gossip.cosigning.cosigner import Cosigner
from node.gossip.cosigning.witness import Witness, WitnessAnswer
from node.storage.cosigned import find_cosigned
from node.storage.cosigned_writer import CosignedWriter
from node.storage.migrate import migrate
from protocol.encoding.keys import COSIGNATURE, ML_DSA_44, Signer
from protocol.encoding.note import Note
from protocol.gossip.cosignature import verify
from protocol.gossip.witness import parse_lines
from tests.support.clock import FakeClock
from tests.support.examples import seed
from tests.support.faulty_database import FaultyDatabase
from tests.support.growing_log import GrowingLog

NAME = "ours.example/witness"
COSIGNER = Cosigner("witness", (Signer(NAME, seed("ed"), COSIGNATURE), Signer(NAME, seed("ml"), ML_DSA_44)))
SIZE = 20
_ORIGINS = (f"witnessed.example/{number}" for number in itertools.count(1))


@dataclass
class Watched:
    """A witness, and the partner's log that it knows."""

    log: GrowingLog
    witness: Witness
    writer: CosignedWriter
    database: FaultyDatabase
    clock: FakeClock
    convicted: set[str] = field(default_factory=set)
    suspected: list[tuple[str, bytes, bytes]] = field(default_factory=list)

    async def ask(self, old_size: int, size: int) -> WitnessAnswer:
        """Have the log's own request from one size to another answered."""
        return await self.witness.add_checkpoint(self.log.request(old_size, size))

    async def cosigned(self) -> tuple[int, bytes | None]:
        """Return size and note as the database has them."""
        async with self.database.pool.acquire() as connection:
            row = await find_cosigned(connection, "witness", self.log.origin)
        return (0, None) if row is None else (row.size, row.note)

    def another(self, cosigner: Cosigner = COSIGNER) -> Witness:
        """Return a witness as a second process has it, or this one after a restart: nothing in mind."""
        return Witness(
            cosigner,
            {self.log.origin: (self.log.signer.verifier,)},
            database=self.database,
            writer=self.writer,
            clock=self.clock,
            is_convicted=self.convicted.__contains__,
            suspect=lambda *told: self.suspected.append(told),
        )


@asynccontextmanager
async def watching(dsn: str) -> AsyncIterator[Watched]:
    """Give a witness that has cosigned nothing of a log of 40 entries."""
    database = FaultyDatabase({"dsn": dsn})
    await database.open(pool_size=4)
    writer = CosignedWriter(database)
    running = asyncio.create_task(writer.run())
    try:
        async with database.pool.acquire() as connection:
            await migrate(connection)
        watched = Watched(GrowingLog(next(_ORIGINS), 2 * SIZE), None, writer, database, FakeClock())
        watched.witness = watched.another()
        yield watched
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await database.close()


def lines_of(log: GrowingLog, size: int, answer: WitnessAnswer) -> list[int]:
    """Return the times of our lines in a good answer, all of them verified over the log's checkpoint."""
    assert (answer.status, answer.media_type) == (200, "text/plain")
    found = verify(Note(log.checkpoint(size).render(), parse_lines(answer.body)), COSIGNER.keys)
    assert [one.key for one in found] == list(COSIGNER.keys)
    return [one.time for one in found]
