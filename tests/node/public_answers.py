"""Everything that the public can get from a node, by the route table: a route that is added has to be added here."""

from collections.abc import Iterator
from urllib.parse import urlencode

from node.cli.demo.cast import TAMPERE
from node.http.app import routes_of
from node.http.openapi import plain_path
from tests.support.nodes import NodeUnderTest

QUESTION = urlencode({"scheme": "schac", "value": TAMPERE.schac, "code": "MR-101", "purpose": "credit"})


async def public_answers(running: NodeUnderTest, *names: str) -> bytes:
    """Return head and body of every answer to a GET of the public listener, for the logs of these names."""
    found: list[bytes] = []
    reached: set[str] = set()
    for prefix, name in [("", names[0]), *((f"/logs/{name}", name) for name in names)]:
        size = running.parts.log(name).reader.published.size
        commitments = await _commitments(running, prefix, size)
        for pattern, address in addresses(size, commitments, first=not prefix):
            answer = await running.get(prefix + address)
            assert answer.status in (200, 503), (prefix + address, answer.body)
            reached.add(("/logs/{log}" if prefix else "") + pattern)
            found += [str(dict(answer.headers)).encode(), answer.body]
    every = {plain_path(route) for route in routes_of("public")}
    assert reached == every, f"not looked at: {every - reached}"
    return b"\n".join(found)


async def _commitments(running: NodeUnderTest, prefix: str, size: int) -> list[str]:
    entries = [(await running.get(f"{prefix}/v1/entries/{leaf}")).json()["entry"] for leaf in range(size)]
    return [entry["texts"] for entry in entries if "texts" in entry]


def addresses(size: int, commitments: list[str], *, first: bool) -> Iterator[tuple[str, str]]:
    """Give (pattern, address) of all that a log of this size, below 256, serves."""
    for path in ("/checkpoint", "/v1/log", "/v1/achievements", "/v1/rules"):
        yield path, path
    for width in range(1, size + 1):
        yield "/tile/{level}/{index}", f"/tile/0/000.p/{width}"
        yield "/tile/entries/{index}", f"/tile/entries/000.p/{width}"
        yield "/v1/proofs/consistency", f"/v1/proofs/consistency?from={width}"
    for leaf in range(size):
        yield "/v1/entries/{leaf}", f"/v1/entries/{leaf}"
        yield "/v1/proofs/inclusion", f"/v1/proofs/inclusion?leaf={leaf}"
    for commitment in commitments:
        yield "/texts/{commitment}", f"/texts/{commitment}"
    if first:
        for path in ("/health/live", "/health/ready", "/health/fresh", "/v1/openapi.json"):
            yield path, path
        yield "/v1/recognition", f"/v1/recognition?{QUESTION}"
