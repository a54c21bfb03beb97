"""A log of ours of which its own database has lost the end, or all, and partners' mirrors of what it was.

async with a_lost_log(dsn, folder, here=300, mirrors={"a": 900, "b": 700}) as lost:
    await lost.recover()
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import asyncpg

from node.client import Bounds, HttpClient, LogClient
from node.gossip.partners.last_seen import Asked, LastSeen, ask_all, mirror_url
from node.gossip.recovery.recover import Recovered, Recovery
from node.log.follow import Target, open_target
from node.log.headfile import HeadFile
from node.storage.database import Database
from node.storage.migrate import migrate
from protocol.encoding.keys import Signer
from protocol.log.checkpoint import Checkpoint, sign_checkpoint
from protocol.log.edge import Edge
from protocol.log.merkle import leaf_hash
from tests.support.entries import sealed_entries
from tests.support.examples import seed
from tests.support.lying_log import LogServer
from tests.support.own_log import OwnLog
from tests.support.static_log import StaticLog
from tests.support.stored_log import StoredLog, read_stored_log

QUICK = Bounds(connect_seconds=2, total_seconds=8, stall_seconds=0.5)
ORIGIN = "ledger.lost.example/nostra"


class LostLog:
    """The log, what was signed of it, and who mirrors it."""

    def __init__(
        self, dsn: str, folder: Path, entries: Sequence[bytes], *, database: type[Database] = Database
    ) -> None:
        self.dsn = dsn
        self.folder = folder
        self.entries = entries
        self.signer = Signer(ORIGIN, seed(ORIGIN))
        self.database = database({"dsn": dsn})
        self.servers: dict[str, LogServer] = {}
        self.pending: dict[str, Target] = {}
        """By partner: a checkpoint of ours that it has seen and doesn't hold."""
        self.http: HttpClient

    @property
    def head_file(self) -> HeadFile:
        """The file beside the key, as a process that begins finds it."""
        return OwnLog(self.dsn, self.folder, ORIGIN).head_file

    def note(self, size: int, entries: Sequence[bytes] | None = None) -> bytes:
        """Return the note that the log signed at a size."""
        edge = Edge()
        edge.extend([leaf_hash(entry) for entry in (self.entries if entries is None else entries)[:size]])
        return sign_checkpoint(Checkpoint(ORIGIN, size, edge.root()), self.signer)

    def target(self, size: int, entries: Sequence[bytes] | None = None) -> Target:
        """Return that note, opened."""
        return open_target(self.note(size, entries), self.signer.verifier)

    def mirror_folder(self, name: str) -> Path:
        """Return the folder from which a partner serves its mirror of our log."""
        return self.folder / name / mirror_url("", ORIGIN).removeprefix("/")

    def write_mirror(self, name: str, size: int, entries: Sequence[bytes] | None = None) -> None:
        """Let a partner's mirror hold the log up to a size, or other entries under our own signature."""
        folder = self.mirror_folder(name)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        log = StaticLog(folder, ORIGIN)
        log.signer = self.signer
        log.append(list((self.entries if entries is None else entries)[:size]))

    async def log_here(self, size: int) -> None:
        """Let our own database hold the beginning of the log, signed here."""
        log = OwnLog(self.dsn, self.folder, ORIGIN)
        await log.start()
        if size:
            await log.submit_entries(self.entries[:size], request_key="the beginning")
        await log.stop()

    async def ask(self) -> list[LastSeen]:
        """Ask the partners what they last saw."""
        return await ask_all([self._asked(name) for name in self.servers], self.signer.verifier)

    def _asked(self, name: str) -> Asked:
        async def seen() -> Target | None:
            return self.pending.get(name)

        url = mirror_url(self.servers[name].url, ORIGIN)
        return Asked(name, LogClient(self.http, url), seen)

    async def recover(self, *, read_from: Sequence[str] | None = None, database: Database | None = None) -> Recovered:
        """Recover once, as the command does, by another way to the database if one is given."""
        told = await self.ask()
        recovery = Recovery(database or self.database, self.signer.verifier, self.head_file)
        return await recovery.run(told, read_from=[one for one in told if read_from is None or one.name in read_from])

    async def stored(self) -> StoredLog:
        """Return all rows of the log."""
        session = await asyncpg.connect(self.dsn)
        try:
            return await read_stored_log(session, ORIGIN)
        finally:
            await session.close()


@asynccontextmanager
async def a_lost_log(
    dsn: str,
    folder: Path,
    *,
    here: int | None,
    mirrors: Mapping[str, int],
    entries: Sequence[bytes] | None = None,
    database: type[Database] = Database,
) -> AsyncIterator[LostLog]:
    """Give a log of which `here` entries are left (None: not even its row), and partners that mirror it."""
    lost = LostLog(dsn, folder, entries or sealed_entries("lost", max(mirrors.values(), default=0)), database=database)
    if here is not None:
        await lost.log_here(here)
    async with AsyncExitStack() as stack:
        lost.http = await stack.enter_async_context(HttpClient(bounds=QUICK))
        for name, size in mirrors.items():
            await asyncio.to_thread(lost.write_mirror, name, size)
            lost.servers[name] = await stack.enter_async_context(LogServer(folder / name))
        await lost.database.open(pool_size=2)
        stack.push_async_callback(lost.database.close)
        async with lost.database.pool.acquire() as connection:
            await migrate(connection)
        yield lost
