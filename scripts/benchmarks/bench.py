"""What the works share: a folder, the peer's program, a node each, and one that has grown large."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from scripts.benchmarks.database import is_durable
from scripts.benchmarks.generator import drive
from scripts.benchmarks.load.jobs import Job
from scripts.benchmarks.load.outcome import Outcome
from scripts.benchmarks.node import Node, running_node

BATCH = 500
BULK_CLIENTS = 4
FILL_ENTRIES = 100_000
"""Entries a run of the generator prepares when a log is only to be filled; they lie in its memory."""


@dataclass(slots=True)
class Bench:
    """One run of the benchmark."""

    folder: Path
    entries: int
    """Size of the grown log."""

    peer_program: Path | None
    stack: ExitStack
    work: str = ""
    """The work under way, for what is said."""

    durable: bool = False
    """Whether the database of the latest node is set to lose nothing."""

    _grown: Node | None = field(default=None)

    def say(self, text: str) -> None:
        """Tell how far it is."""
        print(f"{self.work}: {text}" if self.work else text, file=sys.stderr, flush=True)

    @contextmanager
    def fresh_node(self) -> Iterator[Node]:
        """Run a node with an empty log; its data goes when it stops."""
        folder = self.folder / f"node-{self.work}"
        with running_node(folder) as node:
            self.durable = is_durable(node.dsn)
            yield node
        shutil.rmtree(folder)

    def grown_node(self, size: int | None = None) -> Node:
        """Return the node whose log holds so many sealed entries (by default all of them); it runs to the end."""
        if self._grown is None:
            self._grown = self.stack.enter_context(running_node(self.folder / "node-grown"))
        self.durable = is_durable(self._grown.dsn)
        node = self._grown
        wanted = self.entries if size is None else size
        while (missing := wanted - node.size()) > 0:
            self.say(f"filling the log: {wanted - missing:,} of {wanted:,} entries")
            bulk(node, min(missing, FILL_ENTRIES))
        return node


def bulk(node: Node, entries: int, *, keep: int = 0) -> Outcome:
    """Post sealed entries in batches, as a university that catches up with its archive does."""
    requests = max(1, entries // BATCH)
    batch = min(BATCH, entries)
    return drive(
        Job(
            "bulk",
            node.internal_port,
            requests,
            min(BULK_CLIENTS, requests),
            "/v1/entries",
            headers=node.headers,
            batch=batch,
            keep=keep,
        )
    )


def singles(node: Node, entries: int, *, clients: int, keep: int = 0) -> Outcome:
    """Post sealed entries one by one."""
    return drive(Job("single", node.internal_port, entries, clients, "/v1/entries", headers=node.headers, keep=keep))
