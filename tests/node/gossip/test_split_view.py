"""A log that shows two histories is found out by nodes that talk, and everybody who knows it hears of it."""

from dataclasses import replace

import pytest

from protocol.documents.evidence import SplitView
from tests.support.entries import sealed_entries
from tests.support.linked_nodes import Shown, linked_nodes, round_of_gossip, serving
from tests.support.network import Network
from tests.support.own_log import until
from tests.support.static_log import StaticLog

LIAR = "liar.example/log"


@pytest.fixture
async def network():
    """Give a network whose callers give up soon."""
    async with Network(seed=1, patience=0.01) as network:
        yield network


def histories(folder, common, first, second):
    """Return two histories of one log, the same up to `common` entries."""
    logs = []
    for name, size in (("first", first), ("second", second)):
        (folder / name).mkdir()
        logs.append(StaticLog(folder / name, LIAR))
        logs[-1].append([*sealed_entries("truth", common), *sealed_entries(name, size - common)])
    return logs


HALVES = {"a1": ["a2", "b1"], "a2": ["a1"], "b1": ["b2", "a1"], "b2": ["b1"]}
"""Two halves that share one link."""


@pytest.mark.parametrize(("first", "second"), [(300, 300), (300, 700), (700, 300)], ids=str)
async def test_two_halves_that_share_one_link_find_a_liar_within_two_rounds(
    network, database_server, tmp_path, first, second
):
    """Each half sees one history; evidence is on all nodes two rounds later, and convinces a third party."""
    logs = histories(tmp_path, 200, first, second)
    key = logs[0].signer.verifier
    shown = {name: [Shown(f"liar-{name[0]}", key)] for name in HALVES}
    network.serve("liar-a", serving(logs[0].folder))
    network.serve("liar-b", serving(logs[1].folder))
    async with linked_nodes(network, database_server, tmp_path, links=HALVES, shown=shown) as nodes:
        for node in nodes.values():
            await node.parts.mirrors.refresh(LIAR)
        for _ in range(2):
            await round_of_gossip(nodes)
        convictions = [node.parts.gossip.convictions for node in nodes.values()]
        await until(lambda: all(one.is_convicted(LIAR) for one in convictions))
        for one in convictions:
            found = SplitView.parse(await one.document(one.evidence_of(LIAR))).verify([key])
            assert {found.first.root, found.second.root} <= {log._edge.root() for log in logs}
        honest = [node.verifier_key.name for node in nodes.values()]
        assert not any(one.is_convicted(origin) for one in convictions for origin in honest)


@pytest.mark.parametrize("second", [300, 250], ids=["one size", "shorter"])
async def test_a_history_of_which_only_the_note_is_shown_is_found_out_too(network, database_server, tmp_path, second):
    """Who is shown no tile holds nothing, and tells what was signed: who holds the other history has the evidence."""
    logs = histories(tmp_path, 200, 300, second)
    key = logs[0].signer.verifier
    network.serve("liar-one", serving(logs[0].folder))
    network.serve(
        "liar-other", lambda asked: serving(logs[1].folder)(replace(asked, url=asked.url.replace("tile", "")))
    )
    links = {"one": ["other"], "other": ["one"]}
    shown = {name: [Shown(f"liar-{name}", key)] for name in links}
    async with linked_nodes(network, database_server, tmp_path, links=links, shown=shown) as nodes:
        for node in nodes.values():
            await node.parts.mirrors.refresh(LIAR)
        assert nodes["other"].parts.mirrors.of(LIAR).reader is None
        for _ in range(2):
            await round_of_gossip(nodes)
        await until(lambda: all(node.parts.gossip.convictions.is_convicted(LIAR) for node in nodes.values()))
