"""Whole nodes date each other's entries, and give brackets that a stranger verifies by the policy alone."""

import asyncio

import pytest

from node.cli.trust import configured_trust
from node.recognition.logs.brackets import time_bracket
from node.recognition.logs.times import COSIGNERS, logged
from node.storage.quorum_times import first_with
from protocol.documents.time_bracket import TimeBracket
from protocol.gossip.witness import origin_hash
from protocol.recognition.logged import Logged
from tests.support.network import Network
from tests.support.networked_nodes import PATIENCE, networked_nodes

NAMES = ["alfa", "beta", "gamma"]


@pytest.fixture
async def nodes(database_server, tmp_path):
    """Give three nodes that are partners of each other."""
    async with Network() as network, networked_nodes(network, database_server, tmp_path, NAMES, quorum=2) as nodes:
        yield nodes


def known(node, origin):
    """Return a log as a node knows it."""
    return next(log for log in node.parts.known_logs() if log.origin == origin)


async def dated(node, origin, leaf):
    """Return once a quorum's time of an entry is written down; a partner that follows the log is asked to look."""
    async with asyncio.timeout(PATIENCE):
        while not await is_dated(node, origin, leaf):
            if not known(node, origin).own:
                await node.parts.mirrors.refresh(origin)
            await asyncio.sleep(0.05)


async def is_dated(node, origin, leaf):
    """Return whether it is."""
    async with node.parts.database.pool.acquire() as connection:
        return await first_with(connection, known(node, origin).log_id, leaf) is not None


async def test_an_entry_is_dated_by_its_own_node_and_by_a_partner(nodes):
    """Both by the cosigners' clocks, between two quorums; the bracket proves it to whoever has the policy."""
    origin = nodes.origin("alfa")
    for label, leaf in (("monday", 1), ("tuesday", 3)):
        await nodes.log("alfa", label, 2)
        for name in ("alfa", "beta"):
            await dated(nodes.node(name), origin, leaf)
    for name in ("alfa", "beta"):
        node, log = nodes.node(name), known(nodes.node(name), origin)
        found = await logged(node.parts.database, log, 3)
        assert (found.clock, found.after is not None, log.split_quorums) == (COSIGNERS, True, False)
        policy = configured_trust(nodes.config("gamma")).policy
        bracket = await time_bracket(node.parts.database, log, 3, policy)
        proved = TimeBracket.parse(bracket.render()).verify(3, await log.reader.entry(3), policy)
        assert (proved.logged, proved.overlapping) == (Logged(found.after, found.by), True)
    mirrored = await nodes.node("beta").get(f"/mirror/{origin_hash(origin)}/v1/proofs/time?leaf=3")
    found = TimeBracket.parse(mirrored.body).verify(3, await known(nodes.node("beta"), origin).reader.entry(3), policy)
    assert (found.origin, found.logged.by is not None, found.logged.after is not None) == (origin, True, True)
    for missing in (f"/mirror/{origin_hash(nodes.origin('beta'))}/v1/proofs/time?leaf=0", "?leaf=99"):
        path = missing if missing.startswith("/") else f"/mirror/{origin_hash(origin)}/v1/proofs/time{missing}"
        assert (await nodes.node("beta").get(path)).status == 404
    served = TimeBracket.parse((await nodes.node("alfa").get("/v1/proofs/time?leaf=3")).body)
    assert served.verify(3, await known(nodes.node("alfa"), origin).reader.entry(3), policy).logged.by is not None
