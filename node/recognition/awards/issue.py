"""Award: a credential document becomes a sealed entry, and its learner gets a receipt.

The same file again gives the same leaf and the same standing secret; the recognition secret is new in every receipt.
A changed file, known by the credential's own id or named by `replaces`, is a new award: its entry and the old one's
status `superseded` enter the log together. Nothing of the document but its keyed hash enters the log.

===========================  =========================================================================================
if the process dies …        then
===========================  =========================================================================================
before the commit            nothing stands, no secret was given out
after it, before the answer  the award and its record stand: the same file, or request key, gives the same leaf
===========================  =========================================================================================

Two requests for one file at once, in one process or in several: the database refuses the second record's sole
look-up with its entry, and the second request finds the first one's award.
"""

import asyncio
import hashlib
from dataclasses import dataclass, replace
from secrets import token_bytes
from typing import Final
from uuid import UUID
from weakref import WeakValueDictionary

from node.errors import ConflictError, InadmissibleError, NodeError, NotFoundError, PushBackError
from node.formats.credential import read_credential
from node.formats.errors import NotACredentialError
from node.formats.reading import CredentialReading
from node.recognition.awards.awarding import Awarding
from node.recognition.awards.deliver import deliver
from node.recognition.awards.record import KIND, AwardRecord, by_credential, by_file, by_request
from node.recognition.known_logs import OwnLog, known
from node.recognition.logs.chains import find_statuses, next_number
from node.recognition.logs.entries import enter
from node.recognition.records.private_records import Lookup, PrivateRecords
from node.storage.database import Database
from protocol.documents.receipt import Receipt, check_file_name
from protocol.encoding.nfc import nfc
from protocol.encoding.wire import HASH_BYTES
from protocol.errors import MalformedError
from protocol.recognition.sealed import SealedValues, StatusStatement, seal_award, seal_link
from protocol.recognition.standing import award_standing

ATTEMPTS: Final = 4
"""Tries when other requests change what stands under our feet."""

DEFAULT_NAME: Final = "credential.json"
"""What a file is called whose name wasn't told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """What the registrar gets for a credential: the learner's receipt, and what became of the log."""

    receipt: Receipt
    leaf: int
    size: int
    """Size of the checkpoint that the receipt rests on."""
    new: bool
    """Whether an entry was made; otherwise the award stood already."""
    superseded: int | None
    """Leaf of the award whose place this one took: it is superseded, or stays revoked."""
    reading: CredentialReading
    unconfirmed: tuple[str, ...]
    """Awarding bodies that the document names and that have confirmed nothing."""


@dataclass(frozen=True, slots=True)
class _Asked:
    file_hash: bytes
    file_name: str
    credential_id: str
    request_key: str | None
    replaces: int | None


@dataclass(frozen=True, slots=True)
class _Found:
    """What stands already: the award itself, or the one that a new award supersedes."""

    award: AwardRecord | None = None
    predecessor: AwardRecord | None = None
    yielding: tuple[UUID, ...] = ()
    """Records that the new one takes its look-ups from."""


class Awards:
    """Issues awards in one own log."""

    def __init__(self, log: OwnLog, records: PrivateRecords, awarding: Awarding, database: Database) -> None:
        """Award in this log, for whom `awarding` allows it."""
        self._log = log
        self._records = records
        self._awarding = awarding
        self._database = database
        self._one_at_a_time: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def issue(
        self,
        document: bytes,
        *,
        file_name: str = "",
        request_key: str | None = None,
        replaces: int | None = None,
    ) -> Issued:
        """Award a credential, or find its award.

        Args:
            document: The file, exactly as the learner gets it.
            file_name: What the file is called, without a folder; empty if that isn't known.
            request_key: The same key and file always give the same leaf.
            replaces: Leaf of the award that this one supersedes, where the credential's own id doesn't tell.

        Raises:
            InadmissibleError: It is no credential, or its awarding body is neither ours nor has it given a mandate;
                or the file's name is none.
            ConflictError: The request key was used for another file, or the file's award doesn't stand any more.
        """
        file_name = _checked_name(file_name)
        reading = read(document)
        unconfirmed = await self._awarding.check(reading)
        asked = _Asked(hashlib.sha256(document).digest(), file_name, reading.id, request_key, replaces)
        lock = self._one_at_a_time.setdefault(asked.credential_id or asked.file_hash.hex(), asyncio.Lock())
        async with lock:
            award, new = await self._award(asked)
        return await self._deliver(award, asked, reading, new=new, unconfirmed=unconfirmed)

    async def _award(self, asked: _Asked) -> tuple[AwardRecord, bool]:
        """Return the award, and whether it was entered now; another process may enter one meanwhile."""
        found = await self._find(asked)
        failure: NodeError = PushBackError("other requests changed this credential's award again and again")
        for _ in range(ATTEMPTS):
            if found.award is not None:
                return found.award, False
            try:
                return await self._enter(asked, found), True
            except (PushBackError, ConflictError) as error:
                failure, before, found = _plain(error), found, await self._find(asked)
                if found == before:
                    break
        raise failure

    async def _find(self, asked: _Asked) -> _Found:
        """Find the award of this very file, or the award that it supersedes."""
        if asked.request_key is not None and (award := await self._sole(by_request(asked.request_key))):
            if award.file_hash != asked.file_hash:
                raise ConflictError(
                    "this request key was used for another file",
                    award.leaf,
                    code="request-key-reused",
                    mend="send each new request under a key of its own",
                )
            return _Found(award)
        named = None if asked.replaces is None else await self._at(asked.replaces)
        same = await self._sole(by_file(asked.file_hash))
        if same is not None and (named is None or same.replaces == named.leaf):
            await self._check_stands(same)
            return _Found(same)
        holder = await self._sole(by_credential(asked.credential_id)) if asked.credential_id else None
        if named is not None and holder is not None and holder.leaf != named.leaf:
            await self._check_gone(holder)
        if named is None and holder is not None:
            await self._check_may_yield(holder)
        predecessor = named or holder
        others = {one.record_id for one in (predecessor, same, holder) if one is not None and one.record_id is not None}
        return _Found(None, predecessor, tuple(sorted(others)))

    async def _check_stands(self, award: AwardRecord) -> None:
        standing = await self._standing(award)
        if standing != "good":
            raise ConflictError(
                f"the award of this file at leaf {award.leaf} is {standing}",
                award.leaf,
                mend=f"to award it anew, say that it replaces leaf {award.leaf}",
            )

    async def _check_gone(self, holder: AwardRecord) -> None:
        if await self._standing(holder) == "good":
            raise ConflictError(
                f"the credential's own id belongs to the award at leaf {holder.leaf}, which stands",
                holder.leaf,
                mend=f"say that it replaces leaf {holder.leaf}",
            )

    async def _check_may_yield(self, holder: AwardRecord) -> None:
        """Let a changed file take the place of its credential's award by itself, unless that was called in question.

        Whoever exports files writes them anew whatever was revoked: only a word of intent awards such a one again.
        """
        standing = await self._standing(holder)
        if standing in ("revoked", "suspended"):
            raise ConflictError(
                f"the award of this credential at leaf {holder.leaf} is {standing}",
                holder.leaf,
                mend=f"to award it anew, say that it replaces leaf {holder.leaf}",
            )

    async def _enter(self, asked: _Asked, found: _Found) -> AwardRecord:
        """Enter the award and, first to last in one transaction, its record and the predecessor's new status."""
        origin, predecessor = self._log.origin, found.predecessor
        award = AwardRecord(
            standing=token_bytes(HASH_BYTES),
            file_hash=asked.file_hash,
            file_name=asked.file_name or DEFAULT_NAME,
            credential_id=asked.credential_id,
            replaces=None if predecessor is None else predecessor.leaf,
        )
        values = [seal_award(award.standing, origin, asked.file_hash)]
        if predecessor is not None:
            values += await self._superseding(predecessor)
        companion = await self._records.companion(
            KIND, award.content(), award.lookups(origin, asked.request_key), instead_of=found.yielding
        )
        sequenced = await enter(self._log, values, [companion])
        return replace(award, leaf=sequenced.first_leaf)

    async def _superseding(self, award: AwardRecord) -> list[SealedValues]:
        """Return the status that says that another award took this one's place; none where nothing more is said.

        Revoked is for good: such a one stays so, and is not called superseded.
        """
        if await self._standing(award) in ("superseded", "revoked"):
            return []
        key = award.status_key(self._log.origin)
        number = await next_number(self._database, known(self._log), key)
        statement = StatusStatement(number, "superseded", award.tag(self._log.origin))
        return [seal_link(key, self._log.origin, statement)]

    async def _standing(self, award: AwardRecord) -> str:
        key, tag = award.status_key(self._log.origin), award.tag(self._log.origin)
        found = await find_statuses(self._database, known(self._log), key, tag)
        return award_standing(found, award.leaf).standing

    async def _sole(self, lookup: Lookup) -> AwardRecord | None:
        found = await self._records.find(lookup)
        return AwardRecord.read(found[0]) if found else None

    async def _at(self, leaf: int) -> AwardRecord:
        record = await self._records.at(KIND, leaf)
        if record is None:
            raise NotFoundError(f"no award of this node stands at leaf {leaf}")
        return AwardRecord.read(record)

    async def _deliver(
        self, award: AwardRecord, asked: _Asked, reading: CredentialReading, *, new: bool, unconfirmed: tuple[str, ...]
    ) -> Issued:
        receipt = await deliver(self._log, award, self._database, file_name=asked.file_name)
        return Issued(
            receipt=receipt,
            leaf=award.leaf,
            size=receipt.log_proof.unverified().size,
            new=new,
            superseded=award.replaces,
            reading=reading,
            unconfirmed=unconfirmed,
        )


def read(document: bytes) -> CredentialReading:
    """Return what a credential says.

    Raises:
        InadmissibleError: It is no credential, or a broken one.
    """
    try:
        return read_credential(document)
    except NotACredentialError as error:
        raise InadmissibleError(str(error), code="not-a-credential") from None
    except MalformedError as error:
        raise InadmissibleError(
            f"this looks like a credential and is broken: {error}", [(error.where, error.what)], code="not-a-credential"
        ) from None


def _checked_name(file_name: str) -> str:
    """Return a file's name as a receipt can say it, before anything is entered that no receipt could be made of."""
    name = nfc(file_name)
    try:
        check_file_name(name or DEFAULT_NAME)
    except MalformedError as error:
        raise InadmissibleError(f"file_name: {error.what}", [("file_name", error.what)]) from None
    return name


def _plain(error: NodeError) -> NodeError:
    """Return the error without what the database said, which names look-ups."""
    database_spoke = isinstance(error, PushBackError) and error.code != "held"
    return PushBackError("the award couldn't be entered just now") if database_spoke else error
