"""Questions to a log: what it is, one entry, proofs, what is published in clear."""

import json

import pytest

from protocol.documents.tlog_proof import TlogProof, verify_entry
from protocol.encoding.wire import b64, parse_b64
from protocol.log.checkpoint import open_checkpoint
from protocol.log.merkle import leaf_hash, root_of, verify_consistency, verify_inclusion
from tests.support.entries import an_achievement_entry, bundle_of, sealed_entries
from tests.support.nodes import NodeUnderTest, make_config, node_running

BUNDLE = {"Content-Type": "application/octet-stream"}
PARTNER = """\
[[partner]]
name = "partner"
origin = "ledger.partner.example/nostra"
verifier_key = "ledger.partner.example/nostra+a7214e75+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
url = "http://127.0.0.1:9"
"""


async def fill(node: NodeUnderTest, entries: list[bytes]) -> list[bytes]:
    """Log a bundle of entries."""
    answer = await node.post("/v1/entries", bundle_of(entries), headers=BUNDLE)
    assert answer.status == 201, answer.body
    return entries


async def test_a_log_tells_who_it_is(running_node):
    """Origin, key, institution, size and root, and that nobody has cosigned it."""
    entries = await fill(running_node, sealed_entries("log", 5))
    told = (await running_node.get("/v1/log")).json()
    assert told["origin"] == "uni.example.org/nostra"
    assert told["verifier_key"] == running_node.verifier_key.render()
    assert (told["size"], told["root"]) == (5, b64(root_of([leaf_hash(entry) for entry in entries])))
    assert (told["institution"], told["country"]) == ("Example University uni", "FI")
    assert (told["state"], told["witnessed"]) == ("released", False)


async def test_a_log_tells_policy_and_partners(tmp_path, dsn):
    """The policy's text and each partner's origin, key and address are public."""
    policy = tmp_path / "policy"
    policy.write_text("quorum none\n")
    config = make_config(tmp_path / "node", dsn, more=f'[policy]\nfile = "{policy}"\n{PARTNER}')
    async with node_running(config) as node:
        told = (await node.get("/v1/log")).json()
    assert told["policy"] == {"freshness_seconds": 86400, "policy": "quorum none\n"}
    assert [partner["origin"] for partner in told["partners"]] == ["ledger.partner.example/nostra"]
    assert told["partners"][0]["url"] == "http://127.0.0.1:9"


async def test_an_entry_comes_with_a_proof_that_verifies(running_node):
    """The proof leads the entry, as canonical bytes, to the signed root."""
    entries = await fill(running_node, sealed_entries("log", 7))
    answer = await running_node.get("/v1/entries/4")
    told = answer.json()
    proof = TlogProof.parse(told["log_proof"].encode())
    checkpoint, _ = open_checkpoint(proof.checkpoint, [running_node.verifier_key])
    verify_entry(entries[4], proof, checkpoint)
    assert told["leaf"] == 4
    assert entries[4] in answer.body, "the entry is not shown in its canonical bytes"


@pytest.mark.parametrize("leaf", ["3", "999999999999999999", "x", "-1", "1.0", ""])
async def test_an_entry_that_is_not_there_is_not_found(running_node, leaf):
    """A leaf beyond the tree, or no leaf at all, is a 404."""
    await fill(running_node, sealed_entries("log", 3))
    assert (await running_node.get(f"/v1/entries/{leaf}")).status == 404


async def test_inclusion_proofs_verify_at_every_size(running_node):
    """For each leaf and each size up to the published one the proof leads to that size's root."""
    entries = await fill(running_node, sealed_entries("log", 9))
    hashes = [leaf_hash(entry) for entry in entries]
    for size in range(1, 10):
        for leaf in range(size):
            told = (await running_node.get(f"/v1/proofs/inclusion?leaf={leaf}&size={size}")).json()
            proof = [parse_b64(text) for text in told["hashes"]]
            verify_inclusion(leaf, size, hashes[leaf], proof, root_of(hashes[:size]))
            assert (told["leaf"], told["size"]) == (leaf, size)


async def test_inclusion_is_proved_at_the_published_size_unless_said_otherwise(running_node):
    """Without a size the answer names the published one; the parameters' order does not count."""
    await fill(running_node, sealed_entries("log", 5))
    assert (await running_node.get("/v1/proofs/inclusion?leaf=2")).json()["size"] == 5
    asked = (await running_node.get("/v1/proofs/inclusion?size=4&leaf=2")).json()
    assert asked == (await running_node.get("/v1/proofs/inclusion?leaf=2&size=4")).json()


async def test_consistency_proofs_verify_between_all_sizes(running_node):
    """Every two sizes of the log are shown to be one log."""
    entries = await fill(running_node, sealed_entries("log", 9))
    hashes = [leaf_hash(entry) for entry in entries]
    for old in range(1, 10):
        for size in range(old, 10):
            told = (await running_node.get(f"/v1/proofs/consistency?from={old}&to={size}")).json()
            proof = [parse_b64(text) for text in told["hashes"]]
            verify_consistency(old, size, proof, root_of(hashes[:old]), root_of(hashes[:size]))


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("time?leaf=4", 404),
        ("time?leaf=-1", 400),
        ("time", 400),
        ("inclusion?leaf=5", 404),
        ("inclusion?leaf=0&size=9", 404),
        ("inclusion?leaf=4&size=4", 404),
        ("inclusion", 400),
        ("inclusion?leaf=x", 400),
        ("inclusion?leaf=-1", 400),
        ("inclusion?leaf=1&leaf=2", 400),
        ("inclusion?leaf=1&page=2", 400),
        ("inclusion?leaf=99999999999999999999", 400),
        ("consistency?from=2&to=9", 404),
        ("consistency?from=4&to=2", 404),
        ("consistency?from=6", 404),
        ("consistency", 400),
    ],
)
async def test_a_proof_that_can_not_be_made_is_refused(running_node, query, status):
    """Leaves and sizes beyond the published tree are not found; a question that isn't one is a bad request."""
    await fill(running_node, sealed_entries("log", 5))
    answer = await running_node.get(f"/v1/proofs/{query}")
    assert (answer.status, answer.code) == (status, "not-found" if status == 404 else "bad-request")


async def test_achievements_are_paged_by_leaf(running_node):
    """Pages hold every achievement once, in the log's order, between whatever else stands there."""
    achievements = [an_achievement_entry(f"MR-{number}") for number in range(5)]
    noise = sealed_entries("log", 5)
    await fill(running_node, [entry for pair in zip(noise, achievements, strict=True) for entry in pair])
    read, after = [], -1
    while after is not None:
        page = (await running_node.get(f"/v1/achievements?after={after}&limit=2")).json()
        assert len(page["entries"]) <= 2
        assert page["size"] == 10
        read += [(one["leaf"], one["entry"]) for one in page["entries"]]
        after = page.get("next")
    assert read == [(2 * at + 1, json.loads(entry)) for at, entry in enumerate(achievements)]


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "after=-2", "after=x", "offset=3"])
async def test_a_page_has_bounds(running_node, query):
    """A page's size and cursor are bounded, and an unknown parameter is told."""
    answer = await running_node.get(f"/v1/rules?{query}")
    assert (answer.status, answer.code) == (400, "bad-request")


async def test_each_log_lists_its_own(running_node):
    """What one own log publishes is not among another's."""
    await fill(running_node, [an_achievement_entry("MR-1")])
    assert len((await running_node.get("/v1/achievements")).json()["entries"]) == 1
    assert (await running_node.get("/logs/college/v1/achievements")).json()["entries"] == []
