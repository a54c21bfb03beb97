"""Three nodes: what one of them awards is presented by its partner's node from the mirror, and proved to a stranger."""

import asyncio

import pytest

from node.recognition.awards.deliver import deliver
from node.recognition.awards.record import AwardRecord
from node.recognition.logs.entries import enter
from protocol.recognition.sealed import StatusStatement, award_key, award_tag, seal_award, seal_link, status_key
from protocol.verify.kinds import verify_file
from protocol.verify.report import Report
from protocol.verify.trust import Trust
from tests.support.examples import CREDENTIAL, FILE_HASH, seed
from tests.support.network import Network
from tests.support.networked_nodes import networked_nodes

PATIENCE = 45.0
STANDING = seed("standing")


@pytest.fixture
async def nodes(database_server, tmp_path):
    """Give three nodes that are partners of each other."""
    async with (
        Network() as network,
        networked_nodes(network, database_server, tmp_path, ["alfa", "beta", "gamma"]) as all,
    ):
        yield all


async def presented(nodes, receipt, *, size: int) -> Report:
    """Return what a verifier says of a presentation that beta makes once it shows so much of alfa's index."""
    beta, alfa = nodes.node("beta").parts, nodes.origin("alfa")
    trust = Trust(beta.verdicts.source.policy, "the partners' keys")
    async with asyncio.timeout(PATIENCE):
        while True:
            made = (await beta.presenter.present(receipt, show=("award", "status"))).presentation
            proof = made.proofs.get(alfa)
            if proof is not None and proof.unverified().size >= size:
                report = verify_file(made.render(), trust, document=CREDENTIAL, at=beta.clock.now())
                if report.facts.get("logs", {}).get(alfa, {}).get("index", "proved") == "proved":
                    return report
            await asyncio.sleep(0.2)


def result(report: Report) -> tuple[str, str]:
    """Return what it says of the standing, and its verdict."""
    return next(step.result for step in report.steps if step.name == "standing"), report.verdict


@pytest.mark.long
async def test_a_partner_presents_what_stands(nodes):
    """Good standing is proved under the quorum's lines on the index; a revocation is told as soon as it is there."""
    await nodes.log("alfa", "monday", 2)  # only now: at the start all partners are asked what they have seen
    log = nodes.node("alfa").parts.log(None)
    sequenced = await enter(log, [seal_award(STANDING, log.origin, FILE_HASH)], [])
    award = AwardRecord(standing=STANDING, file_hash=FILE_HASH, file_name="credential.json", leaf=sequenced.first_leaf)
    async with asyncio.timeout(PATIENCE):
        while log.reader.state.published is None or log.reader.published.size <= award.leaf:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    receipt = await deliver(log, award, nodes.node("alfa").parts.database)

    assert result(await presented(nodes, receipt, size=award.leaf + 1)) == ("yes", "verified")

    tag = award_tag(award_key(STANDING, log.origin), log.origin)
    revoked = seal_link(status_key(STANDING, log.origin), log.origin, StatusStatement(1, "revoked", tag))
    later = await enter(log, [revoked], [])

    assert result(await presented(nodes, receipt, size=later.first_leaf + 1)) == ("no", "refused")
