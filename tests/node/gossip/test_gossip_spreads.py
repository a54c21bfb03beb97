"""Whatever the graph of partners, whatever each was shown: a lie is found and spread, and nobody honest is accused."""

import asyncio
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from node.gossip.evidence.compare import Comparisons
from node.gossip.evidence.convictions import Convictions
from node.gossip.exchange.newest import NewestNotes
from protocol.encoding.keys import Signer
from tests.node.gossip.test_compare import NoDatabase
from tests.support.clock import FakeClock
from tests.support.memory_log import History, watched

HONEST, LIAR = Signer("honest.example/log", b"\1" * 32), Signer("liar.example/log", b"\2" * 32)
NODES = 5
LONGEST = 24


def history(signer, size, fork, kind):
    """Return a history that is the log's own up to `fork`, and another of this kind from there."""
    fork = min(fork, size)
    own, other = (b"own %d" % at for at in range(fork)), (f"{kind} {at}".encode() for at in range(fork, size))
    return History([*own, *other], signer=signer)


class Node:
    """One node: what it holds of both logs, and what it makes of notes."""

    def __init__(self, name, honest, liar):
        self.name = name
        self.partners = []
        self.held = {one.signer.verifier.name: one for one in (honest, liar)}
        logs = [watched(one, sources=lambda by, o=origin: self._sources(o, by)) for origin, one in self.held.items()]
        keys = {log.origin: log.keys for log in logs}
        clock = FakeClock()
        self.convictions = Convictions(NoDatabase(), lambda origin: keys.get(origin, ()), clock)
        self.comparisons = Comparisons(logs, self.convictions, clock=clock, patience_seconds=60)
        self.notes = NewestNotes(logs, self.comparisons, self.convictions)

    def _sources(self, origin, by):
        """Return the mirrors of partners, who told first."""
        ordered = sorted(self.partners, key=lambda partner: partner.name != by)
        return [partner.held[origin].source() for partner in ordered]

    async def hear(self, other):
        """Hear what a partner has, and its evidence."""
        self.comparisons.hear(list(other.notes.all().values()), other.name)
        for row in other.convictions.listed():
            await self.convictions.take(await other.convictions.document(row.evidence_id))
        for origin in self.held:
            await self.comparisons.compare(origin)


@st.composite
def consortia(draw):
    """Return nodes, each shown a part of one history of a liar, and a connected graph between them."""
    fork = draw(st.integers(0, LONGEST))
    sizes = st.integers(1, LONGEST)
    nodes = [
        Node(
            f"node-{at}",
            history(HONEST, draw(sizes), LONGEST, "own"),
            history(LIAR, draw(sizes), fork, draw(st.sampled_from("ab"))),
        )
        for at in range(NODES)
    ]
    for at in range(1, NODES):
        link(nodes[at], nodes[draw(st.integers(0, at - 1))])
    for one, other in draw(st.lists(st.sampled_from(list(combinations(range(NODES), 2))), max_size=3)):
        link(nodes[one], nodes[other])
    return nodes


def link(one, other):
    """Make two nodes partners."""
    if other not in one.partners:
        one.partners.append(other)
        other.partners.append(one)


def contradict(one, other):
    """Whether neither of two histories is the beginning of the other."""
    shorter = min(one.size, other.size)
    return one.entries[:shorter] != other.entries[:shorter]


@settings(max_examples=40, deadline=None)
@given(consortia())
def test_a_lie_is_found_wherever_two_nodes_are_connected_and_nobody_else_is_accused(nodes):
    """After as many rounds as the graph is long, everybody has evidence if there is a lie, and nobody if there is none.

    Between the two who were shown contradicting trees there may be nodes that were shown too little to tell: they pass
    on what they can't settle.
    """

    async def gossip():
        for _ in range(NODES):
            for node in nodes:
                for partner in node.partners:
                    await node.hear(partner)
                    await partner.hear(node)

    asyncio.run(gossip())
    trees = [node.held[LIAR.verifier.name] for node in nodes]
    lie = any(contradict(one, other) for one, other in combinations(trees, 2))
    assert [node.convictions.origins() for node in nodes] == [[LIAR.verifier.name] if lie else []] * NODES
