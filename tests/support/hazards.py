"""Hazards of the counting loop inside a process: statements, operations on small files, requests to partners."""

import errno
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from types import ModuleType
from typing import Any, BinaryIO
from unittest.mock import patch

from node.client import Answer, HttpClient
from node.errors import UnreachableError
from node.storage import files
from tests.support.counter import Counter
from tests.support.counting import Place, Scenario
from tests.support.faulty_database import Fault
from tests.support.faulty_server import FaultyServer
from tests.support.network import Network
from tests.support.weather import Asked


class Statements:
    """Every round trip to the database, on every connection, fails in one way."""

    def __init__(self, fault: Fault) -> None:
        self.counter = Counter()
        self._fault = fault

    @asynccontextmanager
    async def around(self, place: Place) -> AsyncIterator[str]:
        """Stand before the place's database."""
        async with FaultyServer(place.dsn, self.counter, self._fault) as server:
            yield server.dsn

    async def arm(self, scenario: Scenario, number: int, *, lasting: bool) -> None:
        """Let a round trip fail."""
        self.counter.arm(number, lasting=lasting)

    async def heal(self) -> None:
        """Let all be done and answered."""
        self.counter.heal()


def statements(fault: Fault) -> Callable[[], Statements]:
    """Return what makes the hazard of statements that fail in this way."""
    return partial(Statements, fault)


class Requests:
    """Every request over the network between nodes (`tests.support.network`) fails: unsent, or done and unanswered.

    Networks aren't told apart: no two scenarios may go side by side.
    """

    def __init__(self, *, done: bool) -> None:
        self.counter = Counter()
        self._done = done

    @asynccontextmanager
    async def around(self, place: Place) -> AsyncIterator[str]:
        """Stand before every network."""
        hazard, carry = self, Network.carry

        async def carried(network: Network, client: HttpClient, asked: Asked) -> Answer:
            if not hazard.counter.strikes(f"{asked.method} {asked.url}"):
                return await carry(network, client, asked)
            if hazard._done:
                await carry(network, client, asked)
            raise UnreachableError(f"{asked.url}: no answer in time")

        with patch.object(Network, "carry", carried):
            yield place.dsn

    async def arm(self, scenario: Scenario, number: int, *, lasting: bool) -> None:
        """Let a request fail."""
        self.counter.arm(number, lasting=lasting)

    async def heal(self) -> None:
        """Let all arrive and be answered."""
        self.counter.heal()


def requests(*, done: bool) -> Callable[[], Requests]:
    """Return what makes the hazard of requests that don't arrive, or whose answers don't."""
    return partial(Requests, done=done)


class FileCalls:
    """Every operation on small files (`node.storage.files`) fails with EIO: undone, or done all the same.

    The functions are the process's, so no two scenarios may go side by side.
    """

    def __init__(self, *, done: bool) -> None:
        self.counter = Counter()
        self._done = done

    @asynccontextmanager
    async def around(self, place: Place) -> AsyncIterator[str]:
        """Stand before the operating system, for that one module."""
        with (
            patch.object(files, "os", _Counted(os, self)),
            patch.object(files, "tempfile", _Counted(tempfile, self)),
        ):
            yield place.dsn

    async def arm(self, scenario: Scenario, number: int, *, lasting: bool) -> None:
        """Let an operation fail."""
        self.counter.arm(number, lasting=lasting)

    async def heal(self) -> None:
        """Let all be done."""
        self.counter.heal()

    def call(self, name: str, really: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """Do an operation, or let it fail."""
        if not self.counter.strikes(name):
            return really(*arguments, **options)
        if self._done and name not in MAKES_A_DESCRIPTOR:
            really(*arguments, **options)
        if name == "close":
            really(*arguments, **options)  # or the test itself would run out of them
        raise OSError(errno.EIO, os.strerror(errno.EIO))


MAKES_A_DESCRIPTOR = ("open", "mkstemp", "fdopen", "close")
"""Operations that are not half done: what they make would be nobody's."""

FILE_CALLS = ("open", "mkstemp", "fsync", "link", "unlink", "replace", "chown", "chmod", "close")


class _Counted:
    """A module whose operations on files are counted."""

    def __init__(self, module: ModuleType, calls: FileCalls) -> None:
        self._module, self._calls = module, calls

    def __getattr__(self, name: str) -> Any:
        really = getattr(self._module, name)
        if name == "fdopen":
            return lambda descriptor, mode: _CountedFile(really(descriptor, mode), self._calls)
        return partial(self._calls.call, name, really) if name in FILE_CALLS else really


class _CountedFile:
    """An open file whose writes are counted."""

    def __init__(self, file: BinaryIO, calls: FileCalls) -> None:
        self._file, self._calls = file, calls

    def __enter__(self) -> "_CountedFile":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        really = getattr(self._file, name)
        return partial(self._calls.call, name, really) if name in ("write", "flush") else really


def file_calls(*, done: bool) -> Callable[[], FileCalls]:
    """Return what makes the hazard of file operations that fail undone, or that fail though they were done."""
    return partial(FileCalls, done=done)
