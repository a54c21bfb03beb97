"""A real node as a process of its own, `python -m node serve`, with its embedded PostgreSQL: to be killed."""

import asyncio
import contextlib
import copy
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import aiohttp

from node.log.keys import load_key
from node.storage.embedded.attach import running_dsn
from node.storage.embedded.orphans import servers_of
from protocol.documents.tlog_proof import TlogProof
from tests.conftest import ROOT
from tests.support.check_everything import Promises
from tests.support.entries import bundle_of

STARTS_WITHIN = 60.0
ANSWERS_WITHIN = 60.0
ENDS_WITHIN = 30.0


class NotLoggedError(Exception):
    """The node is gone, or asks to come again."""


@dataclass(frozen=True)
class Logged:
    """An answer: the leaves, and the checkpoint that shows them, once one is released."""

    first: int
    note: bytes | None


class NodeProcess:
    """One node in one folder, started as often as a test kills it; a new folder is made by `nostra init`."""

    def __init__(
        self,
        folder: Path,
        origin: str,
        *,
        dsn: str | None = None,
        program: str = "node",
        within: Sequence[str] = (),
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        """Make a node.

        Args:
            folder: Where its configuration, data and keys will be.
            origin: Its log's.
            dsn: A database in the place of its embedded one.
            program: The module that is run in the place of `node`.
            within: Words that come before each of its commands.
            host: Where both listeners are.
            port: The public listener's, if not any.
        """
        self.folder = folder
        self._program = program
        self._within = within
        self._environment = {**os.environ, **({"DATABASE_URL": dsn} if dsn else {})}
        self._run("init", "--folder", str(folder), "--name", "log", "--origin", origin, "--institution", "Example",
                  "--country", "FI", "--schac", "example.org",
                  "--public", f"{host}:{port}", "--internal", f"{host}:0")  # fmt: skip
        self.promises = Promises(load_key(folder / "keys" / "log.key").verifier)
        self._token = (folder / "keys" / "token").read_text().strip()
        self._process: asyncio.subprocess.Process | None = None
        self._serves: asyncio.Future[dict[str, str] | None]
        self._words: asyncio.Task[None]
        self._said: list[str]
        self._session: aiohttp.ClientSession
        self.addresses: dict[str, str] = {}

    def _command(self, *arguments: str) -> list[str]:
        python = [*self._within, sys.executable, "-m", self._program]
        return [*python, *arguments, "--config", str(self.folder / "nostra.toml")]

    def _run(self, *arguments: str) -> None:
        subprocess.run(self._command(*arguments), cwd=ROOT, env=self._environment, check=True, timeout=STARTS_WITHIN,
                       capture_output=True)  # fmt: skip

    def beside(self, folder: Path) -> Self:
        """Return another node of the same log on the same database: the same keys, another process and folder."""
        shutil.copytree(self.folder, folder)
        other = copy.copy(self)
        other.folder = folder
        return other

    @property
    def dsn(self) -> str:
        """The address of its database, while that runs."""
        dsn = running_dsn(self.folder / "data", None)
        assert dsn is not None
        return dsn

    @property
    def server(self) -> int:
        """The process number of its PostgreSQL."""
        return int((self.folder / "data" / "postgres" / "postmaster.pid").read_text().split("\n")[0])

    @property
    def has_ended(self) -> bool:
        """Whether no process of it runs."""
        return self._process is None or self._process.returncode is not None

    @property
    def process_number(self) -> int:
        """The process number of the node itself, while it runs."""
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Start it and return once it serves."""
        await self.launch()
        said = await asyncio.wait_for(self._serves, STARTS_WITHIN)
        assert said is not None, "the node ended at its start: " + "".join(self._said[-20:])
        self.addresses = {name: f"http://{said[name]}" for name in ("public", "internal")}

    async def launch(self) -> None:
        """Start it and don't wait for it: whoever kills it meanwhile kills it while it recovers."""
        self._process = await asyncio.create_subprocess_exec(
            *self._command("serve"), cwd=ROOT, env=self._environment, stderr=asyncio.subprocess.PIPE, limit=1 << 20
        )
        self._serves, self._said = asyncio.get_running_loop().create_future(), []
        self._words = asyncio.create_task(self._listen())
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWERS_WITHIN))

    async def _listen(self) -> None:
        """Read what it says, to the last word; what it said until it served is kept."""
        assert self._process is not None
        assert self._process.stderr is not None
        while line := await self._process.stderr.readline():
            if not self._serves.done():
                self._said.append(line.decode())
                if b'"node_started"' in line:
                    self._serves.set_result(json.loads(line))
        if not self._serves.done():
            self._serves.set_result(None)

    async def kill(self, number: int = signal.SIGKILL) -> None:
        """Kill it, and return once it is gone; its PostgreSQL ends by itself."""
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)
        await self._process.wait()
        await self._words
        self._process = None
        await self._session.close()

    async def kill_all(self) -> None:
        """Kill it together with every process of its PostgreSQL, as a power loss does; it may have ended already."""
        if self._process is not None:
            await self.kill()
        async with asyncio.timeout(ENDS_WITHIN):
            while left := servers_of(self.folder / "data" / "postgres"):
                for process in left:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(process, signal.SIGKILL)
                await asyncio.sleep(0.01)

    def kill_server(self) -> None:
        """Kill its PostgreSQL, and leave the node alone."""
        os.kill(self.server, signal.SIGKILL)

    async def end(self) -> None:
        """Stop it in good order, if it runs."""
        if self._process is not None:
            await self.kill(signal.SIGTERM)

    async def log(self, entries: list[bytes], request_key: str) -> Logged:
        """Log entries once, over HTTP, and keep the answer as a promise.

        Raises:
            NotLoggedError: There is no answer, or a push-back.
        """
        if self._process is None:
            raise NotLoggedError
        single = len(entries) == 1
        kind = "application/json" if single else "application/octet-stream"
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": kind, "Request-Key": request_key}
        body = entries[0] if single else bundle_of(entries)
        try:
            url = f"{self.addresses['internal']}/v1/entries"
            async with self._session.post(url, data=body, headers=headers) as sent:
                status, answer = sent.status, await sent.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise NotLoggedError from error
        if status == 503:
            raise NotLoggedError
        assert status == 201, answer
        logged = _logged(json.loads(answer))
        if logged.note is not None:
            self.promises.observe(logged.note)
        self.promises.acknowledge(logged.first, entries, request_key)
        return logged

    async def checkpoint(self) -> bytes:
        """Return the checkpoint that it shows, and keep it.

        Raises:
            NotLoggedError: There is no answer.
        """
        if self._process is None:
            raise NotLoggedError
        try:
            async with self._session.get(f"{self.addresses['public']}/checkpoint") as answer:
                status, note = answer.status, await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise NotLoggedError from error
        assert status == 200, note
        self.promises.observe(note)
        return note


def _logged(answer: dict) -> Logged:
    if "log_proof" in answer:
        return Logged(answer["leaf"], TlogProof.parse(answer["log_proof"].encode()).checkpoint)
    return Logged(answer["leaf"], answer["checkpoint"].encode() if "checkpoint" in answer else None)
