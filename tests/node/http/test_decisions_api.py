"""`/v1/decisions`: decided with a receipt, by file, on paper, in a group; replaced, taken back, got again, refused."""

import asyncio
import itertools
import json

import pytest

from node.formats.write_elm import write_elm
from protocol.encoding import canonical
from protocol.verify.kinds import verify_file
from protocol.verify.trust import Trust
from tests.node.formats.documents import LEAST, an_award, as_bytes
from tests.node.http.asking import base64, post, problems_of, size_of, while_held
from tests.node.http.test_openapi import check_answer
from tests.support.credentials import a_credential
from tests.support.decisions import PAPER, a_decision, a_refusal
from tests.support.nodes import NodeUnderTest, make_config, node_running

pytestmark = pytest.mark.asyncio(loop_scope="module")

DECISIONS, REPLACEMENTS = "/v1/decisions", "/v1/decisions/replacements"
ANNULMENTS, WITHDRAWALS = "/v1/decisions/annulments", "/v1/decisions/withdrawals"

_NUMBERS = itertools.count(1)


def a_paper() -> dict:
    """Return a credential on paper that no other test decides on."""
    return {"paper": PAPER | {"number": f"2019/{next(_NUMBERS)}"}}


async def a_learner(node: NodeUnderTest) -> tuple[bytes, dict]:
    """Return a credential awarded by the university, and its learner's receipt."""
    document = a_credential()
    told = await post(node, "/v1/awards", {"document": base64(document)})
    return document, told.json()["receipt"]


async def decide(node, *credentials, path=DECISIONS, key=None, token=None, **decision):
    """Decide on credentials, in full unless said otherwise."""
    body = {"decision": a_decision(**decision), "credentials": list(credentials)}
    return await post(node, path, body, key=key, token=token)


async def again(node: NodeUnderTest, leaf: object, path: str = DECISIONS, token: str | None = None):
    """Get a decision again."""
    headers = {"Authorization": f"Bearer {node.token if token is None else token}"}
    answer = await node.ask("GET", f"{path}/{leaf}", internal=True, headers=headers)
    check_answer("/v1/decisions/{leaf}", "get", answer)
    return answer


def verdict(node: NodeUnderTest, receipt: dict, document: bytes | None = None, log: str = "uni") -> str:
    """Return what a relying party says of a decision receipt, without any network."""
    trust = Trust.by_keys([node.parts.logs[log].verifier])
    return verify_file(canonical.encode(receipt), trust, document=document).verdict


async def test_a_decision_on_what_a_learner_shows(shared_node):
    """201 with a decision receipt that verifies beside the credential and no other; no key is drawn for the learner."""
    document, receipt = await a_learner(shared_node)
    answer = await decide(
        shared_node, {"presented": receipt, "document": base64(document)}, path="/logs/college" + DECISIONS
    )
    told = answer.json()
    assert (answer.status, told["new"], told["state"], told["witnessed"]) == (201, True, "released", False)
    assert told["presentations"] == []
    assert told["decision"]["credentials"][0]["award"]["origin"] == "uni.example.org/nostra"
    (proof,) = told["receipts"]
    assert verdict(shared_node, proof, document, "college") == "verified"
    assert verdict(shared_node, proof, a_credential(), "college") == "refused"
    assert verdict(shared_node, proof, document, "uni") == "refused"


async def test_a_foreign_file_is_decided_on_where_it_can_t_be_awarded(shared_node):
    """What is not ours to award gets a decision, and its learner a presentation with the key to it."""
    document = as_bytes(write_elm(an_award(LEAST, credential_id="urn:x:foreign")))
    refused = await post(shared_node, "/v1/awards", {"document": base64(document)})
    assert refused.code == "awarding-body-not-ours"
    told = (await decide(shared_node, {"document": base64(document)})).json()
    assert verdict(shared_node, told["receipts"][0], document) == "verified"
    (presentation,) = told["presentations"]
    assert list(presentation["decisions"]) == ["uni.example.org/nostra"]


async def test_the_presentation_of_a_first_decision_leads_to_the_next(shared_node):
    """Shown again, by presentation or by the paper alone, the credential keeps its chain of decisions."""
    paper = a_paper()
    first = (await decide(shared_node, paper)).json()
    shown = (await decide(shared_node, paper | {"presented": first["presentations"][0]}, purpose="access")).json()
    bare = (await decide(shared_node, paper, fileNumber="REC/2")).json()
    assert [one["receipts"][0]["opening"]["number"] for one in (first, shown, bare)] == [1, 2, 3]
    assert (shown["presentations"], bare["presentations"]) == ([], first["presentations"])


async def test_a_group_has_an_entry_for_each_credential_and_one_document(shared_node):
    """File, receipt and paper together: three leaves in a row, three receipts, two keys drawn."""
    _, receipt = await a_learner(shared_node)
    before = await size_of(shared_node)
    group = [{"presented": receipt}, {"document": base64(b"a scan")}, a_paper()]
    told = (await decide(shared_node, *group)).json()
    assert (told["leaf"], await size_of(shared_node)) == (before, before + 3)
    assert [verdict(shared_node, one) for one in told["receipts"]] == ["verified"] * 3
    assert len(told["presentations"]) == 2
    assert len(told["decision"]["credentials"]) == 3


async def test_the_same_decision_again_is_answered_with_200(shared_node):
    """With the request key or without, and by its leaf; another decision under the key is a conflict."""
    paper = a_paper()
    first = await decide(shared_node, paper, key="case-1")
    leaf = first.json()["leaf"]
    for answer in (await decide(shared_node, paper, key="case-1"), await decide(shared_node, paper)):
        assert (answer.status, answer.json()["leaf"], answer.json()["new"]) == (200, leaf, False)
        assert answer.json()["presentations"] == first.json()["presentations"]
    told = (await again(shared_node, leaf)).json()
    assert (told["decision"], told["presentations"]) == (first.json()["decision"], first.json()["presentations"])
    assert verdict(shared_node, told["receipts"][0]) == "verified"
    other = await decide(shared_node, paper, key="case-1", purpose="access")
    assert (other.status, other.code, other.json()["leaf"]) == (409, "request-key-reused", leaf)
    assert await size_of(shared_node) == leaf + 1


async def test_impatient_requests_decide_once(shared_node):
    """The same decision eight times at once: one entry."""
    _, receipt = await a_learner(shared_node)
    before = await size_of(shared_node)
    answers = await asyncio.gather(*(decide(shared_node, {"presented": receipt}, key="hurry") for _ in range(8)))
    assert sorted(answer.status for answer in answers) == [200] * 7 + [201]
    assert await size_of(shared_node) == before + 1


async def test_a_decision_is_replaced_and_taken_back(shared_node):
    """By leaf or id; each act has its receipt; what was taken back can't be taken back twice, except under its key."""
    first = (await decide(shared_node, a_paper())).json()
    refusal = {"target": first["leaf"], "decision": a_refusal()}
    second, repeated = [await post(shared_node, REPLACEMENTS, refusal) for _ in range(2)]
    assert (second.status, repeated.status, repeated.json()["leaf"]) == (201, 200, second.json()["leaf"])
    assert second.json()["receipts"][0]["opening"]["replaces"] == 1
    annul = {"target": second.json()["decision"]["id"]}
    third, repeated = [await post(shared_node, ANNULMENTS, annul, key="annul-1") for _ in range(2)]
    assert (third.status, repeated.status, repeated.json()["leaf"]) == (201, 200, third.json()["leaf"])
    assert third.json()["receipts"][0]["opening"]["act"] == "annulled"
    assert "decision" not in third.json()
    for path, body in ((ANNULMENTS, annul), (WITHDRAWALS, annul), (REPLACEMENTS, refusal | {"decision": a_decision()})):
        gone = await post(shared_node, path, body)
        assert (gone.status, gone.code) == (409, "conflict"), path


async def test_each_log_has_its_own_decisions(shared_node):
    """A leaf of one log is no decision of the other."""
    told = (await decide(shared_node, a_paper(), path="/logs/college/v1/decisions")).json()
    elsewhere = await size_of(shared_node) + 10
    assert (await again(shared_node, told["leaf"], "/logs/college/v1/decisions")).status == 200
    assert (await again(shared_node, elsewhere)).code == "not-found"
    assert (await post(shared_node, ANNULMENTS, {"target": told["decision"]["id"]})).code == "not-found"


@pytest.mark.parametrize("role", ["issue", "publish", "operate"])
async def test_only_decide_decides(shared_node, role):
    """On every address; nor does a token that has expired, or none."""
    other = await shared_node.make_token(f"{role}-only", role)
    late = await shared_node.make_token(f"{role}-late", "decide", expires_at=1)
    codes = ["forbidden", "token-expired", "unauthorized"]
    for path in (DECISIONS, REPLACEMENTS, ANNULMENTS, WITHDRAWALS):
        assert [(await post(shared_node, path, {}, token=token)).code for token in (other, late, "")] == codes
    assert [(await again(shared_node, 0, token=token)).code for token in (other, late)] == codes[:2]


GOOD = {"decision": a_decision(), "credentials": [{"paper": PAPER}]}
BROKEN = {
    "nothing": b"",
    "nothing in it": {},
    "a member twice": b'{"decision":{},"decision":{},"credentials":[]}',
    "an unknown member": GOOD | {"colour": "green"},
    "no decision": GOOD | {"decision": None},
    "no credential": GOOD | {"credentials": []},
    "too many": GOOD | {"credentials": [{"paper": PAPER}] * 101},
    "not base64": GOOD | {"credentials": [{"document": "%"}]},
    "an unknown member shown": GOOD | {"credentials": [{"scan": "x"}]},
    "a receipt as text": GOOD | {"credentials": [{"presented": "x"}]},
    "a receipt that is none": GOOD | {"credentials": [{"presented": {"kind": "receipt"}}]},
    "another kind presented": GOOD | {"credentials": [{"presented": {"kind": "checkpoint"}}]},
    "a fraction presented": GOOD | {"credentials": [{"presented": {"kind": 1.5}}]},
    "null presented": GOOD | {"credentials": [{"presented": {"kind": None}}]},
    "too deep": GOOD | {"decision": {"a": json.loads("[" * 40 + "]" * 40)}},
}
AGAINST_THE_RULES = {
    "nothing shown": GOOD | {"credentials": [{}]},
    "a paper with a file": GOOD | {"credentials": [{"paper": PAPER, "document": base64(b"scan")}]},
    "the same paper twice": GOOD | {"credentials": [{"paper": PAPER}] * 2},
    "an empty paper": GOOD | {"credentials": [{"paper": {}}]},
    "null on paper": GOOD | {"credentials": [{"paper": PAPER | {"holder": None}}]},
    "a fraction on paper": GOOD | {"credentials": [{"paper": PAPER | {"number": 1.5}}]},
    "an empty decision": GOOD | {"decision": {}},
    "an unknown member decided": GOOD | {"decision": a_decision(colour="green")},
    "null decided": GOOD | {"decision": a_decision(unit=None)},
    "a fraction decided": GOOD | {"decision": a_decision(fileNumber=1.5)},
    "an id of another form": GOOD | {"decision": a_decision(id="../x\0")},
    "another log's": GOOD | {"decision": a_decision(origin="college.example.org/nostra")},
    "others' credentials": GOOD | {"decision": a_decision(credentials=[{"paper": PAPER | {"number": "0"}}])},
    "a refusal without its ground": GOOD | {"decision": {**a_refusal(), "grounds": []}},
    "dates that are none": GOOD | {"decision": a_decision(dates="soon")},
}
TARGETS = {
    "a fraction": ({"target": 1.5}, 400, "bad-request"),
    "a leaf that can't be": ({"target": -1}, 400, "bad-request"),
    "a leaf beyond all": ({"target": 2**63}, 400, "bad-request"),
    "a leaf without a decision": ({"target": 2**53 - 1}, 404, "not-found"),
    "an id of nothing": ({"target": "a\0b" * 5000}, 404, "not-found"),
}


async def test_hostile_requests_are_told_and_change_nothing(shared_node):
    """Each gets its problem in words, and the log stays as it was."""
    before = await size_of(shared_node)
    cases = [(DECISIONS, name, body, 400, "bad-request") for name, body in BROKEN.items()]
    cases += [(DECISIONS, name, body, 422, "inadmissible") for name, body in AGAINST_THE_RULES.items()]
    for path, more in ((REPLACEMENTS, {"decision": a_decision()}), (ANNULMENTS, {}), (WITHDRAWALS, {})):
        cases += [(path, name, body | more, *told) for name, (body, *told) in TARGETS.items()]
    for path, name, body, status, code in cases:
        answer = await post(shared_node, path, body)
        assert (answer.status, answer.code) == (status, code), f"{path}, {name}: {answer.body!r}"
        assert answer.json()["detail"], name
    huge = await post(shared_node, DECISIONS, json.dumps({"decision": {"a": "x" * (8 << 20)}}).encode())
    assert (huge.status, huge.code) == (413, "too-large")
    for leaf, code in (("x", "bad-request"), ("9" * 19, "bad-request"), ("9" * 18, "not-found")):
        assert (await again(shared_node, leaf)).code == code
    assert await size_of(shared_node) == before


async def test_a_receipt_has_to_fit_the_file_and_its_own_entry(shared_node):
    """Another file's receipt, and one with another's secret, are refused."""
    (document, receipt), (_, other) = await a_learner(shared_node), await a_learner(shared_node)
    another = await decide(shared_node, {"presented": other, "document": base64(document)})
    forged = await decide(shared_node, {"presented": receipt | {"secrets": other["secrets"]}})
    assert [(one.status, one.code) for one in (another, forged)] == [(422, "inadmissible")] * 2


async def test_a_document_names_the_credentials_that_are_shown(shared_node):
    """Their order doesn't count; as it was answered it can be sent again; with other credentials it is refused."""
    shown = [a_paper(), {"document": base64(a_credential())}]
    told = (await decide(shared_node, *shown)).json()
    for decision in ({}, told["decision"]):
        repeated = await decide(shared_node, *reversed(shown), **decision)
        assert (repeated.status, repeated.json()["leaf"]) == (200, told["leaf"])
    other = await decide(shared_node, a_paper(), **told["decision"] | {"id": "of-another"})
    assert (other.status, other.json()["problems"][0]["where"]) == (422, "credentials")


async def test_every_problem_that_is_declared_is_met(tmp_path, dsn):
    """Those of the route table, each by a request that deserves it."""
    config = make_config(tmp_path / "node", dsn, logs=["uni"], more="max_queued_entries = 1")
    async with node_running(config) as node:
        busy = await asyncio.gather(*(decide(node, a_paper()) for _ in range(40)))
        id_ = (await decide(node, a_paper(), key="k")).json()["decision"]["id"]
        met = [*busy, await decide(node, {}), await decide(node, {}, a_paper(), key="k")]
        met += [await decide(node, a_paper(), key="k"), await decide(node, a_paper(), id=id_)]
        met.append(await while_held(node, decide(node, a_paper())))
        assert {answer.code for answer in met if answer.status >= 400} == problems_of(DECISIONS)
        for path, more in ((REPLACEMENTS, {"decision": a_refusal()}), (ANNULMENTS, {}), (WITHDRAWALS, {})):
            one, two, *many = [(await decide(node, a_paper())).json()["leaf"] for _ in range(12)]
            met = await asyncio.gather(*(post(node, path, {"target": leaf} | more) for leaf in many))
            for leaf, key in ((one, path), (two, path), (one, None), (10**9, None)):
                met.append(await post(node, path, {"target": leaf} | more, key=key))
            if more:
                for leaf, decision in ((one, a_decision()), (two, {})):
                    met.append(await post(node, path, {"target": leaf, "decision": decision}))
            target = (await decide(node, a_paper())).json()["leaf"]
            met.append(await while_held(node, post(node, path, {"target": target} | more)))
            assert {answer.code for answer in met if answer.status >= 400} == problems_of(path), path
