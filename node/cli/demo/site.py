"""One university's node on the stage: where it is, how it is asked, and the process that runs it."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from node.cli.demo.cast import University
from node.cli.demo.command import command, environment
from node.client import HttpClient, NodeClient
from node.clock import Clock
from node.errors import BadAnswerError, FatalError, NodeError, UnreachableError
from node.storage.embedded.orphans import servers_of
from protocol.encoding.keys import VerifierKey
from protocol.verify.trust import Trust

HOST: Final = "127.0.0.1"
INTERNAL_OFFSET: Final = 10
"""The internal listener of a node lies this many ports above its public one."""

START_SECONDS: Final = 90.0
STOP_SECONDS: Final = 30.0
LOOK_SECONDS: Final = 0.05


@dataclass(slots=True)
class Site:
    """A node: its folder, ports, key and token, and the process while it runs."""

    university: University
    folder: Path
    port: int
    verifier_key: str
    token: str
    process: asyncio.subprocess.Process | None = None

    @property
    def config(self) -> Path:
        """The node's configuration."""
        return self.folder / "nostra.toml"

    @property
    def data(self) -> Path:
        """The folder of the node's database."""
        return self.folder / "data"

    @property
    def public_url(self) -> str:
        """Where the public and the partners reach it."""
        return f"http://{HOST}:{self.port}"

    @property
    def internal_url(self) -> str:
        """Where its own staff reach it."""
        return f"http://{HOST}:{self.port + INTERNAL_OFFSET}"

    def public(self, http: HttpClient) -> NodeClient:
        """Ask as anybody may."""
        return NodeClient(http, self.public_url)

    def inside(self, http: HttpClient) -> NodeClient:
        """Ask and write as the university's staff."""
        return NodeClient(http, self.internal_url, token=self.token)

    def trust(self) -> Trust:
        """Trust the log's key alone, as the university gave it."""
        return Trust.by_keys([VerifierKey.parse(self.verifier_key)], f"{self.university.name} told us")

    async def start(self, *options: str) -> None:
        """Run `nostra serve` and return once the node is ready.

        Raises:
            FatalError: It ended, or was not ready in time.
        """
        await self._launch(options)
        end = Clock().monotonic() + START_SECONDS
        async with HttpClient() as http:
            while not self._has_ended and Clock().monotonic() < end:
                try:
                    await self.public(http).get("/health/ready")
                except (UnreachableError, BadAnswerError, NodeError):
                    await asyncio.sleep(LOOK_SECONDS)
                else:
                    return
        raise FatalError(f"the node of {self.university.name} did not start: {self._last_words()}")

    async def start_in_vain(self) -> str:
        """Run `nostra serve` where it is to refuse, and return what it said at its end.

        Raises:
            FatalError: It went on.
        """
        await self._launch(())
        assert self.process is not None  # noqa: S101 - it was just launched
        try:
            async with asyncio.timeout(START_SECONDS):
                code = await self.process.wait()
        except TimeoutError:
            code = 0
        if code == 0:
            raise FatalError(f"the node of {self.university.name} was to refuse to start, and did not")
        return self._last_words().splitlines()[-1]

    async def _launch(self, options: tuple[str, ...]) -> None:
        """Run `nostra serve`; what it says goes to a file beside its configuration."""
        with (self.folder / "node.log").open("ab") as words:
            self.process = await asyncio.create_subprocess_exec(
                *command("serve", "--config", str(self.config), *options),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                # A Ctrl-C in the terminal is for the demonstration, which then stops its nodes in order.
                start_new_session=True,
                env=environment(),
            )

    @property
    def _has_ended(self) -> bool:
        return self.process is None or self.process.returncode is not None

    def _last_words(self) -> str:
        return (self.folder / "node.log").read_text("utf-8", "replace").strip()[-500:]

    async def stop(self) -> None:
        """Stop the node in good order, if it runs."""
        if self.process is None or self._has_ended:
            return
        self.process.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self.process.wait()
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """End the node without a word, and return once its database server is gone too.

        Raises:
            FatalError: The server does not end.
        """
        if self.process is not None and not self._has_ended:
            self.process.kill()
            await self.process.wait()
        cluster = (self.data / "postgres").resolve()
        end = Clock().monotonic() + STOP_SECONDS
        while servers_of(cluster):
            if Clock().monotonic() > end:
                raise FatalError(f"the database of {self.university.name} does not end")
            await asyncio.sleep(LOOK_SECONDS)
