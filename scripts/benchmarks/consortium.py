"""Several nodes that are each other's partners: own processes, databases and keys, with the settings users get."""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.request import urlopen

from node.log.keys import load_key
from scripts.benchmarks.database import is_durable
from scripts.benchmarks.generator import MeasurementError
from scripts.benchmarks.node import Initialised, Node, initialised, serving, wait_until_ready

MORE = """
[policy]
quorum = {quorum}

[mirror]
interval_seconds = 3600
"""
"""Partners push; what is pulled besides would only be asked for in vain."""

ANSWER_SECONDS = 30


@contextmanager
def consortium(folder: Path, count: int, *, quorum: int, more: str = "") -> Iterator[list[Node]]:
    """Run so many nodes, each the partner of all others, `quorum` of whose mirrors release a checkpoint."""
    folder.mkdir()
    made = [initialised(folder / f"n{number}", origin=f"n{number}.example/nostra") for number in range(count)]
    for one in made:
        blocks = [partner_block(other) for other in made if other is not one]
        with one.config.open("a", encoding="utf-8") as file:
            file.writelines([MORE.format(quorum=quorum), more, *blocks])
    with ExitStack() as stack:
        nodes = [stack.enter_context(serving(one)) for one in made]
        for node in nodes:
            wait_until_ready(node)
        yield nodes


def partner_block(other: Initialised, *, cosigns: bool = True) -> str:
    """Return the block that makes a node one's partner; one that doesn't cosign is only followed."""
    block = (
        f'\n[[partner]]\nname = "{other.folder.name}"\norigin = "{other.origin}"\n'
        f'verifier_key = "{other.verifier_key}"\nurl = "http://127.0.0.1:{other.public_port}"\n'
    )
    if not cosigns:
        return block
    keys = {claim: json.dumps(_cosigner_keys(other, claim)) for claim in ("mirror", "witness", "index")}
    return block + "".join(f"{claim}_keys = {listed}\n" for claim, listed in keys.items())


def _cosigner_keys(one: Initialised, claim: str) -> list[str]:
    files = [one.folder / "keys" / name for name in (f"{claim}.key", f"{claim}-ml-dsa.key")]
    return [load_key(file).verifier.render() for file in files if file.exists()]


def all_durable(nodes: Sequence[Node]) -> bool:
    """Return whether each node's database loses no acknowledged commit."""
    return all(is_durable(node.dsn) for node in nodes)


def policy_of(node: Node) -> bytes:
    """Return the trust policy that a node tells its readers."""
    with urlopen(f"http://127.0.0.1:{node.public_port}/v1/log") as answer:
        policy: str = json.load(answer)["policy"]["policy"]
    return policy.encode()


def post_entry(node: Node, entry: bytes) -> dict:
    """Post a sealed entry on a connection of its own, and return the answer.

    Raises:
        MeasurementError: It was refused.
    """
    connection = HTTPConnection("127.0.0.1", node.internal_port, timeout=ANSWER_SECONDS)
    try:
        connection.request("POST", "/v1/entries", entry, node.headers | {"Content-Type": "application/json"})
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    if answer.status != 201:
        raise MeasurementError(f"an entry was answered {answer.status}: {body[:200]!r}")
    found: dict = json.loads(body)
    return found
