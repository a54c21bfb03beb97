"""Whole nodes over a network that fails in every way: once it heals, all that was acknowledged stands and all agree.

Nobody honest is ever accused. What a network does to single requests is in `tests.support.weather`.
"""

import argparse
import asyncio

import pytest

from tests.support.network import Network
from tests.support.networked_nodes import networked_nodes

NAMES = ("alfa", "beta", "gamma")


@pytest.fixture
async def network():
    """Give a network whose callers give up soon."""
    async with Network(seed=5, patience=0.2) as network:
        yield network


@pytest.fixture
async def nodes(network, database_server, tmp_path):
    """Give three nodes, each released by one partner at least, with some entries that all have seen."""
    async with networked_nodes(network, database_server, tmp_path, NAMES) as nodes:
        await asyncio.gather(*(nodes.log(name, f"{name} monday", 3) for name in NAMES))
        await nodes.all_agree()
        yield nodes


@pytest.mark.parametrize("silent", [False, True], ids=["refused", "silent"])
async def test_a_partition_heals(nodes, network, silent):
    """The majority goes on, who is alone acknowledges and releases nothing, and then all have what all others have."""
    network.isolate("gamma", silent=silent)
    await nodes.log("alfa", "alfa tuesday", 300)
    await nodes.log("beta", "beta tuesday", 2)
    assert await nodes.submit("gamma", "gamma tuesday", 4, until="released") == "durable"
    assert (nodes.shown("gamma"), nodes.shown("gamma", "alfa"), nodes.shown("beta", "alfa")) == (3, 3, 303)
    network.heal()
    await nodes.all_agree()
    assert [nodes.shown(name) for name in NAMES] == [303, 5, 7]


async def test_who_restarts_in_a_partition_signs_nothing_until_it_heals(nodes, network):
    """Alone it can't know what partners have seen: it takes no entry, and says why; then it goes on."""
    network.isolate("gamma", silent=True)
    await nodes.stop("gamma")
    await nodes.start("gamma")
    assert await nodes.submit("gamma", "too soon", 1) == ""
    assert "it waits for partners" in nodes.node("gamma").parts.log(None).sequencer.held
    await nodes.log("alfa", "alfa tuesday", 2)
    network.heal()
    await nodes.log("gamma", "gamma tuesday", 2)
    await nodes.all_agree()


WEATHER = {
    "late": {"seconds": (0.0, 0.15)},
    "lost": {"lost": 0.25},
    "answers lost": {"unanswered": 0.25},
    "twice": {"twice": 0.7},
    "all of it": {"seconds": (0.0, 0.05), "lost": 0.1, "unanswered": 0.1, "twice": 0.3},
}


async def test_bad_weather_costs_time_and_nothing_else(nodes, network):
    """In every kind of weather all logs grow at once, and what was acknowledged stands when it has cleared."""
    for kind, changed in WEATHER.items():
        network.everywhere(**changed)
        await asyncio.gather(*(nodes.submit(name, f"{name} {kind}", 40, until="released") for name in NAMES))
        await nodes.log("alfa", f"still {kind}", 1)
        network.heal()
    await nodes.all_agree()
    assert nodes.shown("alfa") == 3 + 41 * len(WEATHER)


async def test_old_requests_that_arrive_again_change_nothing(nodes, network):
    """Every request that a partner was ever sent may arrive again, hours later and in any order."""
    for day in ("tuesday", "wednesday"):
        await nodes.log("alfa", day, 2)
    sent = [one for one in network.exchanges if one.asked.method == "POST" and one.answer is not None]
    await asyncio.gather(*(network.again(one) for one in reversed(sent)))
    await nodes.log("beta", "beta thursday", 1)
    await nodes.all_agree()


async def test_all_start_at_once_in_bad_weather(network, database_server, tmp_path):
    """Each waits for the others' word and gives its own meanwhile; so it goes after a power cut too."""
    async with networked_nodes(network, database_server, tmp_path, NAMES, quorum=2, started=False) as nodes:
        network.everywhere(lost=0.15, seconds=(0.0, 0.1))
        for day in ("monday", "tuesday"):
            await nodes.start(*NAMES)
            await asyncio.gather(*(nodes.log(name, f"{name} {day}", 2) for name in NAMES))
            for name in NAMES:
                await nodes.stop(name)
        network.heal()
        await nodes.start(*NAMES)
        await nodes.all_agree()


async def test_a_machine_put_back_is_brought_up_by_its_partners(nodes, network):
    """It learns in the partition that it can't know, after it what it lacks; then it is recovered, and goes on."""
    from node.cli.recover import _recover_all

    await nodes.stop("gamma")
    yesterday, heads = await nodes.copy_database("gamma"), nodes.head_files("gamma")
    await nodes.start("gamma")
    await nodes.log("gamma", "gamma tuesday", 300)
    await nodes.all_agree()
    await nodes.stop("gamma")
    await nodes.use_database("gamma", yesterday)
    for path, data in heads.items():
        path.write_bytes(data)
    network.isolate("gamma")
    await nodes.start("gamma")
    assert await nodes.submit("gamma", "too soon", 1) == ""
    network.heal()
    own = nodes.node("gamma").parts.log(None)
    await nodes.eventually(lambda: "and 3 are here" in own.sequencer.held, "gamma isn't told what it lacks")
    config = nodes.config("gamma")
    await _recover_all(config, config.logs, argparse.Namespace(json=True, sources=None))
    del nodes.members["gamma"].promises.submissions["gamma-tuesday"]  # only the lost database knew it
    await nodes.log("gamma", "gamma wednesday", 2)
    await nodes.all_agree()
    assert nodes.shown("gamma") == 305


@pytest.mark.parametrize("skew", [400, -400], ids=["ahead", "behind"])
async def test_who_has_a_wrong_clock_does_not_count_and_breaks_nobody(nodes, network, skew):
    """Its cosignatures would date entries wrongly; all others go on, and it counts again once its clock is right."""
    nodes.clocks["gamma"].skew = skew
    await nodes.log("alfa", "alfa tuesday", 2)
    gamma = nodes.members["gamma"].promises.verifier.name
    shown = nodes.node("alfa").parts.log(None).reader.published.note.decode()
    assert f"\u2014 {gamma}/mirror" not in shown
    network.partition(["alfa", "gamma"], ["beta"])
    assert await nodes.submit("alfa", "alfa wednesday", 2, until="released") == "durable"
    failures = nodes.node("alfa").parts.log(None).releaser.failures
    await nodes.eventually(lambda: "our clock's time" in failures.get("gamma", ""), f"alfa doesn't say why: {failures}")
    nodes.clocks["gamma"].skew = 0
    await nodes.eventually(lambda: nodes.shown("alfa") == 7, "alfa isn't released by who has its clock right again")
    network.heal()
    await nodes.all_agree()
