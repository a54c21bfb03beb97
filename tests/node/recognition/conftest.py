"""A ledger for the tests of recognition: one database, Northern Lake University's own log."""

from pathlib import Path

import pytest

from tests.support.ledger import open_ledger

NORTHLAKE = ("northlake", "Northern Lake University", "FI", [("schac", "northlake.example")])


@pytest.fixture
async def ledger(dsn: str, tmp_path: Path):
    """Give a ledger whose first own log is Northern Lake University's, which awards what `documents` describe."""
    async with open_ledger(dsn, tmp_path) as opened:
        await opened.add(*NORTHLAKE)
        yield opened
