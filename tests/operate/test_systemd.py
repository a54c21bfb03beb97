"""The systemd unit: it names what exists, forbids much, and a node with its own PostgreSQL lives with that."""

import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from node.cli import make_parser
from node.config.reference import reference
from node.storage.embedded import process, server
from node.storage.embedded.account import Account
from tests.conftest import ROOT
from tests.operate import confined
from tests.support.postgres import reachable

UNIT = ROOT / "docs/operate/nostra.service"
PROGRAM = "/opt/nostra/bin/nostra"
ACCOUNT = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
INIT = ["--origin", "ledger.example.org/nostra", "--institution", "Example University", "--country", "FI"]
INIT += ["--public", "127.0.0.1:0", "--internal", "127.0.0.1:0"]
MOST_EXPOSURE = 20
"""Tenths, of the ten points that `systemd-analyze security` gives; below 2 is what it calls OK."""

needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")


def text() -> str:
    """Return the unit."""
    return UNIT.read_text()


def test_the_commands_of_the_unit_exist():
    """Each line that starts something is a command line that `nostra` takes."""
    lines = [line for name in ("ExecStartPre", "ExecStart") for line in confined.settings_of(text(), name)]
    assert [line.split()[1] for line in lines] == ["check-config", "serve"]
    for line in lines:
        program, *arguments = line.split()
        assert program == PROGRAM
        make_parser().parse_args(arguments)


def test_the_variables_of_the_unit_exist():
    """Environment variables that it sets or proposes are settings, a secret by its file."""
    named = {name.removesuffix("_FILE") for name in re.findall(r"\b(NOSTRA_[A-Z_]+)=", text())}
    assert named
    assert named <= set(re.findall(r"`(NOSTRA_[A-Z_]+)`", reference()))


def test_the_node_has_time_to_recover():
    """The node itself gives its PostgreSQL 900 s to recover and 75 s to stop; systemd gives it longer."""
    assert int(confined.settings_of(text(), "TimeoutStartSec")[0]) > server.START_LIMIT
    stopping = process.FAST_SHUTDOWN_LIMIT + process.IMMEDIATE_SHUTDOWN_LIMIT
    assert int(confined.settings_of(text(), "TimeoutStopSec")[0]) > stopping


@pytest.fixture
def installed_unit(tmp_path: Path) -> Path:
    """Give the unit as it would stand on a machine where the program is installed."""
    program = tmp_path / "nostra"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    unit = tmp_path / "nostra.service"
    unit.write_text(text().replace(PROGRAM, str(program)))
    return unit


@needs_systemd
def test_systemd_finds_nothing_wrong(installed_unit):
    """No unknown setting, no wrong value."""
    run = subprocess.run(["systemd-analyze", "verify", installed_unit], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")


@needs_systemd
def test_the_unit_is_hardened(installed_unit):
    """Exposure stays below 2 of 10."""
    command = ["systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSURE}", "--no-pager"]
    run = subprocess.run([*command, installed_unit], capture_output=True, text=True, check=False)
    if "unrecognized option" in run.stderr:
        pytest.skip("this systemd-analyze can't look at a file")
    assert run.returncode == 0, run.stdout[-200:]


@pytest.fixture
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a state folder of the account that the node will have."""
    folder = reachable(tmp_path_factory.mktemp("database")) / "state"
    folder.mkdir()
    if os.geteuid() == 0:
        shutil.chown(folder, ACCOUNT)
    return folder


@pytest.mark.skipif(bool(confined.why_not()), reason=confined.why_not())
def test_a_node_lives_with_what_the_unit_forbids(state):
    """It is made, says that it is ready and alive, serves, stops when told, and leaves no server behind."""
    command, environment = a_command(), an_environment()
    subprocess.run([*command, "init", *INIT, "--folder", state], env=environment, check=True, timeout=60)
    with notified(state / "notify") as manager:
        environment |= {"NOTIFY_SOCKET": str(state / "notify"), "WATCHDOG_USEC": "400000"}
        serve = [*command, "serve", "--config", state / "nostra.toml"]
        with (
            subprocess.Popen(serve, env=environment, stderr=subprocess.PIPE, text=True) as node,
            killed_if_failed(node),
        ):
            events = (json.loads(line) for line in node.stderr)
            started = next((event for event in events if event["event"] == "node_started"), None)
            assert started, "the node did not start"
            assert {manager.recv(100) for _ in range(3)} == {b"READY=1", b"WATCHDOG=1"}
            with urllib.request.urlopen(f"http://{started['public']}/health/ready") as answer:
                assert json.load(answer)["ok"] is True
            node.send_signal(signal.SIGTERM)
            assert [event for event in events if event["level"] != "info"] == []
    assert node.returncode == 0
    assert not (state / "data/postgres/postmaster.pid").exists()


FORBIDDEN = {
    "another address family": "import socket; socket.socket(socket.AF_NETLINK)",
    "memory to write and execute": "import mmap; mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC)",
    "another owner of a file": "import os; os.fchown(os.pipe()[0], -1, -1)",
    "another priority": "import os; os.setpriority(os.PRIO_PROCESS, 0, 5)",
}


@pytest.mark.skipif(bool(confined.why_not()), reason=confined.why_not())
@pytest.mark.parametrize("attempt", FORBIDDEN.values(), ids=FORBIDDEN)
def test_what_the_unit_forbids_fails(attempt):
    """The confinement of the test above is one."""
    command = [*a_command()[:-2], "-c", attempt]
    run = subprocess.run(command, env=an_environment(), capture_output=True, text=True, check=False)
    assert "PermissionError: [Errno 1]" in run.stderr


def a_command() -> list[str]:
    """Return `nostra`, confined; with an interpreter that the account can reach."""
    account = Account(ACCOUNT, *pwd.getpwnam(ACCOUNT)[2:4], switch=os.geteuid() == 0)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for interpreter in (sys.executable, f"/usr/bin/{version}"):
        if Path(interpreter).exists() and account.first_unreachable(Path(interpreter).resolve().parent) is None:
            break
    else:
        pytest.skip(f"{ACCOUNT} can reach no {version}")
    if blocking := account.first_unreachable(ROOT):
        pytest.skip(f"{ACCOUNT} can't enter {blocking.name}")
    return [sys.executable, "-m", "tests.operate.confined", str(UNIT), ACCOUNT, interpreter, "-m", "node"]


def an_environment() -> dict[str, str]:
    """Return an environment in which the interpreter finds this project and what it needs, and writes nothing there."""
    places = [str(ROOT), *(path for path in sys.path if path.endswith("site-packages"))]
    return {"PATH": os.environ["PATH"], "PYTHONPATH": ":".join(places), "PYTHONDONTWRITEBYTECODE": "1"}


@contextmanager
def killed_if_failed(process: subprocess.Popen[str]) -> Iterator[None]:
    """Kill a process where the block fails: nobody would tell it to end any more."""
    try:
        yield
    except BaseException:
        process.kill()
        raise


@contextmanager
def notified(path: Path) -> Iterator[socket.socket]:
    """Listen as the service manager does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.settimeout(30)
        manager.bind(str(path))
        path.chmod(0o777)
        yield manager
