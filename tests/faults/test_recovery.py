"""A recovery that is killed at any step leaves a beginning of the log that nobody signs upon; the next one ends it."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from node.clock import Clock
from node.config import Config
from node.errors import FatalError
from node.log import follow
from node.log.headfile import HeadFile
from node.log.keys import load_key
from node.runtime.database import open_database
from node.runtime.logs import close_logs, open_logs
from protocol.encoding.keys import Signer
from protocol.log.checkpoint import Checkpoint
from protocol.log.edge import Edge
from protocol.log.merkle import leaf_hash
from tests.conftest import ROOT
from tests.support.check_everything import Promises, check_everything
from tests.support.counting import count_through
from tests.support.entries import an_achievement_entry, sealed_entries
from tests.support.faulty_database import Fault
from tests.support.foreign_entries import a_rule_with_texts
from tests.support.hazards import file_calls, statements
from tests.support.lost_log import mirror_url
from tests.support.lying_log import LogServer, answering, served
from tests.support.nodes import make_config
from tests.support.postgres import DatabaseServer
from tests.support.scenario_recovery import ARecovery
from tests.support.static_log import StaticLog
from tests.support.stored_log import StoredLog, read_stored_log

ORIGIN = "uni.example.org/nostra"
RULE, COMMITMENT, TEXTS = a_rule_with_texts()
ENTRIES = [*sealed_entries("killed", 600), RULE, an_achievement_entry("KI-1"), *sealed_entries("and", 100)]
SIZE = len(ENTRIES)
PREFIX = mirror_url("", ORIGIN).removeprefix("/")
KILLED = -9
SECONDS = 60
LOSSES = {"empty": None, "of yesterday": 300}
"""What was lost, by the entries that are left; None if there is not even the log's row."""

WRITES = ("WITH head AS", "replace", "INSERT INTO logs", "INSERT INTO texts", "UPDATE logs SET released")
"""What a recovery does that lasts: without --long it is killed before each of these."""

PARTNER = """
[[partner]]
name = "partner"
origin = "partner.example/log"
verifier_key = "{key}"
url = "{url}"
"""


@dataclass
class Lost:
    """A node's folder, the database that it lost, and a partner that has its log."""

    folder: Path
    config: Config
    databases: DatabaseServer
    template: str
    head: bytes | None = None

    @property
    def names(self) -> Path:
        """The file that has the names of the steps of the latest recovery that wasn't killed."""
        return self.folder / "steps"

    def prepared(self) -> str:
        """Return a database as it was left by the loss; the head file beside the key is as it was too."""
        file = HeadFile(self.config.logs[0].key).path
        file.unlink(missing_ok=True)
        if self.head is not None:
            file.write_bytes(self.head)
        return self.databases.create(self.template)

    def recover(self, database: str, step: int = 0) -> int:
        """Recover, and die before a step; return the exit code."""
        command = ["-m", "tests.support.dying_command", str(step), self.names, "recover"]
        environment = {**os.environ, "DATABASE_URL": self.databases.dsn_of(database)}
        run = subprocess.run(
            [sys.executable, *command, "--config", self.folder / "nostra.toml"],
            cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=SECONDS,
        )  # fmt: skip
        assert run.returncode in (0, KILLED), run.stderr
        return run.returncode

    async def stored(self, database: str) -> StoredLog | None:
        """Return what is stored of the log, None if there is not even its row."""
        session = await asyncpg.connect(self.databases.dsn_of(database))
        try:
            if not await session.fetchval("SELECT to_regclass('logs') IS NOT NULL"):
                return None
            there = await session.fetchval("SELECT count(*) FROM logs WHERE origin = $1", ORIGIN)
            return await read_stored_log(session, ORIGIN) if there else None
        finally:
            await session.close()

    async def check_whole(self, database: str) -> None:
        """Check that all is back, the text too."""
        session = await asyncpg.connect(self.databases.dsn_of(database))
        try:
            stored = await check_everything(session, Promises(load_key(self.config.logs[0].key).verifier))
            assert (stored.entries, stored.head["released_size"]) == (ENTRIES, SIZE)
            assert await session.fetchval("SELECT document FROM texts") == TEXTS
        finally:
            await session.close()

    async def check_refused(self, database: str) -> None:
        """Check that a node which is started upon this signs nothing, not even by an operator's word."""
        async with open_database(self.config_of(database)) as opened:
            with pytest.raises(FatalError, match=f"which had {SIZE}"):
                await close_logs(await open_logs(self.config, opened.database, Clock(), restore_accepted=True))

    def config_of(self, database: str) -> Config:
        """Return the configuration with this database."""
        return make_config_of(self.folder, self.databases.dsn_of(database))


def make_config_of(folder: Path, dsn: str) -> Config:
    """Load a node's configuration with another database."""
    from node.config import load

    return load(folder / "nostra.toml", {"DATABASE_URL": dsn})


@pytest.fixture(scope="module")
def mirror(tmp_path_factory) -> Iterator[tuple[LogServer, Path, Signer]]:
    """Give a partner's mirror of the log, and the folder of the node whose log it is."""
    folder = tmp_path_factory.mktemp("recovered")
    make_config(folder / "node", "", logs=("uni",))
    signer = load_key(folder / "node/keys/uni.key")
    served_from = folder / "partner"
    (served_from / PREFIX).mkdir(parents=True)
    with served(served_from) as server:
        server.lies[f"{PREFIX}/texts/{COMMITMENT}"] = answering(TEXTS)
        key = Signer("partner.example/log", b"p" * 32).verifier.render()
        make_config(folder / "node", "", logs=("uni",), more=PARTNER.format(key=key, url=server.url))
        yield server, folder, signer


def show(mirror: tuple[LogServer, Path, Signer], size: int) -> None:
    """Let the mirror hold the log up to a size."""
    _, folder, signer = mirror
    log = StaticLog(folder / "partner" / PREFIX, ORIGIN)
    log.signer = signer
    log.append(ENTRIES[:size])


@pytest.fixture(
    scope="module",
    params=[pytest.param(size, id=name, marks=() if size else pytest.mark.long) for name, size in LOSSES.items()],
)
def lost(request, mirror, database_server) -> Lost:
    """Give a node whose database is empty, or of yesterday."""
    folder = mirror[1] / "node"
    template = database_server.create()
    one = Lost(folder, make_config_of(folder, ""), database_server, template)
    HeadFile(one.config.logs[0].key).path.unlink(missing_ok=True)
    if request.param:
        show(mirror, request.param)
        assert one.recover(template) == 0
        one.head = HeadFile(one.config.logs[0].key).path.read_bytes()
    show(mirror, SIZE)
    return one


def is_beginning(stored: StoredLog | None) -> bool:
    """Return whether what is stored is a beginning of the log, its tree included."""
    if stored is None:
        return True
    edge = Edge()
    tiles = {
        (done.tile.level, done.tile.index): done.data for done in edge.extend(list(map(leaf_hash, stored.entries)))
    }
    head = Checkpoint(ORIGIN, stored.head["size"], stored.head["root"])
    return (stored.entries, stored.tiles, edge.root(), edge.size) == (
        ENTRIES[: len(stored.entries)],
        tiles,
        head.root,
        head.size,
    )


def chosen(names: list[str], *, every: bool) -> list[int]:
    """Return the steps to be killed at: all, or those that write something that lasts, and the very last."""
    found = [number for number, name in enumerate(names, 1) if every or name.startswith(WRITES)]
    return sorted({*found, len(names)})


def test_killed_at_any_step(lost, request):
    """Whatever was there, and wherever it is killed: a beginning, held back; and the same command ends it."""
    database, sizes = lost.prepared(), set()
    assert lost.recover(database) == 0
    lost.databases.drop(database)
    names = lost.names.read_text().splitlines()
    for step in chosen(names, every=request.config.getoption("long")):
        database = lost.prepared()
        assert lost.recover(database, step) == KILLED, names[step - 1]
        stored = asyncio.run(lost.stored(database))
        assert is_beginning(stored), f"killed before step {step}, {names[step - 1]}"
        size = 0 if stored is None else stored.head["size"]
        sizes.add(size)
        remembered = HeadFile(lost.config.logs[0].key).read()
        assert size in (0, 300) or remembered.size == SIZE, "entries came in before the head file knew of them"
        if remembered is not None and remembered.size == SIZE > size:
            asyncio.run(lost.check_refused(database))
        assert lost.recover(database) == 0
        asyncio.run(lost.check_whole(database))
        lost.databases.drop(database)
    assert sizes - {0, 300, SIZE}, "it was never killed between two steps"


@pytest.mark.parametrize("lasting", [False, pytest.param(True, marks=pytest.mark.long)], ids=["once", "lasting"])
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(fault, id=fault.name.lower(), marks=() if fault is Fault.LOST_AFTER else pytest.mark.long)
        for fault in Fault
        if fault is not Fault.LATE
    ],
)
async def test_each_statement_of_a_recovery_may_fail(places, fault, lasting, request, monkeypatch):
    """Whatever statement fails, the log comes back, once, and goes on; till then it is a beginning, held back."""
    monkeypatch.setattr(follow, "STEP_ENTRIES", 128)
    step = 1 if request.config.getoption("long") else 5
    assert await count_through(ARecovery, statements(fault), places, lasting=lasting, step=step) > 15


@pytest.mark.parametrize("lasting", [False, pytest.param(True, marks=pytest.mark.long)], ids=["once", "lasting"])
@pytest.mark.parametrize("done", [False, pytest.param(True, marks=pytest.mark.long)], ids=["undone", "done"])
async def test_each_file_operation_of_a_recovery_may_fail(places, done, lasting, monkeypatch):
    """Whatever the disk refuses of the head file, the log comes back in the end, and never before that file knows."""
    monkeypatch.setattr(follow, "STEP_ENTRIES", 128)
    assert await count_through(ARecovery, file_calls(done=done), places, lasting=lasting) > 5
