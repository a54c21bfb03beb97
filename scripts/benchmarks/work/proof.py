"""Inclusion proofs of random leaves from the grown log, over HTTP."""

from scripts.benchmarks.bench import Bench
from scripts.benchmarks.generator import drive
from scripts.benchmarks.load.jobs import Job
from scripts.benchmarks.load.outcome import Outcome
from scripts.benchmarks.node import Node
from scripts.benchmarks.report import Bar, Row, held
from scripts.benchmarks.sample import verify_proofs

P50_BAR = Bar(1, below=True)
RATE_BAR = Bar(5_000)
CLIENTS = 32
REQUESTS_ALONE = 3_000
REQUESTS = 30_000
KEPT = 50


def measure(bench: Bench) -> list[Row]:
    """Return p50 for one client and the rate for many, each with a verified sample."""
    node = bench.grown_node()
    alone = proofs(node, REQUESTS_ALONE, clients=1, keep=KEPT)
    many = proofs(node, REQUESTS, clients=CLIENTS, keep=KEPT)
    at = f"at {bench.entries:,} entries"
    return [
        held(f"inclusion proof {at}, p50", alone.p50_ms, "ms", P50_BAR),
        held(f"inclusion proofs {at}, 32 clients", many.per_second, "proofs/s", RATE_BAR),
    ]


def proofs(node: Node, requests: int, *, clients: int, keep: int) -> Outcome:
    """Ask for proofs of random leaves at the present size and verify a sample."""
    checkpoint = node.checkpoint()
    path = "/v1/proofs/inclusion"
    outcome = drive(
        Job("proofs", node.public_port, requests, clients, path, status=200, size=checkpoint.size, keep=keep)
    )
    if keep:
        leaves = [int(leaf) for leaf, _ in outcome.sample]
        entries = [(leaf, node.entry(leaf, checkpoint.size)) for leaf in leaves]
        verify_proofs(outcome, checkpoint.root, checkpoint.size, entries)
    return outcome
