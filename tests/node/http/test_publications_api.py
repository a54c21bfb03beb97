"""`POST /v1/institutions`, achievements, rules, mandates, withdrawals: published once, refused with every reason."""

import asyncio
import json

import pytest

from protocol.documents.tlog_proof import TlogProof, verify_entry
from protocol.encoding import canonical
from protocol.log.checkpoint import open_checkpoint
from protocol.recognition.texts import parse_texts, verify_texts
from tests.node.http.asking import post, problems_of, size_of, while_held
from tests.support.credentials import an_achievement
from tests.support.nodes import make_config, node_running
from tests.support.statements import a_mandate, a_partial_rule, a_rule, an_institution

pytestmark = pytest.mark.asyncio(loop_scope="module")

INSTITUTIONS, ACHIEVEMENTS, RULES = "/v1/institutions", "/v1/achievements", "/v1/rules"
MANDATES, WITHDRAWALS = "/v1/mandates", "/v1/withdrawals"
PATHS = (INSTITUTIONS, ACHIEVEMENTS, RULES, MANDATES, WITHDRAWALS)


def without_kind(value: dict) -> dict:
    """Return a value as a form sends it: the address says of what kind it is."""
    return {name: member for name, member in value.items() if name != "kind"}


def ending(rule: str, **changed) -> dict:
    """Return the withdrawal of a rule."""
    return {"target": {"id": rule}, "reasons": {"en": "The course has ended."}} | changed


PUBLISHED = [
    (INSTITUTIONS, an_institution()),
    (ACHIEVEMENTS, an_achievement()),
    (RULES, a_rule()),
    (RULES, a_partial_rule()),
    (MANDATES, a_mandate()),
    (WITHDRAWALS, ending("northlake-water")),
]


@pytest.mark.parametrize(("path", "value"), PUBLISHED, ids=["institution", "achievement", "rule", "texts", "mandate",
                                                            "withdrawal"])  # fmt: skip
async def test_what_is_published_is_proved_and_stands_once(shared_node, path, value):
    """201 with an entry that its proof shows in the log; the very same again is 200 and the same leaf."""
    first, again = [await post(shared_node, path, without_kind(value)) for _ in range(2)]
    told = first.json()
    assert (first.status, told["new"], told["state"], told["witnessed"]) == (201, True, "released", False)
    entry, proof = canonical.encode(told["entry"]), TlogProof.parse(told["log_proof"].encode())
    verify_entry(entry, proof, open_checkpoint(proof.checkpoint, [shared_node.verifier_key])[0])
    assert (again.status, again.json()["new"], again.json()["entry"]) == (200, False, told["entry"])
    assert again.json()["leaf"] == told["leaf"] == await size_of(shared_node) - 1


async def test_texts_are_served_under_their_commitment_and_nowhere_else(shared_node):
    """The answer shows them, `/texts/COMMITMENT` serves the same bytes, the entry holds no word of them."""
    told = (await post(shared_node, RULES, a_partial_rule(id="with-texts"))).json()
    commitment = told["entry"]["texts"]
    served = await shared_node.get(f"/texts/{commitment}")
    assert served.body == canonical.encode(told["texts"])
    verify_texts(parse_texts(served.body), commitment)
    assert "Groundwater" not in json.dumps(told["entry"])


async def test_a_change_is_the_next_version(shared_node):
    """Nobody counts by hand; a rule names what it supersedes; a given version that stands is a conflict."""
    first = (await post(shared_node, RULES, a_rule(id="grows"))).json()
    second = (await post(shared_node, RULES, a_rule(id="grows", validUntil="2029-12-31"))).json()
    assert [one["version"] for one in second["entry"]["supersedes"]] == [first["entry"]["version"]] == [1]
    taken = await post(shared_node, RULES, a_rule(id="grows", version=1, validUntil="2030-12-31"))
    assert (taken.status, taken.code, taken.json()["leaf"]) == (409, "conflict", first["leaf"])


async def test_impatient_requests_publish_once(shared_node):
    """The very same at once: one entry."""
    before = await size_of(shared_node)
    answers = await asyncio.gather(*(post(shared_node, MANDATES, a_mandate(id="at-once")) for _ in range(6)))
    assert {(answer.status, answer.json()["leaf"]) for answer in answers} <= {(201, before), (200, before)}
    assert await size_of(shared_node) == before + 1


async def test_each_log_publishes_for_its_own_institution(shared_node):
    """Under `/logs/NAME` into that log; an achievement of the other institution is refused."""
    value, college = an_achievement("college", id="c-1"), "/logs/college/v1/achievements"
    assert (await post(shared_node, ACHIEVEMENTS, value)).code == "awarding-body-not-ours"
    told = (await post(shared_node, college, value)).json()
    assert told["log_proof"].splitlines()[-1]
    listed = (await shared_node.get("/logs/college/v1/achievements")).json()["entries"]
    assert [(one["leaf"], one["entry"]["id"]) for one in listed] == [(told["leaf"], "c-1")]
    nobody = await post(shared_node, "/logs/nobody/v1/rules", a_rule())
    assert (nobody.status, nobody.code) == (404, "not-found")


@pytest.mark.parametrize("role", ["issue", "decide", "operate"])
async def test_only_publish_publishes(shared_node, role):
    """On every address; nor does a token that has expired, or none."""
    other = await shared_node.make_token(f"{role}-only", role)
    late = await shared_node.make_token(f"{role}-late", "publish", expires_at=1)
    for path, value in PUBLISHED:
        codes = [(await post(shared_node, path, value, token=token)).code for token in (other, late, "")]
        assert codes == ["forbidden", "token-expired", "unauthorized"], path


NESTED = b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
SYNTAX = {
    "nothing": b"",
    "not JSON": b"{",
    "a list": b"[]",
    "null": b"null",
    "a member twice": b'{"id":"a","id":"b"}',
    "too deep": NESTED,
    "a lone surrogate": b'{"id":"\\uD800"}',
    "a lone surrogate far down": NESTED.replace(b"[]", b'["\\ud800"]'),
    "another encoding": '{"id":"ä"}'.encode("latin-1"),
}
HOSTILE = {
    "nothing in it": {},
    "another kind": {"kind": "sealed"},
    "a kind that is none": {"kind": ["rule"]},
    "an unknown member": {"colour": "green"},
    "null": {"id": None},
    "a fraction": {"version": 1.5},
    "a version beyond all": {"id": "x", "version": 2**63},
    "a version below all": {"id": "x", "version": -1},
    "a version that is none": {"id": "x", "version": True},
    "a zero byte": {"id": "a\0b"},
    "an id of another form": {"id": "../x"},
    "a list for an id": {"id": ["x"]},
    "a target that is none": {"target": "x", "reasons": {"en": "?"}},
    "a hostile target": {"target": {"kind": 7, "id": "a\0b", "version": -1}, "reasons": {"en": "?"}},
    "a target beyond all": {"target": {"id": "x", "version": 2**70}, "reasons": {"en": "?"}},
    "what supersedes nothing": {"supersedes": [7, None, {"id": "a\0b", "version": 2**70}]},
}


async def test_hostile_requests_are_told_and_change_nothing(shared_node):
    """On every address each gets its problem, with a place where it was read, and the log stays as it was."""
    before = await size_of(shared_node)
    for path in PATHS:
        for name, body in SYNTAX.items():
            answer = await post(shared_node, path, body)
            assert (answer.status, answer.code) == (400, "bad-request"), f"{path}, {name}: {answer.body!r}"
        for name, value in HOSTILE.items():
            answer = await post(shared_node, path, value)
            assert (answer.status, answer.code) == (422, "inadmissible"), f"{path}, {name}: {answer.body!r}"
            assert answer.json()["problems"], f"{path}, {name}"
        large = await post(shared_node, path, b'{"id":"' + b"x" * (8 << 20) + b'"}')
        assert (large.status, large.code) == (413, "too-large")
    for path, value in PUBLISHED[:3]:
        long = await post(shared_node, path, value | {"id": "long", "title": {"en": "x" * 70_000}})
        assert (long.status, long.code) in ((400, "bad-request"), (422, "inadmissible")), path
    assert await size_of(shared_node) == before


async def test_every_problem_of_a_publication_is_told_at_once(shared_node):
    """One answer names all that is to be mended, and where."""
    told = (await post(shared_node, RULES, a_rule(outcome="partial", purposes=["fun"], validFrom="soon"))).json()
    assert {"purposes[0]", "validFrom"} <= {problem["where"] for problem in told["problems"]}


async def test_every_problem_that_is_declared_is_met(tmp_path, dsn):
    """Those of the route table, each by a request that deserves it."""
    config = make_config(tmp_path / "node", dsn, logs=["uni"], more="max_queued_entries = 1")
    async with node_running(config) as node:
        assert (await post(node, RULES, a_rule())).status == 201
        others = {
            INSTITUTIONS: [an_institution("Another Name", version=1)],
            ACHIEVEMENTS: [an_achievement(title={"en": "Another"}, version=1), an_achievement("college")],
            RULES: [a_rule(validUntil="2029-12-31", version=1)],
            MANDATES: [a_mandate(until="2029-12-31", version=1)],
            WITHDRAWALS: [ending("northlake-water", reasons={"en": "Another."}, version=1)],
        }
        standing = [an_institution(), an_achievement(), a_rule(), a_mandate(), ending("northlake-water")]
        for path, value in zip(PATHS, standing, strict=True):
            await post(node, path, value)
            many = asyncio.gather(*(post(node, path, value | {"version": number}) for number in range(2, 8)))
            answers = [*await many, *[await post(node, path, other) for other in [{}, *others[path]]]]
            answers.append(await while_held(node, post(node, path, value | {"version": 9})))
            assert {answer.code for answer in answers if answer.status >= 400} == problems_of(path), path
