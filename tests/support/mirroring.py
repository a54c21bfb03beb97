"""A log that pushes to our mirror of it, without a network between."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from node.client import HttpClient
from node.config import PartnerSettings
from node.gossip.cosigning.cosigner import Cosigner
from node.gossip.cosigning.plain_answer import PlainAnswer
from node.gossip.mirror.holding import Holding
from node.gossip.mirror.mirrors import MirrorSet
from node.gossip.mirror.upload import MirrorUploads
from node.log.follow import InconsistentError
from node.storage.cosigned import find_cosigned
from node.storage.database import Database
from node.storage.migrate import migrate
from protocol.encoding.keys import COSIGNATURE, Signer
from protocol.encoding.note import Note
from protocol.gossip.cosignature import verify
from protocol.gossip.witness import parse_lines
from protocol.log.checkpoint import open_checkpoint
from tests.support.clock import FakeClock
from tests.support.growing_log import GrowingLog
from tests.support.pushing import in_pieces
from tests.support.stored_log import StoredLog, read_stored_log

SIZE = 600
"""Two full bundles and a part of a third."""

COSIGNER = Cosigner("mirror", (Signer("ours.example/nostra/mirror", b"\3" * 32, COSIGNATURE),))


@dataclass
class Pushed:
    """A log, our mirror of it, and everything that the mirror ever cosigned."""

    log: GrowingLog
    database: Database
    mirrors: MirrorSet
    uploads: MirrorUploads
    clock: FakeClock
    convicted: set[str]
    told: list[InconsistentError] = field(default_factory=list)
    cosigned: dict[int, bytes] = field(default_factory=dict)
    """Root hashes by size."""

    @property
    def holding(self) -> Holding:
        """What is held."""
        return self.mirrors.of(self.log.origin).mirror.holding

    async def offer(self, old: int, size: int, log: GrowingLog | None = None) -> PlainAnswer:
        """Ask that a checkpoint be pending."""
        return await self.uploads.add_checkpoint((log or self.log).request(old, size))

    async def bring(self, body: bytes, *, pieces: int = 1 << 16, keep: bool = True) -> PlainAnswer:
        """Upload a body, and keep what was cosigned."""
        answer = await self.uploads.add_entries(in_pieces(body, pieces))
        if answer.status == 200 and keep:
            await self.keep(answer)
        return answer

    async def keep(self, answer: PlainAnswer) -> None:
        """Verify an answer's lines, and that what they say is true by now: held and never taken back."""
        stored, row = await self.stored(), await self.row()
        note = Note(Note.parse(row.note).text, parse_lines(answer.body))
        assert row.size <= stored.head["size"]
        if verify(note, COSIGNER.keys):
            self.cosigned[row.size] = row.root

    async def stored(self) -> StoredLog:
        """Return all rows of the mirror but its barrier count."""
        async with self.database.pool.acquire() as connection:
            found = await read_stored_log(connection, self.log.origin)
        found.head.pop("epoch")
        return found

    async def row(self):
        """Return what the database says is cosigned."""
        async with self.database.pool.acquire() as connection:
            return await find_cosigned(connection, "mirror", self.log.origin)

    async def check(self) -> None:
        """Check that what is stored is a part of the log, and that nothing is cosigned that isn't held."""
        stored, row = await self.stored(), await self.row()
        size = stored.head["size"]
        assert stored.entries == self.log.entries[:size]
        assert stored.head["root"] == self.log.root(size)
        assert len(stored.tiles) == len(stored_tiles(size))
        if row.note is not None:
            checkpoint, note = open_checkpoint(row.note, [self.log.signer.verifier])
            assert (checkpoint.size, checkpoint.root) == (row.size, row.root) == (row.size, self.log.root(row.size))
            assert row.size <= size
            assert verify(note, COSIGNER.keys)
        assert all(size <= row.size for size in self.cosigned), "the mirror went back"


def stored_tiles(size: int) -> list[tuple[int, int]]:
    """Return the full tiles of a tree."""
    return [(level, at) for level in range(4) for at in range(size >> 8 * (level + 1))]


@asynccontextmanager
async def pushed_to(dsn: str, log: GrowingLog, *, cosigner: Cosigner | None = COSIGNER) -> AsyncIterator[Pushed]:
    """Mirror a log into a database, as one process does."""
    database, clock, convicted = Database({"dsn": dsn}), FakeClock(), set()
    await database.open(pool_size=3)
    try:
        async with database.pool.acquire() as connection:
            await migrate(connection)
        key = log.signer.verifier
        partner = PartnerSettings("partner", log.origin, key, "http://127.0.0.1:9")
        async with HttpClient() as http:
            mirrors = MirrorSet(
                database, [partner], http=http, clock=clock, cosigner=cosigner, is_convicted=convicted.__contains__
            )
            pushed = Pushed(log, database, mirrors, MirrorUploads(mirrors, clock), clock, convicted)
            mirrors.on_inconsistent = pushed.told.append
            try:
                await mirrors.load()
                yield pushed
            finally:
                await mirrors.close()
    finally:
        await database.close()
