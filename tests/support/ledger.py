"""Institutions of the tests: each an own log that runs, with its private records."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from node.clock import Clock
from node.config import Identifier, LogSettings
from node.log.headfile import HeadFile
from node.log.keys import create_key, load_key
from node.log.prove import LogReader
from node.log.sequence import Sequencer
from node.recognition.institutions import Institutions
from node.recognition.known_logs import KnownLog
from node.recognition.records.private_records import PrivateRecords
from node.recognition.records.vault import Vault
from node.storage.database import Database
from node.storage.heads import create_log
from node.storage.migrate import migrate
from tests.support.clock import FakeClock


@dataclass
class RunningLog:
    """An own log that takes entries."""

    settings: LogSettings
    sequencer: Sequencer
    task: asyncio.Task = field(repr=False)

    @property
    def origin(self) -> str:
        """Return the log's name for good."""
        return self.settings.origin

    @property
    def reader(self) -> LogReader:
        """Return what reads it."""
        return self.sequencer.reader

    def known(self) -> KnownLog:
        """Return it as one of the logs that questions are answered from."""
        return KnownLog(origin=self.origin, reader=self.reader, settings=self.settings)


@dataclass
class Ledger:
    """One database with own logs and, as mirrors are, other institutions' logs."""

    database: Database
    vault: Vault
    clock: Clock
    folder: Path
    logs: dict[str, RunningLog] = field(default_factory=dict)
    foreign: set[str] = field(default_factory=set)

    def known_logs(self) -> Sequence[KnownLog]:
        """Return every log; those added as partners' without their settings, as mirrors are."""
        return [
            log.known() if name not in self.foreign else KnownLog(
                origin=log.origin, reader=log.reader, seen_at=self.clock.now()
            )
            for name, log in self.logs.items()
        ]  # fmt: skip

    def institutions(self) -> Institutions:
        """Return who is who among the logs."""
        return Institutions(self.database, self.known_logs)

    def records(self, name: str) -> PrivateRecords:
        """Return the private records of an own log."""
        log = self.logs[name]
        return PrivateRecords(self.vault, log.reader.state.head.log_id, log.origin)

    async def add(
        self,
        name: str,
        institution: str,
        country: str,
        identifiers: Sequence[tuple[str, str]] = (),
        *,
        own: bool = True,
    ) -> RunningLog:
        """Start an institution's log; with `own=False` it stands for a partner's."""
        key = self.folder / f"{name}.key"
        origin = f"ledger.{name}.example/nostra"
        signer = load_key(key) if key.exists() else create_key(key, origin)
        settings = LogSettings(
            name=name,
            origin=origin,
            institution=institution,
            country=country,
            identifiers=tuple(Identifier(*one) for one in identifiers),
            key=key,
            max_queued_entries=40_000,
        )
        async with self.database.pool.acquire() as connection:
            head = await create_log(connection, origin, signer.verifier.render(), own=True)
        sequencer = Sequencer(self.database, head, signer, head_file=HeadFile(key), clock=self.clock)
        await sequencer.start()
        self.logs[name] = RunningLog(settings, sequencer, asyncio.create_task(sequencer.run()))
        if not own:
            self.foreign.add(name)
        return self.logs[name]

    async def stop(self) -> None:
        """Stop every log."""
        for log in self.logs.values():
            log.sequencer.stop()
            await log.task


@asynccontextmanager
async def open_ledger(dsn: str, folder: Path, clock: Clock | None = None) -> AsyncIterator[Ledger]:
    """Open a database as a node does, without logs at first."""
    database = Database({"dsn": dsn})
    await database.open()
    clock = clock or FakeClock()
    try:
        async with database.pool.acquire() as connection:
            await migrate(connection)
        ledger = Ledger(database, await Vault.open(folder, database, clock), clock, folder)
        try:
            yield ledger
        finally:
            await ledger.stop()
    finally:
        await database.close()
