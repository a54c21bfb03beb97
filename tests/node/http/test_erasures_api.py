"""`/v1/erasures`, `/v1/retentions`, `/v1/texts/…`: who may, what is answered, what is refused."""

import itertools

import pytest

from protocol.encoding.wire import b64url
from tests.node.http.asking import base64, post, problems_of, size_of
from tests.node.http.test_openapi import check_answer
from tests.support.credentials import a_credential
from tests.support.decisions import PAPER, a_decision
from tests.support.publications import withdrawal_with_texts

pytestmark = pytest.mark.asyncio(loop_scope="module")

ERASURES, RETENTIONS, AWARDS = "/v1/erasures", "/v1/retentions", "/v1/awards"
TAKE_DOWN, TAKEN_DOWN = "/v1/texts/take-down", "/v1/texts/taken-down"
DUTY = {"until": "2099-12-31", "basis": "Archives Act 831/1994"}

_NUMBERS = itertools.count(1)


async def an_award(node, **more) -> tuple[bytes, dict]:
    """Return a credential that was awarded, and the answer."""
    document = a_credential()
    answer = await post(node, AWARDS, {"document": base64(document)} | more)
    assert answer.status == 201, answer.body
    return document, answer.json()


async def erase(node, **body):
    """Ask for an erasure."""
    return await post(node, ERASURES, body)


@pytest.mark.parametrize("by", ["leaf", "file", "receipt"])
async def test_an_award_is_closed_and_marked(shared_node, by):
    """However it is named; asking again is answered 200 with nothing new."""
    document, told = await an_award(shared_node)
    body = {
        "leaf": {"award": told["leaf"]},
        "file": {"credential": {"document": base64(document)}},
        "receipt": {"credential": {"presented": told["receipt"]}},
    }[by]
    first, again = await erase(shared_node, **body), await erase(shared_node, **body)
    assert (first.status, again.status) == (200, 200)
    done = first.json()
    assert (done["awards"], done["closed"], done["new"]) == ([told["leaf"]], [told["leaf"] + 1], True)
    assert len(done["not_reached"]) == 5
    assert (again.json()["closed"], again.json()["new"]) == ([], False)


async def test_a_decision_by_its_id_and_another_log_s_by_name(shared_node):
    """A decision is named by leaf or id; what another log of the node keeps on the credential is told."""
    document, told = await an_award(shared_node)
    shown = {"presented": told["receipt"], "document": base64(document)}
    decided = await shared_node.post(
        "/logs/college/v1/decisions", {"decision": a_decision(id=f"d-{next(_NUMBERS)}"), "credentials": [shown]}
    )
    decision = decided.json()["decision"]
    done = (await erase(shared_node, award=told["leaf"])).json()
    assert done["elsewhere"] == [{"origin": "college.example.org/nostra", "records": 1}]
    theirs = await post(shared_node, "/logs/college" + ERASURES, {"decision": decision["id"]})
    assert theirs.json()["decisions"] == [decided.json()["leaf"]]


async def test_a_paper_s_decision_is_found_by_the_paper(shared_node):
    """Its data are all that there is to name it by."""
    paper = PAPER | {"number": f"2020/{next(_NUMBERS)}"}
    await shared_node.post("/v1/decisions", {"decision": a_decision(id="paper-1"), "credentials": [{"paper": paper}]})
    done = (await erase(shared_node, credential={"paper": paper}, preview=True)).json()
    assert (done["preview"], done["awards"], len(done["decisions"])) == (True, [], 1)
    assert (await erase(shared_node, credential={"paper": paper})).json()["new"]
    assert (await erase(shared_node, credential={"paper": paper | {"number": "9"}})).code == "not-found"


async def test_a_duty_to_keep_refuses(shared_node):
    """Recorded with the award or later; the last one holds, and the same again is the same."""
    _, told = await an_award(shared_node, keep=DUTY)
    refused = await erase(shared_node, award=told["leaf"])
    assert (refused.status, refused.code, refused.json()["leaf"]) == (409, "retained", told["leaf"])
    assert DUTY["basis"] in refused.json()["detail"]
    before = await size_of(shared_node)
    named = {"kind": "award", "leaf": told["leaf"]}
    mended = DUTY | {"until": "2020-01-01"}
    for duty in (DUTY, mended, mended):
        answer = await post(shared_node, RETENTIONS, named | duty)
        assert answer.json() == named | duty | {"recorded": shared_node.parts.clock.today()}
    assert await size_of(shared_node) == before
    assert (await erase(shared_node, award=told["leaf"])).json()["records"] == 3


async def test_an_award_with_a_duty_asked_for_again_has_one(shared_node):
    """Whoever got no answer asks again: one award, one duty."""
    document, told = await an_award(shared_node, keep=DUTY)
    again = await post(shared_node, AWARDS, {"document": base64(document), "keep": DUTY})
    assert (again.status, again.json()["leaf"]) == (200, told["leaf"])
    preview = DUTY | {"kind": "award", "leaf": told["leaf"], "until": "2020-01-01"}
    await post(shared_node, RETENTIONS, preview)
    assert (await erase(shared_node, award=told["leaf"], preview=True)).json()["records"] == 3


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        (ERASURES, {}, "inadmissible"),
        (ERASURES, {"award": 1, "decision": 1}, "inadmissible"),
        (ERASURES, {"award": 10**6}, "not-found"),
        (ERASURES, {"decision": "nobody-made-it"}, "not-found"),
        (ERASURES, {"award": -1}, "bad-request"),
        (ERASURES, {"credential": {}}, "inadmissible"),
        (RETENTIONS, {"kind": "award", "leaf": 10**6} | DUTY, "not-found"),
        (RETENTIONS, {"kind": "award", "leaf": 0} | DUTY | {"until": "soon"}, "inadmissible"),
        (RETENTIONS, {"kind": "rule", "leaf": 0} | DUTY, "bad-request"),
        (AWARDS, {"document": base64(a_credential()), "keep": DUTY | {"basis": ""}}, "inadmissible"),
        (TAKE_DOWN, {"commitment": b64url(bytes(32))}, "not-found"),
        (TAKE_DOWN, {"commitment": "short"}, "bad-request"),
        (TAKE_DOWN, {"commitment": b64url(bytes(32)), "mirror": "ledger.example/other"}, "not-found"),
        (TAKE_DOWN, {"commitment": b64url(bytes(32)), "mirror": "uni.example.org/nostra"}, "not-found"),
    ],
)
async def test_what_is_refused(shared_node, path, body, code):
    """With a word, and nothing is entered."""
    before = await size_of(shared_node)
    answer = await post(shared_node, path, body)
    assert (answer.code, await size_of(shared_node)) == (code, before)
    assert code in problems_of(path) | {"bad-request"}


@pytest.mark.parametrize(("path", "role"), [(ERASURES, "issue"), (RETENTIONS, "operate"), (TAKE_DOWN, "operate")])
async def test_each_takes_a_role_of_its_own(shared_node, path, role):
    """An operator erases, a registrar keeps, a publisher takes down."""
    token = await shared_node.make_token(f"only {role} {next(_NUMBERS)}", role)
    assert (await post(shared_node, path, {}, token=token)).code == "forbidden"


async def test_a_text_is_taken_down_for_good(shared_node):
    """410 afterwards, on the list that mirrors ask for, while the entry stands; once more changes nothing."""
    published = withdrawal_with_texts("uni.example.org/nostra", next(_NUMBERS))
    commitment = published["entry"]["texts"]
    assert (await shared_node.post("/v1/entries", published)).status == 201
    assert (await shared_node.get(f"/texts/{commitment}")).status == 200
    asked = {"commitment": commitment}
    first, again = await post(shared_node, TAKE_DOWN, asked), await post(shared_node, TAKE_DOWN, asked)
    assert (first.json()["new"], again.json()["new"]) == (True, False)
    gone = await shared_node.get(f"/texts/{commitment}")
    assert (gone.status, gone.code) == (410, "gone")
    listed = await shared_node.get(TAKEN_DOWN)
    check_answer(TAKEN_DOWN, "get", listed)
    assert commitment in listed.json()["commitments"]
    assert (await shared_node.get("/logs/college" + TAKEN_DOWN)).json() == {"commitments": []}
