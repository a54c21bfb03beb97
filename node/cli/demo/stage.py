"""The stage of the demonstration: three nodes as processes of their own, each with its own database and keys.

Everything lies in one folder, which goes away when the demonstration ends. Each node is made by `nostra init`, told of
the two others by `nostra partner add` under the keys that they gave, and run by `nostra serve`: nothing here is only
for show.
"""

import asyncio
import json
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from node.cli.demo.cast import University
from node.cli.demo.command import nostra
from node.cli.demo.doorway import Doorway
from node.cli.demo.site import HOST, INTERNAL_OFFSET, Site
from node.errors import FatalError

SITES: Final = 3
COPY_OFFSET: Final = 3
"""A copied node listens this many ports above the first."""

DOORWAY_OFFSET: Final = 20
"""The doorway before the second node."""

OFFSETS: Final = (
    *range(SITES + 1),
    *range(INTERNAL_OFFSET, INTERNAL_OFFSET + SITES + 1),
    DOORWAY_OFFSET,
)
"""All ports that are needed, above the first."""

REMOVALS, PAUSE_SECONDS = 20, 0.25
"""How often a folder is removed that something still writes into, and the pause between."""

EVERYBODY_MAY_PASS: Final = 0o755
"""Run by root, the database belongs to another user, who has to reach its folder."""

BRISK: Final = """
[mirror]
interval_seconds = 1

[gossip]
interval_seconds = 2

[release]
wait_seconds = 60

[publication]
second_person = false
"""
"""Nobody is kept waiting for long on a quiet machine, nor given up on a busy one; one person plays every part."""


@dataclass(slots=True)
class Stage:
    """The three sites, and the way by which the third reaches the second."""

    folder: Path
    sites: list[Site]
    doorway: Doorway
    copies: list[Site] = field(default_factory=list)

    async def copy_of(self, site: Site) -> Site:
        """Return a copy of a stopped node, keys and database and all, on ports of its own."""
        copy = replace(
            site,
            folder=site.folder.with_name(f"{site.folder.name}-copy"),
            port=self.sites[0].port + COPY_OFFSET,
            process=None,
        )
        # As root, what belongs to the database's account has to stay so: that is what -p says.
        run = await asyncio.create_subprocess_exec("/bin/cp", "-Rp", str(site.folder), str(copy.folder))
        if await run.wait():
            raise FatalError(f"{site.folder} can't be copied")
        text = copy.config.read_text("utf-8")
        for offset in (0, INTERNAL_OFFSET):
            text = text.replace(f'"{HOST}:{site.port + offset}"', f'"{HOST}:{copy.port + offset}"')
        copy.config.write_text(text, "utf-8")
        self.copies.append(copy)
        return copy


def check_ports(first: int) -> None:
    """Raise FatalError if a port that the nodes need is taken."""
    for port in (first + offset for offset in OFFSETS):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                raise FatalError(f"port {port} is in use", mend="choose others with --port N") from None


@asynccontextmanager
async def set_stage(universities: Sequence[University], first_port: int) -> AsyncIterator[Stage]:
    """Make and run a node for each of the three universities until the block ends; each is the others' partner."""
    check_ports(first_port)
    folder = _new_folder([one.key for one in universities])
    stage = Stage(folder, [], Doorway(HOST, first_port + DOORWAY_OFFSET, first_port + 1))
    try:
        made = (_make(folder / one.key, one, first_port + at) for at, one in enumerate(universities))
        stage.sites += await asyncio.gather(*made)
        async with stage.doorway.opened():
            await asyncio.gather(*(site.start() for site in stage.sites))
            await asyncio.gather(*(_introduce(site, stage) for site in stage.sites))
            await asyncio.gather(*(_restart(site) for site in stage.sites))
            yield stage
    finally:
        await asyncio.gather(*(site.stop() for site in (*stage.sites, *stage.copies)), return_exceptions=True)
        await _remove(folder)


async def _remove(folder: Path) -> None:
    """Remove a folder, though what ends in it may still write a file."""
    for _ in range(REMOVALS):
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        if not await asyncio.to_thread(folder.exists):
            return
        await asyncio.sleep(PAUSE_SECONDS)


async def _make(folder: Path, university: University, port: int) -> Site:
    """Run `nostra init`."""
    identifiers = [f"--identifier={one['scheme']}:{one['value']}" for one in university.identifiers]
    told = await nostra(
        *("init", "--json", "--folder", str(folder), "--name", university.key, "--origin", university.origin),
        *("--institution", university.name, "--country", university.country, *identifiers),
        *("--public", f"{HOST}:{port}", "--internal", f"{HOST}:{port + INTERNAL_OFFSET}"),
    )
    made = json.loads(told)
    site = Site(university, folder, port, made["logs"][0]["verifier_key"], _read_line(made["token_file"]))
    with site.config.open("a", encoding="utf-8") as file:
        file.write(BRISK)
    return site


def _new_folder(names: Sequence[str]) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="nostra-demo-"))
    folder.chmod(EVERYBODY_MAY_PASS)
    for name in names:
        (folder / name).mkdir()
    return folder


def _read_line(path: str) -> str:
    return Path(path).read_text("ascii").strip()


async def _introduce(site: Site, stage: Stage) -> None:
    """Run `nostra partner add` for each of the others, one after the other: both change one file.

    Raises:
        FatalError: One can't be added, or would not cosign.
    """
    second, third = stage.sites[1], stage.sites[2]
    for other in (one for one in stage.sites if one is not site):
        url = stage.doorway.url if (site, other) == (third, second) else other.public_url
        told = await nostra(
            *("partner", "add", other.university.key, url, "--key", other.verifier_key),
            *("--json", "--config", str(site.config)),
        )
        if not json.loads(told)["cosigns"]:
            raise FatalError(f"{other.university.name} tells {site.university.name} of no mirror")


async def _restart(site: Site) -> None:
    await site.stop()
    await site.start()
