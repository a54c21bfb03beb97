"""The embedded PostgreSQL starts, keeps what it was given, and is never left behind."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from node.errors import FatalError
from node.storage.embedded import EmbeddedPostgres
from node.storage.embedded.orphans import servers_of

REPOSITORY = Path(__file__).parents[3]
needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="looks through /proc")


@dataclass(frozen=True)
class Owner:
    """A process of its own that owns a server."""

    process: subprocess.Popen[str]
    dsn: str
    server: int


@contextmanager
def an_owner(data_dir: Path, *arguments: str) -> Iterator[Owner]:
    """Run tests/support/database_owner.py until the block ends, if it still runs then."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.database_owner", str(data_dir), *arguments],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            yield Owner(process, process.stdout.readline().strip(), int(process.stdout.readline() or 0))
        finally:
            process.kill()


async def write_row(dsn: str) -> None:
    """Commit one row, the only one."""
    session = await asyncpg.connect(dsn)
    await session.execute("CREATE TABLE IF NOT EXISTS kept (row int); TRUNCATE kept; INSERT INTO kept VALUES (1)")
    await session.close()


async def rows(dsn: str) -> int:
    """Count the rows."""
    session = await asyncpg.connect(dsn)
    try:
        return await session.fetchval("SELECT count(*) FROM kept")
    finally:
        await session.close()


async def all_gone(data_dir: Path, limit: float = 20) -> bool:
    """Return whether the last server of the data folder ends in time."""
    for _ in range(int(limit / 0.05)):
        if not servers_of(data_dir / "postgres"):
            return True
        await asyncio.sleep(0.05)
    return False


async def test_leaves_no_process_behind(data_dir):
    """While it runs its processes are seen; after the stop there are none."""
    async with EmbeddedPostgres(data_dir) as server:
        assert server.process_number in servers_of(data_dir / "postgres")
    assert servers_of(data_dir / "postgres") == []


async def test_restart_keeps_rows(data_dir):
    """What was committed is there after an orderly stop."""
    server = EmbeddedPostgres(data_dir)
    await server.start()
    await write_row(server.dsn)
    await server.stop()
    async with server:
        assert await rows(server.dsn) == 1


async def test_first_start_makes_an_empty_database_with_checksums(tmp_path_factory):
    """A new data folder gets a database in UTF-8 and C locale, without a TCP port."""
    folder = tmp_path_factory.getbasetemp() / "new" / "data"
    async with EmbeddedPostgres(folder) as server:
        session = await asyncpg.connect(server.dsn)
        settings = dict(await session.fetch("SELECT name, setting FROM pg_settings"))
        locale = await session.fetchrow("SELECT datcollate, datctype FROM pg_database WHERE datname = 'nostra'")
        await session.close()
    assert {name: settings[name] for name in ("data_checksums", "server_encoding", "listen_addresses", "jit")} == {
        "data_checksums": "on",
        "server_encoding": "UTF8",
        "listen_addresses": "",
        "jit": "off",
    }
    assert tuple(locale) == ("C", "C")


@pytest.mark.parametrize("name", ["fsync", "full_page_writes"])
async def test_durability_cannot_be_configured_away(own_data_dir, name):
    """A setting that durability rests on stays on, whatever the server's own files say."""
    server = EmbeddedPostgres(own_data_dir)
    await server.start()
    session = await asyncpg.connect(server.dsn)
    await session.execute(f"ALTER SYSTEM SET {name} = off")
    await session.close()
    await server.stop()
    async with server:
        session = await asyncpg.connect(server.dsn)
        assert await session.fetchval(f"SHOW {name}") == "on"
        await session.close()


async def test_survives_the_death_of_the_server(data_dir):
    """After kill -9 of the server its end is noticed, and a start brings the rows back."""
    server = EmbeddedPostgres(data_dir)
    await server.start()
    await write_row(server.dsn)
    os.kill(server.process_number, signal.SIGKILL)
    async with asyncio.timeout(10):
        await server.ended()
    await server.stop()
    async with server:
        assert await rows(server.dsn) == 1


async def test_survives_the_death_of_a_busy_server(data_dir):
    """A session that outlives its killed server is waited for, or ended, before the next start."""
    server = EmbeddedPostgres(data_dir)
    await server.start()
    await write_row(server.dsn)
    session = await asyncpg.connect(server.dsn)
    busy = asyncio.create_task(session.execute("DO $$ BEGIN LOOP END LOOP; END $$"))
    await asyncio.sleep(0.1)
    os.kill(server.process_number, signal.SIGKILL)
    await server.ended()
    await server.stop()
    assert len(servers_of(data_dir / "postgres")) >= 1
    async with server:
        assert await rows(server.dsn) == 1
    assert servers_of(data_dir / "postgres") == []
    with pytest.raises((asyncpg.PostgresError, OSError)):
        await busy


@needs_proc
@pytest.mark.parametrize("arguments", [(), ("watchdog",)], ids=["kernel", "watchdog"])
async def test_ends_when_its_node_is_killed(data_dir, arguments):
    """After kill -9 of the node its server stops by itself, and cleanly."""
    with an_owner(data_dir, *arguments) as owner:
        await write_row(owner.dsn)
        owner.process.kill()
        owner.process.wait()
        assert await all_gone(data_dir)
    assert "shut down" in (data_dir / "postgres.log").read_text().splitlines()[-1]


@pytest.mark.parametrize("killed", ["node", "node and server", "server and node"])
async def test_starts_at_once_after_kills(data_dir, killed):
    """A start right after kill -9 of the node, or of both in either order, finds every committed row."""
    with an_owner(data_dir) as owner:
        await write_row(owner.dsn)
        processes = {"node": owner.process.pid, "server": owner.server}
        for name in killed.split(" and "):
            os.kill(processes[name], signal.SIGKILL)
        owner.process.wait()
    async with EmbeddedPostgres(data_dir) as server:
        assert await rows(server.dsn) == 1
        assert server.process_number != owner.server
    assert servers_of(data_dir / "postgres") == []


@needs_proc
async def test_ends_an_orphan_and_takes_its_place(data_dir):
    """A server that outlived its node, because the watchdog was killed as well, is ended by the next start."""
    with an_owner(data_dir, "watchdog") as owner:
        await write_row(owner.dsn)
        for child in children_of(owner.process.pid):
            if child != owner.server:
                os.kill(child, signal.SIGKILL)
        owner.process.kill()
        owner.process.wait()
        assert owner.server in servers_of(data_dir / "postgres")
    async with EmbeddedPostgres(data_dir) as server:
        assert owner.server not in servers_of(data_dir / "postgres")
        assert await rows(server.dsn) == 1


def children_of(process: int) -> list[int]:
    """Return the process numbers of the children."""
    return [int(number) for number in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


@needs_proc
async def test_a_stale_pid_file_harms_nobody(data_dir):
    """A pid file that names a living stranger neither stops the start nor gets the stranger killed."""
    stranger = subprocess.Popen(["/bin/sleep", "60"], cwd=data_dir)  # noqa: ASYNC220 - it only sleeps
    with stranger:
        (data_dir / "postgres" / "postmaster.pid").write_text(f"{stranger.pid}\n")
        async with EmbeddedPostgres(data_dir):
            pass
        assert stranger.poll() is None
        stranger.kill()


async def test_second_owner_in_this_process_is_refused(data_dir):
    """Two owners of one data folder would be two nodes: the second is refused, the first works on."""
    async with EmbeddedPostgres(data_dir) as server:
        with pytest.raises(FatalError, match="in use by another node"):
            await EmbeddedPostgres(data_dir).start()
        await write_row(server.dsn)


async def test_second_owner_is_told_who_the_first_is(data_dir):
    """The error names the process that owns the data folder."""
    with an_owner(data_dir) as owner:
        with pytest.raises(FatalError, match=f"process {owner.process.pid}"):
            await EmbeddedPostgres(data_dir).start()
        await write_row(owner.dsn)


async def test_another_major_version_is_refused(own_data_dir):
    """The error names both versions and the way out, and the folder is left as it was."""
    version = own_data_dir / "postgres" / "PG_VERSION"
    version.write_text("16\n")
    with pytest.raises(FatalError, match=r"PostgreSQL 16, this release brings 18: move it with `pg_dump`"):
        await EmbeddedPostgres(own_data_dir).start()
    assert version.read_text() == "16\n"


async def test_a_server_that_cannot_start_says_why(own_data_dir):
    """The error repeats the server's own words; a later start is not blocked by the failed one."""
    control = own_data_dir / "postgres" / "global" / "pg_control"
    kept = control.rename(control.with_suffix(".kept"))
    with pytest.raises(FatalError, match=r"pg_control.*postgres\.log"):
        await EmbeddedPostgres(own_data_dir).start()
    kept.rename(control)
    async with EmbeddedPostgres(own_data_dir) as server:
        await write_row(server.dsn)


@pytest.mark.parametrize(
    "name",
    ["deep" * 30, "ümläut", "with space", "comma,quote\"'", "per%cent?&=#"],
    ids=["too long for a socket", "not ASCII", "space", "comma and quotes", "URL signs"],
)
async def test_any_path_of_the_data_folder_serves(own_data_dir, name):
    """Where the data folder's name can't hold a socket another folder does, open to its account alone."""
    named = own_data_dir.rename(own_data_dir.with_name(name))
    try:
        async with EmbeddedPostgres(named) as server:
            await write_row(server.dsn)
            assert server.socket_folder.stat().st_mode & 0o777 == 0o700
    finally:
        named.rename(own_data_dir)


async def test_a_folder_in_the_sockets_place_is_refused(own_data_dir):
    """A socket folder that others may enter is refused, since entering it is all it takes."""
    (own_data_dir / "run").chmod(0o755)
    with pytest.raises(FatalError, match="mode 0700"):
        await EmbeddedPostgres(own_data_dir).start()


async def test_start_from_another_thread_is_refused(data_dir):
    """The server ends with the thread that started it, so only the main thread may."""
    with pytest.raises(FatalError, match="main thread"):
        await asyncio.to_thread(asyncio.run, EmbeddedPostgres(data_dir).start())
