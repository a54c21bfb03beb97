"""The counting loop of gossip: whatever request or statement fails, a split view is found, kept and told, once for all.

In every run requests fail one by one; statements do so from a random one on, at intervals, and all with ``--long``.
"""

import random

import pytest

from tests.support.counting import count_through
from tests.support.faulty_database import Fault
from tests.support.hazards import requests, statements
from tests.support.scenarios.gossip_round import AGossipRound

STRIDE = 24
AT_ONCE = 4
IN_EVERY_RUN = (Fault.LOST_AFTER,)
FAULTS = [
    pytest.param(fault, id=fault.name.lower(), marks=() if fault in IN_EVERY_RUN else pytest.mark.long)
    for fault in Fault
    if fault is not Fault.LATE
]


@pytest.mark.parametrize("lasting", [False, pytest.param(True, marks=pytest.mark.long)], ids=["once", "lasting"])
@pytest.mark.parametrize("done", [False, True], ids=["undone", "done"])
async def test_each_request_may_fail(done, lasting, places):
    """Unsent or unanswered, no request that fails keeps a lie from being found, or accuses anybody else."""
    assert await count_through(AGossipRound, requests(done=done), places, lasting=lasting) > 5


@pytest.mark.parametrize("lasting", [False, pytest.param(True, marks=pytest.mark.long)], ids=["once", "lasting"])
@pytest.mark.parametrize("fault", FAULTS)
async def test_each_statement_may_fail(fault, lasting, places, pytestconfig):
    """Whatever statement fails, what was found is stored once, and known after a restart."""
    stride = 1 if pytestconfig.getoption("long") else STRIDE
    first = random.SystemRandom().randint(1, stride)
    calls = await count_through(
        *(AGossipRound, statements(fault), places), lasting=lasting, at_once=AT_ONCE, first=first, step=stride
    )
    assert calls > 100 - stride
