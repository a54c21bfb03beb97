"""The fixture `running_node`; the node is imported only by the tests that ask for it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio


@pytest_asyncio.fixture
async def running_node(tmp_path: Path, dsn: str) -> AsyncIterator[Any]:
    """Give a node (`tests.support.nodes.NodeUnderTest`) with two empty logs, `uni` and `college`."""
    from tests.support.nodes import make_config, node_running

    async with node_running(make_config(tmp_path / "node", dsn)) as node:
        yield node
