"""Two embedded servers with synchronous replication: a primary, and a standby whose word its commits wait for."""

import os
import signal
from pathlib import Path

import asyncpg

from node.storage.embedded import EmbeddedPostgres
from node.storage.embedded.account import choose_account
from node.storage.embedded.binaries import find_binaries
from node.storage.embedded.orphans import servers_of
from node.storage.embedded.socket_folder import PORT


class Replicas:
    """A primary and a synchronous standby, each in a data folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.primary = EmbeddedPostgres(folder / "primary")
        self.standby = EmbeddedPostgres(folder / "standby")
        self._folder = folder

    async def start(self) -> None:
        """Make both, and let the primary's commits wait for the standby."""
        await self.primary.start()
        await self.on_primary("ALTER SYSTEM SET wal_retrieve_retry_interval = '50ms'")
        self._copy()
        await self.standby.start()
        await self.on_primary("ALTER SYSTEM SET synchronous_standby_names = '*'")
        await self.on_primary("SELECT pg_reload_conf()")
        await self.on_primary("CREATE TABLE first_wait ()")

    async def stop(self) -> None:
        """Stop both."""
        self.freeze_standby(signal.SIGCONT)
        await self.standby.stop()
        await self.primary.stop()

    def _copy(self) -> None:
        account = choose_account(None, self._folder / "primary" / "postgres")
        cluster = self._folder / "standby" / "postgres"
        cluster.mkdir(parents=True, mode=0o700)
        if account.switch:
            os.chown(cluster, account.uid, account.gid)
        copied = account.run(
            find_binaries(account, self._folder / "primary").program("pg_basebackup"),
            "--host", str(self.primary.socket_folder), "--port", str(PORT), "--username", "nostra",
            "--pgdata", str(cluster), "--write-recovery-conf", "--wal-method", "stream", "--checkpoint", "fast",
            "--no-sync",
        )  # fmt: skip
        assert copied.returncode == 0, copied.stderr

    async def on_primary(self, statement: str, *arguments: object) -> list[asyncpg.Record]:
        """Run a statement on the primary, in a session of its own, and return its rows."""
        return await _run(self.primary.dsn, statement, *arguments)

    async def on_standby(self, statement: str, *arguments: object) -> list[asyncpg.Record]:
        """Run a statement on the standby."""
        return await _run(self.standby.dsn, statement, *arguments)

    def freeze_standby(self, number: int = signal.SIGSTOP) -> None:
        """Freeze the standby's processes, or let them go on (SIGCONT)."""
        for process in servers_of(self._folder / "standby" / "postgres"):
            os.kill(process, number)

    async def cut_waits(self, function: str) -> int:
        """Cancel or end each session whose commit waits for the standby; return how many there were."""
        rows = await self.on_primary(f"SELECT {function}(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
        return len(rows)

    async def lose_primary(self) -> None:
        """Kill the primary's processes: nothing that the standby lacks is left."""
        for process in servers_of(self._folder / "primary" / "postgres"):
            os.kill(process, signal.SIGKILL)
        await self.primary.ended()
        await self.primary.stop()

    async def promote(self) -> None:
        """Start the standby and make it the primary."""
        await self.standby.start()
        await self.on_standby("SELECT pg_promote()")


async def _run(dsn: str, statement: str, *arguments: object) -> list[asyncpg.Record]:
    session = await asyncpg.connect(dsn)
    try:
        return await session.fetch(statement, *arguments)
    finally:
        await session.close()
