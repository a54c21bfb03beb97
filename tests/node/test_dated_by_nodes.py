"""Three nodes: one gives a verdict on what its partner's log had said by then, proved by the cosigners' clocks."""

import asyncio

import pytest

from node.cli.trust import configured_trust
from node.clock import instant
from protocol.verify.kinds import verify_file
from tests.node.http.test_queries import good
from tests.support.network import Network
from tests.support.networked_nodes import networked_nodes
from tests.support.statements import a_rule, an_institution

PATIENCE = 45.0
ASKED = {
    "achievements": [{"scheme": "schac", "value": "northlake.example", "code": "WAT-204", "awarded": "2027-06-01"}]
}


@pytest.fixture
async def nodes(database_server, tmp_path):
    """Give three nodes that are partners of each other."""
    async with (
        Network() as network,
        networked_nodes(network, database_server, tmp_path, ["alfa", "beta", "gamma"], quorum=2) as all,
    ):
        yield all


async def publish(nodes, name, value):
    """Publish an entry in a node's log."""
    await good(nodes.node(name).post(f"/v1/{value.pop('kind')}s", value))


async def verdict(nodes, known, holds):
    """Return what gamma, with its own policy, finds in beta's verdict on alfa, once that holds."""
    alfa, beta = nodes.origin("alfa"), nodes.node("beta")
    trust = configured_trust(nodes.config("gamma"))
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = await beta.post("/v1/verdict", {**ASKED, "institution": alfa, "known": known})
            if answer.status == 200:
                report = verify_file(answer.body, trust, at=nodes.node("gamma").parts.clock.now())
                assert report.verdict == "verified", "\n".join(report.lines())
                if holds(found := report.facts["outcomes"].get(alfa, {"times": ""})):
                    return found
            await asyncio.sleep(0.3)


@pytest.mark.long
async def test_a_verdict_dates_a_partner_s_entries_by_the_quorum(nodes):
    """Before the rule none is found, afterwards it applies; both are proved to a third node's reader."""
    for name in ("alfa", "beta"):
        await publish(nodes, name, an_institution(f"{name} University", name))
    before = instant(nodes.node("beta").parts.clock.now())
    await asyncio.sleep(1.5)
    await nodes.log("alfa", "monday", 1)  # a quorum sees the log without the rule, later than that
    await asyncio.sleep(1.5)
    await publish(nodes, "alfa", a_rule())
    await asyncio.sleep(1.5)
    now = instant(nodes.node("beta").parts.clock.now())
    found = await verdict(nodes, now, lambda one: one.get("times") == "proved" and one["outcome"] == "full")
    assert (found["index"], found.get("known")) == ("proved", None)
    earlier = await verdict(nodes, before, lambda one: one.get("times") == "proved")
    assert earlier == {"index": "proved", "outcome": "none-found", "times": "proved"}
