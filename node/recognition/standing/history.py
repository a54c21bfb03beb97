"""What was said of one award's standing: each status in the log, and what the desk noted beside it."""

from dataclasses import dataclass

from node.errors import NodeError
from node.recognition.awards.named import Name, NamedAwards
from node.recognition.known_logs import OwnLog, known
from node.recognition.records.private_records import PrivateRecords
from node.recognition.standing.found import standings_of
from node.recognition.standing.record import StatusRecord, by_award
from node.storage.database import Database
from protocol.recognition.standing import Standing


@dataclass(frozen=True, slots=True)
class History:
    """An award's standing, with the private records of its statuses by their number."""

    award: int
    """Leaf of the award."""
    standing: Standing
    noted: dict[int, StatusRecord]
    """Absent of a status that was entered with another award, by an erasure, or by another program."""


async def history_of(log: OwnLog, name: Name, records: PrivateRecords, database: Database) -> History:
    """Return what was said of an award, as far as the log's checkpoint shows it.

    Raises:
        NotFoundError: It isn't one of this log.
    """
    view = known(log)
    (found,) = await NamedAwards(view, records, database).find([name])
    if isinstance(found, NodeError):
        raise found
    (standing,) = await standings_of(database, view, [found])
    noted = [StatusRecord.read(record) for record in await records.find(by_award(found.tag))]
    return History(found.leaf, standing, {one.number: one for one in noted})
