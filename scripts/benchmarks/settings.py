"""Make a log for the node under test: configuration, keys, a token. All else is left at its default."""

import json
import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from secrets import token_hex

ORIGIN = "bench.example/nostra"

Nostra = Callable[..., str]
"""Runs the command line with the arguments given and returns what it printed."""


def make_log(folder: Path, ports: tuple[int, int], nostra: Nostra, *, origin: str = ORIGIN) -> Path:
    """Write a configuration with the public and the internal port, and create its log; return its file."""
    public_port, internal_port = ports
    addresses = ["--public", f"127.0.0.1:{public_port}", "--internal", f"127.0.0.1:{internal_port}"]
    institution = ["--institution", "Benchmark University", "--country", "FI", "--schac", "bench.example"]
    nostra("init", "--folder", str(folder), "--origin", origin, *institution, *addresses)
    return folder / "nostra.toml"


def make_token(config: Path, nostra: Nostra) -> str:
    """Return a new token that may submit sealed and clear entries."""
    name = f"bench-{token_hex(4)}"  # a node that is served again has tokens already
    printed = nostra("token", "create", name, "--role", "issue", "--json", "--config", str(config))
    return json.loads(printed)["token"]


def free_ports(count: int) -> list[int]:
    """Return ports on loopback that nothing listens at."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
