"""Sealed entries over HTTP in batches of 500, four clients; beside Tessera's POSIX driver in process."""

from scripts.benchmarks.bench import BATCH, Bench, bulk
from scripts.benchmarks.peer import Peer
from scripts.benchmarks.report import Bar, Row, compared
from scripts.benchmarks.rounds import ROUNDS, alternate
from scripts.benchmarks.sample import verify_bundle_answers

BAR = Bar(1.2, of="ratio")
WARM_UP = 5_000
KEPT = 3


def measure(bench: Bench) -> list[Row]:
    """Return the row; both logs begin empty and grow by the same number in each round."""
    entries = max(BATCH, bench.entries // ROUNDS)
    peer = Peer(bench.peer_program, bench.folder / "peer-bulk") if bench.peer_program else None
    with bench.fresh_node() as node:
        bulk(node, WARM_UP)

        def ours() -> float:
            outcome = bulk(node, entries, keep=KEPT)
            verify_bundle_answers(outcome, node.verifier_key)
            return outcome.per_second * BATCH

        found = alternate(ours, (lambda: peer.append(entries)) if peer else None, bench.say)
    return [compared("bulk, batches of 500", found.ours, "entries/s", BAR, peer=found.peer, ratio=found.ratio)]
