r"""Verdicts: what all institutions asked say of one question, in one signed file, with all that proves it.

A W3C Verifiable Credential (VCDM 2.0), secured by eddsa-jcs-2022 (`protocol.encoding.data_integrity`), for
``*.nostra-verdict.json``, media type ``application/vc``::

    {"@context":["https://www.w3.org/ns/credentials/v2","https://www.w3.org/ns/credentials/undefined-terms/v2"],
     "credentialSubject":{
       "asked":{…},                 the question as it was understood
       "institutions":[{…},…],      what each institution says: outcome, what gives it, what else applies
       "legalEffect":"information", never itself a decision
       "logs":[{…,"excerpt":{…},    the entries and index answers of each log that all of it rests on
                "times":[{…},…]},…],  when entries were logged whose time decides
       "standing":{…},              of the credential, where one is shown
       "trusts":{…}},               authentic, issuer and quality of the credential
     "issuer":{"id":"did:web:ledger.tuni.fi:nostra","name":"Tampere University"},
     "proof":{…},
     "type":["VerifiableCredential","RecognitionVerdict"],
     "validFrom":INSTANT,"validUntil":INSTANT}

The issuer is the institution whose node answered; its identifier follows from its log's origin, and its key is the one
that the proof's verification method names (`protocol.encoding.did_web`) and its `institution` entry lists, which the
excerpt of that log shows. ``validUntil`` is no later than the time of every fresh index note plus the policy's limit.

It carries openings, never keys: alone it proves what rests on clear entries. What concerns one credential (standing,
decisions) it proves together with a presentation; else that is by the signer's word. As of what had been logged by a
moment it speaks with the time of each entry that decides (`protocol.documents.verdict_times`). Members that are empty
are left out; others than these are refused. Written by any JSON writer, in any order; the value is of our canonical
subset.
"""

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from protocol.documents.excerpt import WrittenExcerpt
from protocol.documents.form import MAX_DOCUMENT_BYTES
from protocol.documents.verdict_asked import AskedTold, Told
from protocol.documents.verdict_times import TimeTold, check_once
from protocol.encoding import canonical, jcs
from protocol.encoding.wire import check_date, check_instant, check_origin
from protocol.errors import MalformedError
from protocol.recognition.achievement import Credits
from protocol.recognition.effect import Scope
from protocol.recognition.logged import Retroactive
from protocol.recognition.outcome import Outcome
from protocol.recognition.words import DecisionOutcome

CONTEXT: Final = ("https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/undefined-terms/v2")
TYPES: Final = ("VerifiableCredential", "RecognitionVerdict")
MOST_INSTITUTIONS: Final = 256
MOST_DATED: Final = 1024
"""Entries of one log that are dated."""

TrustWord = Literal["yes", "no", "stated", "unknown", "not checked"]
StandingWord = Literal["good", "suspended", "revoked", "superseded", "unknown", "not stated"]
Read = Literal["own", "mirror", "unreachable"]
Doubt = Literal["", "undetermined"]


class TrustTold(Told, frozen=True, kw_only=True):
    """One of the trusts that concern the credential: the result, why, on whose word."""

    result: TrustWord
    why: str
    source: str = ""


class TrustsTold(Told, frozen=True, kw_only=True):
    """Three of the four trusts; the fourth, recognised here, is each institution's outcome."""

    authentic: TrustTold
    issuer: TrustTold
    quality: TrustTold


class LinkTold(Told, frozen=True, kw_only=True):
    """A link of a chain: its number, its entry, and its opening; a link that can't be read has none."""

    number: int
    leaf: int
    key: str = ""
    says: tuple[str, ...] = ()
    """Status; or act, outcome and purpose of a decision."""
    replaces: int = 0


class AwardTold(Told, frozen=True, kw_only=True):
    """The award's entry and its opening."""

    leaf: int
    key: str
    status_key_id: str


class StandingTold(Told, frozen=True, kw_only=True):
    """What the awarding log says of the award; `standing` is `not stated` where there is no such log."""

    standing: StandingWord
    why: str
    origin: str = ""
    award: AwardTold | None = None
    links: tuple[LinkTold, ...] = ()


class DocumentTold(Told, frozen=True, kw_only=True):
    """What a decision's document says that its entry doesn't, by the signer's word."""

    number: int
    scope: Scope | None = None
    credits: Credits | None = None
    basis: str = ""


class ChainTold(Told, frozen=True, kw_only=True):
    """Decisions on the credential under one key; `shown` where the asker gave that key, so a presentation has it."""

    shown: bool = False
    links: tuple[LinkTold, ...] = ()
    documents: tuple[DocumentTold, ...] = ()


class AppliesTold(Told, frozen=True, kw_only=True):
    """A rule or decision that applies, what counts first; the first gives the outcome unless there is a ground.

    `retroactive` tells that it was logged after the day that it is applied to; where the question is of today and
    neither that nor a time is told, it wasn't. `known` tells that it may not have been there by the moment asked about.
    """

    type: Literal["rule", "decision"]
    leaf: int
    name: str
    outcome: DecisionOutcome
    credits: Credits | None = None
    basis: str = ""
    limits: tuple[str, ...] = ()
    retroactive: Retroactive = ""
    known: Doubt = ""


class OtherTold(Told, frozen=True, kw_only=True):
    """A rule that speaks of this and doesn't apply, and why; `known` as of what applies."""

    leaf: int
    name: str
    why: str
    known: Doubt = ""


class InstitutionTold(Told, frozen=True, kw_only=True):
    """What one institution says; `sentence` and `ground` are for people."""

    institution: str
    outcome: Outcome
    sentence: str
    origin: str = ""
    ground: str = ""
    applies: tuple[AppliesTold, ...] = ()
    others: tuple[OtherTold, ...] = ()
    chains: tuple[ChainTold, ...] = ()


class LogTold(Told, frozen=True, kw_only=True):
    """A log that was read, how, and how old that is; no excerpt where nothing could be read or relied on."""

    origin: str
    institution: str
    read: Read
    seen: str = ""
    stale: bool = False
    """Whether the answerer's policy held its index for too old."""
    failure: str = ""
    convicted: str = ""
    """Id of the evidence that it has shown two histories."""
    excerpt: WrittenExcerpt | None = None
    times: Annotated[tuple[TimeTold, ...], Meta(max_length=MOST_DATED)] = ()
    """When entries of the excerpt were logged whose time decides."""


class Subject(Told, frozen=True, kw_only=True):
    """All that the verdict says."""

    asked: AskedTold
    legal_effect: Literal["information"]
    institutions: Annotated[tuple[InstitutionTold, ...], Meta(min_length=1, max_length=MOST_INSTITUTIONS)]
    logs: Annotated[tuple[LogTold, ...], Meta(max_length=MOST_INSTITUTIONS)] = ()
    trusts: TrustsTold | None = None
    standing: StandingTold | None = None
    notes: tuple[str, ...] = ()


class IssuerTold(Told, frozen=True, kw_only=True):
    """The institution whose node answered."""

    id: str
    name: str


class Verdict(Told, frozen=True, kw_only=True):
    """A verdict as it is read; its proof is verified apart."""

    context: tuple[str, ...] = msgspec.field(name="@context")
    type: tuple[str, ...]
    issuer: IssuerTold
    valid_from: str
    valid_until: str
    credential_subject: Subject
    proof: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        """Raise ValueError unless it is a verdict by its own words."""
        if self.context != CONTEXT or self.type != TYPES:
            raise ValueError("@context and type are not a verdict's")
        for name in ("valid_from", "valid_until"):
            check_instant(getattr(self, name), name)
        if self.valid_until < self.valid_from:
            raise ValueError("validUntil lies before validFrom")
        asked = self.credential_subject.asked
        for value in (asked.dates.award, asked.dates.learning_agreement, asked.dates.application):
            if value:
                check_date(value, "dates")
        check_date(asked.dates.at, "dates.at")
        origins = [log.origin for log in self.credential_subject.logs]
        for origin in origins:
            check_origin(origin, "logs.origin")
        asked_of = [one.origin for one in self.credential_subject.institutions if one.origin]
        if len(set(origins)) < len(origins) or len(set(asked_of)) < len(asked_of):
            raise ValueError("a log or an institution stands twice")
        asked.dates.check_made(self.valid_from)
        for log in self.credential_subject.logs:
            check_once(log.times)


def read_verdict(data: bytes) -> tuple[Verdict, dict[str, Any]]:
    """Read a verdict, without verifying it; return it and the JSON value that its proof is over.

    Raises:
        MalformedError: The bytes are not a verdict.
    """
    if len(data) > MAX_DOCUMENT_BYTES:
        raise MalformedError(f"a document has at most {MAX_DOCUMENT_BYTES} bytes")
    value = jcs.decode(data)
    canonical.encode(value)  # refuses what our subset has no place for
    try:
        return msgspec.convert(value, Verdict), value
    except msgspec.ValidationError as error:
        raise MalformedError(str(error)) from None


def is_verdict(value: Any) -> bool:
    """Return whether a JSON value seems to be a verdict."""
    types = value.get("type") if isinstance(value, dict) else None
    return isinstance(types, list) and TYPES[1] in types
