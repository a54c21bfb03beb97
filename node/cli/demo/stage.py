"""The stage of the demonstration: three nodes as processes of their own, each with its own database and keys.

Everything lies in one folder, which goes away when the demonstration ends. Each node is made by `nostra init`, told of
the two others by `[[partner]]` blocks of its configuration, and run by `nostra serve`: nothing here is only for show.
"""

import asyncio
import json
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from node.cli.demo.cast import University
from node.client import HttpClient, NodeClient
from node.clock import Clock
from node.errors import BadAnswerError, FatalError, NodeError, UnreachableError

HOST: Final = "127.0.0.1"
INTERNAL_OFFSET: Final = 10
"""The internal listener of a node lies this many ports above its public one."""

START_SECONDS: Final = 90.0
STOP_SECONDS: Final = 30.0
EVERYBODY_MAY_PASS: Final = 0o755
"""Run by root, the database belongs to another user, who has to reach its folder."""


@dataclass(frozen=True, slots=True)
class Site:
    """One university's node: where it is, and what its key and token are."""

    university: University
    folder: Path
    port: int
    verifier_key: str
    token: str

    @property
    def config(self) -> Path:
        """The node's configuration."""
        return self.folder / "nostra.toml"

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


def check_ports(first: int, count: int) -> None:
    """Raise FatalError if a port that a node needs is taken."""
    for port in (*range(first, first + count), *range(first + INTERNAL_OFFSET, first + INTERNAL_OFFSET + count)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                raise FatalError(f"port {port} is in use", mend="choose others with --port N") from None


@asynccontextmanager
async def set_stage(universities: Sequence[University], first_port: int) -> AsyncIterator[list[Site]]:
    """Make and run a node for each university until the block ends."""
    check_ports(first_port, len(universities))
    folder = _new_folder([one.key for one in universities])
    processes: list[asyncio.subprocess.Process] = []
    try:
        made = [_make(folder / one.key, one, first_port + at) for at, one in enumerate(universities)]
        sites = list(await asyncio.gather(*made))
        for site in sites:
            _introduce(site, [other for other in sites if other is not site])
            processes.append(await _serve(site))
        await asyncio.gather(*(_wait_until_ready(site, run) for site, run in zip(sites, processes, strict=True)))
        yield sites
    finally:
        await asyncio.gather(*map(_stop, processes))
        shutil.rmtree(folder, ignore_errors=True)


async def _make(folder: Path, university: University, port: int) -> Site:
    """Run `nostra init`."""
    identifiers = [f"--identifier={one['scheme']}:{one['value']}" for one in university.identifiers]
    told = await _nostra(
        *("init", "--json", "--folder", str(folder), "--name", university.key, "--origin", university.origin),
        *("--institution", university.name, "--country", university.country, *identifiers),
        *("--public", f"{HOST}:{port}", "--internal", f"{HOST}:{port + INTERNAL_OFFSET}"),
    )
    made = json.loads(told)
    return Site(university, folder, port, made["logs"][0]["verifier_key"], _read_line(made["token_file"]))


def _new_folder(names: Sequence[str]) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="nostra-demo-"))
    folder.chmod(EVERYBODY_MAY_PASS)
    for name in names:
        (folder / name).mkdir()
    return folder


def _read_line(path: str) -> str:
    return Path(path).read_text("ascii").strip()


def _introduce(site: Site, others: Sequence[Site]) -> None:
    """Write the partners into the node's configuration, as its operator would."""
    blocks = [
        f'\n[[partner]]\nname = "{other.university.key}"\norigin = "{other.university.origin}"\n'
        f'verifier_key = "{other.verifier_key}"\nurl = "{other.public_url}"\n'
        for other in others
    ]
    with site.config.open("a", encoding="utf-8") as file:
        file.writelines(["\n[mirror]\ninterval_seconds = 1\n", *blocks])


def _environment() -> dict[str, str]:
    """Return our environment without what would point a node at another database or configuration."""
    return {
        name: value for name, value in os.environ.items() if name != "DATABASE_URL" and not name.startswith("NOSTRA_")
    }


async def _nostra(*arguments: str) -> str:
    run = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "node", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=_environment(),
    )
    told, complaint = await run.communicate()
    if run.returncode:
        raise FatalError(complaint.decode().strip() or f"nostra {arguments[0]} ended with {run.returncode}")
    return told.decode()


async def _serve(site: Site) -> asyncio.subprocess.Process:
    """Run `nostra serve`; what it says goes to a file beside its configuration."""
    with (site.folder / "node.log").open("wb") as words:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "node", "serve", "--config", str(site.config)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=words,
            stderr=words,
            # A Ctrl-C in the terminal is for the demonstration, which then stops its nodes in order.
            start_new_session=True,
            env=_environment(),
        )


async def _wait_until_ready(site: Site, run: asyncio.subprocess.Process) -> None:
    clock = Clock()
    end = clock.monotonic() + START_SECONDS
    async with HttpClient() as http:
        while run.returncode is None and clock.monotonic() < end:
            try:
                await site.public(http).get("/health/ready")
            except (UnreachableError, BadAnswerError, NodeError):
                await asyncio.sleep(0.1)
            else:
                return
    raise FatalError(f"the node of {site.university.name} did not start: {_last_words(site)}")


def _last_words(site: Site) -> str:
    return (site.folder / "node.log").read_text("utf-8", "replace").strip()[-500:]


async def _stop(run: asyncio.subprocess.Process) -> None:
    if run.returncode is not None:
        return
    run.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await run.wait()
    except TimeoutError:
        run.kill()
        await run.wait()
