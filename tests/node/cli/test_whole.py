"""From nothing to a stopped node, as its operator types it: embedded database, programs of their own."""

import json
import signal
import subprocess
import sys
import time
import urllib.request

from tests.support.entries import a_sealed_entry
from tests.support.postgres import reachable

INSTITUTION = ["--institution", "Example University", "--country", "FI", "--schac", "example.org"]


def nostra(*arguments: str) -> str:
    """Run a command to its end and return what it printed."""
    run = subprocess.run([sys.executable, "-m", "node", *arguments], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


def started(folder) -> tuple[subprocess.Popen, dict]:
    """Start a node and return it with its event of having started."""
    command = [sys.executable, "-m", "node", "serve", "--config", str(folder / "nostra.toml")]
    run = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    for line in run.stderr:
        told = json.loads(line)
        if told["event"] == "node_started":
            return run, told
    raise AssertionError("the node ended before it started")


def post(address: str, token: str, entry: bytes) -> dict:
    """Submit an entry."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"http://{address}/v1/entries", data=entry, headers=headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def test_a_node_from_init_to_its_end(tmp_path_factory):
    """Init, serve, a token made while it runs, an entry, SIGTERM with exit code 0, and the log is there again."""
    folder = reachable(tmp_path_factory.mktemp("database"))
    addresses = ["--public", "127.0.0.1:0", "--internal", "127.0.0.1:0"]
    nostra("init", "--folder", str(folder), "--origin", "ledger.example.org/nostra", *INSTITUTION, *addresses)
    config = ["--config", str(folder / "nostra.toml")]
    run, told = started(folder)
    try:
        token = nostra("token", "add", "office", "--role", "issue", *config).strip()
        assert post(told["internal"], token, a_sealed_entry("one"))["leaf"] == 0
        looks = json.loads(nostra("doctor", "--json", *config))
        assert {look["what"]: look["found"] for look in looks}["database log ledger.example.org/nostra"] == "size 1"
    finally:
        run.send_signal(signal.SIGTERM)
        assert run.wait(30) == 0
        run.stderr.close()
    run, told = started(folder)
    try:
        began = time.monotonic()
        with urllib.request.urlopen(f"http://{told['public']}/v1/log", timeout=20) as answer:
            assert json.load(answer)["size"] == 1
        assert time.monotonic() - began < 5
    finally:
        run.send_signal(signal.SIGINT)
        assert run.wait(30) == 0
        run.stderr.close()
