"""Receipts again: reissued, rekeyed, and taken in where the record of an award was lost."""

import asyncio
import dataclasses

import pytest

from node.errors import ConflictError, NotFoundError
from node.recognition.awards.named import ByLeaf, ByReceipt, named_by_file
from node.recognition.erasure.erase import Erasures, Target
from node.recognition.proofs.receipts import Receipts
from node.recognition.standing.change import Change, Statuses
from protocol.verify.kinds import verify_file
from protocol.verify.trust import Trust
from tests.node.recognition.test_issue import a_credential, awards, policy_of

FILE = a_credential()


@pytest.fixture
async def receipt(ledger):
    """Give the receipt of an award at leaf 0."""
    return (await awards(ledger).issue(FILE)).receipt


def receipts(ledger) -> Receipts:
    """Return what gives Northern Lake's receipts again."""
    return Receipts(ledger.logs["northlake"], ledger.records("northlake"), ledger.database)


def statuses(ledger) -> Statuses:
    """Return what changes the standing of its awards."""
    return Statuses(ledger.logs["northlake"], ledger.records("northlake"), ledger.database, ledger.clock)


async def change(ledger, name, status):
    """Change the standing of an award."""
    return await statuses(ledger).change(Change(status=status, awards=(name,), by="desk", digest=bytes(32)))


async def lose_records(ledger):
    """Lose all private records, as with a database that came back from its log."""
    async with ledger.database.pool.acquire() as connection:
        await connection.execute("TRUNCATE records, record_lookups")


def verdict(ledger, receipt):
    """Return what a verifier says of a receipt with its file."""
    trust = Trust(policy_of(ledger.logs["northlake"]), "from the test")
    return verify_file(receipt.render(), trust, document=FILE).verdict


async def test_a_receipt_is_reissued(ledger, receipt):
    """The same entry and standing secret, another recognition secret, by whatever names the award."""
    for name in (ByLeaf(0), named_by_file(receipt.file_hash), ByReceipt(receipt)):
        again = await receipts(ledger).reissue(name)
        assert (again.receipt.entry, again.receipt.standing, again.new) == (receipt.entry, receipt.standing, False)
        assert again.receipt.recognition != receipt.recognition
        assert verdict(ledger, again.receipt) == "verified"


async def test_a_rekeyed_award_supersedes_the_old_one(ledger, receipt):
    """A new entry and new secrets for the same file; asking again gives the new award, entering nothing."""
    done = await receipts(ledger).rekey(ByLeaf(0))
    assert (done.new, done.superseded, done.receipt.log_proof.index) == (True, 0, 1)
    assert done.receipt.standing != receipt.standing
    assert verdict(ledger, done.receipt) == "verified"
    again = await receipts(ledger).rekey(ByReceipt(receipt))
    assert (again.new, again.receipt.standing) == (False, done.receipt.standing)
    assert ledger.logs["northlake"].reader.published.size == 3
    assert (await awards(ledger).issue(FILE)).receipt.standing == done.receipt.standing


async def test_two_that_rekey_at_once_make_one_award(ledger, receipt):
    """In two processes: the log takes one status, and with it one award."""
    done = await asyncio.gather(*(receipts(ledger).rekey(ByLeaf(0)) for _ in range(2)))
    assert sorted(one.new for one in done) == [False, True]
    assert len({one.receipt.standing for one in done}) == 1
    assert ledger.logs["northlake"].reader.published.size == 3


async def test_one_that_looks_while_another_rekeys_gets_its_award(ledger, receipt, monkeypatch):
    """Whatever was read before the other one's commit, and what after it."""
    slow, looked = receipts(ledger), []
    for name in ("_standing", "_successor"):
        really = getattr(slow, name)

        async def look(found, *, really=really):
            seen = await really(found)
            looked.append(found)
            if len(looked) == 1:
                await receipts(ledger).rekey(ByLeaf(0))
            return seen

        monkeypatch.setattr(slow, name, look)
    done = await slow.rekey(ByLeaf(0))
    assert (done.new, done.receipt.log_proof.index, len(looked)) == (False, 1, 2)
    assert ledger.logs["northlake"].reader.published.size == 3


@pytest.mark.parametrize("status", ["suspended", "revoked"])
async def test_an_award_that_does_not_stand_is_not_rekeyed(ledger, receipt, status):
    """Nobody gets rid of a suspension by new secrets."""
    await change(ledger, ByLeaf(0), status)
    with pytest.raises(ConflictError, match=f"is {status}"):
        await receipts(ledger).rekey(ByLeaf(0))
    assert ledger.logs["northlake"].reader.published.size == 2


async def test_a_learners_receipt_restores_a_lost_secret(ledger, receipt):
    """Without the record only a receipt names the award; taken in, the award is found by leaf and file again."""
    await lose_records(ledger)
    with pytest.raises(NotFoundError):
        await receipts(ledger).reissue(ByLeaf(0))
    assert (await receipts(ledger).reissue(ByReceipt(receipt))).receipt.standing == receipt.standing
    with pytest.raises(NotFoundError, match="import"):
        await receipts(ledger).rekey(ByReceipt(receipt))

    restored = [await receipts(ledger).restore(receipt) for _ in range(2)]

    assert [(one.leaf, one.standing, one.new) for one in restored] == [(0, "good", True), (0, "good", False)]
    assert (await awards(ledger).issue(FILE)).receipt.standing == receipt.standing
    await change(ledger, ByLeaf(0), "revoked")
    with pytest.raises(ConflictError):
        await awards(ledger).issue(FILE)


async def test_a_superseded_awards_receipt_takes_no_file_from_its_successor(ledger, receipt):
    """The file goes on leading to the award that stands."""
    new = (await receipts(ledger).rekey(ByLeaf(0))).receipt
    await lose_records(ledger)
    assert (await receipts(ledger).restore(receipt)).standing == "superseded"
    assert (await receipts(ledger).restore(new)).standing == "good"
    assert (await awards(ledger).issue(FILE)).receipt.standing == new.standing


async def test_what_is_no_award_of_the_log_is_not_taken_in(ledger, receipt):
    """Another's secret, and another log's receipt."""
    for other in (
        dataclasses.replace(receipt, standing=bytes(32)),
        dataclasses.replace(receipt, file_hash=bytes(32)),
    ):
        with pytest.raises(NotFoundError):
            await receipts(ledger).restore(other)


async def test_an_erased_award_is_not_taken_in_again(ledger, receipt):
    """Its status `closed` stands in the log: a receipt that a learner kept brings no record back."""
    records = {ledger.logs["northlake"].origin: ledger.records("northlake")}
    erasures = Erasures(ledger.logs["northlake"], records, ledger.database, ledger.clock)
    await erasures.erase(Target(award=0))
    with pytest.raises(ConflictError, match="was erased"):
        await receipts(ledger).restore(receipt)
    await lose_records(ledger)
    with pytest.raises(ConflictError, match="was erased"):
        await receipts(ledger).restore(receipt)
