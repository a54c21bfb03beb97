"""`POST /v1/presentations` and `POST /v1/receipts/…`: what is answered, every refusal, who may."""

import json
from itertools import count

import pytest

from tests.node.http.asking import base64, post, problems_of, size_of
from tests.support.credentials import a_credential

pytestmark = pytest.mark.asyncio(loop_scope="module")

PRESENTATIONS, REISSUE = "/v1/presentations", "/v1/receipts/reissue"
REKEY, IMPORT = "/v1/receipts/rekey", "/v1/receipts/import"
_NUMBERS = count(1)


async def awarded(node, log="uni") -> dict:
    """Return what is answered to an award of its own."""
    file = a_credential(log, credential_id=f"urn:x:presented-{next(_NUMBERS)}")
    answer = await post(node, f"/logs/{log}/v1/awards", {"document": base64(file)})
    assert answer.status == 201
    return answer.json()


async def test_a_presentation_shows_what_is_chosen(shared_node):
    """The award and its standing by default; all decisions, or those of one institution."""
    receipt = (await awarded(shared_node))["receipt"]
    default = (await post(shared_node, PRESENTATIONS, {"receipt": receipt})).json()["presentation"]
    assert {"award", "standing"} <= set(default) <= {"award", "kind", "proofs", "standing", "v"}
    all_of_them = (await post(shared_node, PRESENTATIONS, {"receipt": receipt, "show": ["decisions"]})).json()
    assert set(all_of_them["institutions"]) == set(all_of_them["presentation"]["decisions"])
    assert len(all_of_them["institutions"]) == 2
    for shown in (default, all_of_them):
        assert not any(secret in json.dumps(shown) for secret in receipt["secrets"].values())


async def test_a_receipt_is_given_again_rekeyed_and_taken_in(shared_node):
    """Each by its log's own name for the award; nothing is entered but by rekeying."""
    told = await awarded(shared_node)
    before = await size_of(shared_node)
    again = await post(shared_node, REISSUE, {"leaf": told["leaf"]})
    taken = await post(shared_node, IMPORT, {"receipt": told["receipt"]})
    assert (again.status, taken.status, taken.json()["new"], await size_of(shared_node)) == (200, 200, False, before)
    rekeyed = await post(shared_node, REKEY, {"receipt": told["receipt"]})
    assert (rekeyed.status, rekeyed.json()["superseded"]) == (201, told["leaf"])
    assert (await post(shared_node, REKEY, {"leaf": told["leaf"]})).status == 200
    assert await size_of(shared_node) == before + 2


async def test_hostile_requests_are_told_and_change_nothing(shared_node):
    """Each gets its problem in words, and no log grows."""
    told, other = await awarded(shared_node), await awarded(shared_node, "college")
    receipt = told["receipt"]
    broken = receipt | {"secrets": receipt["secrets"] | {"standing": "A" * 43}}
    hostile = [
        (PRESENTATIONS, {}, 400),
        (PRESENTATIONS, {"receipt": {}}, 400),
        (PRESENTATIONS, {"receipt": {"v": 1.5}}, 400),
        (PRESENTATIONS, {"receipt": receipt, "show": ["secrets"]}, 400),
        (PRESENTATIONS, {"receipt": receipt, "to": ["x"] * 101}, 400),
        (PRESENTATIONS, {"receipt": receipt, "show": []}, 422),
        (PRESENTATIONS, {"receipt": receipt, "to": ["nobody.example"]}, 422),
        (PRESENTATIONS, {"receipt": broken}, 422),
        (REISSUE, {}, 400),
        (REISSUE, {"leaf": 0, "credential": "urn:x"}, 400),
        (REISSUE, {"leaf": 2**53 - 1}, 404),
        (REISSUE, {"receipt": other["receipt"]}, 404),
        (REKEY, {"leaf": 2**53 - 1}, 404),
        (IMPORT, {"receipt": {}}, 400),
        (IMPORT, {"receipt": broken}, 404),
        (IMPORT, {"receipt": other["receipt"]}, 404),
    ]
    before = await size_of(shared_node)
    for path, body, status in hostile:
        answer = await post(shared_node, path, body)
        assert (answer.status, bool(answer.json()["detail"])) == (status, True), f"{path} {body}: {answer.body!r}"
    assert await size_of(shared_node) == before


async def test_an_award_that_does_not_stand_is_a_conflict(shared_node):
    """It isn't rekeyed."""
    told = await awarded(shared_node)
    await post(shared_node, "/v1/statuses", {"status": "suspended", "awards": [{"leaf": told["leaf"]}]})
    answer = await post(shared_node, REKEY, {"leaf": told["leaf"]})
    assert (answer.status, answer.code) == (409, "conflict")
    assert {"conflict", "not-found"} <= problems_of(REKEY)


async def test_who_may(shared_node):
    """Presentations: who issues or decides; receipts: who issues. Nobody without a token."""
    receipt = (await awarded(shared_node))["receipt"]
    roles = ("issue", "decide", "publish", "operate")
    tokens = {role: await shared_node.make_token(f"presented-{role}", role) for role in roles} | {"nobody": ""}
    for path, may in ((PRESENTATIONS, {"issue", "decide"}), (REISSUE, {"issue"}), (IMPORT, {"issue"})):
        answers = {
            who: (await post(shared_node, path, {"receipt": receipt}, token=token)).status
            for who, token in tokens.items()
        }
        assert answers == {who: 200 if who in may else 403 if who in roles else 401 for who in tokens}
