"""Everything that the public can get from a node, by the route table: a route that is added has to be added here."""

from collections.abc import Iterator
from urllib.parse import urlencode

from node.cli.demo.cast import TAMPERE
from node.http.app import routes_of
from node.http.openapi import plain_path
from protocol.encoding import canonical
from protocol.encoding.wire import b64url
from protocol.gossip.exchange import Exchange
from protocol.recognition.terms import keys_of
from tests.support.nodes import Answer, NodeUnderTest

OF_OTHERS = (
    "/witness/{origin_hash}/checkpoint",
    "/mirror/{origin_hash}/checkpoint",
    "/mirror/{origin_hash}/tile/{level}/{index}",
    "/mirror/{origin_hash}/tile/entries/{index}",
    "/mirror/{origin_hash}/texts/{commitment}",
    "/mirror/{origin_hash}/index/checkpoint",
    "/mirror/{origin_hash}/index/{key}",
    "/mirror/{origin_hash}/v1/proofs/time",
    "/gossip/evidence/{id}",
    "/{path}/did.json",
)
"""What a node gives of others' logs: they are theirs to keep clean, and a node alone says that there are none."""

OF_PARTNERS = ("/v1/proofs/time",)
"""What a node can give only once partners have cosigned its log: alone it says that there is nothing."""

TOLD = {
    "/witness/add-checkpoint": ("text/plain", b""),
    "/mirror/add-checkpoint": ("text/plain", b""),
    "/index/cosign": ("text/plain", b""),
    "/mirror/add-entries": ("application/octet-stream", b""),
    "/gossip/exchange": ("application/json", Exchange(()).render()),
    "/gossip/evidence": ("application/json", b"{}"),
    "/gossip/seen": ("text/plain", b""),
    "/gossip/look": ("application/json", b'{"origin":"ledger.example/other"}'),
}
"""What anybody may tell a node, by path: type and body. The answer must say nothing either, a refusal as well."""

QUESTION = urlencode({"scheme": "schac", "value": TAMPERE.schac, "code": "MR-101", "purpose": "credit"})


async def public_answers(running: NodeUnderTest, *names: str) -> bytes:
    """Return head and body of every answer of the public listener, for the logs of these names."""
    found: list[bytes] = []
    reached: set[str] = set()
    for prefix, name in [("", names[0]), *((f"/logs/{name}", name) for name in names)]:
        size = running.parts.log(name).reader.published.size
        entries = await _entries(running, prefix, size)
        for pattern, address in addresses(running.parts.log(name).origin, entries, first=not prefix):
            answer = await running.get(prefix + address)
            assert answer.status in (200, 503) or pattern in OF_PARTNERS, (prefix + address, answer.body)
            reached.add(("/logs/{log}" if prefix else "") + pattern)
            found += _said(answer)
    for pattern in OF_OTHERS:
        answer = await running.get(_filled_in(pattern))
        assert answer.status == 404, (pattern, answer.body)
        reached.add(pattern)
        found += _said(answer)
    for path, (media_type, body) in TOLD.items():
        answer = await running.ask("POST", path, body, headers={"Content-Type": media_type})
        assert answer.status < 500, (path, answer.body)
        reached.add(path)
        found += _said(answer)
    every = {plain_path(route) for route in routes_of("public")}
    assert reached == every, f"not looked at: {every - reached}"
    return b"\n".join(found)


def _said(answer: Answer) -> list[bytes]:
    return [str(dict(answer.headers)).encode(), answer.body]


def _filled_in(pattern: str) -> str:
    """Return an address of this form that names nothing there is."""
    values = {
        "origin_hash": "0" * 64,
        "level": "0",
        "index": "000",
        "commitment": "A" * 43,
        "key": "A" * 43,
        "id": "0" * 64,
        "path": "x",
    }
    return pattern.format(**values)


async def _entries(running: NodeUnderTest, prefix: str, size: int) -> list[dict]:
    return [(await running.get(f"{prefix}/v1/entries/{leaf}")).json()["entry"] for leaf in range(size)]


def addresses(origin: str, entries: list[dict], *, first: bool) -> Iterator[tuple[str, str]]:
    """Give (pattern, address) of all that a log of these entries, fewer than 256, serves."""
    size = len(entries)
    for path in (
        "/checkpoint",
        "/index/checkpoint",
        "/v1/log",
        "/v1/cosigners",
        "/v1/achievements",
        "/v1/rules",
        "/v1/rosters",
        "/v1/texts/taken-down",
    ):
        yield path, path
    for width in range(1, size + 1):
        yield "/tile/{level}/{index}", f"/tile/0/000.p/{width}"
        yield "/tile/entries/{index}", f"/tile/entries/000.p/{width}"
        yield "/v1/proofs/consistency", f"/v1/proofs/consistency?from={width}"
    for leaf in range(size):
        yield "/v1/entries/{leaf}", f"/v1/entries/{leaf}"
        yield "/v1/proofs/inclusion", f"/v1/proofs/inclusion?leaf={leaf}"
        yield "/v1/proofs/time", f"/v1/proofs/time?leaf={leaf}"
    for commitment in (entry["texts"] for entry in entries if "texts" in entry):
        yield "/texts/{commitment}", f"/texts/{commitment}"
    keys = [key for entry in entries for key in keys_of(canonical.encode(entry), origin=origin)]
    for key in (bytes(32), *keys):
        yield "/index/{key}", f"/index/{b64url(key)}"
    if first:
        for path in ("/health/live", "/health/ready", "/health/fresh", "/v1/openapi.json", "/gossip/evidence"):
            yield path, path
        yield "/v1/recognition", f"/v1/recognition?{QUESTION}"
        yield "/.well-known/did.json", "/.well-known/did.json"
