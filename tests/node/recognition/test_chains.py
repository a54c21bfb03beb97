"""A chain that is too long to be a person's history says nothing: it is unknown, never good."""

from node.recognition.logs import chains
from node.recognition.logs.entries import enter
from protocol.recognition.sealed import StatusStatement, award_key, award_tag, decisions_key, seal_link, status_key
from protocol.recognition.standing import award_standing, standing_decisions
from tests.node.recognition.test_decide import a_receipt, decisions, shown_with, two
from tests.support.decisions import a_decision, a_refusal
from tests.support.ledger import Ledger
from tests.support.statements import BAY_ORIGIN

__all__ = ["two"]


async def test_a_chain_of_decisions_without_an_end_is_unknown(two: Ledger, monkeypatch):
    """What two decisions leave standing can be told; where two are already too many, nothing is."""
    receipt, file = await a_receipt(two)
    first = await decisions(two).decide(a_decision(), [shown_with(receipt, file)])
    await decisions(two).replace(first.leaf, a_refusal())
    key, log = decisions_key(receipt.recognition, BAY_ORIGIN), two.logs["bay"].known()

    told = standing_decisions(await chains.find_decisions(two.database, log, key))
    assert (told.unknown, len(told.decisions)) == ("", 1)

    monkeypatch.setattr(chains, "MAX_LINKS", 2)
    told = standing_decisions(await chains.find_decisions(two.database, log, key))
    assert told.unknown != ""
    assert told.decisions == ()


async def test_a_chain_of_statuses_without_an_end_is_unknown(two: Ledger, monkeypatch):
    """The same for an award: a suspended one that is reinstated is good, unless its chain is too long to follow."""
    receipt, _ = await a_receipt(two)
    log = two.logs["northlake"]
    key, tag = status_key(receipt.standing, log.origin), award_tag(award_key(receipt.standing, log.origin), log.origin)
    values = [
        seal_link(key, log.origin, StatusStatement(number, status, tag))
        for number, status in enumerate(("suspended", "reinstated"), 1)
    ]
    await enter(log, values, [])
    found = await chains.find_statuses(two.database, log.known(), key, tag)
    assert award_standing(found, receipt.log_proof.index).standing == "good"

    monkeypatch.setattr(chains, "MAX_LINKS", 2)
    found = await chains.find_statuses(two.database, log.known(), key, tag)
    assert award_standing(found, receipt.log_proof.index).standing == "unknown"
