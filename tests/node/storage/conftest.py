"""A data folder that the tests share, since making one takes a second, and a copy for those that do it harm."""

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.storage.embedded import EmbeddedPostgres
from node.storage.embedded.orphans import end_orphans
from tests.support.postgres import reachable


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a data folder whose server was started and stopped, and perhaps killed, by the tests before."""
    data_dir = reachable(tmp_path_factory.mktemp("database")) / "data"

    async def start_and_stop() -> None:
        async with EmbeddedPostgres(data_dir):
            pass

    asyncio.run(start_and_stop())
    return data_dir


@pytest.fixture
def own_data_dir(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a data folder of this test's own."""
    copy = reachable(tmp_path_factory.mktemp("database")) / "data"
    asyncio.run(end_orphans(data_dir / "postgres"))
    subprocess.run(["cp", "-a", data_dir, copy], check=True)
    yield copy
    subprocess.run(["rm", "-rf", copy], check=True)
