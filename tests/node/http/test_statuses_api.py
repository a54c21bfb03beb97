"""`POST /v1/statuses`: what becomes of awards, asked back by a question; every refusal; who may."""

import asyncio
import hashlib
from itertools import count

import pytest

from node.recognition.standing.change import MOST_AWARDS
from tests.node.http.asking import base64, post, problems_of, size_of, while_held
from tests.support.credentials import a_credential

pytestmark = pytest.mark.asyncio(loop_scope="module")

STATUSES = "/v1/statuses"
_NUMBERS = count(1)


async def awarded(node, log="uni") -> tuple[bytes, dict]:
    """Return a credential of its own and what was answered when it was awarded."""
    file = a_credential(log, credential_id=f"urn:x:status-{next(_NUMBERS)}")
    answer = await post(node, f"/logs/{log}/v1/awards", {"document": base64(file)})
    assert answer.status == 201
    return file, answer.json()


async def change(node, status, *awards, path=STATUSES, key=None, token=None, **members):
    """Ask for a change of status."""
    return await post(node, path, {"status": status, "awards": list(awards)} | members, key=key, token=token)


async def standing_of(node, file, receipt) -> str:
    """Return what a question about a credential answers on its standing."""
    shown = {"document": base64(file), "presented": receipt}
    answer = await post(node, "/v1/queries", {"credentials": [shown], "purpose": "credit"})
    return answer.json()["standing"]["standing"]


async def test_a_change_is_asked_back(shared_node):
    """Suspended, reinstated, revoked: each question afterwards answers what was entered last."""
    file, told = await awarded(shared_node)
    receipt, leaf = told["receipt"], told["leaf"]
    assert await standing_of(shared_node, file, receipt) == "good"
    for number, (status, standing) in enumerate(
        [("suspended", "suspended"), ("reinstated", "good"), ("revoked", "revoked")], 1
    ):
        answer = await change(shared_node, status, {"leaf": leaf})
        one = {"award": leaf, "leaf": leaf + number, "number": number, "new": True}
        assert (answer.status, answer.json()) == (
            201, {"status": status, "state": "released", "new": True, "awards": [one]}
        )  # fmt: skip
        assert await standing_of(shared_node, file, receipt) == standing
    again = await post(shared_node, "/v1/awards", {"document": base64(file)})
    assert (again.status, again.code) == (409, "conflict")
    assert "is revoked" in again.json()["detail"]


async def test_an_award_is_named_in_five_ways(shared_node):
    """By leaf, file, request key, credential and receipt: the same award, and what stands is answered with 200."""
    file = a_credential(credential_id="urn:x:five-ways")
    told = (await post(shared_node, "/v1/awards", {"document": base64(file)}, key="import-five")).json()
    names = [
        {"receipt": told["receipt"]},
        {"leaf": told["leaf"]},
        {"file_sha256": hashlib.sha256(file).hexdigest()},
        {"request_key": "import-five"},
        {"credential": "urn:x:five-ways"},
    ]
    answers = [await change(shared_node, "suspended", name) for name in names]
    assert [answer.status for answer in answers] == [201, 200, 200, 200, 200]
    assert {answer.json()["awards"][0]["leaf"] for answer in answers} == {told["leaf"] + 1}


async def test_a_request_key_gives_what_it_entered(shared_node):
    """The same request again has the same leaves; another one under its key is a conflict."""
    leaf = (await awarded(shared_node))[1]["leaf"]
    first = await change(shared_node, "suspended", {"leaf": leaf}, key="status-1")
    await change(shared_node, "reinstated", {"leaf": leaf})
    again = await change(shared_node, "suspended", {"leaf": leaf}, key="status-1")
    other = await change(shared_node, "revoked", {"leaf": leaf}, key="status-1")
    assert (first.status, again.status) == (201, 200)
    assert again.json()["awards"] == [first.json()["awards"][0] | {"new": False}]
    assert (other.status, other.code, other.json()["leaf"]) == (409, "request-key-reused", leaf + 1)


async def test_many_are_changed_or_none(shared_node):
    """A fault among them is named by its place, and the log stays as it was; mended, all go in together."""
    leaves = [(await awarded(shared_node))[1]["leaf"] for _ in range(3)]
    before = await size_of(shared_node)
    refused = await change(shared_node, "revoked", *({"leaf": leaf} for leaf in (*leaves, 10**9)))
    assert (refused.status, refused.code) == (422, "inadmissible")
    assert [one["where"] for one in refused.json()["problems"]] == ["awards[3]"]
    assert await size_of(shared_node) == before
    done = (await change(shared_node, "revoked", *({"leaf": leaf} for leaf in leaves))).json()
    assert [one["leaf"] for one in done["awards"]] == [before, before + 1, before + 2]


async def test_what_was_entered_is_told_with_what_the_desk_noted(shared_node):
    """Each status in order; of one that came with another award nothing was noted."""
    old = a_credential(credential_id="urn:x:told", grade={"en": "good"})
    leaf = (await post(shared_node, "/v1/awards", {"document": base64(old)})).json()["leaf"]
    await change(shared_node, "suspended", {"leaf": leaf}, reference="REG-1")
    new = a_credential(credential_id="urn:x:told", grade={"en": "excellent"})
    refused = await post(shared_node, "/v1/awards", {"document": base64(new)})
    assert (refused.status, refused.json()["leaf"]) == (409, leaf)
    asked = {"document": base64(new), "replaces": leaf}
    assert (await post(shared_node, "/v1/awards", asked)).json()["superseded"] == leaf
    told = (await post(shared_node, f"{STATUSES}/history", {"leaf": leaf})).json()
    assert (told["award"], told["standing"]) == (leaf, "superseded")
    first, second = told["statuses"]
    assert (first["number"], first["status"], first["reference"]) == (1, "suspended", "REG-1")
    assert second == {"number": 2, "leaf": leaf + 3, "status": "superseded"}
    for body, status in (({"leaf": 10**9}, 404), ({}, 400), ({"leaf": leaf, "credential": "x"}, 400)):
        assert (await post(shared_node, f"{STATUSES}/history", body)).status == status
    issuer, decider = [await shared_node.make_token(f"history-{role}", role) for role in ("issue", "decide")]
    assert (await post(shared_node, f"{STATUSES}/history", {"leaf": leaf}, token=issuer)).status == 200
    assert (await post(shared_node, f"{STATUSES}/history", {"leaf": leaf}, token=decider)).status == 403


async def test_each_log_changes_its_own_awards(shared_node):
    """A leaf of one log is none of the other's; a receipt neither."""
    told = (await awarded(shared_node, "college"))[1]
    for name in ({"receipt": told["receipt"]}, {"credential": f"urn:x:status-{next(_NUMBERS) - 1}"}):
        refused = await change(shared_node, "revoked", name, path="/logs/uni/v1/statuses")
        assert (refused.status, refused.code) == (404, "not-found")
    done = await change(shared_node, "revoked", {"receipt": told["receipt"]}, path="/logs/college/v1/statuses")
    assert done.status == 201


HOSTILE = {
    "nothing": (b"", 400),
    "no award": ({"status": "revoked", "awards": []}, 400),
    "an unknown status": ({"status": "closed", "awards": [{"leaf": 0}]}, 400),
    "superseded by hand": ({"status": "superseded", "awards": [{"leaf": 0}]}, 400),
    "no name": ({"status": "revoked", "awards": [{}]}, 400),
    "two names": ({"status": "revoked", "awards": [{"leaf": 0, "credential": "urn:x:1"}]}, 400),
    "an unknown name": ({"status": "revoked", "awards": [{"learner": "Anna"}]}, 400),
    "a hash cut short": ({"status": "revoked", "awards": [{"file_sha256": "ab"}]}, 400),
    "a negative leaf": ({"status": "revoked", "awards": [{"leaf": -1}]}, 400),
    "a receipt of nothing": ({"status": "revoked", "awards": [{"receipt": {}}]}, 400),
    "a float in a receipt": ({"status": "revoked", "awards": [{"receipt": {"v": 1.5}}]}, 400),
    "a long reference": ({"status": "revoked", "awards": [{"leaf": 0}], "reference": "x" * 129}, 422),
    "a leaf of nothing": ({"status": "revoked", "awards": [{"leaf": 2**53 - 1}]}, 404),
    "too many": ({"status": "revoked", "awards": [{"leaf": 0}] * (MOST_AWARDS + 1)}, 413),
}


async def test_hostile_requests_are_told_and_change_nothing(shared_node):
    """Each gets its problem in words, and the log stays as it was."""
    before = await size_of(shared_node)
    for name, (body, status) in HOSTILE.items():
        answer = await post(shared_node, STATUSES, body)
        assert (answer.status, bool(answer.json()["detail"])) == (status, True), f"{name}: {answer.body!r}"
    assert await size_of(shared_node) == before


async def test_only_who_issues_changes_what_was_issued(shared_node):
    """The role `issue`; no other, and nobody without a token."""
    leaf = (await awarded(shared_node))[1]["leaf"]
    tokens = {role: await shared_node.make_token(f"status-{role}", role) for role in ("issue", "decide", "publish")}
    tokens["operate"], tokens["nobody"] = await shared_node.make_token("status-operate", "operate"), ""
    answers = {who: await change(shared_node, "suspended", {"leaf": leaf}, token=one) for who, one in tokens.items()}
    assert {who: answer.status for who, answer in answers.items()} == {
        "issue": 201,
        "decide": 403,
        "publish": 403,
        "operate": 403,
        "nobody": 401,
    }


async def test_a_held_log_says_so(shared_node):
    """Nothing is entered meanwhile, and the way out is to ask again."""
    leaf = (await awarded(shared_node))[1]["leaf"]
    answer = await while_held(shared_node, change(shared_node, "revoked", {"leaf": leaf}))
    assert (answer.status, answer.code) == (503, "held")


async def test_desks_at_once_make_one_entry(shared_node):
    """Eight requests over HTTP: one 201, and one leaf in all answers."""
    leaf = (await awarded(shared_node))[1]["leaf"]
    answers = await asyncio.gather(*(change(shared_node, "revoked", {"leaf": leaf}) for _ in range(8)))
    assert sorted(answer.status for answer in answers) == [200] * 7 + [201]
    assert {answer.json()["awards"][0]["leaf"] for answer in answers} == {leaf + 1}


async def test_the_route_names_its_own_problems():
    """Those that the tests above have met, and that of a node that is busy."""
    expected = {"not-found", "conflict", "request-key-reused", "inadmissible", "held", "push-back"}
    assert problems_of(STATUSES) == expected
