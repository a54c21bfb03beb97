"""Revoke, suspend, reinstate: what may follow what, one or many, all or nothing, and two desks at once."""

import asyncio
import hashlib
from dataclasses import replace
from itertools import count

import pytest

from node.errors import ConflictError, InadmissibleError, NotFoundError, PushBackError
from node.recognition.awards.named import (
    ByLeaf,
    ByReceipt,
    named_by_credential,
    named_by_file,
    named_by_request,
)
from node.recognition.awards.record import AwardRecord
from node.recognition.logs.chains import find_statuses
from node.recognition.logs.entries import enter
from node.recognition.records import private_records
from node.recognition.standing import change as change_status
from node.recognition.standing.change import Change, Statuses
from node.recognition.standing.record import StatusRecord, by_award
from protocol.documents.receipt import Receipt
from protocol.recognition.sealed import StatusStatement, award_key, award_tag, seal_link, status_key
from tests.node.recognition.test_issue import a_credential, awards

_NUMBERS = count(1)


def statuses(ledger, name="northlake") -> Statuses:
    """Return what changes awards in a log."""
    return Statuses(ledger.logs[name], ledger.records(name), ledger.database, ledger.clock)


async def an_award(ledger, **options) -> tuple[bytes, Receipt]:
    """Return a new credential and the receipt of its award."""
    file = a_credential(credential_id=f"urn:x:{next(_NUMBERS)}", grade={"en": f"grade {next(_NUMBERS)}"})
    return file, (await awards(ledger).issue(file, **options)).receipt


async def change(ledger, status, *names, digest=b"", **options):
    """Ask for a change of status."""
    asked = Change(status=status, awards=names, by="registry", digest=digest or bytes(32), **options)
    return await statuses(ledger).change(asked)


async def said_of(ledger, receipt) -> list[str | None]:
    """Return the statuses that the log holds of an award, in order."""
    log, origin = ledger.logs["northlake"], receipt.origin
    tag = award_tag(award_key(receipt.standing, origin), origin)
    links = await find_statuses(ledger.database, log.known(), status_key(receipt.standing, origin), tag)
    return [link.said for link in links]


def size(ledger) -> int:
    """Return the size of Northern Lake's log."""
    return ledger.logs["northlake"].reader.published.size


@pytest.mark.parametrize(
    "named",
    [
        pytest.param(lambda file, receipt: ByLeaf(receipt.log_proof.index), id="leaf"),
        pytest.param(lambda file, receipt: ByReceipt(receipt), id="receipt"),
        pytest.param(lambda file, receipt: named_by_file(hashlib.sha256(file).digest()), id="file"),
        pytest.param(lambda file, receipt: named_by_request("import-9"), id="request key"),
        pytest.param(lambda file, receipt: named_by_credential("urn:x:named"), id="credential"),
    ],
)
async def test_an_award_is_revoked_by_any_of_its_names(ledger, named):
    """Its chain says so, and no other award's does."""
    _, other = await an_award(ledger)
    file = a_credential(credential_id="urn:x:named")
    receipt = (await awards(ledger).issue(file, request_key="import-9")).receipt
    done = await change(ledger, "revoked", named(file, receipt))
    (only,) = done.changes
    assert (only.award, only.leaf, only.number, only.new, done.released) == (1, 2, 1, True, True)
    assert (await said_of(ledger, receipt), await said_of(ledger, other)) == (["revoked"], [])


FOLLOWS = [
    pytest.param([], ["suspended", "revoked"], id="good"),
    pytest.param(["suspended"], ["reinstated", "revoked"], id="suspended"),
    pytest.param(["suspended", "reinstated"], ["suspended", "revoked"], id="reinstated"),
    pytest.param(["revoked"], [], id="revoked"),
    pytest.param(["suspended", "revoked"], [], id="suspended, then revoked"),
]


@pytest.mark.parametrize(("before", "may_follow"), FOLLOWS)
async def test_what_may_follow_what(ledger, before, may_follow):
    """A change enters one link where it may follow; the one that stands is answered; any other is refused."""
    for then in ("revoked", "suspended", "reinstated"):
        receipt = (await an_award(ledger))[1]
        links = [(await change(ledger, status, ByReceipt(receipt))).changes[0].leaf for status in before]
        if then in may_follow:
            assert (await change(ledger, then, ByReceipt(receipt))).new
            assert await said_of(ledger, receipt) == [*before, then]
        elif before and before[-1] == then:
            again = await change(ledger, then, ByReceipt(receipt))
            assert (again.new, again.changes[0].number, again.changes[0].leaf) == (False, len(before), links[-1])
            assert await said_of(ledger, receipt) == before
        else:
            with pytest.raises(ConflictError, match=f"can't be {then}"):
                await change(ledger, then, ByReceipt(receipt))
            assert await said_of(ledger, receipt) == before


@pytest.mark.parametrize(
    ("status", "then"), [("revoked", ["revoked"]), ("suspended", ["suspended", "superseded"])], ids=str
)
async def test_what_was_called_in_question_is_awarded_anew_by_a_word_of_intent_alone(ledger, status, then):
    """A file that is written anew undoes nothing; naming the award does, and revoked stays so."""
    old = (await awards(ledger).issue(a_credential(grade={"en": "good"}))).receipt
    await change(ledger, status, ByReceipt(old))
    entries, changed = size(ledger), a_credential(grade={"en": "very good"})
    with pytest.raises(ConflictError, match=f"is {status}"):
        await awards(ledger).issue(changed)
    assert size(ledger) == entries
    anew = await awards(ledger).issue(changed, replaces=old.log_proof.index)
    assert (anew.new, anew.superseded, await said_of(ledger, old)) == (True, old.log_proof.index, then)
    assert await said_of(ledger, anew.receipt) == []
    assert (await awards(ledger).issue(changed)).leaf == anew.leaf


async def test_what_was_superseded_can_only_be_revoked(ledger):
    """Another award has taken its place: to reinstate it would leave two of one credential."""
    old = (await awards(ledger).issue(a_credential(grade={"en": "good"}))).receipt
    await awards(ledger).issue(a_credential(grade={"en": "very good"}))
    for status in ("suspended", "reinstated"):
        with pytest.raises(ConflictError, match="another award has taken its place"):
            await change(ledger, status, ByReceipt(old))
    await change(ledger, "revoked", ByReceipt(old))
    assert await said_of(ledger, old) == ["superseded", "revoked"]


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        pytest.param(StatusStatement(1, "closed", bytes(32)), "can't be read", id="of another award"),
        pytest.param(StatusStatement(2, "revoked", b""), "is missing", id="a gap"),
        pytest.param(StatusStatement(1, "closed", b""), "says nothing on it any more", id="closed"),
    ],
)
async def test_nothing_is_built_on_a_chain_that_says_nothing(ledger, statement, why):
    """A gap, an unreadable statement, or `closed`: the standing is unknown and stays so."""
    _, receipt = await an_award(ledger)
    log, origin = ledger.logs["northlake"], receipt.origin
    tag = award_tag(award_key(receipt.standing, origin), origin)
    said = StatusStatement(statement.number, statement.status, statement.award_tag or tag)
    await enter(log, [seal_link(status_key(receipt.standing, origin), origin, said)], [])
    with pytest.raises(ConflictError, match=why):
        await change(ledger, "revoked", ByReceipt(receipt))
    assert size(ledger) == 2


async def test_many_awards_are_changed_in_one_transaction(ledger):
    """One leaf after the other, one record each; those that are so already keep their leaves."""
    receipts = [(await an_award(ledger))[1] for _ in range(6)]
    first = await change(ledger, "suspended", ByReceipt(receipts[2]))
    done = await change(ledger, "suspended", *(ByLeaf(at) for at in range(6)), reference="REG-2026/118")
    assert [one.award for one in done.changes] == list(range(6))
    assert [one.leaf for one in done.changes] == [7, 8, 6, 9, 10, 11]
    assert [one.new for one in done.changes] == [True, True, False, True, True, True]
    assert done.changes[2].leaf == first.changes[0].leaf
    tag = award_tag(award_key(receipts[5].standing, receipts[5].origin), receipts[5].origin)
    (record,) = await ledger.records("northlake").find(by_award(tag))
    kept = StatusRecord.read(record)
    assert (kept.award, kept.leaf, kept.number, kept.status) == (5, 11, 1, "suspended")
    assert (kept.by, kept.on, kept.reference) == ("registry", ledger.clock.today(), "REG-2026/118")


async def test_one_award_at_fault_leaves_all_as_they_were(ledger):
    """Each is named by its place, and nothing is entered."""
    receipts = [(await an_award(ledger))[1] for _ in range(3)]
    await change(ledger, "revoked", ByReceipt(receipts[1]))
    before = size(ledger)
    with pytest.raises(InadmissibleError, match="1 of 3 awards") as caught:
        await change(ledger, "suspended", *map(ByReceipt, receipts))
    assert [where for where, _ in caught.value.problems] == ["awards[1]"]
    with pytest.raises(InadmissibleError) as caught:
        await change(ledger, "suspended", ByLeaf(0), ByLeaf(99), named_by_file(bytes(32)), ByReceipt(receipts[0]))
    assert [where for where, _ in caught.value.problems] == ["awards[1]", "awards[2]", "awards[3]"]
    assert "same award as awards[0]" in caught.value.problems[2][1]
    assert size(ledger) == before


async def test_a_receipt_of_nothing_in_this_log_names_no_award(ledger):
    """Another log's, or one that its secret doesn't open here; and the lone fault has its own words."""
    _, receipt = await an_award(ledger)
    await ledger.add("bay", "College of the Bay", "IE", [("schac", "bay.example")])
    foreign = Receipt(
        origin=receipt.origin,
        entry=receipt.entry,
        log_proof=receipt.log_proof,
        standing=bytes(32),
        recognition=receipt.recognition,
        file_name="x.json",
        file_hash=receipt.file_hash,
    )
    with pytest.raises(NotFoundError, match="opens no award of this log"):
        await change(ledger, "revoked", ByReceipt(foreign))
    asked = Change(status="revoked", awards=(ByReceipt(receipt),), by="registry", digest=bytes(32))
    with pytest.raises(NotFoundError, match=r"this log is ledger\.bay"):
        await statuses(ledger, "bay").change(asked)
    assert size(ledger) == 1


async def test_a_receipt_revokes_an_award_whose_record_is_lost(ledger):
    """The secret that it holds is all that the chain takes."""
    _, receipt = await an_award(ledger)
    async with ledger.database.writing() as connection:
        await connection.execute("DELETE FROM records")
    with pytest.raises(NotFoundError):
        await change(ledger, "revoked", ByLeaf(0))
    await change(ledger, "revoked", ByReceipt(receipt))
    assert await said_of(ledger, receipt) == ["revoked"]


async def test_a_request_key_gives_what_it_entered(ledger):
    """Also after something else was entered; for another request it is refused."""
    for _ in range(2):
        await an_award(ledger)
    names = (ByLeaf(0), ByLeaf(1))
    first = await change(ledger, "suspended", *names, request_key="r-1", digest=b"a" * 32)
    await change(ledger, "reinstated", ByLeaf(0))
    again = await change(ledger, "suspended", *names, request_key="r-1", digest=b"a" * 32)
    assert [one.leaf for one in again.changes] == [one.leaf for one in first.changes] == [2, 3]
    assert (first.new, again.new, again.released) == (True, False, True)
    with pytest.raises(ConflictError) as caught:
        await change(ledger, "revoked", *names, request_key="r-1", digest=b"b" * 32)
    assert (caught.value.code, caught.value.leaf) == ("request-key-reused", 2)
    assert size(ledger) == 5


async def test_desks_that_ask_at_once_make_one_chain(ledger):
    """Eight times the same: one entry, and every answer names it; also under one request key."""
    for _ in range(2):
        await an_award(ledger)
    answers = await asyncio.gather(*(change(ledger, "revoked", ByLeaf(0)) for _ in range(8)))
    assert {one.changes[0].leaf for one in answers} == {2}
    assert sum(one.new for one in answers) == 1
    answers = await asyncio.gather(*(change(ledger, "revoked", ByLeaf(1), request_key="r-2") for _ in range(8)))
    assert {one.changes[0].leaf for one in answers} == {3}
    assert size(ledger) == 4


async def test_nothing_is_entered_behind_a_statement_that_was_not_seen(ledger):
    """Revoke and reinstate at once: whatever comes first, nothing stands behind `revoked`."""
    for at in range(6):
        await an_award(ledger)
        await change(ledger, "suspended", ByLeaf(2 * at))
    both = [change(ledger, status, ByLeaf(2 * at)) for at in range(6) for status in ("reinstated", "revoked")]
    await asyncio.gather(*both, return_exceptions=True)
    for at in range(6):
        last = await change(ledger, "revoked", ByLeaf(2 * at))
        assert not last.new, "the revocation was lost"
    tails = {tuple(links[1:]) for links in [await _links(ledger, 2 * at) for at in range(6)]}
    assert tails <= {("revoked",), ("reinstated", "revoked")}


async def _links(ledger, leaf) -> list[str | None]:
    record = await ledger.records("northlake").at("award", leaf)
    award, origin = AwardRecord.read(record), ledger.logs["northlake"].origin
    found = await find_statuses(
        ledger.database, ledger.logs["northlake"].known(), award.status_key(origin), award.tag(origin)
    )
    return [one.said for one in found]


@pytest.mark.parametrize("reference", ["x" * 129, "line\nbreak", "e\u0301"], ids=["too long", "line break", "not NFC"])
async def test_a_reference_that_cannot_be_kept_is_refused_before_anything_is_looked_up(ledger, reference):
    """It is the desk's file number: short, printable, NFC."""
    with pytest.raises(InadmissibleError, match="reference"):
        await change(ledger, "revoked", ByLeaf(0), reference=reference)


async def test_entries_and_records_go_in_together_or_not_at_all(ledger, monkeypatch):
    """A record that the database refuses takes the entries with it; the same request goes in afterwards."""
    for _ in range(3):
        await an_award(ledger)

    async def refused(connection, *_):
        await connection.execute("SELECT 1 / 0")

    with monkeypatch.context() as patch:
        patch.setattr(private_records, "add_records", refused)
        with pytest.raises(PushBackError, match="couldn't be entered just now"):
            await change(ledger, "revoked", *map(ByLeaf, range(3)), request_key="r-3")
    assert size(ledger) == 3
    done = await change(ledger, "revoked", *map(ByLeaf, range(3)), request_key="r-3")
    assert [one.leaf for one in done.changes] == [3, 4, 5]


async def test_what_no_checkpoint_shows_yet_is_durable(ledger, monkeypatch):
    """Entered, and not released in time: the answer says so, and the same request finds it once it is."""
    await an_award(ledger)

    async def unreleased(log, values, companions):
        return replace(await enter(log, values, companions), published=None)

    monkeypatch.setattr(change_status, "enter", unreleased)
    first = await change(ledger, "suspended", ByLeaf(0), request_key="r-4")
    again = await change(ledger, "suspended", ByLeaf(0), request_key="r-4")
    assert (first.new, first.released) == (True, False)
    assert (again.new, again.released, again.changes[0].leaf) == (False, True, 1)
