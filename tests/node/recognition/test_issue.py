"""Awards: the same file, a changed file, others' files, and two requests at once."""

import asyncio
import hashlib

import pytest

from node.errors import ConflictError, InadmissibleError, NotFoundError
from node.formats.write_elm import write_elm
from node.formats.write_openbadge import write_openbadge
from node.recognition.awards.awarding import Awarding
from node.recognition.awards.issue import Awards
from node.recognition.logs.chains import find_chain
from node.recognition.publication.publish import Publisher
from protocol.documents.receipt import Receipt
from protocol.encoding.wire import parse_b64url32
from protocol.gossip.policy import Policy
from protocol.recognition.sealed import award_key, award_tag, read_status, status_key
from protocol.verify.kinds import verify_file
from protocol.verify.trust import Trust
from tests.node.formats.documents import FULL, LEAST, an_award, as_bytes
from tests.support.ledger import open_ledger
from tests.support.statements import a_mandate, an_institution


def awards(ledger, name="northlake") -> Awards:
    """Return what issues awards in a log."""
    log = ledger.logs[name]
    return Awards(log, ledger.records(name), Awarding(log, ledger.institutions()), ledger.database)


def a_credential(**changed) -> bytes:
    """Return a European Digital Credential of Northern Lake University."""
    return as_bytes(write_elm(an_award(**changed)))


def policy_of(log) -> Policy:
    """Return a policy that believes one log."""
    head = log.reader.state.head
    return Policy.parse(f"log {head.verifier_key}\nquorum none\n".encode())


async def test_a_receipt_verifies_offline(ledger):
    """What the learner gets proves the award of this very file."""
    document = a_credential()
    issued = await awards(ledger).issue(document, file_name="water.json")
    trust = Trust(policy_of(ledger.logs["northlake"]), "from the test")
    report = verify_file(issued.receipt.render(), trust, document=document)
    assert report.verdict == "verified", report.lines()
    assert (issued.new, issued.leaf, issued.receipt.file_name) == (True, 0, "water.json")


@pytest.mark.parametrize("write", [write_elm, write_openbadge])
async def test_credentials_of_either_format_are_awarded(ledger, write):
    """European Digital Credentials and Open Badges alike."""
    issued = await awards(ledger).issue(as_bytes(write(an_award())))
    assert issued.new


async def test_the_same_file_gives_the_same_leaf_and_standing_secret(ledger):
    """Only the recognition secret differs, and it is kept nowhere."""
    first = await awards(ledger).issue(a_credential())
    again = await awards(ledger).issue(a_credential())
    assert (again.new, again.leaf, again.receipt.standing) == (False, first.leaf, first.receipt.standing)
    assert again.receipt.recognition != first.receipt.recognition
    assert ledger.logs["northlake"].reader.published.size == 1


async def test_a_request_key_belongs_to_one_file(ledger):
    """The same key with another file is refused, and names the first leaf."""
    await awards(ledger).issue(a_credential(), request_key="r-1")
    again = await awards(ledger).issue(a_credential(), request_key="r-1")
    with pytest.raises(ConflictError) as caught:
        await awards(ledger).issue(a_credential(awarded_on="2026-07-01", credential_id="urn:x:2"), request_key="r-1")
    assert (again.leaf, caught.value.leaf, caught.value.code) == (0, 0, "request-key-reused")


async def status_of(ledger, receipt: Receipt) -> list[str | None]:
    """Return what the log says of an award's status, in order."""
    log = ledger.logs["northlake"]
    key = status_key(receipt.standing, log.origin)
    tag = award_tag(award_key(receipt.standing, log.origin), log.origin)
    links = await find_chain(ledger.database, log.known(), key)
    return [read_status(key, log.origin, one.number, tag, parse_b64url32(one.entry.statement)) for one in links]


async def test_a_changed_file_supersedes_the_award_of_the_same_credential(ledger):
    """The credential's own id tells; the new award stands first, then the old one's status."""
    first = await awards(ledger).issue(a_credential(grade={"en": "good"}))
    second = await awards(ledger).issue(a_credential(grade={"en": "very good"}))
    assert (second.new, second.leaf, second.superseded) == (True, 1, 0)
    assert await status_of(ledger, first.receipt) == ["superseded"]
    assert await status_of(ledger, second.receipt) == []
    assert ledger.logs["northlake"].reader.published.size == 3


async def test_a_file_whose_award_was_superseded_is_not_awarded_by_accident(ledger):
    """An importer that runs again over all files can't turn the newest award back; a word of intent can."""
    old, new = a_credential(grade={"en": "good"}), a_credential(grade={"en": "very good"})
    await awards(ledger).issue(old)
    second = await awards(ledger).issue(new)
    with pytest.raises(ConflictError, match="is superseded"):
        await awards(ledger).issue(old)
    third = await awards(ledger).issue(old, replaces=second.leaf)
    assert (third.new, third.superseded) == (True, second.leaf)
    assert await status_of(ledger, second.receipt) == ["superseded"]
    again = await awards(ledger).issue(old)
    assert (again.new, again.leaf) == (False, third.leaf)


async def test_an_award_can_be_named_to_be_superseded(ledger):
    """A changed file with another id of its own supersedes what it is told to; asking again changes nothing."""
    first = await awards(ledger).issue(a_credential())
    changed = a_credential(credential_id="urn:uuid:5f0c1c9e-0000-4000-8000-999999999999")
    second = await awards(ledger).issue(changed, replaces=first.leaf)
    again = await awards(ledger).issue(changed, replaces=first.leaf)
    assert (second.superseded, again.new, again.leaf) == (first.leaf, False, second.leaf)
    assert await status_of(ledger, first.receipt) == ["superseded"]


async def test_an_award_that_is_not_there_cannot_be_superseded(ledger):
    """A leaf without an award is refused, and nothing is entered."""
    with pytest.raises(NotFoundError):
        await awards(ledger).issue(a_credential(), replaces=7)
    assert ledger.logs["northlake"].reader.published.size == 0


@pytest.mark.parametrize(
    ("document", "code"),
    [
        pytest.param(b"%PDF-1.7 a diploma", "not-a-credential", id="a PDF"),
        pytest.param(b'{"hello":"world"}', "not-a-credential", id="other JSON"),
        pytest.param(a_credential()[:300], "not-a-credential", id="cut short"),
        pytest.param(as_bytes(write_elm(an_award(LEAST))), "awarding-body-not-ours", id="another institution's"),
    ],
)
async def test_what_is_not_ours_to_award_is_refused(ledger, document, code):
    """The error says which of the two it is, and nothing is entered."""
    with pytest.raises(InadmissibleError) as caught:
        await awards(ledger).issue(document)
    assert caught.value.code == code
    assert ledger.logs["northlake"].reader.published.size == 0


async def test_requests_at_once_for_one_file_make_one_award(ledger):
    """Twenty requests in one process: one entry, one leaf, one standing secret."""
    issuer = awards(ledger)
    all_issued = await asyncio.gather(*(issuer.issue(a_credential()) for _ in range(20)))
    assert ledger.logs["northlake"].reader.published.size == 1
    assert len({(one.leaf, one.receipt.standing) for one in all_issued}) == 1
    assert sum(one.new for one in all_issued) == 1


async def test_changed_files_at_once_make_one_chain(ledger):
    """Several changes of one credential at once: each award but one is superseded, exactly once."""
    files = [a_credential(grade={"en": f"grade {number}"}) for number in range(5)]
    issuer = awards(ledger)
    issued = await asyncio.gather(*(issuer.issue(file) for file in files))
    states = [await status_of(ledger, one.receipt) for one in issued]
    assert sorted(states) == [[], ["superseded"], ["superseded"], ["superseded"], ["superseded"]]


async def test_two_processes_make_one_award_of_one_file(ledger, dsn, tmp_path):
    """Two nodes over one database, asked for the same files at once: each file has one leaf, and both know it."""
    async with open_ledger(dsn, tmp_path) as other:
        await other.add("northlake", "Northern Lake University", "FI", [("schac", "northlake.example")])
        files = [a_credential(credential_id=f"urn:uuid:{number}") for number in range(8)]
        here = asyncio.gather(*(awards(ledger).issue(file) for file in files))
        there = asyncio.gather(*(awards(other).issue(file) for file in reversed(files)))
        first, second = await here, await there
    for one, two in zip(first, reversed(second), strict=True):
        assert (one.leaf, one.receipt.standing) == (two.leaf, two.receipt.standing)
        assert one.receipt.file_hash == hashlib.sha256(files[first.index(one)]).digest()
    assert len({one.leaf for one in first}) == len(files)


async def test_an_award_without_its_answer_is_found_again(ledger, dsn, tmp_path):
    """The node dies between commit and answer: after the restart the same request gives the same leaf."""
    request = awards(ledger).issue(a_credential(), request_key="r-1")
    lost = await request
    await ledger.stop()
    async with open_ledger(dsn, tmp_path) as restarted:
        await restarted.add("northlake", "Northern Lake University", "FI", [("schac", "northlake.example")])
        found = await awards(restarted).issue(a_credential(), request_key="r-1")
    assert (found.new, found.leaf, found.receipt.standing) == (False, lost.leaf, lost.receipt.standing)


async def test_a_joint_award_names_who_has_not_confirmed_it(ledger):
    """One of two awarding bodies is ours; the other is told apart."""
    joint = FULL | {
        "awardingBodies": [*FULL["awardingBodies"], {"name": {"en": "College of the Bay"}, "country": "IE"}]
    }
    issued = await awards(ledger).issue(as_bytes(write_elm(an_award(joint))))
    assert issued.unconfirmed == ("College of the Bay",)


async def test_a_log_awards_for_a_body_that_gave_it_a_mandate(ledger):
    """A consortium's log awards what the mandate names, from its first day on, until it is withdrawn."""
    ledger.foreign.add("northlake")
    bay = await ledger.add("bay", "College of the Bay", "IE", [("schac", "bay.example")])
    northlake = ledger.logs["northlake"]
    institutions = ledger.institutions()
    publisher = Publisher(northlake, Awarding(northlake, institutions), ledger.database, ledger.clock)
    await publisher.publish(an_institution())

    async def issues(day):
        milling = Awards(bay, ledger.records("bay"), Awarding(bay, ledger.institutions()), ledger.database)
        try:
            return (await milling.issue(a_credential(awarded_on=day, credential_id=f"urn:uuid:{day}"))).unconfirmed
        except InadmissibleError as error:
            return error.code

    assert await issues("2026-06-12") == "awarding-body-not-ours"
    await publisher.publish(a_mandate(bay.origin, until="2026-12-31"))
    assert await issues("2026-06-12") == ()
    assert await issues("2025-12-31") == "awarding-body-not-ours"
    assert await issues("2027-01-01") == "awarding-body-not-ours"
    end = {"kind": "withdrawal", "target": {"kind": "mandate", "id": "bay-seals"}, "from": "2026-07-01"}
    await publisher.publish(end | {"reasons": {"en": "We seal ourselves."}})
    assert await issues("2026-06-30") == ()
    assert await issues("2026-07-01") == "awarding-body-not-ours"
