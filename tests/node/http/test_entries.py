"""`POST /v1/entries`: what is logged, what is refused, and that a refusal changes nothing."""

import asyncio
import json

import pytest

from protocol.documents.tlog_proof import TlogProof, verify_entry
from protocol.encoding.canonical import encode
from protocol.log.checkpoint import open_checkpoint
from tests.support.entries import a_sealed_entry, an_achievement_entry, bundle_of, same_tag, sealed_entries
from tests.support.nodes import NodeUnderTest, make_config, node_running
from tests.support.publications import withdrawal_with_texts
from tests.vectors.recognition_examples import a_full_rule, a_rule, an_achievement

BUNDLE = {"Content-Type": "application/octet-stream"}
ORIGIN = "uni.example.org/nostra"


async def size_of(node: NodeUnderTest, log: str = "uni") -> int:
    """Return the published tree size."""
    return (await node.get(f"/logs/{log}/v1/log")).json()["size"]


async def test_a_sealed_entry_is_answered_with_a_proof_that_verifies(running_node):
    """One entry: its leaf, and a tlog-proof under a checkpoint that the log signed."""
    entry = a_sealed_entry("one")
    answer = await running_node.post("/v1/entries", entry)
    told = answer.json()
    assert (answer.status, told["leaf"], told["state"], told["witnessed"]) == (201, 0, "released", False)
    proof = TlogProof.parse(told["log_proof"].encode())
    verify_entry(entry, proof, open_checkpoint(proof.checkpoint, [running_node.verifier_key])[0])


async def test_a_bundle_gets_leaves_in_its_order(running_node):
    """A bundle: first leaf, count, and a checkpoint that covers it."""
    await running_node.post("/v1/entries", a_sealed_entry("before"))
    entries = [*sealed_entries("many", 300), an_achievement_entry("MR-1")]
    answer = await running_node.post("/v1/entries", bundle_of(entries), headers=BUNDLE)
    told = answer.json()
    assert (answer.status, told["leaf"], told["count"], told["size"]) == (201, 1, 301, 302)
    assert open_checkpoint(told["checkpoint"].encode(), [running_node.verifier_key])[0].size == 302
    for at in (0, 255, 300):
        assert (await running_node.get(f"/v1/entries/{at + 1}")).json()["entry"] == json.loads(entries[at])


async def test_a_clear_entry_comes_with_its_texts(running_node):
    """Entry and texts as plain JSON are written canonically, the texts beside the log."""
    body = withdrawal_with_texts(ORIGIN)
    shuffled = {"texts": body["texts"], "entry": dict(reversed(list(body["entry"].items())))}
    answer = await running_node.post("/v1/entries", json.dumps(shuffled, indent=2).encode())
    assert answer.status == 201, answer.body
    assert encode(body["entry"]) in (await running_node.get("/v1/entries/0")).body


async def test_a_further_log_takes_its_own_entries(running_node):
    """Under `/logs/NAME` an entry enters that log and no other."""
    answer = await running_node.post("/logs/college/v1/entries", a_sealed_entry("college"))
    assert answer.status == 201
    assert (await size_of(running_node, "uni"), await size_of(running_node, "college")) == (0, 1)


async def test_a_request_key_gives_the_same_leaf_again(running_node):
    """The same key and bytes are answered alike, with one entry in the log and a proof each time."""
    entry, key = a_sealed_entry("one"), {"Request-Key": "award-1"}
    first = await running_node.post("/v1/entries", entry, headers=key)
    await running_node.post("/v1/entries", a_sealed_entry("between"))
    again = await running_node.post("/v1/entries", entry, headers=key)
    assert (first.status, again.status, again.json()["leaf"]) == (201, 201, first.json()["leaf"])
    proof = TlogProof.parse(again.json()["log_proof"].encode())
    verify_entry(entry, proof, open_checkpoint(proof.checkpoint, [running_node.verifier_key])[0])
    assert await size_of(running_node) == 2


async def test_a_request_key_of_a_bundle_gives_the_same_leaves(running_node):
    """A bundle that is sent again changes nothing."""
    body, headers = bundle_of(sealed_entries("many", 5)), BUNDLE | {"Request-Key": "archive-1"}
    first = (await running_node.post("/v1/entries", body, headers=headers)).json()
    again = (await running_node.post("/v1/entries", body, headers=headers)).json()
    assert (again["leaf"], again["count"]) == (first["leaf"], first["count"]) == (0, 5)
    assert await size_of(running_node) == 5


async def test_one_request_key_sent_at_once_is_logged_once(running_node):
    """Impatient repetitions that arrive together still give one leaf."""
    entry, key = a_sealed_entry("one"), {"Request-Key": "award-1"}
    answers = await asyncio.gather(*(running_node.post("/v1/entries", entry, headers=key) for _ in range(8)))
    assert {(answer.status, answer.json()["leaf"]) for answer in answers} == {(201, 0)}
    assert await size_of(running_node) == 1


async def test_conflicts_name_the_first_leaf(running_node):
    """A tag, a version and a request key that stand already are told by the leaf where they do."""
    await running_node.post("/v1/entries", a_sealed_entry("one"), headers={"Request-Key": "award-1"})
    await running_node.post("/v1/entries", an_achievement_entry("MR-1"))
    cases = [
        (same_tag("one"), {}, "duplicate-tag", 0),
        (encode(an_achievement() | {"id": "mr-1", "code": "other"}), {}, "conflict", 1),
        (a_sealed_entry("two"), {"Request-Key": "award-1"}, "request-key-reused", 0),
    ]
    for body, headers, code, leaf in cases:
        answer = await running_node.post("/v1/entries", body, headers=headers)
        assert (answer.status, answer.code, answer.json()["leaf"]) == (409, code, leaf)
    assert await size_of(running_node) == 2


async def test_a_duplicate_in_a_bundle_refuses_the_bundle_alone(running_node):
    """All or nothing for a bundle; what others sent at the same time goes on."""
    await running_node.post("/v1/entries", a_sealed_entry("one"))
    bad = bundle_of([*sealed_entries("bad", 4), same_tag("one")])
    refused, *others = await asyncio.gather(
        running_node.post("/v1/entries", bad, headers=BUNDLE),
        *(running_node.post("/v1/entries", entry) for entry in sealed_entries("good", 5)),
    )
    assert (refused.status, refused.code) == (409, "duplicate-tag")
    assert [other.status for other in others] == [201] * 5
    assert await size_of(running_node) == 6


ROLES = [
    (("issue",), a_sealed_entry("role"), 201),
    (("decide",), a_sealed_entry("role"), 201),
    (("publish",), a_sealed_entry("role"), 403),
    (("operate",), a_sealed_entry("role"), 403),
    (("publish",), an_achievement_entry("MR-1"), 201),
    (("issue", "decide"), an_achievement_entry("MR-1"), 403),
]


@pytest.mark.parametrize(("roles", "entry", "status"), ROLES, ids=lambda value: str(value)[:40])
async def test_each_kind_of_entry_takes_its_role(running_node, roles, entry, status):
    """Sealed entries take `issue` or `decide`, clear ones `publish`."""
    token = await running_node.make_token("some", *roles)
    answer = await running_node.post("/v1/entries", entry, token=token)
    assert answer.status == status
    assert await size_of(running_node) == (1 if status == 201 else 0)


async def test_a_bundle_of_both_kinds_takes_both_roles(running_node):
    """One role does not carry the other kind in."""
    body = bundle_of([a_sealed_entry("one"), an_achievement_entry("MR-1")])
    token = await running_node.make_token("issuer", "issue")
    both = await running_node.make_token("both", "issue", "publish")
    assert (await running_node.post("/v1/entries", body, token=token, headers=BUNDLE)).code == "forbidden"
    assert (await running_node.post("/v1/entries", body, token=both, headers=BUNDLE)).status == 201


def nested(levels: int) -> bytes:
    """Return JSON nested so deep."""
    return b'{"entry":' + b"[" * levels + b"]" * levels + b"}"


TEXTLESS = withdrawal_with_texts(ORIGIN)
OTHER_TEXTS = withdrawal_with_texts(ORIGIN, 2)["texts"] | {"salt": "A" * 43}
FOREIGN = withdrawal_with_texts("elsewhere.example/nostra")
RULE = encode(a_rule())
BAD = {
    "nothing": (b"", {}, 400, "bad-request"),
    "not JSON": (b"{", {}, 400, "bad-request"),
    "a list": (b"[]", {}, 422, "inadmissible"),
    "a byte too many": (a_sealed_entry("x") + b" ", {}, 422, "inadmissible"),
    "a member twice": (b'{"entry":{},"entry":{}}', {}, 400, "bad-request"),
    "a float": (encode(an_achievement()).replace(b'"eqfLevel":7', b'"eqfLevel":7.5'), {}, 422, "inadmissible"),
    "an unknown member": (encode(an_achievement() | {"zzz": 1}), {}, 422, "inadmissible"),
    "an unknown kind": (b'{"kind":"prophecy","v":1}', {}, 422, "inadmissible"),
    "a kind's later version": (encode(an_achievement() | {"v": 2}), {}, 422, "inadmissible"),
    "not canonical": (json.dumps(an_achievement()).encode(), {}, 422, "inadmissible"),
    "a rule without its texts": (RULE, {}, 422, "inadmissible"),
    "not full, without reasons": (encode(a_full_rule() | {"outcome": "none"}), {}, 422, "inadmissible"),
    "texts missing": ({"entry": TEXTLESS["entry"]}, {}, 422, "inadmissible"),
    "texts of another": (TEXTLESS | {"texts": OTHER_TEXTS}, {}, 400, "bad-request"),
    "texts nobody asked for": ({"entry": an_achievement(), "texts": TEXTLESS["texts"]}, {}, 422, "inadmissible"),
    "another log's": (FOREIGN, {}, 422, "inadmissible"),
    "an unknown member beside": (TEXTLESS | {"more": 1}, {}, 400, "bad-request"),
    "too deep": (nested(60), {}, 400, "bad-request"),
    "far too deep": (nested(100_000), {}, 400, "bad-request"),
    "an entry too large": (b'{"a":"' + b"x" * 70_000 + b'"}', {}, 413, "too-large"),
    "a body too large": (b"x" * (8 * 1024 * 1024 + 1), {}, 413, "too-large"),
    "another type": (a_sealed_entry("x"), {"Content-Type": "text/plain"}, 415, "unsupported-media-type"),
    "a bundle cut": (bundle_of([a_sealed_entry("x")])[:-1], BUNDLE, 422, "inadmissible"),
    "an empty bundle": (b"", BUNDLE, 422, "inadmissible"),
    "a bundle with one bad": (bundle_of([a_sealed_entry("x"), b"{}"]), BUNDLE, 422, "inadmissible"),
    "a bundle with a tag twice": (bundle_of([a_sealed_entry("x"), same_tag("x")]), BUNDLE, 422, "inadmissible"),
    "a bundle with textless rule": (bundle_of([RULE]), BUNDLE, 422, "inadmissible"),
    "too many": (bundle_of([b"{}"] * 10_001), BUNDLE, 413, "too-large"),
    "an empty request key": (a_sealed_entry("x"), {"Request-Key": ""}, 400, "bad-request"),
    "a long request key": (a_sealed_entry("x"), {"Request-Key": "k" * 129}, 400, "bad-request"),
    "a blank in the request key": (a_sealed_entry("x"), {"Request-Key": "a b"}, 400, "bad-request"),
}


@pytest.mark.parametrize(("body", "headers", "status", "code"), BAD.values(), ids=BAD)
async def test_bad_input_is_told_and_changes_nothing(running_node, body, headers, status, code):
    """Each gets its problem with a detail in words, and the log stays empty."""
    answer = await running_node.post("/v1/entries", body, headers=headers)
    assert (answer.status, answer.code) == (status, code), answer.body
    assert answer.json()["detail"]
    assert await size_of(running_node) == 0


async def test_every_problem_of_an_entry_is_named(running_node):
    """One answer tells all that is to be mended, and where."""
    entry = encode(an_achievement() | {"eqfLevel": 9, "cycle": "fourth"})
    told = (await running_node.post("/v1/entries", entry)).json()
    assert {problem["where"].rpartition(".")[2] for problem in told["problems"]} == {"eqfLevel", "cycle"}


@pytest.mark.parametrize("field", ["uni", "college"])
async def test_a_batch_is_bounded_by_the_configuration(tmp_path, dsn, field):
    """A node that allows fewer entries at once says so."""
    async with node_running(make_config(tmp_path / "node", dsn, http="max_batch_entries = 3")) as node:
        few, many = (bundle_of(sealed_entries(field, count)) for count in (3, 4))
        assert (await node.post(f"/logs/{field}/v1/entries", few, headers=BUNDLE)).status == 201
        assert (await node.post(f"/logs/{field}/v1/entries", many, headers=BUNDLE)).code == "too-large"


async def test_a_full_queue_pushes_back(tmp_path, dsn):
    """When too much waits, the answer is 503 with Retry-After, and later the same request is taken."""
    config = make_config(tmp_path / "node", dsn, logs=["uni"], more="max_queued_entries = 10")
    async with node_running(config) as node:
        bodies = [bundle_of(sealed_entries(f"round {number}", 8)) for number in range(12)]
        answers = await asyncio.gather(*(node.post("/v1/entries", body, headers=BUNDLE) for body in bodies))
        refused = [at for at, answer in enumerate(answers) if answer.status != 201]
        assert refused, "nothing was pushed back"
        for at in refused:
            assert (answers[at].status, answers[at].code) == (503, "push-back")
            assert int(answers[at].headers["Retry-After"]) >= 1
            assert (await node.post("/v1/entries", bodies[at], headers=BUNDLE)).status == 201
        assert await size_of(node) == 96
