"""The node under test: its own process and its own database, with the settings that a user gets."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep

from node.log.keys import load_key
from protocol.encoding.keys import VerifierKey
from protocol.log.checkpoint import Checkpoint, open_checkpoint
from protocol.log.tile import ENTRIES, TILE_WIDTH, Tile, parse_bundle, tile_width
from scripts.benchmarks.generator import MeasurementError
from scripts.benchmarks.settings import ORIGIN, free_ports, make_log, make_token

START_SECONDS = 60
STOP_SECONDS = 60
AUDIT_SECONDS = 600
ASK_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Node:
    """A running node."""

    process: int
    config: Path
    data: Path
    public_port: int
    internal_port: int
    token: str
    verifier_key: str

    @property
    def headers(self) -> dict[str, str]:
        """What a writer sends with each request."""
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def dsn(self) -> str:
        """Address of the node's embedded database."""
        return f"postgresql://nostra@/nostra?host={self.data / 'run'}&port=5432"

    def checkpoint(self) -> Checkpoint:
        """Return the log's checkpoint, its signature verified."""
        note = get(self.public_port, "/checkpoint")
        return open_checkpoint(note, [VerifierKey.parse(self.verifier_key)])[0]

    def size(self) -> int:
        """Return the tree size."""
        return self.checkpoint().size

    def entry(self, leaf: int, size: int) -> bytes:
        """Return an entry, read from its bundle."""
        index = leaf // TILE_WIDTH
        bundle = Tile(ENTRIES, index, tile_width(ENTRIES, index, size))
        return parse_bundle(get(self.public_port, f"/{bundle.path()}"))[leaf % TILE_WIDTH]

    def audit(self) -> None:
        """Run `nostra audit` on the log, which must find nothing wrong."""
        nostra("audit", f"http://127.0.0.1:{self.public_port}", "--key", self.verifier_key, seconds=AUDIT_SECONDS)


@dataclass(frozen=True, slots=True)
class Initialised:
    """A node that `nostra init` has made, not running."""

    folder: Path
    config: Path
    public_port: int
    internal_port: int
    origin: str
    verifier_key: str


def initialised(folder: Path, *, origin: str = ORIGIN) -> Initialised:
    """Make a log in a folder."""
    folder.mkdir()
    ports = free_ports(2)
    config = make_log(folder, (ports[0], ports[1]), nostra, origin=origin)
    key = load_key(next(file for file in (folder / "keys").glob("*.key") if _is_of(file, origin)))
    return Initialised(folder, config, *ports, origin, key.verifier.render())


def _is_of(file: Path, origin: str) -> bool:
    return file.read_text().startswith(f"PRIVATE+KEY+{origin}+")


@contextmanager
def running_node(folder: Path) -> Iterator[Node]:
    """Make a log in a folder and run its node as a process until the block ends."""
    with serving(initialised(folder)) as node:
        wait_until_ready(node)
        yield node


@contextmanager
def serving(made: Initialised) -> Iterator[Node]:
    """Run a node as a process until the block ends; it is live, and perhaps not ready yet."""
    with (made.folder / "node.log").open("ab") as words:
        command = [sys.executable, "-m", "node", "serve", "--config", str(made.config)]
        with subprocess.Popen(command, stdout=words, stderr=words) as run:
            try:
                _wait(run, made.public_port, "/health/live", made.folder / "node.log")
                token = make_token(made.config, nostra)
                data = made.folder / "data"
                yield Node(run.pid, made.config, data, made.public_port, made.internal_port, token, made.verifier_key)
            finally:
                run.send_signal(signal.SIGTERM)
                run.wait(STOP_SECONDS)


def wait_until_ready(node: Node) -> None:
    """Return once a node that is live is ready."""
    _wait(None, node.public_port, "/health/ready", node.config.parent / "node.log")


def nostra(*arguments: str, seconds: float = ASK_SECONDS) -> str:
    """Run the command line and return what it printed."""
    command = [sys.executable, "-m", "node", *arguments]
    run = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False, env=os.environ)
    if run.returncode:
        raise MeasurementError(f"nostra {arguments[0]} failed: {(run.stderr or run.stdout).strip()[-400:]}")
    return run.stdout


def _wait(run: subprocess.Popen | None, port: int, path: str, words: Path) -> None:
    end = monotonic() + START_SECONDS
    while (run is None or run.poll() is None) and monotonic() < end:
        try:
            get(port, path)
        except (OSError, MeasurementError):
            sleep(0.05)
        else:
            return
    raise MeasurementError(f"the node did not start: {words.read_text(errors='replace').strip()[-400:]}")


def get(port: int, path: str) -> bytes:
    """Return what a node answers to a GET."""
    connection = HTTPConnection("127.0.0.1", port, timeout=ASK_SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise MeasurementError(f"{path} answered {answer.status}: {body[:200]!r}")
    return body
