"""The witness over HTTP: C2SP's status codes, media types and bodies; and what the logs tell of the cosigners."""

import asyncio
import hashlib

import pytest

from node.gossip.cosigning.cosigner import open_cosigner
from node.gossip.cosigning.witness import MAX_REQUEST_BYTES
from node.http import bodies
from protocol.encoding.note import Note
from protocol.errors import NoTrustedKeyError
from protocol.gossip.cosignature import verify
from protocol.gossip.cosigners import open_cosigners
from protocol.gossip.witness import parse_lines
from tests.support.growing_log import GrowingLog
from tests.support.nodes import Answer, NodeUnderTest, make_config, node_running

LOG = GrowingLog("partner.example/log", 40)
PARTNER = f"""
[[partner]]
name = "partner"
origin = "{LOG.origin}"
verifier_key = "{LOG.signer.verifier.render()}"
url = "http://127.0.0.1:9"
"""
CHECKPOINT = f"/witness/{hashlib.sha256(LOG.origin.encode()).hexdigest()}/checkpoint"


@pytest.fixture
async def node(tmp_path, dsn):
    """Give a node that knows the log of a partner, which serves nothing."""
    async with node_running(make_config(tmp_path / "node", dsn, more=PARTNER)) as node:
        yield node


async def ask(node: NodeUnderTest, body: bytes) -> Answer:
    """Ask for a cosignature, as a log does: without token, from outside."""
    return await node.ask("POST", "/witness/add-checkpoint", body)


def content_type(answer: Answer) -> str:
    """Return the whole media type of an answer."""
    return answer.headers["Content-Type"]


async def test_partners_checkpoint_is_cosigned_and_shown(node):
    """200 has our lines over the checkpoint; the monitoring path shows it with the log's line and these."""
    answer = await ask(node, LOG.request(0, 20))
    assert (answer.status, content_type(answer)) == (200, "text/plain; charset=utf-8")
    lines = parse_lines(answer.body)
    keys = open_cosigner(node.config, "witness").keys
    assert [one.key for one in verify(Note(LOG.checkpoint(20).render(), lines), keys)] == list(keys)
    shown = await node.get(CHECKPOINT)
    assert (shown.status, content_type(shown)) == (200, "text/plain; charset=utf-8")
    assert shown.body == LOG.note(20, lines)


REFUSED = {
    "malformed": (lambda: b"old 00\n\n", 400),
    "not its log's": (lambda: LOG.request(0, 20).replace(b"\n20\n", b"\n21\n"), 403),
    "unknown log": (lambda: GrowingLog("stranger.example/log", 3).request(0, 3), 404),
    "too large": (lambda: LOG.request(0, 20) + b"x" * MAX_REQUEST_BYTES, 413),
    "unproven": (lambda: LOG.fork(19).request(20, 33), 422),
}


@pytest.mark.parametrize(("body", "status"), REFUSED.values(), ids=REFUSED)
async def test_refusal_is_one_line_of_plain_text(node, body, status):
    """What isn't cosigned is answered by the specification's status and a line for people."""
    await ask(node, LOG.request(0, 20))
    answer = await ask(node, body())
    assert (answer.status, content_type(answer), answer.body.count(b"\n")) == (status, "text/plain; charset=utf-8", 1)


async def test_stale_size_is_answered_with_the_size(node):
    """409 has the size in decimal and a newline, under the specification's media type and nothing added to it."""
    await ask(node, LOG.request(0, 20))
    answer = await ask(node, LOG.request(7, 33))
    assert (answer.status, content_type(answer), answer.body) == (409, "text/x.tlog.size", b"20\n")


async def test_checkpoint_never_cosigned_is_not_found(node):
    """404 before the first, and for a name that is no log's."""
    for path in (
        CHECKPOINT,
        f"/witness/{'0' * 64}/checkpoint",
        f"/witness/{'A' * 64}/checkpoint",
        "/witness/checkpoint",
    ):
        assert (await node.get(path)).status == 404


async def test_body_without_end_is_not_waited_for(node, monkeypatch):
    """Who promises more than comes is answered after a time, and the connection given up."""
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.2)
    address = node.running.addresses["public"]
    reader, writer = await asyncio.open_connection(address.host, address.port)
    writer.write(b"POST /witness/add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nold 0\n")
    assert (await reader.readline()).startswith(b"HTTP/1.1 400 ")
    writer.close()


async def test_body_of_no_stated_length_is_bounded(node):
    """A chunked body is read up to the bound and no further."""
    address = node.running.addresses["public"]
    reader, writer = await asyncio.open_connection(address.host, address.port)
    writer.write(b"POST /witness/add-checkpoint HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(5):
        writer.write(b"4000\r\n" + b"x" * 0x4000 + b"\r\n")
    assert (await reader.readline()).startswith(b"HTTP/1.1 413 ")
    writer.close()


async def test_own_log_is_not_cosigned(node):
    """A node is no witness of its own logs."""
    own = node.parts.log(None).reader.published.note
    assert (await ask(node, b"old 0\n\n" + own)).status == 404


async def test_restarted_node_knows_what_it_cosigned(tmp_path, dsn):
    """State and keys outlive the process."""
    config = make_config(tmp_path / "node", dsn, more=PARTNER)
    async with node_running(config) as node:
        await ask(node, LOG.request(0, 20))
        shown = (await node.get(CHECKPOINT)).body
    async with node_running(config) as node:
        assert (await node.get(CHECKPOINT)).body == shown
        assert (await ask(node, LOG.request(0, 33))).body == b"20\n"
        assert (await ask(node, LOG.request(20, 33))).status == 200


async def test_each_log_tells_of_the_cosigners_under_its_own_key(running_node):
    """The note at /v1/cosigners is signed by the log that the path names, and has the keys of witness and mirror."""
    witness, mirror = (open_cosigner(running_node.config, claim) for claim in ("witness", "mirror"))
    for path, log in (("", "uni"), ("/logs/uni", "uni"), ("/logs/college", "college")):
        answer = await running_node.get(f"{path}/v1/cosigners")
        key = running_node.parts.log(log).verifier
        told = open_cosigners(answer.body, [key])
        assert (told.origin, told.witness, told.mirror) == (key.name, witness.keys, mirror.keys)
    with pytest.raises(NoTrustedKeyError):
        open_cosigners(answer.body, [running_node.parts.log("uni").verifier])
