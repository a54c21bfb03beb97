"""Decide on one person's credential, or on several that count together; replace, annul or withdraw a decision.

Each credential has a chain of decisions under a key k_i: the one that its receipt or presentation shows, or, for a
paper or a file from outside the network, one that this node draws and keeps for the learner. A group is entered once
under each one's key, in one transaction, with one document. The document stays here, encrypted, and goes to the
learner with the decision receipt; the log gets three keyed values for each credential.

If the process dies between commit and answer, the decision stands with its record; the same request key, or the
decision's own id, gives it again.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from secrets import token_bytes
from typing import Any, Final, Literal

from node.clock import Clock
from node.errors import ConflictError, InadmissibleError, NodeError, NotFoundError, PushBackError
from node.recognition.decisions.act import Act, Chain, act_of, chains_of
from node.recognition.decisions.document import credential_of, decision_of
from node.recognition.decisions.record import (
    KIND,
    CaseLink,
    CaseRecord,
    by_credential_shown,
    by_decision,
    by_key,
    identity_of,
    links_of,
)
from node.recognition.known_logs import OwnLog, known, reader_showing
from node.recognition.logs.chains import find_decisions, next_number
from node.recognition.logs.entries import enter
from node.recognition.records.private_records import Lookup, PrivateRecords
from node.recognition.shown import Shown
from node.storage.database import Database
from protocol.documents.decision_receipt import DecisionReceipt
from protocol.documents.presentation import Presentation
from protocol.documents.tlog_proof import TlogProof
from protocol.encoding.wire import HASH_BYTES
from protocol.recognition.decision import Decision, parse_decision
from protocol.recognition.sealed import NO_DOCUMENT, decisions_key, opening_key, seal_link
from protocol.recognition.shape import plain
from protocol.recognition.standing import standing_decisions

ATTEMPTS: Final = 6
"""Tries when other decisions on the same credential are entered at the same time."""

TakenBack = Literal["annulled", "withdrawn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision as the registrar gets it, with what goes to the learner."""

    leaf: int
    """Where its first entry stands; one follows for each further credential."""
    size: int
    decision: bytes | None
    receipts: tuple[DecisionReceipt, ...]
    """One for each credential, in the order of their entries."""
    presentations: tuple[Presentation, ...]
    """Of credentials that came without a receipt: the keys that this node drew for the learner."""
    new: bool


class Decisions:
    """Decides in one own log."""

    def __init__(self, log: OwnLog, records: PrivateRecords, database: Database, clock: Clock) -> None:
        """Decide in this log."""
        self._log = log
        self._records = records
        self._database = database
        self._clock = clock

    async def decide(
        self, value: Mapping[str, Any], credentials: Sequence[Shown], *, request_key: str | None = None
    ) -> Decided:
        """Enter a decision on the credentials shown.

        Args:
            value: The decision document as a builder's plain value; filled in are the credentials, the log's origin,
                the day of the decision, and an id made from the file number.
            credentials: What is decided on, together.
            request_key: The same key and decision always give the same leaf.

        Raises:
            InadmissibleError: The document breaks the rules, with every problem.
            ConflictError: Another decision has this id or request key.
        """
        named = [credential_of(shown) for shown in credentials]
        decision = self._document(value, named)
        chains = [await self._chain(shown) for shown in credentials]
        if len({one.key for one in chains}) != len(chains) or len({one.credential for one in chains}) != len(chains):
            raise InadmissibleError("a credential is shown twice: each counts once")
        lookups = [lookup for shown in credentials for lookup in by_credential_shown(shown)]
        return await self._once(act_of("decided", chains, decision, lookups, request_key))

    async def replace(self, target: int | str, value: Mapping[str, Any], *, request_key: str | None = None) -> Decided:
        """Enter a decision in place of an earlier one, on the same credentials.

        Raises:
            NotFoundError: No decision of this node has this leaf or id.
            ConflictError: It doesn't stand any more.
        """
        before = await self._of(target)
        if before.decision is None:
            raise InadmissibleError("what took a decision back can't be replaced: decide anew")
        named = [plain(one) for one in parse_decision(before.decision).credentials]
        decision = self._document(value, named)
        act = act_of("replaced", chains_of(before), decision, await self._lookups_of(before), request_key)
        return await self._once(act, before)

    async def take_back(self, target: int | str, act: TakenBack, *, request_key: str | None = None) -> Decided:
        """Annul a decision (it should not have been made), or withdraw it (it ends).

        Raises:
            NotFoundError: No decision of this node has this leaf or id.
            ConflictError: It doesn't stand any more.
        """
        before = await self._of(target)
        return await self._once(
            act_of(act, chains_of(before), None, await self._lookups_of(before), request_key), before
        )

    async def again(self, target: int | str) -> Decided:
        """Return a decision that was entered, with its receipts proved anew.

        Raises:
            NotFoundError: No decision of this node has this leaf or id.
        """
        return await self._shown(await self._of(target), new=False)

    def _document(self, value: Mapping[str, Any], named: Sequence[Mapping[str, Any]]) -> Decision:
        if not named:
            raise InadmissibleError("no credential is shown: give its file, its receipt, or a paper's data")
        return decision_of(value, origin=self._log.origin, today=self._clock.today(), credentials=named)

    async def _chain(self, shown: Shown) -> Chain:
        """Return the chain of a credential: as shown, as drawn for an earlier decision on it, or drawn now.

        Raises:
            InadmissibleError: The key shown is of another credential.
        """
        identity = identity_of(shown)
        if key := shown.decisions_key(self._log.origin):
            for record in await self._records.find(by_key(key)):
                links_of(CaseRecord.read(record), key, [shown])
            return Chain(identity, key, own=False)
        for lookup in by_credential_shown(shown):
            for record in await self._records.find(lookup):
                for link in CaseRecord.read(record).links:
                    if link.own and link.credential == identity:
                        return Chain(identity, link.key, own=True)
        return Chain(identity, decisions_key(token_bytes(HASH_BYTES), self._log.origin), own=True)

    async def _of(self, target: int | str) -> CaseRecord:
        if isinstance(target, int):
            record = await self._records.at(KIND, target)
        else:
            record = next(iter(await self._records.find(by_decision(target))), None)
        if record is None:
            raise NotFoundError(f"no decision of this node is known as {target}")
        return CaseRecord.read(record)

    async def _lookups_of(self, before: CaseRecord) -> list[Lookup]:
        """Return the look-ups by which a decision's credentials and file are found."""
        record = await self._records.at(KIND, before.leaf)
        return [one for one in record.lookups if not one.sole] if record is not None else []

    async def _once(self, act: Act, before: CaseRecord | None = None) -> Decided:
        """Enter an act, or find it entered."""
        failure: NodeError = PushBackError("other decisions on this credential were entered again and again")
        for _ in range(ATTEMPTS):
            if (entered := await self._entered(act)) is not None:
                return await self._shown(entered, new=False)
            if before is not None:
                await self._check_stands(before)
            try:
                return await self._shown(await self._enter(act), new=True)
            except ConflictError as error:
                failure = error
            except PushBackError as error:
                if error.code == "held":
                    raise
                failure = PushBackError("the decision couldn't be entered just now")
        raise failure

    async def _entered(self, act: Act) -> CaseRecord | None:
        """Return what was entered under the same request key or id.

        Raises:
            ConflictError: It is something else.
        """
        for lookup in (one for one in act.lookups if one.sole):
            for record in await self._records.find(lookup):
                found = CaseRecord.read(record)
                if found.digest != act.digest:
                    what, code = (
                        ("id", "conflict") if lookup.purpose == "decision" else ("request key", "request-key-reused")
                    )
                    raise ConflictError(f"this {what} belongs to another decision", found.leaf, code=code)
                return found
        return None

    async def _check_stands(self, before: CaseRecord) -> None:
        for link in before.links:
            found = standing_decisions(await find_decisions(self._database, known(self._log), link.key))
            if link.statement.number not in {one.number for one in found.decisions}:
                raise ConflictError("this decision doesn't stand any more", before.leaf)

    async def _enter(self, act: Act) -> CaseRecord:
        """Enter one link under each chain, with the one record, in one transaction."""
        origin, document = self._log.origin, act.document
        document_hash = NO_DOCUMENT if document is None else hashlib.sha256(document).digest()
        links, values = [], []
        for chain in act.chains:
            number = await next_number(self._database, known(self._log), chain.key)
            statement = act.statement(number, chain.replaces)
            links.append(CaseLink(credential=chain.credential, key=chain.key, own=chain.own, statement=statement))
            values.append(seal_link(chain.key, origin, statement, document_hash))
        record = CaseRecord(links=tuple(links), decision=document, digest=act.digest)
        companion = await self._records.companion(KIND, record.content(), act.lookups)
        sequenced = await enter(self._log, values, [companion])
        return replace(record, leaf=sequenced.first_leaf)

    async def _shown(self, record: CaseRecord, *, new: bool) -> Decided:
        reader = await reader_showing(self._log, record.leaf + len(record.links) - 1, self._database)
        receipts = []
        for leaf, link in enumerate(record.links, record.leaf):
            receipts.append(
                DecisionReceipt(
                    origin=self._log.origin,
                    entry=await reader.entry(leaf),
                    log_proof=TlogProof.parse((await reader.log_proof(leaf)).encode()),
                    statement=link.statement,
                    opening_key=opening_key(link.key, link.statement.number),
                    decision=record.decision,
                )
            )
        return Decided(
            leaf=record.leaf,
            size=receipts[0].log_proof.unverified().size,
            decision=record.decision,
            receipts=tuple(receipts),
            presentations=tuple(
                Presentation(decisions={self._log.origin: link.key}) for link in record.links if link.own
            ),
            new=new,
        )
