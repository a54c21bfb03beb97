"""litewitness, a C2SP witness of the Go world over SQLite, built from its public module and run beside ours.

It is set up as its manual says: OpenSSH's agent keeps its key and makes its signatures. The logs that it knows are
written into its database beforehand, as its own tool would.
"""

import base64
import hashlib
import os
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep

from protocol.encoding.keys import COSIGNATURE, VerifierKey
from scripts.benchmarks.generator import MeasurementError
from scripts.benchmarks.settings import free_ports

SOURCE = Path(__file__).parent / "litewitness"
PACKAGE = "filippo.io/torchwood/cmd/litewitness"
NEEDED = ("go", "ssh-agent", "ssh-add", "ssh-keygen")
NAME = "litewitness.example/w"
BUILD_SECONDS = 600
START_SECONDS = 30
STOP_SECONDS = 30

TABLES = """
CREATE TABLE log (origin TEXT PRIMARY KEY, tree_size INTEGER NOT NULL, tree_hash TEXT NOT NULL);
CREATE TABLE key (origin TEXT NOT NULL, key TEXT NOT NULL, FOREIGN KEY(origin) REFERENCES log(origin));
"""
EMPTY_TREE = base64.b64encode(hashlib.sha256().digest()).decode()


@dataclass(frozen=True, slots=True)
class Litewitness:
    """A litewitness that serves."""

    port: int
    key: VerifierKey


def build_litewitness(folder: Path) -> Path:
    """Build the program in a folder and return it.

    Raises:
        MeasurementError: Go, its module or OpenSSH is not to be had.
    """
    missing = [program for program in NEEDED if shutil.which(program) is None]
    if missing:
        raise MeasurementError(f"litewitness needs {', '.join(missing)} on the PATH")
    source, program = folder / "litewitness-source", folder / "litewitness"
    shutil.copytree(SOURCE, source)
    built = subprocess.run(
        ["go", "build", "-o", str(program), PACKAGE],
        cwd=source,
        env={**os.environ, "GOFLAGS": "-mod=mod"},
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
        check=False,
    )
    if built.returncode:
        raise MeasurementError(f"litewitness can't be built: {built.stderr.strip()[-400:]}")
    return program


@contextmanager
def running_litewitness(program: Path, folder: Path, logs: Iterable[VerifierKey]) -> Iterator[Litewitness]:
    """Run a litewitness that knows these logs, by their keys, until the block ends."""
    folder.mkdir()
    (port,) = free_ports(1)
    database, words = folder / "litewitness.db", folder / "litewitness.log"
    _write_logs(database, logs)
    with _agent(folder) as (socket, public_key):
        command = [program, "-db", database, "-name", NAME, "-listen", f"127.0.0.1:{port}", "-obscurity"]
        command += ["-ssh-agent", socket, "-key", _fingerprint(public_key)]
        with words.open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as run:
            try:
                _wait_until_ready(run, port, words)
                yield Litewitness(port, VerifierKey(NAME, COSIGNATURE, public_key[-32:]))
            finally:
                run.send_signal(signal.SIGINT)
                run.wait(STOP_SECONDS)


@contextmanager
def _agent(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Run an ssh-agent with a new Ed25519 key; give its socket and the key as OpenSSH writes it."""
    socket, key = folder / "agent", folder / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    with subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL) as run:
        try:
            _wait_for(socket)
            environment = {**os.environ, "SSH_AUTH_SOCK": str(socket)}
            subprocess.run(["ssh-add", "-q", key], check=True, env=environment)
            yield socket, base64.b64decode(key.with_suffix(".pub").read_text().split()[1])
        finally:
            run.terminate()
            run.wait(STOP_SECONDS)


def _fingerprint(public_key: bytes) -> str:
    return "SHA256:" + base64.b64encode(hashlib.sha256(public_key).digest()).decode().rstrip("=")


def _wait_for(socket: Path) -> None:
    end = monotonic() + START_SECONDS
    while not socket.exists():
        if monotonic() > end:
            raise MeasurementError("ssh-agent did not start")
        sleep(0.01)


def _write_logs(database: Path, logs: Iterable[VerifierKey]) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.executescript(TABLES)
        for key in logs:
            connection.execute("INSERT INTO log VALUES (?, 0, ?)", (key.name, EMPTY_TREE))
            connection.execute("INSERT INTO key VALUES (?, ?)", (key.name, key.render()))


def _wait_until_ready(run: subprocess.Popen, port: int, words: Path) -> None:
    end = monotonic() + START_SECONDS
    while run.poll() is None and monotonic() < end:
        connection = HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)
        try:
            connection.request("GET", "/")
            connection.getresponse()
        except OSError:
            sleep(0.05)
        else:
            return
        finally:
            connection.close()
    raise MeasurementError(f"litewitness did not start: {words.read_text(errors='replace').strip()[-400:]}")
