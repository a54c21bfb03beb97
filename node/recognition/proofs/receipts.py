"""Receipts of awards that stand already: reissued, rekeyed, or taken in to restore a secret that was lost.

- *Reissue*: the same entry and standing secret, a new recognition secret. Decisions made under the receipt before are
  found with that one.
- *Rekey*: whoever saw the receipt follows the award's standing no longer. The same file becomes a new award under new
  secrets, and the old one `superseded`, in one transaction. Only an award in good standing is rekeyed: nobody gets rid
  of a suspension so.
- *Import*: a learner's receipt gives back to the node the secret of an award of its own whose record it lost: then
  its standing can be changed again. What was erased is not taken in again.

===========================  =======================================================================================
if the process dies …        then
===========================  =======================================================================================
before the commit            nothing stands, no secret was given out
after it, before the answer  the new award, or the record, stands: the same request finds it
===========================  =======================================================================================
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from secrets import token_bytes
from typing import Final
from uuid import UUID

from node.errors import ConflictError, NodeError, NotFoundError, PushBackError
from node.recognition.awards.deliver import deliver
from node.recognition.awards.named import ByReceipt, FoundAward, Name, NamedAwards
from node.recognition.awards.record import KIND, AwardRecord, by_file, by_replaced
from node.recognition.known_logs import OwnLog, known
from node.recognition.logs.chains import next_number
from node.recognition.logs.entries import enter
from node.recognition.records.private_records import Lookup, PrivateRecords
from node.recognition.standing.found import standings_of
from node.storage.database import Database
from node.storage.writer import DATABASE_FAILURES
from protocol.documents.receipt import Receipt
from protocol.encoding.wire import HASH_BYTES
from protocol.recognition.sealed import StatusStatement, seal_award, seal_link
from protocol.recognition.standing import Standing

ATTEMPTS: Final = 4
"""Tries when other requests change what stands under our feet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A receipt that is given out again, or of a new award that took the place of another."""

    receipt: Receipt
    new: bool
    """Whether an entry was made."""
    superseded: int | None = None
    """Leaf of the award that this one superseded."""


@dataclass(frozen=True, slots=True)
class Restored:
    """An award whose secret is there again."""

    leaf: int
    standing: str
    new: bool
    """Whether a record was written; otherwise it was there."""


class Receipts:
    """Gives receipts of one own log's awards again, and takes lost ones in."""

    def __init__(self, log: OwnLog, records: PrivateRecords, database: Database) -> None:
        """Keep to the awards of this log."""
        self._log = log
        self._records = records
        self._database = database
        self._one_at_a_time = asyncio.Lock()

    async def reissue(self, name: Name) -> Delivered:
        """Return another receipt of an award; a receipt alone suffices, also where its record was lost.

        Raises:
            NotFoundError: No such award of this log.
        """
        award, _ = await self._find(name)
        return Delivered(receipt=await deliver(self._log, award, self._database), new=False)

    async def rekey(self, name: Name) -> Delivered:
        """Award the same file under new secrets, so that the old receipt says that it is superseded.

        Raises:
            NotFoundError: No such award of this log, or only its receipt is there and no record: import it first.
            ConflictError: The award isn't in good standing.
            PushBackError: It couldn't be entered just now, and nothing was.
        """
        failure: NodeError = PushBackError("other requests changed this award again and again")
        async with self._one_at_a_time:
            for _ in range(ATTEMPTS):
                award, found = await self._find(name)
                # In this order: of an award that another request supersedes meanwhile, the successor is there by then.
                standing = await self._standing(found)
                if (successor := await self._successor(award)) is not None:
                    receipt = await deliver(self._log, successor, self._database)
                    return Delivered(receipt=receipt, new=False, superseded=award.leaf)
                _check_good(standing, award)
                try:
                    entered = await self._enter(award, len(standing.links) + 1)
                except (PushBackError, ConflictError) as error:
                    failure = _plain(error)
                    continue
                receipt = await deliver(self._log, entered, self._database)
                return Delivered(receipt=receipt, new=True, superseded=award.leaf)
        raise failure

    async def restore(self, receipt: Receipt) -> Restored:
        """Take in a receipt of an award of this log whose record was lost.

        Raises:
            NotFoundError: The receipt opens no award of this log.
            ConflictError: The award was erased.
            PushBackError: The record couldn't be written just now.
        """
        async with self._one_at_a_time:
            award, found = await self._find(ByReceipt(receipt))
            standing = await self._standing(found)
            await self._check_not_erased(standing, found)
            if award.record_id is not None:
                return Restored(award.leaf, standing.standing, new=False)
            try:
                await self._write(award, newest=standing.standing != "superseded")
            except DATABASE_FAILURES:
                # Another process may have written it: then it is there, and else the request may come again.
                if (await self._find(ByReceipt(receipt)))[0].record_id is None:
                    raise PushBackError("the record couldn't be written just now") from None
                return Restored(award.leaf, standing.standing, new=False)
        return Restored(award.leaf, standing.standing, new=True)

    async def _find(self, name: Name) -> tuple[AwardRecord, FoundAward]:
        """Return an award with its record; without a `record_id` where a receipt alone tells of it."""
        (found,) = await NamedAwards(known(self._log), self._records, self._database).find([name])
        if isinstance(found, NodeError):
            raise found
        records = await self._records.find(Lookup("award", found.tag))
        if records:
            return AwardRecord.read(records[0]), found
        if not isinstance(name, ByReceipt):
            raise NotFoundError(f"no award of this node stands at leaf {found.leaf}")
        receipt = name.receipt
        award = AwardRecord(standing=receipt.standing, file_hash=receipt.file_hash, file_name=receipt.file_name)
        return replace(award, leaf=found.leaf), found

    async def _standing(self, found: FoundAward) -> Standing:
        (standing,) = await standings_of(self._database, known(self._log), [found])
        return standing

    async def _successor(self, award: AwardRecord) -> AwardRecord | None:
        """Return the award of the same file that superseded this one: it was rekeyed before."""
        read = [AwardRecord.read(one) for one in await self._records.find(by_replaced(award.leaf))]
        return next((one for one in read if one.replaces == award.leaf and one.file_hash == award.file_hash), None)

    async def _enter(self, old: AwardRecord, number: int) -> AwardRecord:
        """Enter the new award and status `number` of the old one; if another status took that number, nothing is."""
        if old.record_id is None:
            raise NotFoundError("the record of this award was lost: `nostra receipt import` its receipt first")
        origin = self._log.origin
        award = AwardRecord(
            standing=token_bytes(HASH_BYTES),
            file_hash=old.file_hash,
            file_name=old.file_name,
            credential_id=old.credential_id,
            replaces=old.leaf,
        )
        superseded = StatusStatement(number, "superseded", old.tag(origin))
        values = [
            seal_award(award.standing, origin, award.file_hash),
            seal_link(old.status_key(origin), origin, superseded),
        ]
        companion = await self._records.companion(
            KIND, award.content(), award.lookups(origin, None), instead_of=await self._holders(old)
        )
        sequenced = await enter(self._log, values, [companion])
        return replace(award, leaf=sequenced.first_leaf)

    async def _holders(self, award: AwardRecord) -> Sequence[UUID]:
        """Return the records that yield their sole look-ups to the new award: this one's, and who found the file."""
        found = await self._records.find(by_file(award.file_hash))
        ids = {one.record_id for one in found} | ({award.record_id} if award.record_id is not None else set())
        return sorted(ids)

    async def _check_not_erased(self, standing: Standing, found: FoundAward) -> None:
        """Raise ConflictError if the award was closed, or is about to be.

        A status that no checkpoint shows yet counts: it may be that one.
        """
        going = await self._records.find(Lookup("award", found.tag), leaving=True)
        hidden = await next_number(self._database, known(self._log), found.status_key) != len(standing.links) + 1
        if any(link.said == "closed" for link in standing.links) or hidden or any(one.leaving for one in going):
            raise ConflictError(
                f"the award at leaf {found.leaf} was erased, or its standing can't be read",
                found.leaf,
                mend="award the credential anew",
            )

    async def _write(self, award: AwardRecord, *, newest: bool) -> None:
        """Write the record of an award that stands.

        Of one that another superseded nothing but the award is found by it: the file leads to the other.
        """
        lookups = award.lookups(self._log.origin, None)
        taken = not newest or await self._records.find(by_file(award.file_hash))
        kept = [one for one in lookups if one.purpose == "award"] if taken else lookups
        write = await self._records.companion(KIND, award.content(), kept)
        async with self._database.writing() as connection:
            # If the process dies here, the record isn't there, and the receipt may be taken in again.
            await write(connection, award.leaf)


def _check_good(standing: Standing, award: AwardRecord) -> None:
    if standing.standing != "good":
        raise ConflictError(
            f"the award at leaf {award.leaf} is {standing.standing}, and is not rekeyed",
            award.leaf,
            mend="only an award in good standing gets new secrets",
        )


def _plain(error: NodeError) -> NodeError:
    """Return the error without what the database said, which names look-ups."""
    database_spoke = isinstance(error, PushBackError) and error.code != "held"
    return PushBackError("the award couldn't be entered just now") if database_spoke else error
