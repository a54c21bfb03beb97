"""Fixtures of whole nodes. Importing this costs nothing until a test asks for one."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.support.postgres import DatabaseServer


@pytest_asyncio.fixture
async def running_node(tmp_path: Path, dsn: str) -> AsyncIterator[Any]:
    """Give a node with two empty logs, `uni` and `college`."""
    from tests.support.nodes import make_config, node_running

    async with node_running(make_config(tmp_path / "node", dsn)) as node:
        yield node


@pytest.fixture(scope="module")
def module_dsn(database_server: DatabaseServer) -> Iterator[str]:
    """Give the address of a database that all tests of a module share."""
    name = database_server.create()
    yield database_server.dsn_of(name)
    database_server.drop(name)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_node(tmp_path_factory: pytest.TempPathFactory, module_dsn: str) -> AsyncIterator[Any]:
    """Give a node with the logs `uni` and `college` that all tests of a module share, with the module's event loop."""
    from tests.support.nodes import make_config, node_running

    async with node_running(make_config(tmp_path_factory.mktemp("node"), module_dsn)) as node:
        yield node


@pytest.fixture(scope="module")
def served_node(tmp_path_factory: pytest.TempPathFactory, module_dsn: str) -> Iterator[Any]:
    """Give a node with the logs `uni` and `college`, in a thread of its own, that all tests of a module share."""
    from tests.support.nodes import make_config, node_served

    with node_served(make_config(tmp_path_factory.mktemp("node"), module_dsn)) as node:
        yield node
