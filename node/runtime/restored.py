"""This node's cosigners after a restore: suspended before anything is opened, freed once partners have answered.

async with begin_cosigned(config, database, …) as state:     before mirrors and witness read what was cosigned
    …  cosigned_work(config, state, …)                       runs beside, until cancelled
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from node.client import HttpClient, LogClient
from node.config import Config
from node.errors import NodeError, NotFoundError
from node.gossip.cosigning.cosigned_file import CosignedFile, CosignedState
from node.gossip.cosigning.cosigner import key_files
from node.gossip.cosigning.suspended import free_all, read_all, suspend, why_restored
from node.gossip.cosigning.take_keys import take_over_keys
from node.gossip.partners.last_seen import mirror_url
from node.gossip.partners.nodes import PartnerNode, partner_nodes
from node.gossip.partners.told import ToldPartner
from node.gossip.recovery.restored import Restored, Teller
from node.http.parts import Parts
from node.log.follow import LogSource
from node.storage.database import Database, identity
from node.storage.writer import DATABASE_FAILURES
from node.telemetry import warn
from protocol.gossip.exchange import Exchange
from protocol.gossip.witness import origin_hash

KEEP_SECONDS: Final = 1.0
"""How often what was cosigned is written down beside the keys."""

ACCEPTED: Final = "an operator says that a restore is meant"


@dataclass(slots=True)
class KeptState:
    """What is written beside the keys of what was cosigned."""

    file: CosignedFile
    state: CosignedState

    async def keep(self, database: Database) -> None:
        """Write down what has been cosigned since; a database that can't be asked costs nothing but that."""
        try:
            state = self.state.with_rows(await read_all(database))
        except DATABASE_FAILURES as error:
            warn("database_unreachable", log="cosigned", failure=str(error))
            return
        if state != self.state:
            self.file.write(state)
            self.state = state

    async def run(self, database: Database) -> None:
        """Write it down again and again, until cancelled."""
        while True:
            await asyncio.sleep(KEEP_SECONDS)
            await self.keep(database)


@asynccontextmanager
async def begin_cosigned(
    config: Config, database: Database, *, restored: bool, unasked: bool
) -> AsyncIterator[KeptState]:
    """Suspend the cosigners if the database isn't the one that was, and write down which it is.

    Args:
        config: Says whose logs are cosigned, and where the keys are.
        database: Holds what was cosigned.
        restored: The operator's word that the database is a restore.
        unasked: The operator's word that the cosigners may go on from what is here.

    Raises:
        FatalError: The file beside the keys is damaged or can't be written.
    """
    file = CosignedFile(config)
    await take_over_keys(database, config.partners, file)
    remembered = file.read()
    async with database.pool.acquire() as connection:
        server = await identity(connection)
    new = not any(path.exists() for path in key_files(config))
    why = why_restored(remembered, await read_all(database), server, new=new)
    if why or (restored and not new):
        warn("cosigners_suspended", reason=why or ACCEPTED)
        # If the process dies behind this, they are suspended all the same when the node starts again.
        await suspend(database, [partner.origin for partner in config.partners])
    if unasked:
        await free_all(database)
    marks = () if remembered is None else remembered.marks
    kept = KeptState(file, CosignedState(server, marks).with_rows(await read_all(database)))
    file.write(kept.state)
    yield kept
    await kept.keep(database)


def cosigned_work(
    config: Config, kept: KeptState, parts: Parts, http: HttpClient
) -> tuple[Coroutine[None, None, None], ...]:
    """Return what frees suspended logs and writes down what is cosigned, for ever; the node isn't fresh meanwhile.

    Args:
        config: Says who the partners are.
        kept: What `begin_cosigned` gave.
        parts: Have to do with what is freed and heard.
        http: Asks partners.
    """
    restored = Restored(
        parts.database,
        {partner.origin: partner.log_keys for partner in config.partners},
        [_teller(node, http, config.mirror.max_response_bytes) for node in partner_nodes(config.partners)],
        remembered=kept.state,
        heard=parts.gossip.comparisons.hear,
        freed=parts.mirrors.refresh,
    )
    parts.health.fresh_if(restored.reasons)
    return restored.run(), kept.run(parts.database)


def _teller(node: PartnerNode, http: HttpClient, most_bytes: int) -> Teller:
    urls = {partner.origin: partner.url for partner in node.partners}
    cosigns = any(partner.mirror_keys or partner.witness_keys for partner in node.partners)

    def source(origin: str) -> LogSource:
        return LogClient(http, urls.get(origin) or mirror_url(node.url, origin), most_bytes=most_bytes)

    async def notes(origin: str) -> list[bytes]:
        found = [await _checkpoint(source(origin))] if origin in urls or cosigns else []
        if cosigns:
            found.append(await _checkpoint(LogClient(http, f"{node.url}/witness/{origin_hash(origin)}")))
            found += await _exchanged(http, node.url)
        return [note for note in found if note is not None]

    return Teller(node.name, notes, source)


async def _checkpoint(source: LogSource) -> bytes | None:
    """Return a checkpoint; None where there is none, which is an answer."""
    try:
        return await source.checkpoint()
    except NotFoundError:
        return None


async def _exchanged(http: HttpClient, url: str) -> list[bytes]:
    """Return what a node tells in an exchange; nothing from one that speaks no gossip."""
    try:
        return list((await ToldPartner(http, url).exchange(Exchange())).notes)
    except NodeError as error:
        if error.code in ("not-found", "method-not-allowed"):
            return []
        raise
