"""Awards as a desk names them, one or ten thousand, and what was found under each name.

An award is named by the leaf it stands at, by the SHA-256 of its file, by the request key that it was issued under, by
the credential's own id, or by its receipt. A receipt holds the standing secret itself, so it names an award whose
private record this node has lost, too; it has to open an entry that stands in this log.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from node.errors import NodeError, NotFoundError
from node.recognition.awards.record import KIND, AwardRecord, by_credential, by_file, by_request
from node.recognition.known_logs import KnownLog
from node.recognition.logs.chains import find_tag
from node.recognition.records.private_records import Lookup, PrivateRecords
from node.storage.database import Database
from protocol.documents.receipt import Receipt
from protocol.encoding.wire import b64url
from protocol.recognition.sealed import award_key, award_tag, seal_award, status_key
from protocol.recognition.sealed_entry import Sealed

PART: Final = 250
"""Names that are looked up at once: what else the node does waits no longer than for so many."""


@dataclass(frozen=True, slots=True)
class ByLeaf:
    """The award at this leaf."""

    leaf: int


@dataclass(frozen=True, slots=True)
class ByReceipt:
    """The award that a receipt opens."""

    receipt: Receipt


Name = ByLeaf | ByReceipt | Lookup


@dataclass(frozen=True, slots=True)
class FoundAward:
    """An award of this log, with the key of its chain of statuses."""

    leaf: int
    tag: bytes
    status_key: bytes


def named_by_file(file_hash: bytes) -> Name:
    """Return the name of the newest award of a file, by its SHA-256."""
    return by_file(file_hash)


def named_by_request(request_key: str) -> Name:
    """Return the name of the award that was issued under a request key."""
    return by_request(request_key)


def named_by_credential(credential_id: str) -> Name:
    """Return the name of the newest award of a credential, by the credential's own id."""
    return by_credential(credential_id)


class NamedAwards:
    """Finds the awards of one own log."""

    def __init__(self, log: KnownLog, records: PrivateRecords, database: Database) -> None:
        """Find awards among these records, and what receipts open in the log."""
        self._log = log
        self._records = records
        self._database = database

    async def find(self, names: Sequence[Name]) -> list[FoundAward | NodeError]:
        """Return the award under each name, in their order, or why there is none."""
        found: list[FoundAward | NodeError] = []
        for first in range(0, len(names), PART):
            found += await self._part(names[first : first + PART])
        return found

    async def _part(self, names: Sequence[Name]) -> list[FoundAward | NodeError]:
        leaves = [name.leaf for name in names if isinstance(name, ByLeaf)]
        at = await self._records.at_each(KIND, leaves) if leaves else {}
        lookups = [name for name in names if isinstance(name, Lookup)]
        under = await self._records.find_sole(lookups) if lookups else {}
        found: list[FoundAward | NodeError] = []
        for name in names:
            match name:
                case ByReceipt():
                    found.append(await self._opened(name.receipt))
                case ByLeaf():
                    record = at.get(name.leaf)
                    found.append(_award(AwardRecord.read(record), self._log.origin) if record else _nothing(name))
                case Lookup():
                    record = under.get(name)
                    found.append(_award(AwardRecord.read(record), self._log.origin) if record else _nothing(name))
        return found

    async def _opened(self, receipt: Receipt) -> FoundAward | NodeError:
        """Return the award that a receipt opens, once its entry is found in this very log."""
        origin = self._log.origin
        if receipt.origin != origin:
            return NotFoundError(f"the receipt is of {receipt.origin}, and this log is {origin}")
        tag = award_tag(award_key(receipt.standing, origin), origin)
        values = seal_award(receipt.standing, origin, receipt.file_hash)
        expected = Sealed(document=b64url(values.document), statement=b64url(values.statement), tag=b64url(values.tag))
        standing = await find_tag(self._database, self._log, tag)
        if not standing or standing[0][1] != expected:
            return NotFoundError("the receipt opens no award of this log")
        return FoundAward(standing[0][0], tag, status_key(receipt.standing, origin))


def _award(record: AwardRecord, origin: str) -> FoundAward:
    return FoundAward(record.leaf, record.tag(origin), record.status_key(origin))


def _nothing(name: Name) -> NotFoundError:
    if isinstance(name, ByLeaf):
        return NotFoundError(f"no award of this node stands at leaf {name.leaf}")
    return NotFoundError("this node keeps no award of this " + _WHAT[name.purpose if isinstance(name, Lookup) else ""])


_WHAT: Final = {"file": "file", "request": "request key", "credential": "credential", "": "receipt"}
