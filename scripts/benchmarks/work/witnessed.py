"""Three nodes, each the others' partner: entries one by one, each answered by a receipt that both partners cosigned.

The index of the log is kept beside it by all three. It may wait out the load: so it is shown how far it is behind
then, and how long it takes to catch up.
"""

from time import perf_counter, sleep
from urllib.request import urlopen

from scripts.benchmarks.bench import Bench, singles
from scripts.benchmarks.consortium import all_durable, consortium, policy_of
from scripts.benchmarks.generator import MeasurementError
from scripts.benchmarks.node import Node
from scripts.benchmarks.report import Bar, Row, held
from scripts.benchmarks.sample import verify_witnessed

RATE_BAR = Bar(3_000)
P50_BAR = Bar(40, below=True)
CLIENTS = 32
WARM_UP = 2_000
REQUESTS = 20_000
REQUESTS_ALONE = 500
KEPT = 100
LONGEST_SECONDS = 60


def measure(bench: Bench) -> list[Row]:
    """Return the rate of 32 clients, and p50 of one client from submitting to the witnessed receipt."""
    with consortium(bench.folder / "three", 3, quorum=2) as nodes:
        bench.durable = all_durable(nodes)
        node, policy = nodes[0], policy_of(nodes[0])
        singles(node, WARM_UP, clients=CLIENTS)
        alone = singles(node, min(REQUESTS_ALONE, bench.entries), clients=1, keep=KEPT)
        verify_witnessed(alone, policy, 2)
        many = singles(node, min(REQUESTS, bench.entries), clients=CLIENTS, keep=KEPT)
        behind, began = _behind(node), perf_counter()
        while _behind(node):
            if perf_counter() - began > LONGEST_SECONDS:
                raise MeasurementError(f"the index has not caught up within {LONGEST_SECONDS} s")
            sleep(0.1)
        caught_up = perf_counter() - began
        verify_witnessed(many, policy, 2)
        bench.say(f"an answer has {many.answer_bytes} bytes")
    return [
        held("single, 32 clients, 3 nodes, receipt witnessed 2 of 2", many.per_second, "entries/s", RATE_BAR),
        held("submit to witnessed receipt, 3 nodes, one client, p50", alone.p50_ms, "ms", P50_BAR),
        Row("submit to witnessed receipt, 3 nodes, 32 clients, p99", many.p99_ms, "ms"),
        Row("its index behind the load", behind, "entries"),
        Row("its index caught up, cosigned by both, after", caught_up, "s"),
    ]


def _behind(node: Node) -> int:
    """Return how many entries of its log a node's index lacks."""
    with urlopen(f"http://127.0.0.1:{node.public_port}/index/checkpoint") as answer:
        size = int(answer.read().split(b"\n")[1])
    return node.size() - size
