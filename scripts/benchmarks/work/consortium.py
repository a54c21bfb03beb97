"""A consortium of ECIU's size on this machine: what it costs at rest, and how soon a quorum has cosigned each entry."""

from concurrent.futures import ThreadPoolExecutor
from time import perf_counter, sleep

from scripts.benchmarks.bench import Bench
from scripts.benchmarks.consortium import all_durable, consortium, policy_of, post_entry
from scripts.benchmarks.memory import cpu_seconds
from scripts.benchmarks.node import Node
from scripts.benchmarks.report import Bar, Row, held
from scripts.benchmarks.sample import verify_witnessed_answer
from scripts.benchmarks.sealed import sealed_entry

NODES = 14
QUORUM = 3
SECONDS = 30
SETTLE_SECONDS = 15
IDLE_SECONDS = 30
P99_BAR = Bar(2, below=True)
IDLE_BAR = Bar(3, below=True)


def measure(bench: Bench) -> list[Row]:
    """Return p50 and p99 from submitting to the witnessed receipt, with each node given one entry a second."""
    with consortium(bench.folder / "fourteen", NODES, quorum=QUORUM) as nodes:
        bench.durable = all_durable(nodes)
        sleep(SETTLE_SECONDS)
        bench.say(f"{NODES} nodes at rest for {IDLE_SECONDS} s")
        before = [cpu_seconds(node.process) for node in nodes]
        sleep(IDLE_SECONDS)
        idle = [100 * (cpu_seconds(node.process) - one) / IDLE_SECONDS for node, one in zip(nodes, before, strict=True)]
        bench.say(f"one entry a second to each for {SECONDS} s")
        with ThreadPoolExecutor(NODES) as threads:
            seconds = sorted(taken for each in threads.map(_submit, nodes, range(NODES)) for taken in each)
    at = f"{NODES} nodes, one entry a second each, {QUORUM} of {NODES - 1}"
    return [
        held(f"{at}: submit to witnessed receipt, p99", seconds[len(seconds) * 99 // 100], "s", P99_BAR),
        Row(f"{at}: submit to witnessed receipt, p50", seconds[len(seconds) // 2], "s"),
        held(f"{NODES} nodes at rest: the dearest node with its database", max(idle), "% of a core", IDLE_BAR),
        Row(f"{NODES} nodes at rest: all together", sum(idle), "% of a core"),
    ]


def _submit(node: Node, place: int) -> list[float]:
    """Post an entry a second, whether the one before was slow or not, and return how long each receipt took."""
    policy, taken = policy_of(node), []
    begin = perf_counter() + place / NODES
    for number in range(SECONDS):
        sleep(max(0.0, begin + number - perf_counter()))
        entry, due = sealed_entry(), begin + number
        answer = post_entry(node, entry)
        taken.append(perf_counter() - due)
        verify_witnessed_answer(entry, answer, policy, QUORUM)
    return taken
