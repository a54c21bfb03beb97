"""Decisions: with a receipt, on paper, of a group; replaced, annulled, withdrawn; refused where the rules say so."""

import asyncio
import json
from dataclasses import replace

import pytest

from node.errors import ConflictError, InadmissibleError, NotFoundError
from node.formats.write_elm import write_elm
from node.recognition.decisions.decide import Decisions
from node.recognition.logs.chains import find_decisions
from node.recognition.shown import show
from protocol.documents.presentation import Presentation
from protocol.gossip.policy import Policy
from protocol.recognition.decision import parse_decision
from protocol.recognition.sealed import decisions_key
from protocol.recognition.standing import standing_decisions
from protocol.verify.kinds import verify_file
from protocol.verify.trust import Trust
from tests.node.formats.documents import an_award, as_bytes
from tests.node.recognition.test_issue import a_credential, awards
from tests.support.decisions import PAPER, a_decision, a_refusal
from tests.support.ledger import Ledger
from tests.support.statements import BAY_ORIGIN


@pytest.fixture
async def two(ledger):
    """Give a ledger with Northern Lake, which awards, and the College of the Bay, which decides."""
    await ledger.add("bay", "College of the Bay", "IE", [("schac", "bay.example")])
    return ledger


def decisions(ledger: Ledger) -> Decisions:
    """Return what decides in the College of the Bay's log."""
    log = ledger.logs["bay"]
    return Decisions(log, ledger.records("bay"), ledger.database, ledger.clock)


async def a_receipt(ledger, number=1):
    """Return the receipt of one of Northern Lake's awards, and its file."""
    file = a_credential(credential_id=f"urn:uuid:{number}")
    return (await awards(ledger).issue(file)).receipt, file


def shown_with(receipt, file=None):
    """Return a credential as shown with its receipt."""
    return show(document=file, presented=receipt.render(), origins=[BAY_ORIGIN])


async def test_a_key_of_another_credential_is_refused(two):
    """Nothing in a presentation ties its keys to its award: whoever decided sees that one was taken from elsewhere."""
    (first, _), (other, _) = [await a_receipt(two, number) for number in (1, 2)]
    await decisions(two).decide(a_decision(), [shown_with(first)])
    mixed = replace(Presentation.of(other), decisions={BAY_ORIGIN: decisions_key(first.recognition, BAY_ORIGIN)})
    with pytest.raises(InadmissibleError, match="another credential"):
        await decisions(two).decide(a_decision(fileNumber="2026-77"), [show(presented=mixed.render())])
    assert await standing(two, decisions_key(first.recognition, BAY_ORIGIN)) == [(1, "full")]


async def standing(ledger, key):
    """Return (number, outcome) of each decision that stands under a key, as the log says."""
    found = standing_decisions(await find_decisions(ledger.database, ledger.logs["bay"].known(), key))
    assert found.unknown == ""
    return [(one.number, one.said.outcome) for one in found.decisions]


async def test_a_decision_is_found_with_the_receipt_and_proved_by_its_own(two):
    """The learner's k_i finds it; the decision receipt verifies offline, beside the credential."""
    receipt, file = await a_receipt(two)
    decided = await decisions(two).decide(a_decision(), [shown_with(receipt, file)])
    key = decisions_key(receipt.recognition, BAY_ORIGIN)
    assert await standing(two, key) == [(1, "full")]
    policy = Policy.parse(f"log {two.logs['bay'].reader.state.head.verifier_key}\nquorum none\n".encode())
    report = verify_file(decided.receipts[0].render(), Trust(policy, "from the test"), document=file)
    assert report.verdict == "verified", report.lines()
    document = parse_decision(decided.decision)
    assert document.credentials[0].award.origin == receipt.origin
    assert decided.presentations == ()


async def test_a_credential_on_paper_gets_secrets_of_its_own(two):
    """The learner is given the key; the decision's document holds the paper's data."""
    decided = await decisions(two).decide(a_decision(), [show(paper=PAPER)])
    (presentation,) = decided.presentations
    assert await standing(two, presentation.decisions[BAY_ORIGIN]) == [(1, "full")]
    assert parse_decision(decided.decision).credentials[0].paper.holder == "Rosa Quispe Mamani"


async def test_later_decisions_on_the_same_paper_or_file_follow_in_its_chain(two):
    """What comes without a receipt is known again by its data, and keeps its key."""
    foreign = as_bytes(write_elm(an_award()))
    for shown in (show(paper=PAPER), show(document=foreign)):
        first = await decisions(two).decide(a_decision(), [shown])
        second = await decisions(two).decide(a_decision(purpose="access"), [shown])
        assert first.presentations == second.presentations
        key = first.presentations[0].decisions[BAY_ORIGIN]
        assert await standing(two, key) == [(1, "full"), (2, "full")]


async def test_a_group_is_entered_once_under_each_key_with_one_document(two):
    """A and B count as X: one entry each, one record, one transaction."""
    shown = [shown_with(*await a_receipt(two, number)) for number in (1, 2)]
    decided = await decisions(two).decide(a_decision(), shown)
    assert two.logs["bay"].reader.published.size == 2
    assert len({one.decision for one in decided.receipts}) == 1
    for one in shown:
        assert await standing(two, one.decisions_key(BAY_ORIGIN)) == [(1, "full")]
    taken = await decisions(two).take_back(decided.leaf, "annulled")
    assert [one.statement.act for one in taken.receipts] == ["annulled", "annulled"]
    for one in shown:
        assert await standing(two, one.decisions_key(BAY_ORIGIN)) == []


async def test_a_decision_is_replaced_annulled_withdrawn(two):
    """Each act follows in the chain and takes its decision away; only what stands can be taken back."""
    receipt, file = await a_receipt(two)
    key = decisions_key(receipt.recognition, BAY_ORIGIN)
    first = await decisions(two).decide(a_decision(), [shown_with(receipt, file)])
    second = await decisions(two).replace(first.leaf, a_refusal())
    assert await standing(two, key) == [(2, "refused")]
    with pytest.raises(ConflictError, match="doesn't stand any more"):
        await decisions(two).take_back(first.leaf, "annulled")
    await decisions(two).take_back(second.leaf, "withdrawn")
    assert await standing(two, key) == []
    third = await decisions(two).decide(a_decision(fileNumber="REC/2026/0119"), [shown_with(receipt, file)])
    assert await standing(two, key) == [(4, "full")]
    assert (await decisions(two).again(third.leaf)).decision == third.decision


async def test_the_same_decision_again_is_the_same_entry(two):
    """With a request key or without; another decision under the key or id is a conflict."""
    shown = show(paper=PAPER)
    first = await decisions(two).decide(a_decision(), [shown], request_key="d-1")
    for request_key in ("d-1", None):
        again = await decisions(two).decide(a_decision(), [shown], request_key=request_key)
        assert (first.new, again.new, again.leaf) == (True, False, first.leaf)
    with pytest.raises(ConflictError) as caught:
        await decisions(two).decide(a_decision(purpose="access"), [shown], request_key="d-1")
    assert caught.value.code == "request-key-reused"
    same_id = json.loads(first.decision)["id"]
    with pytest.raises(ConflictError, match="this id belongs to another"):
        await decisions(two).decide(a_decision(id=same_id, purpose="access"), [shown])
    assert two.logs["bay"].reader.published.size == 1


async def test_decisions_at_once_on_one_credential_all_enter(two):
    """Five purposes and files at the same time: one chain without a gap."""
    receipt, file = await a_receipt(two)
    decider, shown = decisions(two), shown_with(receipt, file)
    await asyncio.gather(*(decider.decide(a_decision(fileNumber=f"REC/{n}"), [shown]) for n in range(5)))
    key = decisions_key(receipt.recognition, BAY_ORIGIN)
    assert [number for number, _ in await standing(two, key)] == [1, 2, 3, 4, 5]


def without(value, *names):
    """Return a value without some of its members."""
    return {name: member for name, member in value.items() if name not in names}


@pytest.mark.parametrize(
    ("value", "where"),
    [
        pytest.param(without(a_refusal(), "grounds"), "grounds", id="a refusal without grounds"),
        pytest.param(without(a_refusal(), "appeal"), "appeal", id="a refusal without appeal"),
        pytest.param(without(a_refusal(), "criteria"), "criteria", id="a difference without criteria"),
        pytest.param(a_decision(origin="ledger.other.example/x"), "origin", id="another log's"),
        pytest.param(a_decision(outcome="granted"), "outcome", id="a word of no list"),
    ],
)
async def test_a_decision_that_breaks_the_rules_is_refused(two, value, where):
    """The burden of proof is the recogniser's: told with its place, and nothing is entered."""
    with pytest.raises(InadmissibleError) as caught:
        await decisions(two).decide(value, [show(paper=PAPER)])
    assert where in [place for place, _ in caught.value.problems]
    assert two.logs["bay"].reader.published.size == 0


async def test_what_is_shown_has_to_fit(two):
    """Another file's receipt, a receipt with another's secret, the same credential twice, nothing at all."""
    receipt, file = await a_receipt(two)
    other, _ = await a_receipt(two, 2)
    forged = receipt.render().replace(
        *(json.loads(x.render())["secrets"]["standing"].encode() for x in (receipt, other))
    )
    with pytest.raises(InadmissibleError, match="about another file"):
        show(document=file, presented=other.render())
    with pytest.raises(InadmissibleError, match="does not open its own entry"):
        show(presented=forged)
    with pytest.raises(InadmissibleError, match="shown twice"):
        await decisions(two).decide(a_decision(), [shown_with(receipt)] * 2)
    with pytest.raises(InadmissibleError, match="no credential is shown"):
        await decisions(two).decide(a_decision(), [])
    with pytest.raises(NotFoundError):
        await decisions(two).take_back(7, "annulled")
