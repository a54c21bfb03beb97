"""Run the commands of a desk against a node, as its staff type them."""

import json
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from node.cli import main
from tests.support.nodes import ServedNode


@dataclass(frozen=True)
class Ran:
    """What a command ended with and printed."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Return the output read as JSON."""
        return json.loads(self.out)


class Desk:
    """A folder with files, and a node to write to."""

    def __init__(self, node: ServedNode, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.node = node
        self.folder = folder
        self._capsys = capsys

    def write(self, name: str, content: bytes | Mapping[str, Any]) -> Path:
        """Write a file of the desk's folder."""
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return path

    def run(self, *arguments: object, to: Sequence[str] | None = None) -> Ran:
        """Run a command that writes to the node."""
        self._capsys.readouterr()
        chosen = ["--node", self.node.internal_url] if to is None else to
        try:
            code = main([*map(str, arguments), *chosen])
        except SystemExit as end:
            code = int(str(end.code))
        told = self._capsys.readouterr()
        return Ran(code, told.out, told.err)

    def alone(self, *arguments: object) -> Ran:
        """Run a command that asks no node."""
        return self.run(*arguments, to=[])

    def verdict(self, file: Path, *more: object, log: str = "uni") -> str:
        """Return what `nostra verify` says of a file, offline, with the log's key."""
        return self.alone("verify", file, "--key", self.node.verifier_key(log), "--json", *more).json()["verdict"]


def mode(file: Path) -> int:
    """Return a file's permission bits."""
    return stat.S_IMODE(file.stat().st_mode)
