"""The walks of `nostra privacy-check`: over a served or exported log, and over one in the node's own database."""

from collections.abc import AsyncIterator
from contextlib import aclosing

from node.cli.privacy_report import log_report
from node.cli.progress import Progress
from node.clock import Clock
from node.config import Config
from node.errors import NotFoundError
from node.formats.known_names import KnownNames
from node.log.export import bundles_of
from node.log.follow import LogSource, open_target
from node.log.privacy import PrivacyWalk
from node.recognition.erasure.known_persons import known_persons
from node.recognition.records.vault import Vault
from node.runtime.database import open_database
from node.storage.database import Connection, Database
from node.storage.former_keys import keys_of
from node.storage.heads import Head, find_head
from node.storage.lookups import find_text
from node.storage.scan import one_moment
from protocol.encoding.wire import parse_b64url32
from protocol.log.tile import ENTRIES, TILE_WIDTH, Tile, render_bundle, tile_width
from protocol.verify.kinds import verify_file
from protocol.verify.log_files import CHECKPOINT
from protocol.verify.report import Report
from protocol.verify.trust import Trust


async def walk_served(source: LogSource, trust: Trust, names: tuple[str, ...]) -> Report:
    """Walk a log that somebody serves, up to a checkpoint whose signature holds; else only its report is returned."""
    note = await source.checkpoint()
    signed = verify_file(note, trust, kinds=(CHECKPOINT,))
    if signed.verdict != "verified":
        return signed
    checkpoint, known = trust.policy.open(note)[0], KnownNames(names)
    with Progress("entries read", checkpoint.size) as progress:
        walk = PrivacyWalk(known, progress.reach)
        found = await walk.read(_served_bundles(source, checkpoint.size), source.texts)
    return log_report(signed.steps, checkpoint, found, known=len(known))


async def _served_bundles(source: LogSource, size: int) -> AsyncIterator[bytes]:
    tiles = (Tile(ENTRIES, at, tile_width(ENTRIES, at, size)) for at in range(-(-size // TILE_WIDTH)))
    async with aclosing(source.fetch_ahead(tiles)) as answers:
        async for _, data in answers:
            yield data


async def walk_stored(config: Config, origin: str, names: tuple[str, ...]) -> Report:
    """Walk a log of the node's own database, as it is at one moment.

    Raises:
        NotFoundError: It isn't there, or has released nothing.
    """
    async with open_database(config, join=True) as opened, one_moment(opened.database) as connection:
        head = await find_head(connection, origin)
        if head is None or head.released_note is None:
            raise NotFoundError(f"the database holds no log '{origin}' that has released a checkpoint")
        checkpoint = open_target(head.released_note, *await keys_of(connection, head)).checkpoint
        known = await _known(config, opened.database, head, names)

        async def texts(commitment: str) -> bytes:
            stored = await find_text(connection, parse_b64url32(commitment), head.log_id)
            if stored is None or stored[0] is None:
                raise NotFoundError("these texts are not here")
            return stored[0]

        with Progress("entries read", checkpoint.size) as progress:
            walk = PrivacyWalk(known, progress.reach)
            found = await walk.read(_stored_bundles(connection, head, checkpoint.size), texts)
    return log_report((), checkpoint, found, known=len(known))


async def _stored_bundles(connection: Connection, head: Head, size: int) -> AsyncIterator[bytes]:
    left = size
    async for entries in bundles_of(connection, head, -(-size // TILE_WIDTH)):
        yield render_bundle(entries[:left])
        left -= min(left, len(entries))


async def _known(config: Config, database: Database, head: Head, names: tuple[str, ...]) -> KnownNames:
    """Return whom to look for: these, and of an own log whomever its private records name."""
    if not head.own:
        return KnownNames(names)
    vault = await Vault.open(config.node.keys, database, Clock())
    return await known_persons(vault, head.log_id, head.origin, also=names)
