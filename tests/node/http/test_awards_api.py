"""`POST /v1/awards` and `/v1/achievements/draft`: receipts that verify, the same again, and every refusal."""

import asyncio

import pytest

from node.formats.write_elm import write_elm
from protocol.encoding import canonical
from protocol.verify.kinds import verify_file
from protocol.verify.trust import Trust
from tests.node.formats.documents import LEAST, an_award, as_bytes
from tests.node.http.asking import base64, post, problems_of, size_of, while_held
from tests.support.credentials import a_badge, a_credential, an_achievement
from tests.support.nodes import NodeUnderTest, make_config, node_running

pytestmark = pytest.mark.asyncio(loop_scope="module")

AWARDS, DRAFT = "/v1/awards", "/v1/achievements/draft"


async def award(node, document, *, path=AWARDS, key=None, token=None, **members):
    """Ask for an award."""
    return await post(node, path, {"document": base64(document)} | members, key=key, token=token)


def verdict(node: NodeUnderTest, receipt: dict, document: bytes, log: str = "uni") -> str:
    """Return what a relying party says of a receipt beside its document, without any network."""
    trust = Trust.by_keys([node.parts.logs[log].verifier])
    return verify_file(canonical.encode(receipt), trust, document=document).verdict


@pytest.mark.parametrize("written", [a_credential, a_badge], ids=["European", "Open Badge"])
async def test_a_credential_is_awarded_with_a_receipt_that_verifies(shared_node, written):
    """201 with a leaf, the achievement's title, and a receipt that proves this file and no other."""
    document, before = written(), await size_of(shared_node)
    answer = await award(shared_node, document, file_name="vesi.json")
    told = answer.json()
    assert (answer.status, told["leaf"], told["size"], told["new"]) == (201, before, before + 1, True)
    assert (told["state"], told["witnessed"], told["title"]["en"]) == ("released", False, "Urban water quality")
    assert told["receipt"]["file"]["name"] == "vesi.json"
    assert verdict(shared_node, told["receipt"], document) == "verified"
    assert verdict(shared_node, told["receipt"], document + b" ") == "refused"


async def test_the_same_file_is_answered_with_its_leaf_and_200(shared_node):
    """No second entry; another receipt with the same standing secret and a recognition secret of its own."""
    document = a_credential()
    first = (await award(shared_node, document)).json()
    again = await award(shared_node, document)
    told = again.json()
    assert (again.status, told["leaf"], told["new"]) == (200, first["leaf"], False)
    assert told["receipt"]["secrets"]["standing"] == first["receipt"]["secrets"]["standing"]
    assert told["receipt"]["secrets"]["recognition"] != first["receipt"]["secrets"]["recognition"]
    assert verdict(shared_node, told["receipt"], document) == "verified"
    assert await size_of(shared_node) == first["leaf"] + 1


async def test_a_request_key_belongs_to_one_file(shared_node):
    """Under the key the same leaf; with another file a conflict that names it."""
    document = a_credential()
    first = await award(shared_node, document, key="import-7")
    again = await award(shared_node, document, key="import-7")
    other = await award(shared_node, a_credential(), key="import-7")
    leaf = first.json()["leaf"]
    assert (again.status, again.json()["leaf"]) == (200, leaf)
    assert (other.status, other.code, other.json()["leaf"]) == (409, "request-key-reused", leaf)
    assert await size_of(shared_node) == leaf + 1


async def test_impatient_requests_make_one_award(shared_node):
    """The same file eight times at once: one entry, and one answer that says it is new."""
    document, before = a_credential(), await size_of(shared_node)
    answers = await asyncio.gather(*(award(shared_node, document) for _ in range(8)))
    assert sorted(answer.status for answer in answers) == [200] * 7 + [201]
    assert {answer.json()["leaf"] for answer in answers} == {before}
    assert await size_of(shared_node) == before + 1


async def test_a_changed_file_supersedes_and_the_old_one_is_not_awarded_by_accident(shared_node):
    """The credential's own id tells, or `replaces` does; the old file again is a conflict."""
    old, new = (a_credential(credential_id="urn:x:changes", grade={"en": grade}) for grade in ("good", "excellent"))
    first, changed = (await award(shared_node, old)).json(), (await award(shared_node, new)).json()
    named = (await award(shared_node, a_credential(), replaces=changed["leaf"])).json()
    assert (changed["superseded"], named["superseded"]) == (first["leaf"], changed["leaf"])
    again = await award(shared_node, old)
    assert (again.status, again.code, again.json()["leaf"]) == (409, "conflict", first["leaf"])
    assert f"say that it replaces leaf {first['leaf']}" in again.json()["detail"]


async def test_each_log_awards_for_its_own_institution(shared_node):
    """Under `/logs/NAME` for that institution; at `/` for the first one; the other's document is refused."""
    document, sizes = a_credential("college"), [await size_of(shared_node, log) for log in ("uni", "college")]
    refused = await award(shared_node, document, path="/logs/uni/v1/awards")
    told = (await award(shared_node, document, path="/logs/college/v1/awards")).json()
    assert (refused.status, refused.code) == (422, "awarding-body-not-ours")
    assert verdict(shared_node, told["receipt"], document, "college") == "verified"
    assert verdict(shared_node, told["receipt"], document, "uni") == "refused"
    assert [await size_of(shared_node, log) for log in ("uni", "college")] == [sizes[0], sizes[1] + 1]
    nobody = await award(shared_node, document, path="/logs/nobody/v1/awards")
    assert (nobody.status, nobody.code) == (404, "not-found")


async def test_what_is_not_ours_to_award_is_told_with_the_way_out(shared_node):
    """The refusal names the awarding body, where it stands, and that it can be decided on."""
    refused = await award(shared_node, as_bytes(write_elm(an_award(LEAST))))
    assert (refused.status, refused.code) == (422, "awarding-body-not-ours")
    (problem,) = refused.json()["problems"]
    assert problem["where"] == "achievements[0].awardingBodies"
    assert "Hogeschool aan Zee" in problem["what"]
    assert "it can be decided on" in refused.json()["detail"]


async def test_a_mandate_lets_another_log_award(shared_node):
    """With the institution's mandate in its own log, the college's log takes the institution's document."""
    path, document = "/logs/college/v1/awards", a_credential("uni")
    assert (await award(shared_node, document, path=path)).code == "awarding-body-not-ours"
    mandate = {"id": "m", "log": "college.example.org/nostra", "achievements": ["WAT-204"], "from": "2026-01-01"}
    assert (await post(shared_node, "/v1/mandates", mandate)).status == 201
    assert (await award(shared_node, document, path=path)).status == 201


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        pytest.param("Äidin todistus.json", "Äidin todistus.json", id="as given"),
        pytest.param("A\u0308idin todistus.json", "Äidin todistus.json", id="as another system spells it"),
        pytest.param("", "credential.json", id="none"),
    ],
)
async def test_a_file_keeps_its_name(shared_node, given, kept):
    """In Unicode form NFC, as everything that is canonical."""
    told = (await award(shared_node, a_credential(), file_name=given)).json()
    assert told["receipt"]["file"]["name"] == kept


GOOD = base64(a_credential())
NESTED = b'{"document":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
HOSTILE = {
    "nothing": (b"", 400, "bad-request"),
    "no document": ({}, 400, "bad-request"),
    "a list": ([], 400, "bad-request"),
    "null": ({"document": None}, 400, "bad-request"),
    "a number": ({"document": 7}, 400, "bad-request"),
    "not base64": ({"document": "%%%"}, 400, "bad-request"),
    "an unknown member": ({"document": GOOD, "colour": "green"}, 400, "bad-request"),
    "a member twice": (b'{"document":"e30=","document":"e30="}', 400, "bad-request"),
    "too deep": (NESTED, 400, "bad-request"),
    "too large": (b'{"document":"' + b"A" * (8 << 20) + b'"}', 413, "too-large"),
    "nearly too large": (b'{"document":"' + b"A" * ((8 << 20) - 64) + b'"}', 422, "not-a-credential"),
    "an empty file": ({"document": ""}, 422, "not-a-credential"),
    "a PDF": ({"document": base64(b"%PDF-1.7 a diploma")}, 422, "not-a-credential"),
    "other JSON": ({"document": base64(b'{"hello":"world"}')}, 422, "not-a-credential"),
    "a credential cut short": ({"document": base64(a_credential()[:400])}, 422, "not-a-credential"),
    "a token of nothing": ({"document": base64(b"a.b.c")}, 422, "not-a-credential"),
}
HOSTILE_AWARDS = {
    "a fraction to replace": ({"document": GOOD, "replaces": 0.5}, 400, "bad-request"),
    "a leaf that can't be": ({"document": GOOD, "replaces": -1}, 400, "bad-request"),
    "a leaf beyond all": ({"document": GOOD, "replaces": 2**63}, 400, "bad-request"),
    "a leaf without an award": ({"document": GOOD, "replaces": 2**53 - 1}, 404, "not-found"),
    "a name with a folder": ({"document": GOOD, "file_name": "../../etc/passwd"}, 422, "inadmissible"),
    "a name without end": ({"document": GOOD, "file_name": "x" * 256}, 422, "inadmissible"),
    "a name that no encoding has": ({"document": GOOD, "file_name": "\ud800"}, 400, "bad-request"),
    "a name that rings": ({"document": GOOD, "file_name": "bell\7.json"}, 422, "inadmissible"),
}


async def test_hostile_requests_are_told_and_change_nothing(shared_node):
    """Each gets its problem in words, on both addresses, and the log stays as it was."""
    before = await size_of(shared_node)
    cases = [(path, *case) for path in (AWARDS, DRAFT) for case in HOSTILE.items()]
    for path, name, (body, status, code) in cases + [(AWARDS, *case) for case in HOSTILE_AWARDS.items()]:
        answer = await post(shared_node, path, body)
        assert (answer.status, answer.code) == (status, code), f"{name}: {answer.body!r}"
        assert answer.json()["detail"], name
    other_type = await post(shared_node, AWARDS, b"x", headers={"Content-Type": "text/plain"})
    assert (other_type.status, other_type.code) == (415, "unsupported-media-type")
    assert await size_of(shared_node) == before


async def test_each_address_takes_its_roles(shared_node):
    """Awards take `issue`; a draft `issue` or `publish`; neither goes otherwise, without a token or too late."""
    tokens = {role: await shared_node.make_token(role, role) for role in ("issue", "publish", "decide", "operate")}
    tokens["late"] = await shared_node.make_token("late", "issue", "publish", expires_at=1)
    expected = {"issue": (200, 201), "publish": (200, 403), "decide": (403, 403), "operate": (403, 403)}
    for who, token in [*tokens.items(), ("nobody", "")]:
        draft = await post(shared_node, DRAFT, {"document": GOOD}, token=token)
        answer = await award(shared_node, a_credential(), token=token)
        assert (draft.status, answer.status) == expected.get(who, (401, 401)), who
    assert (await award(shared_node, a_credential(), token=tokens["late"])).code == "token-expired"


async def test_a_draft_is_the_achievement_that_can_be_published(shared_node):
    """What the document states is the entry; published as it is, it stands."""
    answer = await post(shared_node, DRAFT, {"document": GOOD})
    told = answer.json()
    assert (answer.status, told["complete"]) == (200, True), told["missing"]
    assert told["entry"]["title"] == an_achievement()["title"]
    assert (await post(shared_node, "/v1/achievements", told["entry"])).status == 201


async def test_a_draft_names_what_the_document_does_not_state(shared_node):
    """An element of the Council Recommendation that a person has to add, by its name; nothing is made up."""
    document = a_credential().replace(b'"learningOutcome"', b'"learningOutcomesOfAnotherProfile"')
    told = (await post(shared_node, DRAFT, {"document": base64(document)})).json()
    need = {"element": "learningOutcomes", "name": "learning outcomes", "mandatory": True, "hint": ""}
    assert (told["complete"], [one for one in told["missing"] if one["mandatory"]]) == (False, [need])
    assert "learningOutcomes" not in told["entry"]


async def test_every_problem_that_is_declared_is_met(tmp_path, dsn):
    """Those of the route table, each by a request that deserves it; pushed back, the same request is taken later."""
    config = make_config(tmp_path / "node", dsn, logs=["busy"], more="max_queued_entries = 1")
    async with node_running(config) as node:
        files = [a_credential("busy") for _ in range(12)]
        first = await asyncio.gather(*(award(node, file, key=f"k-{at}") for at, file in enumerate(files)))
        refused = [at for at, answer in enumerate(first) if answer.status != 201]
        assert [(await award(node, files[at], key=f"k-{at}")).status for at in refused] == [201] * len(refused)
        # Two entries together, more than the queue's limit, get in where nothing else waits.
        leaf = (await award(node, files[0])).json()["leaf"]
        assert (await award(node, a_credential("busy"), replaces=leaf)).status == 201
        answers = [
            *first,
            await award(node, files[1], key="k-0"),
            await award(node, files[0], replaces=99),
            await award(node, files[0], file_name="a/b"),
            await award(node, b"no credential"),
            await award(node, a_credential("college")),
            await award(node, files[0]),
            await while_held(node, award(node, a_credential("busy"))),
        ]
        assert {answer.code for answer in answers if answer.status >= 400} == problems_of(AWARDS)
        assert problems_of(DRAFT) == {"not-a-credential"}
