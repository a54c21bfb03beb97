"""The Go programs, each built once for all tests that ask it."""

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from scripts.benchmarks.generator import MeasurementError
from scripts.benchmarks.litewitness import build_litewitness

SOURCE = Path(__file__).parent / "go"
BUILD_SECONDS = 300
READ_SECONDS = 120

GoClient = Callable[..., Awaitable[tuple[int, dict]]]
"""Takes the program's arguments and returns its exit code and what it printed."""


def _go(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["go", *arguments],
        cwd=folder,
        env={**os.environ, "GOFLAGS": "-mod=mod"},
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
        check=False,
    )


def _build(source: Path, parent: Path) -> Path:
    """Build a program outside the source tree; skip where Go or its modules are not to be had."""
    if shutil.which("go") is None:
        pytest.skip("Go is not installed, so its libraries cannot be compared with ours")
    folder = parent / "source"
    shutil.copytree(source, folder)
    fetched = _go("mod", "download", folder=folder)
    if fetched.returncode:
        pytest.skip(f"the modules of {source.name} cannot be had: {fetched.stderr.strip()[-200:]}")
    built = _go("build", "-o", "../program", ".", folder=folder)
    assert built.returncode == 0, built.stderr
    return parent / "program"


@pytest.fixture(scope="session")
def go_program(tmp_path_factory) -> Path:
    """The client that reads a log."""
    return _build(SOURCE, tmp_path_factory.mktemp("go"))


@pytest.fixture(scope="session")
def go_cosignatures(tmp_path_factory) -> Path:
    """The program that verifies and makes cosignatures."""
    return _build(SOURCE / "cosignatures", tmp_path_factory.mktemp("go-cosignatures"))


@pytest.fixture(scope="session")
def go_index(tmp_path_factory) -> Path:
    """The program that builds maps and verifies answers of the index."""
    return _build(SOURCE / "index", tmp_path_factory.mktemp("go-index"))


@pytest.fixture(scope="session")
def go_tessera(tmp_path_factory) -> Path:
    """The program that grows a Tessera log under a witness."""
    return _build(SOURCE / "tessera", tmp_path_factory.mktemp("go-tessera"))


@pytest.fixture(scope="session")
def litewitness_program(tmp_path_factory) -> Path:
    """A witness of Go's world; skip where it or what it needs is not to be had."""
    try:
        return build_litewitness(tmp_path_factory.mktemp("litewitness"))
    except MeasurementError as error:
        pytest.skip(str(error))


@pytest.fixture
def go_client(go_program) -> GoClient:
    """Return the client as a coroutine function, so that a server in this process can answer it."""

    async def run(*arguments: str | Path) -> tuple[int, dict]:
        client = await asyncio.create_subprocess_exec(go_program, *map(str, arguments), stdout=asyncio.subprocess.PIPE)
        try:
            printed, _ = await asyncio.wait_for(client.communicate(), READ_SECONDS)
        except TimeoutError:
            client.kill()
            await client.wait()
            raise
        return client.returncode, json.loads(printed)

    return run
