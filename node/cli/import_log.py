"""`nostra import FILE`: take a log over from an export, verified by a key that this node knows, never by the file's.

A log of a partner becomes its mirror, and goes on from there. A log of our own is built up as a mirror first and
becomes ours in the last step, in one transaction: a node that is started meanwhile can't sign upon half a log.
Interrupted, the same command goes on where it stopped. What is here already is never overwritten.
"""

import argparse
import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from node.cli.configured import add_config_argument, load_config
from node.errors import ConflictError, NotFoundError, PushBackError
from protocol.errors import MalformedError

if TYPE_CHECKING:
    from node.config import Config, PartnerSettings
    from node.gossip.mirror.mirror import Mirror
    from node.log.export_file import ExportFile
    from node.storage.database import Database

NAME: Final = "import"
HELP: Final = "take a log over from an export, verified to its signed root"

UNREADABLE: Final = 3
POLL_SECONDS: Final = 0.2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("file", metavar="FILE", type=Path, help="what `nostra export` wrote")
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_config_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Import the file."""
    import sys

    from node.cli.loop import run_async
    from node.log.export_file import ExportFile

    config = load_config(arguments)
    try:
        export = ExportFile(arguments.file)
    except MalformedError as error:
        print(f"nostra import: {arguments.file}: {error}", file=sys.stderr)
        return UNREADABLE
    try:
        size, own = run_async(_import(config, export))
    finally:
        export.close()
    told = {"origin": export.manifest.origin, "own": own, "size": size}
    words = "a log of ours" if own else "a partner's, mirrored"
    print(json.dumps(told) if arguments.json else f"{size:,} entries of {export.manifest.origin}, {words}")
    return 0


async def _import(config: "Config", export: "ExportFile") -> tuple[int, bool]:
    from node.clock import Clock
    from node.gossip.mirror.mirror import Mirror
    from node.runtime.database import open_database
    from node.storage.known_writes import KnownWrites

    whose, own = _whose(config, export)
    async with open_database(config, join=True) as opened:
        if own:
            await _refuse_own(opened.database, whose.origin)
        writes = KnownWrites(opened.database)
        mirror = Mirror(whose, export, opened.database, clock=Clock(), writes=writes)
        try:
            size = await _follow(mirror, export.manifest.size)
            if own:
                await _adopt(opened.database, mirror)
        finally:
            writes.close()
        return size, own


def _whose(config: "Config", export: "ExportFile") -> "tuple[PartnerSettings, bool]":
    """Return whose log it is, with the key that this node knows for it, and whether it is our own.

    Raises:
        NotFoundError: The configuration knows no log of that origin.
    """
    from node.config import PartnerSettings
    from node.log.former_file import read_former
    from node.log.keys import load_key

    origin = export.manifest.origin
    for log in config.logs:
        if log.origin == origin:
            key, former = load_key(log.key).verifier, read_former(log.key)
            return PartnerSettings(log.name, origin, key, config.http.public_url, former_keys=former), True
    for partner in config.partners:
        if partner.origin == origin:
            return partner, False
    raise NotFoundError(
        f"the configuration knows no log {origin}", mend="add it as [[log]] with its key, or as [[partner]]"
    )


async def _refuse_own(database: "Database", origin: str) -> None:
    from node.storage.heads import find_head

    async with database.pool.acquire() as connection:
        head = await find_head(connection, origin)
    if head is not None and head.own:
        raise ConflictError(
            f"the database holds our log {origin} already, with {head.size:,} entries",
            mend="import into an empty database",
        )


async def _follow(mirror: "Mirror", total: int) -> int:
    """Take the log over, showing how far it is."""
    from node.cli.progress import Progress

    with Progress("entries imported", total) as progress:
        work = asyncio.ensure_future(mirror.follow())
        while not work.done():
            await asyncio.wait([work], timeout=POLL_SECONDS)
            progress.reach(mirror.reader.state.head.size if mirror.reader else 0)
        await work
    reader = mirror.reader
    return 0 if reader is None else reader.published.size


async def _adopt(database: "Database", mirror: "Mirror") -> None:
    """Make the log ours: from here on a node signs upon it, after asking what its head file says of it."""
    from node.storage.former_keys import close_log, set_keys
    from node.storage.heads import adopt_log

    state, partner = await mirror.load(), mirror.partner
    async with database.writing() as connection:
        if not await adopt_log(connection, state.head.log_id):
            raise PushBackError(f"{mirror.origin} is being written by another process", mend="import once more")
        key = partner.verifier_key.render()
        await set_keys(connection, state.head.log_id, key, partner.former_keys, own=True)
        if state.position.ended is not None:
            await close_log(connection, state.head.log_id, state.position.ended.successor)
