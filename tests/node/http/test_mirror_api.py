"""A partner's log as our mirror serves it, and what its node pushes, over HTTP."""

import asyncio
import gzip
import zlib

import pytest

from node.gossip.mirror import upload_limits
from protocol.encoding.note import Note
from protocol.gossip.cosignature import verify
from protocol.gossip.mirror_info import MirrorInfo
from protocol.gossip.witness import origin_hash, parse_lines
from protocol.log.checkpoint import open_checkpoint
from protocol.log.tile import ENTRIES, Tile, hashes_of, parse_bundle
from protocol.recognition.texts import parse_texts
from tests.node.http.test_tiles import FOR_GOOD
from tests.support.growing_log import GrowingLog
from tests.support.nodes import NodeUnderTest, make_config, node_running
from tests.support.publications import withdrawal_with_texts
from tests.support.pushing import an_upload

BYTES = {"Content-Type": "application/octet-stream"}
SIZE = 700
PARTNER = """
[mirror]
interval_seconds = 3600

[[partner]]
name = "partner"
origin = "{origin}"
verifier_key = "{key}"
url = "http://127.0.0.1:9"
"""


@pytest.fixture(scope="module")
def log() -> GrowingLog:
    """Give a partner's log."""
    return GrowingLog("partner.example/nostra", SIZE)


@pytest.fixture
async def node(tmp_path, dsn, log):
    """Give a node that mirrors the log, of which nothing is pushed yet."""
    more = PARTNER.format(origin=log.origin, key=log.signer.verifier.render())
    async with node_running(make_config(tmp_path / "node", dsn, logs=["uni"], more=more)) as one:
        yield one


async def push(node: NodeUnderTest, log: GrowingLog, size: int, old: int = 0) -> tuple[bytes, bytes]:
    """Push a log, and return both answers' bodies."""
    first = await node.ask("POST", "/mirror/add-checkpoint", log.request(old, size))
    then = await node.ask("POST", "/mirror/add-entries", an_upload(log, old, size), headers=BYTES)
    assert (first.status, then.status) == (200, 200), (first.body, then.body)
    return first.body, then.body


def at(log: GrowingLog, path: str) -> str:
    """Return a path of the mirrored log."""
    return f"/mirror/{origin_hash(log.origin)}/{path}"


async def test_a_mirror_shows_nothing_before_it_has_cosigned(node, log):
    """A checkpoint that is only pending is nobody's to read; nor are entries on the way to it."""
    await node.ask("POST", "/mirror/add-checkpoint", log.request(0, SIZE))
    answer = await node.ask("POST", "/mirror/add-entries", an_upload(log, 0, SIZE, packages=1), headers=BYTES)
    assert (answer.status, MirrorInfo.parse(answer.body)) == (202, MirrorInfo(SIZE, 256))
    for path in ("checkpoint", "tile/0/000", "tile/entries/000"):
        assert (await node.get(at(log, path))).code == "not-found"


async def test_a_mirrored_log_is_read_as_any_log(node, log):
    """Checkpoint, tiles and bundles, full and partial, are the log's own, under its note with the mirror's lines."""
    pending, lines = await push(node, log, SIZE)
    assert pending == b""
    answer = await node.get(at(log, "checkpoint"))
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    checkpoint, note = open_checkpoint(answer.body, [log.signer.verifier])
    assert (checkpoint.size, checkpoint.root) == (SIZE, log.root(SIZE))
    assert note.signatures[1:] == parse_lines(lines)
    assert {line.name for line in note.signatures[1:]} == {"uni.example.org/nostra/mirror"}
    read = []
    for bundle in (Tile(ENTRIES, 0), Tile(ENTRIES, 1), Tile(ENTRIES, 2, SIZE - 512)):
        answer = await node.get(at(log, bundle.path()))
        assert answer.headers["Cache-Control"] == FOR_GOOD
        read += parse_bundle(answer.body)
    assert read == log.entries
    assert hashes_of((await node.get(at(log, "tile/1/000.p/2"))).body) == [log.root(256), log.hash((8, 1))]


async def test_a_mirror_shows_its_own_checkpoint_and_no_more(node, log):
    """Entries beyond what is cosigned are held and not shown."""
    await push(node, log, 300)
    await node.ask("POST", "/mirror/add-checkpoint", log.request(300, SIZE))
    await node.ask("POST", "/mirror/add-entries", an_upload(log, 300, SIZE, packages=1), headers=BYTES)
    assert (await node.get(at(log, "tile/0/001.p/44"))).status == 200
    for path in ("tile/0/001", "tile/0/001.p/45", "tile/entries/001"):
        assert (await node.get(at(log, path))).status == 404


@pytest.mark.parametrize("path", ["checkpoint", "tile/0/000", "texts/" + "A" * 43])
async def test_a_log_that_is_not_mirrored_is_not_found(node, path):
    """Our own log is not there either: nobody is his own mirror."""
    for origin in ("uni.example.org/nostra", "nobody.example/log"):
        assert (await node.get(f"/mirror/{origin_hash(origin)}/{path}")).code == "not-found"
    assert (await node.get(f"/mirror/{'A' * 64}/{path}")).status == 404


async def test_texts_of_a_mirrored_log_are_its_own(node, log):
    """Under a mirror's prefix only that log's texts are served."""
    await push(node, log, 3)
    body = withdrawal_with_texts("uni.example.org/nostra")
    assert (await node.post("/v1/entries", body)).status == 201
    commitment = body["entry"]["texts"]
    assert (await node.get(at(log, f"texts/{commitment}"))).status == 404
    log_id = node.parts.mirrors.of(log.origin).mirror.holding.state.head.log_id
    async with node.parts.database.writing() as connection:
        await connection.execute("UPDATE texts SET log_id = $1", log_id)
    assert parse_texts((await node.get(at(log, f"texts/{commitment}"))).body).commitment == commitment


@pytest.mark.parametrize("parts", [1, 3], ids=["one member", "several members"])
async def test_an_upload_may_come_compressed(node, log, parts):
    """Gzip is taken, as the specification asks, and said to be."""
    await node.ask("POST", "/mirror/add-checkpoint", log.request(0, SIZE))
    body = an_upload(log, 0, SIZE)
    step = -(-len(body) // parts)
    packed = b"".join(gzip.compress(body[at : at + step]) for at in range(0, len(body), step))
    answer = await node.ask("POST", "/mirror/add-entries", packed, headers=BYTES | {"Content-Encoding": "gzip"})
    assert (answer.status, answer.headers["Accept-Encoding"]) == (200, "gzip")


BROKEN = {
    "no gzip at all": lambda body: body,
    "cut off": lambda body: gzip.compress(body)[: len(body) // 8],
    "a bit flipped": lambda body: gzip.compress(body)[:-20] + b"\0" * 20,
}


@pytest.mark.parametrize("spoil", BROKEN.values(), ids=BROKEN)
async def test_what_is_not_compressed_as_it_says_ends_there(node, log, spoil):
    """What was unpacked before is taken, and the node goes on."""
    await node.ask("POST", "/mirror/add-checkpoint", log.request(0, SIZE))
    body = spoil(an_upload(log, 0, SIZE))
    answer = await node.ask("POST", "/mirror/add-entries", body, headers=BYTES | {"Content-Encoding": "gzip"})
    assert answer.status in (202, 400, 422)
    assert (await node.ask("POST", "/mirror/add-entries", an_upload(log, 0, SIZE), headers=BYTES)).status == 200


async def test_a_small_body_does_not_become_a_large_one(node, log):
    """Ten gigabytes of nothing in ten megabytes: unpacked as far as the first package, which isn't proven."""
    await node.ask("POST", "/mirror/add-checkpoint", log.request(0, SIZE))
    packer = zlib.compressobj(9, wbits=31)
    bomb = [packer.compress(an_upload(log, 0, SIZE, packages=0))]
    bomb += [packer.compress(bytes(1 << 20)) for _ in range(200)]
    body = b"".join([*bomb, packer.flush()])
    answer = await node.ask("POST", "/mirror/add-entries", body, headers=BYTES | {"Content-Encoding": "gzip"})
    assert answer.status == 422
    large = [zlib.compressobj(9, wbits=31)]
    bomb = [large[0].compress(an_upload(log, 0, SIZE, packages=0))]
    bomb += [large[0].compress(b"\xff" * (1 << 20)) for _ in range(200)]
    body = b"".join([*bomb, large[0].flush()])
    answer = await node.ask("POST", "/mirror/add-entries", body, headers=BYTES | {"Content-Encoding": "gzip"})
    assert answer.status in (400, 422)


async def raw(node: NodeUnderTest, head: str, body: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Begin a request by hand."""
    address = node.running.addresses["public"]
    reader, writer = await asyncio.open_connection(address.host, address.port)
    writer.write(f"POST /mirror/add-entries HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n".encode() + body)
    await writer.drain()
    return reader, writer


async def test_ten_gigabytes_are_answered_without_reading_them(node, log):
    """A body that is announced as huge is read as far as it is good; then the connection is closed."""
    await node.ask("POST", "/mirror/add-checkpoint", log.request(0, SIZE))
    body = an_upload(log, 0, SIZE, packages=0) + bytes(1 << 20)
    reader, writer = await raw(node, f"Content-Length: {10 * 1000**3}", body)
    answer = await asyncio.wait_for(reader.read(), 15)
    assert answer.startswith(b"HTTP/1.1 422 ")
    assert b"connection: close" in answer.lower()
    writer.close()


async def test_a_client_that_hangs_up_leaves_what_it_brought(node, log):
    """The packages that came whole are held; the log goes on from there."""
    await node.ask("POST", "/mirror/add-checkpoint", log.request(0, SIZE))
    body = an_upload(log, 0, SIZE)
    _, writer = await raw(node, f"Content-Length: {len(body)}", body[:-10])
    await asyncio.sleep(0.1)
    writer.transport.abort()
    async with asyncio.timeout(10):
        while (await node.parts.mirrors.seen(log.origin)).size != 512:  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.02)
    assert (await node.ask("POST", "/mirror/add-entries", an_upload(log, 512, SIZE), headers=BYTES)).status == 200


async def test_a_client_that_stalls_holds_nobody_up(node, log, monkeypatch):
    """Another upload of the same log goes through, and the one that stalled is answered in the end."""
    monkeypatch.setattr(upload_limits, "STALL_SECONDS", 0.3)
    await node.ask("POST", "/mirror/add-checkpoint", log.request(0, SIZE))
    body = an_upload(log, 0, SIZE)
    reader, writer = await raw(node, f"Content-Length: {len(body)}", body[: len(body) // 2])
    assert (await node.ask("POST", "/mirror/add-entries", body, headers=BYTES)).status == 200
    answer = await asyncio.wait_for(reader.read(), 15)
    assert answer.startswith(b"HTTP/1.1 202 ")
    writer.close()


ANSWERS = {
    "a checkpoint of noise": ("/mirror/add-checkpoint", lambda log: b"noise", 400, "text/plain; charset=utf-8"),
    "a checkpoint too long": ("/mirror/add-checkpoint", lambda log: b"x" * 100_000, 413, "text/plain; charset=utf-8"),
    "another log's checkpoint": (
        "/mirror/add-checkpoint",
        lambda log: GrowingLog("nobody.example/log", 3).request(0, 3),
        404,
        "text/plain; charset=utf-8",
    ),
    "from another size": ("/mirror/add-checkpoint", lambda log: log.request(2, 3), 409, "text/x.tlog.size"),
    "entries of nothing": ("/mirror/add-entries", lambda log: b"", 400, "text/plain; charset=utf-8"),
    "another log's entries": (
        "/mirror/add-entries",
        lambda log: an_upload(log, 0, 3, origin="nobody.example/log"),
        404,
        "text/plain; charset=utf-8",
    ),
    "entries too early": ("/mirror/add-entries", lambda log: an_upload(log, 0, 3), 422, "text/plain; charset=utf-8"),
}


@pytest.mark.parametrize(("path", "body", "status", "media_type"), ANSWERS.values(), ids=ANSWERS)
async def test_what_does_not_fit_is_answered_as_the_specification_says(node, log, path, body, status, media_type):
    """Never a problem document: whoever pushes may be another program."""
    answer = await node.ask("POST", path, body(log), headers=BYTES)
    assert (answer.status, answer.headers["Content-Type"]) == (status, media_type)


async def test_both_cosigners_of_a_node_have_other_names(node, log):
    """The mirror's lines verify by its own keys, and by none of the witness's."""
    _, lines = await push(node, log, 5)
    note = Note(Note.parse(log.note(5)).text, parse_lines(lines))
    assert verify(note, node.parts.witness.cosigner.keys) == ()
