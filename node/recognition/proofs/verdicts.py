"""Answer a question by a verdict: for all institutions asked, signed, with what proves it (`docs/formats/verdict.md`).

The same logs, trusts and rules as for an answer (`node.recognition.answers.query`), but everything rests on what the
logs' indexes show: each institution's outcome is worked out from the very excerpt that the verdict carries, by the
function with which a reader works it out again. So a verdict speaks as of the indexes' sizes, a moment behind the logs.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import msgspec

from node.clock import Clock, instant
from node.errors import ConflictError, InadmissibleError, PushBackError
from node.formats.sign_proof import proof_of
from node.recognition.answers.asked import Ask, understand
from node.recognition.answers.query import Queries
from node.recognition.known_logs import KnownLog
from node.recognition.logs.log_view import LogView
from node.recognition.proofs.dating import Dating
from node.recognition.proofs.logs import VerdictLogs
from node.recognition.proofs.making import Making
from node.recognition.proofs.terms import LogTerms
from node.recognition.publication.rosters import Rosters
from protocol.documents.form import MAX_DOCUMENT_BYTES
from protocol.documents.verdict import CONTEXT, TYPES, IssuerTold, Subject, Verdict
from protocol.documents.verdict_content import institution_of, name_of
from protocol.encoding import canonical
from protocol.encoding.did_web import did_web, web_method
from protocol.encoding.keys import Signer
from protocol.encoding.multibase import multikey
from protocol.recognition.logged import moment
from protocol.recognition.published import lists_key

ATTEMPTS: Final = 4
"""How often it begins anew where a log's index went on between two looks at it."""

_ENCODER: Final = msgspec.json.Encoder(order="sorted")
"""Writes canonical JSON of what is of our subset: every member's name is ASCII (`protocol.encoding.canonical`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """Makes verdicts for one node, in the name of its first own log's institution."""

    queries: Queries
    source: VerdictLogs
    rosters: Callable[[str], Rosters]
    """What lists the assertion key of an own log, by its origin."""
    clock: Clock
    signers: dict[str, Signer] = field(default_factory=dict)
    """Assertion keys that were read from their files, by the log's origin."""

    async def make(self, ask: Ask) -> bytes:
        """Return a signed verdict, as JSON.

        Raises:
            MalformedError: A date isn't one.
            InadmissibleError: Nothing is asked about, or more than one credential, or as of a moment that lies ahead,
                or more entries would have to be dated than a verdict dates, or it would be too long.
            ConflictError: The answering institution can't sign: it has no log here, or no entry that could list a key.
            PushBackError: An index is catching up.
        """
        if len(ask.shown) > 1:
            raise InadmissibleError("a verdict is on one credential: ask for each by itself")
        known = self._known(ask)
        logs = {log.origin: log for log in self.queries.institutions.logs()}
        own = next((log for log in logs.values() if log.own), None)
        if own is None:
            raise ConflictError("this node has no log of its own in whose name it could sign")
        signer = await self._signer(own)
        for _ in range(ATTEMPTS):
            making = await self._begin(ask, logs, own.origin, known)
            question = await making.read()
            if own.origin in making.failures:
                raise PushBackError(making.failures[own.origin], code="not-ready")
            if not making.is_latest(own.origin):
                raise PushBackError(f"partners have yet to confirm the index of {own.origin}", code="not-ready")
            if making.is_settled(question):
                return self._signed(await making.subject(question), making, signer)
        raise PushBackError("the indexes of the logs went on while they were read", code="not-ready")

    def _known(self, ask: Ask) -> int | None:
        """Return the moment by which entries had to be logged, in POSIX seconds; None where none is asked for."""
        if not ask.known:
            return None
        known = moment(ask.known)
        if ask.known > self.clock.now_text()[: len(ask.known)]:
            raise InadmissibleError("what will be known can't be told: `known` lies ahead")
        return known

    async def _begin(self, ask: Ask, logs: dict[str, KnownLog], own: str, known: int | None) -> Making:
        now, kept = self.clock.now(), self.queries.institutions.kept
        views = {
            log.origin: LogView(self.queries.database, log, now, known, kept) for log in logs.values() if log.reliable
        }
        understood = await understand(ask, self.queries.institutions, views, today=self.clock.today())
        asked = await self.queries.asked(ask, understood)
        return Making(
            queries=self.queries,
            source=self.source,
            ask=ask,
            understood=understood,
            credential=await self.queries.credential(ask, understood, views, follows=False),
            logs=logs,
            views=views,
            asked=[*(origin for origin in logs if origin in asked), *sorted(asked - set(logs))],
            own=own,
            now=now,
            limit=self.queries.freshness_seconds,
            dating=Dating(
                source=self.source.dates,
                now=now,
                known=known,
                looks_back=bool(ask.known) or understood.question.dates.at < instant(now)[:10],
            ),
        )

    async def _signer(self, own: KnownLog) -> Signer:
        """Return the key that signs, listed by the institution's entry as the log's index shows it."""
        rosters = self.rosters(own.origin)
        signer = self.signers.get(own.origin) or self.signers.setdefault(own.origin, rosters.key.signer())
        key = multikey(signer.verifier.public_key)
        read = await self.source.read(own, LogTerms(origin=own.origin))
        held = institution_of(read.proved)
        if held is None and (await self.queries.institutions.of_log(own)).entry is not None:
            raise PushBackError(f"the index of {own.origin} has not caught up yet", code="not-ready")
        if held is None:
            raise ConflictError(
                f"the log {own.origin} holds no institution entry, which lists the key of verdicts",
                mend="publish who the institution is: nostra institution add",
            )
        if not lists_key(held[1], key, self.clock.today()):
            await rosters.list_key(key)
            raise PushBackError("the key that signs verdicts is being listed: ask again in a moment", code="not-ready")
        return signer

    def _signed(self, subject: Subject, making: Making, signer: Signer) -> bytes:
        own, made = making.own, instant(making.now)
        fresh = [
            proved.index.time
            for origin, proved in making.proved.items()
            if proved.index is not None and proved.index.time is not None and not making.is_stale(origin)
        ]
        verdict = Verdict(
            context=CONTEXT,
            type=TYPES,
            issuer=IssuerTold(id=did_web(own), name=name_of(making.proved[own])),
            valid_from=made,
            valid_until=instant(min([making.now, *fresh]) + making.limit),
            credential_subject=subject,
        )
        value = msgspec.to_builtins(verdict)
        canonical.encode(value)  # what isn't ours, such as a document's title, is of our subset too
        for log in value["credentialSubject"].get("logs", ()):
            if (read := making.reads.get(log["origin"])) is not None:
                log["excerpt"] = msgspec.Raw(read.written)
        method = web_method(own, signer.verifier.public_key)
        bare = _ENCODER.encode(value)
        proof = proof_of(bare, signer, context=value["@context"], created=made, verification_method=method)
        signed = _ENCODER.encode(value | {"proof": proof})
        if len(signed) > MAX_DOCUMENT_BYTES:  # nobody could read it
            raise InadmissibleError(
                "a verdict on this would be too long to be read: ask one institution, or for an answer"
            )
        return signed
