"""The index of a log over HTTP: its note, lookups with proofs, and what a cosigner is asked."""

import asyncio
import logging

import pytest

from node.client import HttpClient
from node.client.index import IndexClient, ask_to_cosign
from node.errors import ForbiddenError, NodeError, NotFoundError
from node.http import index_api
from node.telemetry import set_up_logging
from protocol.encoding.keys import Signer
from protocol.encoding.note import Note
from protocol.encoding.wire import b64url
from protocol.gossip.cosign_index import MAX_REQUEST_BYTES, CosignIndex
from protocol.gossip.cosignature import verify
from protocol.gossip.witness import origin_hash
from protocol.log.index_note import IndexHead, open_index, sign_index
from protocol.recognition.terms import keys_of
from tests.support.entries import bundle_of, sealed_entries
from tests.support.indexed_log import IndexedLog
from tests.support.nodes import make_config, node_running
from tests.support.pushing import an_upload

BYTES = {"Content-Type": "application/octet-stream"}
TEXT = {"Content-Type": "text/plain"}
SIZE = 9
PARTNER = """
[mirror]
interval_seconds = 3600

[[partner]]
name = "partner"
origin = "{origin}"
verifier_key = "{key}"
url = "http://127.0.0.1:9"
"""


@pytest.fixture
def log() -> IndexedLog:
    """Give a partner's log."""
    return IndexedLog("partner.example/log", sealed_entries("partner", SIZE))


@pytest.fixture
async def node(tmp_path, dsn, log):
    """Give a node with a log of five entries, which mirrors the partner's."""
    more = PARTNER.format(origin=log.origin, key=log.signer.verifier.render())
    async with node_running(make_config(tmp_path / "node", dsn, more=more)) as node:
        entries = bundle_of(sealed_entries("own", 5))
        assert (await node.post("/v1/entries?until=released", entries, headers=BYTES)).status == 201
        await node.ask("POST", "/mirror/add-checkpoint", log.request(0, SIZE), headers=TEXT)
        assert (await node.ask("POST", "/mirror/add-entries", an_upload(log, 0, SIZE), headers=BYTES)).status == 200
        async with asyncio.timeout(20):
            while await size_of(node) != 5:  # noqa: ASYNC110 - a node tells no event
                await asyncio.sleep(0.05)
        yield node


async def size_of(node, prefix="") -> int:
    """Return over how many entries an index is shown."""
    answer = await node.get(f"{prefix}/index/checkpoint")
    if answer.status == 503:
        return -1
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-cache")
    return int(answer.body.split(b"\n")[1])


def key_of(origin, label, at) -> bytes:
    """Return the key of a sealed entry's tag."""
    (key,) = keys_of(sealed_entries(label, at + 1)[at], origin=origin)
    return key


async def test_an_own_index_is_served_with_its_proofs(node):
    """Under the first log's path and under its name alike; what is there and what isn't, each under the note."""
    own = node.parts.log(None)
    async with HttpClient() as http:
        for prefix in ("", f"/logs/{own.name}"):
            client = IndexClient(http, node.public_url + prefix)
            stated, _ = open_index(await client.checkpoint(), [own.verifier])
            assert stated.size == 5
            for at, leaves in ((3, (3,)), (7, ())):
                lookup = await client.look_up(key_of(own.origin, "own", at))
                head = lookup.verify(lookup.answer.key, [own.verifier])
                assert (head.size, lookup.answer.leaves) == (5, leaves)


async def test_a_mirrored_index_is_served_once_its_note_is_known(node, log):
    """We compute it, and cosign; it is shown under the note that the log shows."""
    at = f"/mirror/{origin_hash(log.origin)}"
    assert (await node.get(f"{at}/index/{b64url(log.key_of(4))}")).status == 503
    async with HttpClient() as http:
        lines = await ask_to_cosign(http, node.public_url, log.asked_for(SIZE))
        shown = Note.parse(log.index_note(SIZE)).adding(lines).render()
        await ask_to_cosign(http, node.public_url, log.asked_for(SIZE, shown))
        assert await size_of(node, at) == SIZE
        client = IndexClient(http, node.public_url + at)
        lookup = await client.look_up(log.key_of(4))
        lookup.verify(log.key_of(4), [log.signer.verifier])
        assert (lookup.answer.leaves, lookup.note) == ((4,), shown)
    cosigner = node.parts.indexes.cosigner
    assert len(verify(Note.parse(shown), cosigner._cosigner.keys)) == len(lines) == len(cosigner._cosigner.keys)


NOT_THERE = [
    "/index/short",
    f"/index/{'A' * 42}",
    f"/index/{'A' * 42}B",  # its last bits are not zero
    f"/index/{'A' * 44}",
    "/index/",
    f"/logs/none/index/{'A' * 43}",
    f"/mirror/{'0' * 64}/index/checkpoint",
    f"/mirror/{'0' * 64}/index/{'A' * 43}",
]


async def test_what_is_no_key_or_no_log_is_not_found(node):
    """One spelling of a key, and only logs that are here."""
    assert [(path, (await node.get(path)).status) for path in NOT_THERE] == [(path, 404) for path in NOT_THERE]


async def test_refusals_are_plain_text(node, log):
    """Malformed, unknown, not theirs, wrong, not here yet, too large: each status has its line of text."""
    head = IndexHead(log.origin, SIZE, log.root(SIZE), b"\1" * 32)
    foreign = CosignIndex(b"\1" * 32, sign_index(head, Signer(log.origin, b"\7" * 32)))
    own = node.parts.log(None)
    ours = CosignIndex(b"\1" * 32, sign_index(IndexHead(own.origin, 5, b"\1" * 32, b"\1" * 32), own.signer))
    wrong = CosignIndex(b"\1" * 32, sign_index(head, log.signer))
    bodies = {400: b"noise", 404: ours.render(), 403: foreign.render(), 413: b"x" * (MAX_REQUEST_BYTES + 1)}
    for status, body in [*bodies.items(), (403, wrong.render()), (503, later(log).render())]:
        answer = await node.ask("POST", "/index/cosign", body, headers=TEXT)
        assert (answer.status, answer.headers["Content-Type"]) == (status, "text/plain; charset=utf-8")
        assert answer.body.endswith(b"\n")


def later(log) -> CosignIndex:
    """Return a request on an index of more than is mirrored."""
    log.entries = [*log.entries, *sealed_entries("later", 3)]
    return log.asked_for(SIZE + 3)


async def test_the_client_tells_what_it_was_refused_with(node, log):
    """The text of a refusal reaches whoever asked; what isn't there is told apart from what is refused."""
    log.lie = lambda index: {}
    async with HttpClient() as http:
        with pytest.raises(ForbiddenError, match="not what its entries give"):
            await ask_to_cosign(http, node.public_url, log.asked_for(SIZE))
        with pytest.raises(NotFoundError):
            await IndexClient(http, f"{node.public_url}/mirror/{'0' * 64}").checkpoint()
        with pytest.raises(NodeError):
            await IndexClient(http, f"{node.public_url}/nothing").look_up(bytes(32))


async def test_no_key_stands_in_a_log_line(node, caplog, capfd):
    """A lookup is written down by its pattern alone, where requests are written down at all."""
    set_up_logging(level="debug")
    logging.getLogger().addHandler(caplog.handler)
    key = b64url(key_of(node.parts.log(None).origin, "own", 3))
    with caplog.at_level(logging.DEBUG):
        assert (await node.get(f"/index/{key}")).status == 200
        assert (await node.get(f"/index/{key[:-1]}-")).status == 404
    out, err = capfd.readouterr()
    assert key[:20] not in caplog.text + out + err
    metrics = (await node.get("/metrics", internal=True)).body.decode()
    assert key[:20] not in metrics


async def test_a_body_without_end_is_not_waited_for(node, monkeypatch):
    """The cosigner reads no more than a request has, and not for ever."""
    monkeypatch.setattr("node.http.bodies.BODY_SECONDS", 0.2)
    address = node.running.addresses["public"]
    reader, writer = await asyncio.open_connection(address.host, address.port)
    writer.write(b"POST /index/cosign HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\ntrie ")
    assert (await reader.readline()).startswith(b"HTTP/1.1 400 ")
    writer.close()


def test_the_routes_are_on_both_listeners():
    """What the public sees is served inside as well; nobody needs a token."""
    assert {route.listener for route in index_api.ROUTES} == {"public"}
    assert all(route.roles == () for route in index_api.ROUTES)
