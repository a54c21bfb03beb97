"""What all tests share: the folder of foreign samples and vectors, and the option `--long`."""

import logging
import os
from pathlib import Path

import pytest

pytest_plugins = ["tests.support.postgres", "tests.support.node_fixture"]

ROOT = Path(__file__).resolve().parent.parent


def pytest_addoption(parser):
    """Add --long, which runs what takes minutes, all faults, all sizes; and --power-losses."""
    parser.addoption("--long", action="store_true", help="run the tests marked long too")
    parser.addoption("--power-losses", type=int, metavar="N", help="rounds of power loss (default: 4, with --long 200)")


def pytest_collection_modifyitems(config, items):
    """Skip what is marked long unless --long asks for it."""
    if config.getoption("--long"):
        return
    skip = pytest.mark.skip(reason="long: runs with scripts/test --long")
    for item in items:
        if "long" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(autouse=True)
def _logging_as_it_was():
    """Take back what a command did to the process's logging: it goes on with a level and a stream of its own."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of foreign samples and vectors: beside the repository, or where NOSTRA_SHARED says."""
    folder = Path(os.environ.get("NOSTRA_SHARED") or ROOT.parent / "shared")
    if not folder.is_dir():
        pytest.skip(f"no foreign samples: {folder.name}/ is not beside the repository, and NOSTRA_SHARED names none")
    return folder


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the repository's root."""
    return ROOT
