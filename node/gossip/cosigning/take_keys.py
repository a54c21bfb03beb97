"""What a partner's block says of former keys, taken over before the node begins: database, and file of cosigners.

The operator has confirmed the block (`nostra partner sync`) or written it. What was kept under a key that has ended is
then held against its end, once:

- a mirror that holds what no longer counts is dropped, and read anew from whoever serves the log. So is one that has
  another tree at the end of a *compromised* key: then it followed whoever had the key;
- our witness and our mirror go on from the end of a compromised key, and from that of a retired one where they stood
  above it: nothing that they cosigned for a thief keeps them from the log, and nothing shorter is cosigned again.

A mirror with another tree at the end of a key that was *retired* in good order is left as it is, and refused: either
the block or the log is wrong, and nobody should overlook it.

============================================  ====================================================================
if the process dies …                         then
============================================  ====================================================================
before the file of cosigners is written       nothing has happened
before the database is committed              less is remembered beside the keys than the rows hold; it is done again
after that                                    the rows are written down with the start
============================================  ====================================================================
"""

from collections.abc import Iterable
from typing import Final

from node.config import PartnerSettings
from node.errors import FatalError, NodeError
from node.gossip.cosigning.cosigned_file import CosignedFile
from node.log.follow import open_target
from node.log.prove import LogReader
from node.log.state import LogState, load_position
from node.storage.cosigned import Cosigned, all_cosigned, restate
from node.storage.database import Connection, Database
from node.storage.former_keys import drop_mirror, forget_pending, former_keys, set_keys
from node.storage.heads import Head, find_head
from node.storage.writer import DATABASE_FAILURES
from node.telemetry import event, warn
from protocol.encoding.keys import VerifierKey
from protocol.log.ended_key import EndedKey, unended

COMPROMISED: Final = "compromised"


async def take_over_keys(database: Database, partners: Iterable[PartnerSettings], file: CosignedFile) -> None:
    """Bring what is kept to what the partners' blocks say of their logs' keys; a running node must not do it.

    A log of which that can't be done stays as it is; its mirror says why when it is read.
    """
    for partner in partners:
        try:
            if await _is_new(database, partner):
                _forget_marks(file, partner)
                await _take_over(database, partner)
        except (NodeError, *DATABASE_FAILURES) as error:
            warn("keys_not_taken_over", log=partner.origin, failure=str(error))


async def _is_new(database: Database, partner: PartnerSettings) -> bool:
    """Whether the block says more than the database; a key that it doesn't know is left to the mirror's own check."""
    async with database.pool.acquire() as connection:
        head = await find_head(connection, partner.origin)
        stored = set() if head is None else {*await former_keys(connection, head.log_id)}
    known = {partner.verifier_key.render(), *(key.render() for key in partner.former_keys)}
    if head is None or head.own or head.verifier_key not in known:
        return False
    return head.verifier_key != partner.verifier_key.render() or stored != {*partner.former_keys}


def _forget_marks(file: CosignedFile, partner: PartnerSettings) -> None:
    state = file.read()
    if state is None:
        return
    kept = state
    for end in partner.former_keys:
        kept = kept.without(partner.origin, above=-1 if end.why == COMPROMISED else end.size)
    if kept != state:
        file.write(kept)


async def _take_over(database: Database, partner: PartnerSettings) -> None:
    async with database.writing() as connection:
        head = await find_head(connection, partner.origin)
        if head is None:
            return
        if await _is_beyond(connection, database, head, partner):
            await drop_mirror(connection, head.log_id)
            event("mirror_dropped", log=partner.origin, tree_size=head.size)
        elif head.note is not None and not _counts(head.note, partner.log_keys):
            await forget_pending(connection, head.log_id)
        for claim in ("witness", "mirror"):
            for row in await all_cosigned(connection, claim):
                if row.origin == partner.origin:
                    await _restate(connection, row, partner)
        await set_keys(connection, head.log_id, partner.verifier_key.render(), partner.former_keys)
    event("keys_taken_over", log=partner.origin, key=partner.verifier_key.render())


async def _is_beyond(connection: Connection, database: Database, head: Head, partner: PartnerSettings) -> bool:
    """Whether a mirror holds what no longer counts.

    Raises:
        FatalError: It has another tree at the end of a retired key than the block says.
    """
    if head.size == 0:
        return False
    reader = LogReader(database.pool, LogState(await load_position(connection, head)))
    for end in partner.former_keys:
        if end.size <= head.size and await reader.root_at(end.size) != end.root:
            if end.why == COMPROMISED:
                return True
            raise FatalError(
                f"the mirror of {head.origin} has another tree at size {end.size} than [[partner]] {partner.name} says",
                mend="correct former_keys, or ask the partner; the mirror stays as it is",
            )
    released = head.released_note is None or _counts(head.released_note, partner.log_keys)
    pending = head.note is None or _counts(head.note, partner.log_keys)
    # What rests on a note that doesn't count can't be told from what doesn't.
    return not released or (not pending and head.released_size != head.size)


async def _restate(connection: Connection, row: Cosigned, partner: PartnerSettings) -> None:
    """Let one of our cosigners go on from where the log's keys count."""
    if row.size == 0 or (row.note is not None and _counts(row.note, unended(partner.log_keys))):
        return
    for end in sorted(partner.former_keys, key=lambda key: key.size, reverse=True):  # from the last end the log goes on
        if end.why == COMPROMISED or row.size > end.size:
            await restate(connection, row, end.size, end.root)
            return


def _counts(note: bytes, keys: "Iterable[VerifierKey | EndedKey]") -> bool:
    known = tuple(keys)
    try:
        if known:
            open_target(note, *known)
    except NodeError:
        return False
    return bool(known)
