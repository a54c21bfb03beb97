"""A log served as files: what C2SP tlog-tiles asks for."""

import gzip

import pytest

from protocol.log.checkpoint import open_checkpoint
from protocol.log.merkle import EMPTY_ROOT, leaf_hash, root_of
from protocol.log.tile import ENTRIES, Tile, hashes_of, parse_bundle
from protocol.recognition.texts import parse_texts
from tests.support.entries import bundle_of, sealed_entries
from tests.support.nodes import NodeUnderTest
from tests.support.publications import withdrawal_with_texts

BUNDLE = {"Content-Type": "application/octet-stream"}
FOR_GOOD = "public, max-age=31536000, immutable"


async def fill(node: NodeUnderTest, count: int) -> list[bytes]:
    """Log sealed entries and return them."""
    entries = sealed_entries("tiles", count)
    answer = await node.post("/v1/entries", bundle_of(entries), headers=BUNDLE)
    assert answer.status == 201, answer.body
    return entries


async def test_an_empty_log_shows_its_signed_checkpoint(running_node):
    """A checkpoint of size zero is there from the start, as text that no cache may keep unasked."""
    answer = await running_node.get("/checkpoint")
    checkpoint, _ = open_checkpoint(answer.body, [running_node.verifier_key])
    assert (checkpoint.size, checkpoint.root) == (0, EMPTY_ROOT)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"


async def test_tiles_and_bundles_lead_to_the_signed_root(running_node):
    """Full and partial tiles and bundles hold exactly the entries that were logged."""
    entries = await fill(running_node, 300)
    checkpoint, _ = open_checkpoint((await running_node.get("/checkpoint")).body, [running_node.verifier_key])
    read = []
    for tile in (Tile(ENTRIES, 0), Tile(ENTRIES, 1, 44)):
        read += parse_bundle((await running_node.get(f"/{tile.path()}")).body)
    assert read == entries
    hashes = [leaf_hash(entry) for entry in entries]
    assert checkpoint.root == root_of(hashes)
    for tile, expected in (
        (Tile(0, 0), hashes[:256]),
        (Tile(0, 1, 44), hashes[256:]),
        (Tile(1, 0, 1), [root_of(hashes[:256])]),
    ):
        answer = await running_node.get(f"/{tile.path()}")
        assert hashes_of(answer.body) == expected
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Cache-Control"] == FOR_GOOD


async def test_what_was_partial_stays_servable(running_node):
    """A tile's earlier, smaller width is cut from what is there now."""
    entries = await fill(running_node, 260)
    for width in (1, 3, 255):
        answer = await running_node.get(f"/tile/0/000.p/{width}")
        assert hashes_of(answer.body) == [leaf_hash(entry) for entry in entries[:width]]
        answer = await running_node.get(f"/tile/entries/000.p/{width}")
        assert parse_bundle(answer.body) == entries[:width]


@pytest.mark.parametrize(
    "path",
    [
        "/tile/0/001",
        "/tile/0/000.p/4",
        "/tile/entries/000",
        "/tile/1/000.p/1",
        "/tile/0/0",
        "/tile/0/000.p/0",
        "/tile/0/000.p/256",
        "/tile/64/000",
        "/tile/00/000",
        "/tile/0/x000/000",
        "/tile/data/000",
        "/tile/0/000/",
        "/tile/-1/000",
    ],
)
async def test_what_the_published_tree_does_not_show_is_not_found(running_node, path):
    """Tiles beyond the tree, and paths that are no tile's, are a 404."""
    await fill(running_node, 3)
    assert ((await running_node.get(path)).status, (await running_node.get(path)).code) == (404, "not-found")


async def test_a_bundle_is_compressed_for_who_asks(running_node):
    """With `Accept-Encoding: gzip` a bundle comes smaller and says so; without, plain."""
    entries = await fill(running_node, 200)
    packed = await running_node.get("/tile/entries/000.p/200", headers={"Accept-Encoding": "gzip"})
    plain = await running_node.get("/tile/entries/000.p/200", headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert parse_bundle(gzip.decompress(packed.body)) == parse_bundle(plain.body) == entries
    assert len(packed.body) < len(plain.body)
    assert "Content-Encoding" not in plain.headers
    assert plain.headers["Vary"] == "Accept-Encoding"


async def test_each_own_log_has_its_prefix(running_node):
    """The first log is served at `/` and by name; the second by name alone; a third is not found."""
    first = (await running_node.get("/checkpoint")).body
    assert (await running_node.get("/logs/uni/checkpoint")).body == first
    second = await running_node.get("/logs/college/checkpoint")
    key = running_node.parts.log("college").verifier
    assert open_checkpoint(second.body, [key])[0].origin == "college.example.org/nostra"
    assert (await running_node.get("/logs/nobody/checkpoint")).status == 404


async def test_texts_are_served_until_they_are_taken_down(running_node):
    """The texts of an entry come by their commitment; taken down they are gone, and the entry stays."""
    body = withdrawal_with_texts("uni.example.org/nostra")
    logged = await running_node.post("/v1/entries", body)
    assert logged.status == 201, logged.body
    commitment = body["entry"]["texts"]
    answer = await running_node.get(f"/texts/{commitment}")
    assert parse_texts(answer.body).commitment == commitment
    async with running_node.parts.database.writing() as connection:
        await connection.execute("UPDATE texts SET document = NULL, taken_down = true")
    gone = await running_node.get(f"/texts/{commitment}")
    assert (gone.status, gone.code) == (410, "gone")
    assert (await running_node.get("/v1/entries/0")).status == 200


@pytest.mark.parametrize(("commitment", "status"), [("A" * 43, 404), ("A" * 42, 400), ("!" * 43, 400)])
async def test_unknown_texts_are_not_found(running_node, commitment, status):
    """A commitment that is none is a bad request; one that nobody made here is not found."""
    assert (await running_node.get(f"/texts/{commitment}")).status == status
