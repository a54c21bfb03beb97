"""A ledger for the tests of recognition: one database, Northern Lake University's own log."""

from pathlib import Path

import pytest

from tests.node.recognition.asking import publish
from tests.support.ledger import open_ledger
from tests.support.statements import an_institution

NORTHLAKE = ("northlake", "Northern Lake University", "FI", [("schac", "northlake.example")])


@pytest.fixture
async def ledger(dsn: str, tmp_path: Path):
    """Give a ledger whose first own log is Northern Lake University's, which awards what `documents` describe."""
    async with open_ledger(dsn, tmp_path) as opened:
        await opened.add(*NORTHLAKE)
        yield opened


@pytest.fixture
async def partners(ledger):
    """Give Northern Lake, a partner whose log is mirrored, and the College of the Bay, which asks and recognises."""
    ledger.foreign.add("northlake")
    await ledger.add("bay", "College of the Bay", "IE", [("schac", "bay.example")])
    await publish(ledger, an_institution(), name="northlake")
    await publish(ledger, an_institution("College of the Bay", "bay", country="IE"))
    return ledger
