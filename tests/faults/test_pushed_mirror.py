"""Whatever statement of a mirror fails, however: it cosigns only what it holds, never goes back, and gets done."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from node.storage import growth
from tests.support.counting import Place, count_through
from tests.support.faulty_database import Fault
from tests.support.hazards import statements
from tests.support.scenario_pushed import PushedDay

_NUMBERS = itertools.count(1)
IN_EVERY_RUN = (Fault.LOST_AFTER, Fault.WARNED)


@pytest.fixture
def places(faults_dsn, tmp_path):
    """Give places for mirrors in one database."""

    @asynccontextmanager
    async def place() -> AsyncIterator[Place]:
        yield Place(tmp_path, faults_dsn, next(_NUMBERS))

    return place


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(fault, id=fault.name.lower(), marks=() if fault in IN_EVERY_RUN else pytest.mark.long)
        for fault in Fault
    ],
)
@pytest.mark.parametrize("lasting", [False, pytest.param(True, marks=pytest.mark.long)], ids=["once", "lasting"])
async def test_each_statement_of_a_mirror_fails(places, fault, lasting, request, monkeypatch):
    """One after the other, in one way; small steps take the path of large ones too."""
    monkeypatch.setattr(growth, "COPY_FROM", 200)
    step = 1 if request.config.getoption("long") else 7
    assert await count_through(PushedDay, statements(fault), places, lasting=lasting, step=step) > 30
