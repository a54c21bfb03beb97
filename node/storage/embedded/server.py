"""An embedded PostgreSQL: started with the node, ended with the node, never left behind.

In the node's data folder::

    owner.lock          held by the node that owns the folder (orphans.py)
    postgres/           the database (cluster.py), of the account that runs the server (account.py)
    postgres.log        what the server says
    run/                its socket (socket_folder.py); there is no TCP port
    binaries-18.6/      programs, where that account can't reach the installed ones (binaries.py)

If the process dies now: before the server is up, the kernel ends the server and drops the lock, and the next start
finds at worst a database that recovers from its write-ahead log. A database half made has another name.
"""

import asyncio
import os
import re
import sys
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import quote

import asyncpg

from node.errors import FatalError
from node.storage.database import UNREACHABLE
from node.storage.embedded.account import Account, choose_account
from node.storage.embedded.binaries import find_binaries
from node.storage.embedded.cluster import SUPERUSER, make_or_check_cluster
from node.storage.embedded.orphans import end_orphans, take_ownership
from node.storage.embedded.process import LOOK_AT_REST, ServerProcess, launch
from node.storage.embedded.socket_folder import PORT, make_socket_folder
from node.telemetry import event

DATABASE = "nostra"
START_LIMIT = 900.0  # Seconds: recovery after a crash replays up to max_wal_size.
ANSWER_LIMIT = 5.0
FIRST_PAUSE, LONGEST_PAUSE = 0.01, 1.0  # A recovery may take minutes, and each refused question is a line in the log.
TELLING = re.compile("FATAL|PANIC|[Ee]rror")
OUR_OWN_ASKING = "the database system is starting up"
KEPT_LOG_BYTES = 10 * 1024 * 1024


class EmbeddedPostgres:
    """A PostgreSQL server whose life is the node's; start it from the main thread."""

    def __init__(
        self, data_dir: Path, user: str | None = None, *, with_watchdog: bool = sys.platform != "linux"
    ) -> None:
        """Name the node's data folder and, for a node run by root, the account of the server."""
        self._data_dir = data_dir.absolute()
        self._user = user
        self._with_watchdog = with_watchdog
        self._lock: IO[str] | None = None
        self._process: ServerProcess | None = None
        self._socket_folder: Path | None = None

    @property
    def dsn(self) -> str:
        """Return the address of the node's database, for asyncpg."""
        return self.dsn_of(DATABASE)

    def dsn_of(self, database: str) -> str:
        """Return the address of any database on this server."""
        return f"postgresql://{SUPERUSER}@/{quote(database)}?host={quote(str(self.socket_folder))}&port={PORT}"

    @property
    def socket_folder(self) -> Path:
        """Return the folder of the server's socket."""
        if self._socket_folder is None:
            raise FatalError("the embedded PostgreSQL has not been started")
        return self._socket_folder

    @property
    def process_number(self) -> int | None:
        """Return the process number of the server, or None when it is not running."""
        return self._process.number if self._process else None

    async def __aenter__(self) -> Self:
        """Start the server."""
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server."""
        await self.stop()

    async def start(self) -> None:
        """Start the server and return once it answers.

        Raises:
            FatalError: it can't be started here; the text names the reason and the way out.
        """
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise
        event("embedded_postgres_started", server=self.process_number)

    async def stop(self) -> None:
        """Stop the server, if it runs, and give up the data folder."""
        if self._process is not None:
            await self._process.stop()
            self._process = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    async def ended(self) -> None:
        """Return once the server process has ended by itself; ``stop`` and ``start`` bring it back."""
        if self._process is not None:
            await self._process.ended(LOOK_AT_REST)

    async def _start(self) -> None:
        if self._lock is not None:
            raise FatalError("the embedded PostgreSQL has been started already")
        cluster = self._data_dir / "postgres"
        account = choose_account(self._user, cluster)
        _make_data_folder(self._data_dir, account)
        self._data_dir = self._data_dir.resolve()
        cluster = self._data_dir / "postgres"
        self._lock = take_ownership(self._data_dir)
        await end_orphans(cluster)
        binaries = find_binaries(account, self._data_dir)
        make_or_check_cluster(cluster, binaries, account)
        self._socket_folder = make_socket_folder(self._data_dir, account)
        command = [binaries.program("postgres"), "-D", str(cluster), *_fixed_settings(self._socket_folder)]
        words = _log_file(self._data_dir)
        self._process = launch(command, account, words, with_watchdog=self._with_watchdog)
        await self._wait_until_up(self._process, words)

    async def _wait_until_up(self, process: ServerProcess, words: Path) -> None:
        """Return once a session could be opened: a process number or a file proves nothing."""
        pause = FIRST_PAUSE
        try:
            async with asyncio.timeout(START_LIMIT):
                while not await _make_database(self.dsn_of("postgres")):
                    if process.has_ended():
                        raise FatalError(f"the embedded PostgreSQL ended at its start: {_last_words(words)} ({words})")
                    await asyncio.sleep(pause)
                    pause = min(pause * 1.2, LONGEST_PAUSE)
        except TimeoutError:
            raise FatalError(f"the embedded PostgreSQL gives no answer: {_last_words(words)} ({words})") from None


async def _make_database(dsn: str) -> bool:
    """Open a session, make the node's database if it is not there, and return whether the server answered."""
    try:
        session = await asyncpg.connect(dsn, timeout=ANSWER_LIMIT)
    except (*UNREACHABLE, TimeoutError):
        return False
    try:
        if not await session.fetchval("SELECT true FROM pg_database WHERE datname = $1", DATABASE):
            await session.execute(f'CREATE DATABASE "{DATABASE}"')
    finally:
        await session.close()
    return True


def _make_data_folder(data_dir: Path, account: Account) -> None:
    """Make the data folder, and let the server's account pass it; its parents are the operator's business."""
    try:
        data_dir.mkdir(mode=0o711 if account.switch else 0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise FatalError(f"the data folder {data_dir} cannot be made: {error.strerror}; see [node] data") from None
    blocking = account.first_unreachable(data_dir)
    if blocking == data_dir and account.switch and _is_ours(data_dir):
        data_dir.chmod(data_dir.stat().st_mode | 0o011)
        blocking = account.first_unreachable(data_dir)
    if blocking is not None:
        raise FatalError(
            f"{account.name}, who runs the database, may not enter {blocking}: choose a [node] data outside it, "
            f"name another account in [database] user, or run `chmod o+x {blocking}`"
        )


def _is_ours(data_dir: Path) -> bool:
    """Return whether the folder is empty or a data folder already, and not, say, somebody's home."""
    return (data_dir / "owner.lock").exists() or not any(data_dir.iterdir())


def _fixed_settings(socket_folder: Path) -> list[str]:
    """Return what the node relies on, given at each start so that no file can say otherwise."""
    quoted = str(socket_folder).replace('"', '""')
    settings = {
        "listen_addresses": "",
        "port": str(PORT),
        "unix_socket_directories": f'"{quoted}"',
        "unix_socket_permissions": "0700",
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
    }
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def _log_file(data_dir: Path) -> Path:
    """Return the server's log; one that has grown large is kept once more under another name."""
    words = data_dir / "postgres.log"
    if words.exists() and words.stat().st_size > KEPT_LOG_BYTES:
        words.rename(words.with_suffix(".log.1"))
    os.close(os.open(words, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600))
    return words


def _last_words(words: Path) -> str:
    """Return the last line that tells of a failure."""
    lines = words.read_text("utf-8", errors="replace")[-8192:].splitlines()
    telling = [line for line in lines if TELLING.search(line) and OUR_OWN_ASKING not in line]
    return (telling or lines or ["it said nothing"])[-1]
