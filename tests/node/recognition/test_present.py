"""Presentations that a node makes: verified with nothing but the file, a trust policy and a moment."""

import dataclasses

import pytest

from node.errors import InadmissibleError, PushBackError
from node.recognition.awards.named import ByLeaf
from node.recognition.shown import show as shown_credential
from node.recognition.standing.change import Change, Statuses
from protocol.documents.presentation import Presentation
from protocol.encoding.note import Note
from protocol.gossip.cosignature import cosign
from protocol.verify.kinds import verify_file
from protocol.verify.trust import Trust
from tests.node.recognition.asking import decisions
from tests.node.recognition.test_issue import a_credential, awards
from tests.support.decisions import a_decision
from tests.support.indexed import PARTNERS, policy_of, presenter, show_index
from tests.support.statements import BAY_ORIGIN, NORTHLAKE_ORIGIN

DAY = 86_400


@pytest.fixture
async def awarded(ledger):
    """Give a ledger with an award of Northern Lake's and the College of the Bay beside it, and its receipt and file."""
    await ledger.add("bay", "College of the Bay", "IE", [("schac", "bay.example")])
    file = a_credential()
    return ledger, (await awards(ledger).issue(file)).receipt, file


async def change(ledger, leaf, status):
    """Change the standing of an award."""
    service = Statuses(ledger.logs["northlake"], ledger.records("northlake"), ledger.database, ledger.clock)
    await service.change(Change(status=status, awards=(ByLeaf(leaf),), by="desk", digest=bytes(32)))


def report(ledger, presentation, *, at=0, cosigners=(), file=None):
    """Return the report of whoever has the presentation, and trusts the logs, so long after the present."""
    trust = Trust(policy_of(ledger.logs.values(), cosigners), "from the test")
    return verify_file(presentation.render(), trust, document=file, at=ledger.clock.now() + at)


def result(told, name):
    """Return what a report says in one step."""
    return next(step.result for step in told.steps if step.name == name)


async def test_good_standing_is_presented_and_verified(awarded):
    """The award and the key of its standing, with the log's proof that no status was entered."""
    ledger, receipt, file = awarded
    await show_index(ledger, "northlake")
    made = await presenter(ledger).present(receipt, show=("award", "status"))
    told = report(ledger, made.presentation, file=file)
    assert (result(told, "standing"), told.verdict, made.notes) == ("warning", "verified", ())
    assert told.facts["claimed"] == "good"


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        pytest.param(["suspended"], "no", id="suspended"),
        pytest.param(["suspended", "reinstated"], "warning", id="reinstated"),
        pytest.param(["suspended", "reinstated"] * 5, "warning", id="more than is looked for at once"),
        pytest.param(["revoked"], "no", id="revoked"),
    ],
)
async def test_changes_of_standing_are_presented(awarded, statuses, expected):
    """The chain is shown to its end, by key or opened."""
    ledger, receipt, _ = awarded
    for status in statuses:
        await change(ledger, 0, status)
    await show_index(ledger, "northlake")
    for snapshot in (False, True):
        made = (await presenter(ledger).present(receipt, show=("status",), snapshot=snapshot)).presentation
        told = report(ledger, made)
        assert (result(told, "standing"), made.snapshot is not None) == (expected, snapshot)
        assert Presentation.parse(made.render()) == made


def cosigned(ledger, presentation):
    """Return the presentation with its proofs' checkpoints cosigned too: nobody cosigns those of the ledger."""

    def lines(excerpt):
        note = Note.parse(excerpt.checkpoint)
        added = note.adding(cosign(note.text, one, ledger.clock.now()) for one in PARTNERS)
        return dataclasses.replace(excerpt, checkpoint=added.render())

    return presentation.proved({origin: lines(excerpt) for origin, excerpt in presentation.proofs.items()})


async def test_an_old_presentation_is_caught(awarded):
    """A node that serves yesterday's index after a revocation: stale to whoever has the file and a policy."""
    ledger, receipt, _ = awarded
    await show_index(ledger, "northlake")
    made = await presenter(ledger).present(receipt, show=("status",))
    await change(ledger, 0, "revoked")
    told = [
        report(ledger, cosigned(ledger, made.presentation), at=seconds, cosigners=PARTNERS) for seconds in (0, DAY + 1)
    ]
    assert [result(one, "standing") for one in told] == ["yes", "not checked"]


async def test_decisions_of_one_institution_are_presented(awarded):
    """`to` names it by its domain: its key alone is shown, and all that it decided."""
    ledger, receipt, file = awarded
    shown = shown_credential(document=file, presented=receipt.render(), origins=[BAY_ORIGIN])
    await decisions(ledger).decide(a_decision(), [shown])
    await show_index(ledger, "northlake")
    await show_index(ledger, "bay")
    made = await presenter(ledger).present(receipt, show=("award",), to=["bay.example"])
    assert list(made.presentation.decisions) == [BAY_ORIGIN]
    told = report(ledger, made.presentation)
    (decided,) = told.facts["decisions"][BAY_ORIGIN]["standing"]
    assert (decided["number"], result(told, "standing")) == (1, "not checked")


async def test_decisions_alone_are_presented(awarded):
    """Without the award, of every institution that the node knows."""
    ledger, receipt, _ = awarded
    await show_index(ledger, "northlake")
    await show_index(ledger, "bay")
    made = await presenter(ledger).present(receipt, show=("decisions",))
    assert (made.presentation.award, sorted(made.presentation.decisions)) == (None, [BAY_ORIGIN, NORTHLAKE_ORIGIN])
    assert report(ledger, made.presentation).verdict == "verified"


async def test_what_cannot_be_proved_now_is_told(awarded):
    """A log without an index leaves its key unproved; a snapshot isn't made."""
    ledger, receipt, _ = awarded
    made = await presenter(ledger).present(receipt, show=("status",))
    assert (made.presentation.proofs, len(made.notes)) == ({}, 1)
    assert result(report(ledger, made.presentation), "standing") == "not checked"
    with pytest.raises(PushBackError):
        await presenter(ledger).present(receipt, show=("status",), snapshot=True)


async def test_an_award_above_the_index_waits(awarded):
    """An index that doesn't hold the award yet shows nothing of it."""
    ledger, _, _ = awarded
    await show_index(ledger, "northlake")
    later = (await awards(ledger).issue(a_credential(credential_id="urn:uuid:later"))).receipt
    made = await presenter(ledger).present(later, show=("status",))
    assert made.presentation.proofs == {}
    assert "doesn't hold the award yet" in made.notes[0]


async def test_an_index_behind_the_log_is_shown_at_its_own_size(awarded):
    """Under the checkpoint that the log showed at that size."""
    ledger, receipt, _ = awarded
    await show_index(ledger, "northlake")
    await awards(ledger).issue(a_credential(credential_id="urn:uuid:later"))
    made = await presenter(ledger).present(receipt, show=("status",))
    assert made.presentation.proofs[NORTHLAKE_ORIGIN].unverified().size == 1
    assert report(ledger, made.presentation).verdict == "verified"


async def test_what_cannot_be_presented_is_refused(awarded):
    """An institution that nobody knows, nothing at all, a receipt that opens nothing."""
    ledger, receipt, _ = awarded
    refused = [
        (receipt, {"show": ("award",), "to": ["nobody.example"]}),
        (receipt, {"show": ("award",), "to": ["Not/An Origin"]}),
        (receipt, {"show": ()}),
        (dataclasses.replace(receipt, standing=bytes(32)), {"show": ("award",)}),
    ]
    for one, parts in refused:
        with pytest.raises(InadmissibleError):
            await presenter(ledger).present(one, **parts)
