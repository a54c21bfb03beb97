"""Whole nodes publish the indexes of their logs, cosign each other's, and convict one that publishes a wrong one."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from node.client import HttpClient
from node.client.index import IndexClient
from node.gossip.index.quorum import IndexQuorum
from node.gossip.release.policy import release_policy
from protocol.encoding.note import Note
from protocol.gossip.policy import Policy
from protocol.gossip.witness import origin_hash
from protocol.log.index_note import parse_index
from protocol.recognition.terms import keys_of
from protocol.verify.kinds import verify_file
from protocol.verify.trust import Trust
from tests.support.entries import sealed_entries
from tests.support.network import Network
from tests.support.networked_nodes import NetworkedNodes, networked_nodes

PATIENCE = 45.0
NAMES = ["alfa", "beta", "gamma"]


@pytest.fixture
async def nodes(database_server, tmp_path):
    """Give three nodes that are partners of each other, each released by one of the two others."""
    async with Network() as network, networked_nodes(network, database_server, tmp_path, NAMES) as nodes:
        yield nodes


class Index:
    """The index of a log as a node serves it, its own or what it computed of another's."""

    def __init__(self, nodes: NetworkedNodes, of: str, *, at: str | None = None) -> None:
        self.origin = nodes.origin(of)
        self.key = nodes.members[of].promises.verifier
        self.node = nodes.node(at or of)
        self._prefix = f"/mirror/{origin_hash(self.origin)}" if at else ""

    async def note(self) -> Note | None:
        """Return the note that is shown, if one is."""
        answer = await self.node.get(f"{self._prefix}/index/checkpoint")
        return Note.parse(answer.body) if answer.status == 200 else None

    async def size(self) -> int:
        """Return over how many entries it is shown; -1 while it isn't."""
        note = await self.note()
        return -1 if note is None else parse_index(note.text)[1].size

    async def cosigners(self) -> set[str]:
        """Return whose lines stand on the note, beside the log's."""
        note = await self.note()
        return set() if note is None else {line.name for line in note.signatures} - {f"{self.origin}/index"}

    async def leaves(self, entry: bytes) -> tuple[int, ...]:
        """Return the leaves that are proved under an entry's key."""
        (key,) = keys_of(entry, origin=self.origin)
        async with HttpClient() as http:
            lookup = await IndexClient(http, self.node.public_url + self._prefix).look_up(key)
        lookup.verify(key, [self.key])
        return lookup.answer.leaves


async def eventually(what: str, condition: Callable[[], Awaitable[bool]]) -> None:
    """Return once something is the case."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not await condition():  # noqa: ASYNC110 - nodes tell no event
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(what) from None


async def test_indexes_are_cosigned_by_who_is_there_and_served_by_everybody(nodes):
    """A partner that is away is not waited for, and cosigns when it is back; mirrors prove what the log proves."""
    entries = [*sealed_entries("monday", 2), *sealed_entries("tuesday", 3)]
    own = Index(nodes, "alfa")
    beta, gamma = (f"{nodes.origin(name)}/index" for name in ("beta", "gamma"))

    async def cosigned_by_both() -> bool:
        return await own.cosigners() == {beta, gamma}

    await nodes.log("alfa", "monday", 2)
    await eventually("cosigned by both, who ask each other at the start", cosigned_by_both)
    nodes.network.isolate("gamma")
    await nodes.log("alfa", "tuesday", 3)

    async def cosigned_by_beta() -> bool:
        return await own.size() == 5 and await own.cosigners() == {beta}

    await eventually("cosigned by who is there", cosigned_by_beta)
    nodes.network.heal()
    await eventually("cosigned by who came back", cosigned_by_both)
    config = nodes.config("alfa")
    quorum = IndexQuorum(release_policy(config.policy, config.partners, [own.key]), config.partners)
    assert quorum.time((await own.note()).render(), [own.key]) is not None
    for name in ("beta", "gamma"):
        mirrored = Index(nodes, "alfa", at=name)

        async def followed(mirrored=mirrored) -> bool:
            return await mirrored.size() == 5

        await eventually("served by a mirror", followed)
        assert [await mirrored.leaves(entry) for entry in (*entries, *sealed_entries("other", 1))] == [
            *((leaf,) for leaf in range(5)),
            (),
        ]


async def test_a_node_that_publishes_a_wrong_index_is_refused_and_convicted(nodes, monkeypatch):
    """Its partners give no line; once it shows the index, they make evidence of it, which goes to everybody."""
    liar, origin = nodes.node("gamma"), nodes.origin("gamma")
    tree = liar.parts.indexes.of(origin)
    stage = tree._stage

    async def without_one(row, to_size, *, most):
        added = await stage(row, to_size, most=most)
        for key in [key for key, leaves in added.leaves.items() if 2 in leaves]:
            del added.leaves[key]
        return added

    monkeypatch.setattr(tree, "_stage", without_one)
    await nodes.log("gamma", "monday", 5)
    honest = [nodes.node(name).parts for name in ("alfa", "beta")]

    async def alarmed() -> bool:
        return all(parts.gossip.alarms.stands("wrong-index", origin) for parts in honest)

    await eventually("an alarm with everybody who was asked", alarmed)
    assert await Index(nodes, "gamma").size() < 5
    monkeypatch.setattr(
        liar.parts.indexes.publishers[origin], "_quarter", 0.0
    )  # as if nobody had answered for six hours

    async def convicted() -> bool:
        return all(parts.gossip.convictions.wrong_index_of(origin) for parts in (*honest, liar.parts))

    await eventually("evidence with everybody", convicted)
    convictions = honest[0].gossip.convictions
    document = await convictions.document(convictions.wrong_index_of(origin))
    report = verify_file(document, Trust(Policy.of_keys([nodes.members["gamma"].promises.verifier]), "known"))
    assert report.verdict == "verified"
    assert verify_file(document, Trust()).verdict != "verified"
    assert await Index(nodes, "gamma").cosigners() == set()
    await nodes.log("gamma", "tuesday", 1)  # its checkpoints are cosigned as before
