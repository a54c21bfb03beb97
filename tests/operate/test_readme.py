"""The README's commands do what the README says, in the order in which they stand there."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.operate.test_nginx import free_port
from tests.operate.test_systemd import killed_if_failed
from tests.support.postgres import reachable

README = (ROOT / "README.md").read_text()
HEADING = "## The first question by hand"
FOLDER = "/tmp/my-node"
PUBLIC, INTERNAL = "127.0.0.1:8640", "127.0.0.1:8650"


def by_hand() -> list[str]:
    """Return the lines of the block under the heading."""
    return re.search(r"```sh\n(.*?)```", README.split(HEADING)[1], re.DOTALL)[1].splitlines()


class Shell:
    """Runs the lines as a reader would: on other ports, and in another folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._public, self._internal = (f"127.0.0.1:{free_port()}" for _ in range(2))
        self._environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}

    def run(self, line: str) -> str:
        """Run one line and return what it printed."""
        if export := re.fullmatch(r"export (\w+)=(.+)", line):
            self._environment[export[1]] = self._here(export[2])
            return ""
        command = self._command(line)
        run = subprocess.run(command, cwd=ROOT, env=self._environment, capture_output=True, text=True, check=False)
        assert run.returncode == 0, f"{line}\n{run.stdout}{run.stderr}"
        return run.stdout

    @contextmanager
    def serving(self, line: str) -> Iterator[None]:
        """Run the node while the block lasts."""
        command = self._command(line.removesuffix(" &"))
        node = subprocess.Popen(command, cwd=ROOT, env=self._environment, stderr=subprocess.PIPE, text=True)
        with node, killed_if_failed(node):
            assert any(json.loads(said)["event"] == "node_started" for said in node.stderr)
            yield
            node.terminate()
            node.communicate(timeout=60)
        assert node.returncode == 0

    def _here(self, text: str) -> str:
        return text.replace(FOLDER, str(self._folder)).replace(PUBLIC, self._public)

    def _command(self, line: str) -> list[str]:
        program, *words = shlex.split(self._here(line))
        assert program == "nostra"
        if words[0] == "init":
            words += ["--public", self._public, "--internal", self._internal]
        return [sys.executable, "-m", "node", *words]


@pytest.fixture
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """Give a shell with a folder for the node."""
    return Shell(reachable(tmp_path_factory.mktemp("database")) / "my-node")


def test_the_first_question_is_answered(shell):
    """A node is made, a rule published and asked for, a credential awarded, its receipt verified, the log audited."""
    activate, init, export, serve, *steps, kill = by_hand()
    assert (activate, serve, kill) == (". .venv/bin/activate", "nostra serve &", "kill %1")
    shell.run(init)
    shell.run(export)
    with shell.serving(serve):
        said = {line.split()[1]: shell.run(line) for line in steps}
        other = shell.run("nostra ask --body schac:tuni.fi --code OTHER")
    assert "Example University: full" in said["ask"]
    assert all(words in said["ask"] for words in ("5 ECTS for course EE402", "under rule marine-robotics, version 1"))
    assert re.findall(r"(?m)^ *\d+\. ", said["verify"])[-1].strip() == "9."
    assert said["verify"].endswith("receipt: verified\n")
    assert said["audit"].endswith(": verified\n")
    assert "none-found" in other
    assert "not a refusal" in other
