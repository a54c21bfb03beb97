"""A member of fourteen shows two histories, one to each half of the others; the halves share one link.

The liar is two processes over one key: what both halves knew before is the same, what each is shown then is not. The
time runs from the moment at which the two histories part, so that following the log is in it.
"""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep
from urllib.request import urlopen

from protocol.documents.evidence import SplitView
from protocol.encoding.keys import VerifierKey
from scripts.benchmarks.bench import Bench, singles
from scripts.benchmarks.consortium import all_durable, partner_block, post_entry
from scripts.benchmarks.generator import MeasurementError
from scripts.benchmarks.node import Initialised, Node, initialised, serving, wait_until_ready
from scripts.benchmarks.report import Bar, Row, held
from scripts.benchmarks.sealed import sealed_entry
from scripts.benchmarks.settings import free_ports

HONEST = 13
HALF = 7
ROUND_SECONDS = 10
ROUNDS_BAR = Bar(2, below=True)
SETTLE_SECONDS = 3 * ROUND_SECONDS
LONGEST_SECONDS = 20 * ROUND_SECONDS

SETTINGS = f"""
[policy]
quorum = 2

[mirror]
interval_seconds = {ROUND_SECONDS}

[gossip]
interval_seconds = {ROUND_SECONDS}
"""


def measure(bench: Bench) -> list[Row]:
    """Return how many rounds it took until every honest node had evidence, each verified under the liar's key."""
    folder = bench.folder / "split"
    folder.mkdir()
    liar = initialised(folder / "liar", origin="liar.example/nostra")
    with ExitStack() as stack:
        # Both faces are one log until they part: the second is copied from the first once that has entries.
        with serving(liar) as node:
            wait_until_ready(node)
            singles(node, 20, clients=4)
        faces = [liar, _copy(liar, folder / "twin")]
        made = [initialised(folder / f"h{number}", origin=f"h{number}.example/nostra") for number in range(HONEST)]
        for number, one in enumerate(made):
            _introduce(one, [made[other] for other in range(HONEST) if _linked(number, other)], faces[number >= HALF])
        twins = [stack.enter_context(serving(face)) for face in faces]
        nodes = [stack.enter_context(serving(one)) for one in made]
        for node in [*twins, *nodes]:
            wait_until_ready(node)
        bench.durable = all_durable(nodes)
        bench.say(f"{HONEST} honest nodes and a liar with two faces, settling")
        sleep(SETTLE_SECONDS)
        seconds = _until_all_know(twins, nodes, VerifierKey.parse(liar.verifier_key))
    shutil.rmtree(folder)
    work = "split view in 14 nodes, halves with one link: evidence everywhere"
    return [held(work, seconds / ROUND_SECONDS, "rounds", ROUNDS_BAR), Row(work, seconds, "s")]


def _linked(one: int, other: int) -> bool:
    """Whether two honest nodes are partners: within a half all are, between the halves one pair is."""
    return one != other and ((one < HALF) == (other < HALF) or {one, other} == {0, HONEST - 1})


def _copy(liar: Initialised, folder: Path) -> Initialised:
    shutil.copytree(liar.folder, folder, ignore=shutil.ignore_patterns("run"))
    for path in (folder / "data").rglob("*"):
        original = liar.folder / path.relative_to(folder)
        shutil.chown(path, original.stat().st_uid, original.stat().st_gid)
    owner = (liar.folder / "data").stat()
    shutil.chown(folder / "data", owner.st_uid, owner.st_gid)
    public_port, internal_port = free_ports(2)
    config = folder / liar.config.name
    text = config.read_text().replace(f":{liar.public_port}", f":{public_port}")
    config.write_text(text.replace(f":{liar.internal_port}", f":{internal_port}"))
    return replace(liar, folder=folder, config=config, public_port=public_port, internal_port=internal_port)


def _introduce(one: Initialised, partners: list[Initialised], liar: Initialised) -> None:
    # The liar is followed, and cosigns nothing: it has more to hide than to hold.
    followed = replace(liar, folder=liar.folder.with_name("liar"))
    with one.config.open("a", encoding="utf-8") as file:
        blocks = [*map(partner_block, partners), partner_block(followed, cosigns=False)]
        file.writelines([SETTINGS, *blocks])


def _until_all_know(twins: list[Node], nodes: list[Node], key: VerifierKey) -> float:
    """Let the faces part, and return the seconds until each honest node has evidence that verifies."""
    began = monotonic()
    # At once: a node that hears what its own key has signed elsewhere signs nothing more.
    with ThreadPoolExecutor(len(twins)) as threads:
        list(threads.map(post_entry, twins, [sealed_entry() for _ in twins]))
    missing = list(nodes)
    while missing:
        if monotonic() - began > LONGEST_SECONDS:
            raise MeasurementError(f"{len(missing)} of {len(nodes)} nodes have no evidence after {LONGEST_SECONDS} s")
        missing = [node for node in missing if not _knows(node, key)]
        sleep(0.1)
    return monotonic() - began


def _knows(node: Node, key: VerifierKey) -> bool:
    base = f"http://127.0.0.1:{node.public_port}/gossip/evidence"
    with urlopen(base) as answer:
        listed = [one for one in json.load(answer)["evidence"] if one["origin"] == key.name]
    for one in listed:
        with urlopen(f"{base}/{one['id']}") as answer:
            SplitView.parse(answer.read()).verify([key])
    return bool(listed)
