"""The demonstration plays through, told as what was answered, and leaves nothing behind."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from node.cli.demo.stage import check_ports
from node.errors import FatalError
from tests.conftest import ROOT

LIMIT_SECONDS = 400


def free_port() -> int:
    """Return a port above which the demonstration's other ports are likely to be free."""
    for first in range(20_000, 30_000, 50):
        try:
            check_ports(first)
        except FatalError:
            continue
        return first
    raise AssertionError("no free ports")


def begun(*options: str, folder: Path) -> subprocess.Popen[str]:
    """Begin the demonstration, its files in a folder of the test's."""
    return subprocess.Popen(
        [sys.executable, "-m", "node", "demo", "--once", *options],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def play(*options: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Play the demonstration to its end."""
    with begun(*options, folder=folder) as playing:
        try:
            told, complaint = playing.communicate(timeout=LIMIT_SECONDS)
        except BaseException:
            playing.terminate()
            raise
    return subprocess.CompletedProcess(playing.args, playing.returncode, told, complaint)


def squeezed(text: str) -> str:
    """Return a text with one blank for each gap."""
    return re.sub(r"\s+", " ", text).strip()


@pytest.fixture(scope="module")
def stage():
    """Give a short folder that the database's account can reach."""
    with tempfile.TemporaryDirectory(prefix="nd-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="module")
def told(stage):
    """Give what the whole story told."""
    played = play("--port", str(free_port()), folder=stage)
    assert played.returncode == 0, played.stdout[-3000:] + played.stderr[-2000:]
    assert list(stage.iterdir()) == [], "files of the demonstration were left behind"
    return squeezed(played.stdout)


def test_the_story_holds(told):
    """It ends by itself with exit code 0; each act's outcome is in it, and no learner's name."""
    for part in (
        "University of Twente recognises 'Marine Robotics' of Tampere University as 5 ECTS",
        "Dublin City University partly recognises 'Marine Robotics' of Tampere University as 3 ECTS",
        "cosigned by the mirrors of Dublin City University and University of Twente",
        "That is not a refusal.",
        "The partners you ask for have confirmed this state of the log",
        "so the receipt is verified",
        "so the receipt is refused",
        "so the log is refused",
        "so the log is verified",
        "Chiara's receipt from before: verified",
        "which had 6: put the newer database back, or recover the log from its mirrors",
        "6 entries, 6 of them brought back",
        "Daan's award: leaf 6, cosigned by the mirrors of Dublin City University and University of Twente",
        "both found the same, byte for byte",
        "so the split-view is verified",
        "the witness of University of Twente: 403",
        "Dublin City University: the log signs nothing for now: it has shown two histories",
        "unknown: What Dublin City University says of 'Marine Robotics' of Tampere University can't be known",
        "All of it held.",
    ):
        assert part in told
    assert "Aino Esimerkki" not in told


def test_the_readme_shows_what_is_told(told):
    """Every line of the excerpt is one of the story's, whatever the number of its step."""
    shown = re.search(r"```text\n( 1\. .*?)```", (ROOT / "README.md").read_text(), re.DOTALL)[1]
    lines = [re.sub(r"^(\d+\.|-) ", "", squeezed(line)).removesuffix("…").strip() for line in shown.splitlines()]
    assert [line for line in lines if line not in told] == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_who_stops_it_in_the_middle_finds_nothing_left(stage, number):
    """It ends what it has begun, removes its files, and says by its exit code that the story was not told."""
    with begun("--port", str(free_port()), folder=stage) as playing:
        while not list(stage.glob("*/*/data/postgres/postmaster.pid")):
            assert playing.poll() is None
            time.sleep(0.05)
        playing.send_signal(number)
        _, complaint = playing.communicate(timeout=LIMIT_SECONDS)
    assert (playing.returncode, complaint, list(stage.iterdir())) == (1, "", [])


def test_a_port_in_use_is_told(stage):
    """One line says which port, and how to choose others."""
    first = free_port()
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", first + 1))
        taken.listen()
        played = play("--port", str(first), folder=stage)
    assert played.returncode == 1
    assert played.stderr == f"nostra demo: port {first + 1} is in use: choose others with --port N\n"
