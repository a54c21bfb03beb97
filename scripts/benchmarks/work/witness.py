"""Durable cosignatures of a witness for eight logs that grow in parallel, beside litewitness."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from node.log.keys import load_key
from protocol.encoding.keys import VerifierKey
from scripts.benchmarks.bench import Bench
from scripts.benchmarks.database import is_durable
from scripts.benchmarks.generator import drive
from scripts.benchmarks.litewitness import build_litewitness, running_litewitness
from scripts.benchmarks.load.checkpoints import STEP, log_signer
from scripts.benchmarks.load.jobs import Job
from scripts.benchmarks.node import initialised, serving, wait_until_ready
from scripts.benchmarks.report import Bar, Row, compared
from scripts.benchmarks.rounds import alternate
from scripts.benchmarks.sample import verify_cosigned

BAR = Bar(1.5, of="ratio")
LOGS = 8
WARM_UP = 1_600
REQUESTS = 8_000
KEPT = 100

MORE = """
[cosigning]
ml_dsa = {ml_dsa}

[mirror]
interval_seconds = 3600
"""
"""The partners serve nothing: a log needs no server to have its checkpoints cosigned."""


class _Witness:
    """One witness under load; its logs go on growing from run to run."""

    def __init__(self, port: int, path: str, keys: list[VerifierKey]) -> None:
        self._port = port
        self._path = path
        self._keys = keys
        self._size = 0

    def per_second(self, requests: int) -> float:
        """Have so many checkpoints cosigned, verify a sample, and return how many a second."""
        job = Job("checkpoints", self._port, requests, LOGS, self._path, status=200, size=self._size, keep=KEPT)
        outcome = drive(job)
        self._size += requests // LOGS * STEP
        verify_cosigned(outcome, self._keys)
        return outcome.per_second


def measure(bench: Bench) -> list[Row]:
    """Return the row by Ed25519 alone, which litewitness has too, and the row with ML-DSA-44 beside it."""
    with ExitStack() as stack:
        ours = stack.enter_context(_node(bench, ml_dsa=False))
        peer = stack.enter_context(_peer(bench)) if bench.peer_program is not None else None
        for one in filter(None, (ours, peer)):
            one.per_second(WARM_UP)
        run_peer = None if peer is None else lambda: peer.per_second(REQUESTS)
        found = alternate(lambda: ours.per_second(REQUESTS), run_peer, bench.say)
    with _node(bench, ml_dsa=True) as both:
        both.per_second(WARM_UP)
        beside = both.per_second(REQUESTS)
    what = f"durable cosignatures, {LOGS} logs"
    return [
        compared(f"{what}, Ed25519", found.ours, "checkpoints/s", BAR, peer=found.peer, ratio=found.ratio),
        Row(f"{what}, Ed25519 and ML-DSA-44", beside, "checkpoints/s"),
    ]


@contextmanager
def _node(bench: Bench, *, ml_dsa: bool) -> Iterator[_Witness]:
    """Run a node whose partners are the logs."""
    made = initialised(bench.folder / f"witness-{'both' if ml_dsa else 'plain'}")
    with made.config.open("a", encoding="utf-8") as file:
        file.writelines([MORE.format(ml_dsa=json.dumps(ml_dsa)), *map(_partner, range(LOGS))])
    with serving(made) as node:
        wait_until_ready(node)
        bench.durable = is_durable(node.dsn)
        names = ["witness.key", *(["witness-ml-dsa.key"] if ml_dsa else [])]
        keys = [load_key(made.folder / "keys" / name).verifier for name in names]
        yield _Witness(node.public_port, "/witness/add-checkpoint", keys)


@contextmanager
def _peer(bench: Bench) -> Iterator[_Witness]:
    """Run a litewitness that knows the logs."""
    program = build_litewitness(bench.folder)
    logs = [log_signer(number).verifier for number in range(LOGS)]
    with running_litewitness(program, bench.folder / "litewitness-run", logs) as peer:
        yield _Witness(peer.port, "/add-checkpoint", [peer.key])


def _partner(number: int) -> str:
    key = log_signer(number).verifier
    return (
        f'\n[[partner]]\nname = "log{number}"\norigin = "{key.name}"\n'
        f'verifier_key = "{key.render()}"\nurl = "http://127.0.0.1:9"\n'
    )
