"""Sealed entries over HTTP one by one, 32 clients, each answer with its receipt; beside a bare aiohttp POST."""

from scripts.benchmarks.bare import bare_server
from scripts.benchmarks.bench import Bench, singles
from scripts.benchmarks.generator import drive
from scripts.benchmarks.load.jobs import Job
from scripts.benchmarks.report import Bar, Row, compared
from scripts.benchmarks.rounds import alternate
from scripts.benchmarks.sample import verify_receipts

BAR = Bar(0.3, of="ratio")
CLIENTS = 32
WARM_UP = 2_000
REQUESTS = 20_000
KEPT = 100


def measure(bench: Bench) -> list[Row]:
    """Return the row; the bare server answers as many bytes as the node did in the warm-up."""
    requests = min(REQUESTS, bench.entries)
    with bench.fresh_node() as node:
        answer_bytes = singles(node, WARM_UP, clients=CLIENTS).answer_bytes
        bench.say(f"an answer has {answer_bytes} bytes")

        def ours() -> float:
            outcome = singles(node, requests, clients=CLIENTS, keep=KEPT)
            verify_receipts(outcome, node.verifier_key)
            return outcome.per_second

        with bare_server(answer_bytes) as port:
            job = Job("single", port, requests, CLIENTS, "/v1/entries", headers=node.headers)
            found = alternate(ours, lambda: drive(job).per_second, bench.say)
    return [
        compared(
            "single, 32 clients, beside a bare POST", found.ours, "entries/s", BAR, peer=found.peer, ratio=found.ratio
        )
    ]
