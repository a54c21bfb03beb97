"""One client: from submitting an entry to holding a receipt that verifies."""

from dataclasses import replace

from scripts.benchmarks.bench import Bench, singles
from scripts.benchmarks.peer import Peer
from scripts.benchmarks.report import Bar, Row, held
from scripts.benchmarks.sample import verify_receipts

BAR = Bar(1.5, below=True)
WARM_UP = 300
REQUESTS = 3_000
KEPT = 100
PEER_ENTRIES = 20
"""Each waits some 100 ms for its checkpoint."""


def measure(bench: Bench) -> list[Row]:
    """Return p50, beside the peer's wait for a published checkpoint, and p99."""
    with bench.fresh_node() as node:
        singles(node, WARM_UP, clients=1)
        outcome = singles(node, min(REQUESTS, bench.entries), clients=1, keep=KEPT)
        verify_receipts(outcome, node.verifier_key)
    p50 = held("single, one client, p50", outcome.p50_ms, "ms", BAR)
    if bench.peer_program:
        bench.say("waiting for the peer's checkpoints")
        wait = Peer(bench.peer_program, bench.folder / "peer-latency").wait_ms(PEER_ENTRIES)
        p50 = replace(p50, peer=wait, ratio=outcome.p50_ms / wait)
    return [p50, Row("single, one client, p99", outcome.p99_ms, "ms")]
