"""Delivering a receipt: entry and standing secret stay the same; the recognition secret is new, and isn't kept."""

from secrets import token_bytes

from node.recognition.awards.record import AwardRecord
from node.recognition.known_logs import OwnLog, reader_showing
from node.storage.database import Database
from protocol.documents.receipt import Receipt
from protocol.documents.tlog_proof import TlogProof
from protocol.encoding.wire import HASH_BYTES


async def deliver(log: OwnLog, award: AwardRecord, database: Database, *, file_name: str = "") -> Receipt:
    """Return a receipt of an award that stands in an own log, under its newest checkpoint.

    Raises:
        PushBackError: The checkpoint that shows the award isn't released yet.
    """
    reader = await reader_showing(log, award.leaf, database)
    return Receipt(
        origin=log.origin,
        entry=await reader.entry(award.leaf),
        log_proof=TlogProof.parse((await reader.log_proof(award.leaf)).encode()),
        standing=award.standing,
        recognition=token_bytes(HASH_BYTES),
        file_name=file_name or award.file_name,
        file_hash=award.file_hash,
    )
