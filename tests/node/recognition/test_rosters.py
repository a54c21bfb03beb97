"""A consortium's roster: drafted from a plain file, signed by the institution, the same members the same leaf."""

import json

import pytest

from node.backup.key_ring import gather_keys
from protocol.encoding.data_integrity import verify_proof
from protocol.encoding.keys import Signer
from protocol.encoding.multibase import multikey, parse_method
from protocol.recognition.entry import parse_entry
from tests.node.http.asking import post
from tests.support.statements import an_institution
from tests.vectors.membership_examples import NEW_KEY, a_tuni_member, signed
from tests.vectors.membership_examples import a_roster as a_signed_roster
from tests.vectors.recognition_examples import DCU

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATH = "/v1/rosters"


def a_members_file(**changed) -> dict:
    """Return a consortium's members as its keeper writes them down."""
    tuni = {name: value for name, value in a_tuni_member().items() if name not in ("id", "type", "logKeys")}
    dcu = {"name": "Dublin City University", "origin": DCU, "node": "https://ledger.dcu.ie", "operator": "dcu"}
    key = Signer(DCU, b"\7" * 32).verifier.render()
    members = [tuni | {"key": NEW_KEY.verifier.render()}, dcu | {"key": key}]
    return {"id": "eciu", "name": "ECIU University", "members": members} | changed


def places(answer) -> list[str]:
    """Return where the problems are."""
    return [problem["where"] for problem in answer.json()["problems"]]


async def published(node, value) -> tuple[int, dict]:
    """Publish, and return status and answer."""
    answer = await post(node, PATH, value)
    assert answer.status in (200, 201), answer.body
    return answer.status, answer.json()


async def test_a_members_file_becomes_a_signed_roster(shared_node):
    """The entry keeps every rule; its credential is signed by a key made for it, which backups hold too."""
    status, told = await published(shared_node, a_members_file(id="drafted"))
    roster = parse_entry(json.dumps(told["entry"], sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())
    assert (status, roster.kind, roster.version) == (201, "roster", 1)
    tuni, dcu = roster.entities.credential_subject
    assert (tuni.id, tuni.current.key) == ("https://ledger.tuni.fi/nostra", NEW_KEY.verifier)
    assert dcu.current.from_ == shared_node.parts.clock.today()
    assert verify_proof(roster.credential).did == roster.entities.issuer.id
    log = shared_node.config.logs[0]
    key_file = log.key.with_name(f"{log.key.name}.assertion")
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert gather_keys(shared_node.config).beside[log.origin][".assertion"] == key_file.read_bytes()


async def test_the_same_members_are_the_same_leaf(shared_node):
    """Neither a new day nor a new signature makes a new version; a changed member does."""
    first = (await published(shared_node, a_members_file(id="same")))[1]
    status, again = await published(shared_node, a_members_file(id="same"))
    assert (status, again["leaf"], again["new"]) == (200, first["leaf"], False)
    changed = a_members_file(id="same")
    changed["members"][0]["node"] = "https://nostra.tuni.fi"
    status, second = await published(shared_node, changed)
    assert (status, second["entry"]["version"]) == (201, 2)
    assert (await published(shared_node, changed))[1]["leaf"] == second["leaf"]


async def test_a_key_keeps_the_date_since_which_it_signs(shared_node):
    """The keeper needn't remember it: the roster before says it."""
    value = a_members_file(id="dated")
    value["members"][1]["logKeys"] = [{"verifierKey": value["members"][1].pop("key"), "from": "2026-02-03"}]
    await published(shared_node, value)
    later = a_members_file(id="dated", description="a change")
    told = (await published(shared_node, later))[1]
    keys = told["entry"]["credential"]["credentialSubject"][1]["logKeys"]
    assert [key["from"] for key in keys] == ["2026-02-03"]


async def test_what_others_understand_is_kept(shared_node):
    """Members of the W3C's vocabulary go into the credential as they are."""
    value = a_members_file(id="open", validUntil="2036-12-31T23:59:59Z", description="Our members")
    value["members"][0]["image"] = "https://www.tuni.fi/logo.svg"
    credential = (await published(shared_node, value))[1]["entry"]["credential"]
    assert (credential["validUntil"], credential["description"]) == ("2036-12-31T23:59:59Z", "Our members")
    assert credential["credentialSubject"][0]["image"] == "https://www.tuni.fi/logo.svg"


async def test_the_institutions_entry_lists_the_key(shared_node):
    """Where it stands, its next version names the key before anything is signed by it; only once."""
    await post(shared_node, "/v1/institutions", an_institution())
    before = (await published(shared_node, a_members_file(id="listed")))[1]
    key = parse_method(before["entry"]["credential"]["proof"]["verificationMethod"])
    institutions = [entry for entry in await entries(shared_node) if entry["kind"] == "institution"]
    assert [one["key"] for one in institutions[-1]["assertionKeys"]][-1] == multikey(key)
    await published(shared_node, a_members_file(id="listed", description="again"))
    assert len([entry for entry in await entries(shared_node) if entry["kind"] == "institution"]) == len(institutions)


async def entries(node) -> list[dict]:
    """Return the node's entries."""
    size = (await node.get("/v1/log")).json()["size"]
    return [(await node.get(f"/v1/entries/{leaf}")).json()["entry"] for leaf in range(size)]


async def test_a_credential_that_was_signed_elsewhere_is_published_as_it_is(shared_node):
    """The keeper may sign where the key is safer; what doesn't verify is refused."""
    credential = signed(a_signed_roster()["credential"] | {"description": "signed elsewhere"})
    told = (await published(shared_node, {"id": "elsewhere", "credential": credential}))[1]
    assert told["entry"]["credential"] == credential
    answer = await post(shared_node, PATH, {"id": "elsewhere", "credential": credential | {"description": "changed"}})
    assert (answer.status, places(answer)) == (422, ["credential.proof"])


WRONG = {
    "no-members": ({"members": []}, ["credential.credentialSubject"]),
    "members-as-text": ({"members": "all"}, ["credential.credentialSubject"]),
    "a-member-as-text": ({"members": ["tuni"]}, ["credential.credentialSubject[0]"]),
    "no-name": ({"name": None}, ["credential.issuer.name"]),
    "no-id": ({"id": "ECIU"}, ["id"]),
    "a-member-without-key": (
        {"members": [{"name": "A", "origin": "a.example/log", "node": "https://a.example", "operator": "a"}]},
        ["credential.credentialSubject[0].logKeys"],
    ),
}


@pytest.mark.parametrize(("changed", "wrong"), WRONG.values(), ids=WRONG)
async def test_a_file_that_is_no_roster_is_refused_in_its_places(shared_node, changed, wrong):
    """Every problem at once, and nothing is entered."""
    size = (await shared_node.get("/v1/log")).json()["size"]
    answer = await post(shared_node, PATH, a_members_file(**changed))
    assert (answer.status, places(answer)) == (422, wrong)
    assert (await shared_node.get("/v1/log")).json()["size"] == size


async def test_rosters_are_listed_for_everybody(shared_node):
    """The public reads them as it reads rules."""
    await published(shared_node, a_members_file(id="public"))
    page = (await shared_node.get("/v1/rosters?limit=1000")).json()
    assert "public" in {one["entry"]["id"] for one in page["entries"]}
