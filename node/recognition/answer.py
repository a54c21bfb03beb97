"""The answer to a question: information with its grounds, never itself a decision (`docs/formats/answer.md`).

Names are camelCase on the wire, what is absent is left out. Moments are instants, dates legal dates. Words for people
stand in `sentence`, `why` and `note`; everything else is data.
"""

from typing import Any, Literal

import msgspec

from protocol.documents.verdict import Read, StandingWord, TrustWord
from protocol.recognition.outcome import Outcome
from protocol.recognition.words import BasisKind, Cycle, DecisionOutcome, Purpose

Then = Literal["already", "undetermined"]
WhoseClock = Literal["the cosigners'", "this node's own"]


class Told(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Base of all parts."""


class Moments(Told, frozen=True, kw_only=True):
    """Between which moments an entry was logged, by whose clock."""

    after: str = ""
    by: str = ""
    clock: WhoseClock
    split_quorums: bool = False
    """Whether two quorums of the cosigners need not share one: another may have seen more, earlier."""


class Amount(Told, frozen=True):
    """Credit points and their system."""

    points: str
    system: str


class Source(Told, frozen=True, kw_only=True):
    """An entry that the answer relies on, with all that proves it."""

    origin: str
    leaf: int
    entry: msgspec.Raw
    log_proof: str
    logged: Moments
    opening: dict[str, Any] | None = None
    """What opens a sealed entry: key, number, and the parts of its statement."""
    texts: msgspec.Raw | None = None
    """Texts that the entry commits to, where this node holds them."""


class Applied(Told, frozen=True, kw_only=True):
    """A rule or decision that applies; `wins` where it gives the outcome."""

    type: Literal["rule", "decision"]
    outcome: DecisionOutcome
    purpose: str
    name: str
    """Id and version of a rule, number of a decision."""
    why: str = ""
    wins: bool = False
    credits: Amount | None = None
    effect: dict[str, Any] | None = None
    scope: dict[str, Any] | None = None
    limits: tuple[str, ...] = ()
    """Limits of its scope that the question leaves open."""
    basis: dict[str, Any] | None = None
    criteria: dict[str, str] | None = None
    grounds: tuple[dict[str, Any], ...] = ()
    conditions: tuple[dict[str, Any], ...] = ()
    appeal: dict[str, Any] | None = None
    since: str = ""
    until: str = ""
    applies_by: str = ""
    on: str = ""
    """The date that it looks at."""
    retroactive: Literal["", "yes", "undetermined"] = ""
    """Whether it was logged after that date."""
    known: Then = "already"
    """Whether it was there at the moment asked about."""
    reconsideration: bool = False
    """A decision stands, and a more favourable rule was published since: reconsideration is possible."""
    source: Source | None = None


class Other(Told, frozen=True, kw_only=True):
    """A rule that speaks of this and doesn't apply, and why."""

    name: str
    outcome: str
    state: str
    why: str
    leaf: int


class Contact(Told, frozen=True, kw_only=True):
    """Whom to ask for an individual decision."""

    unit: dict[str, str]
    mailbox: str
    url: str


class InstitutionAnswer(Told, frozen=True, kw_only=True):
    """What one institution says."""

    institution: str
    outcome: Outcome
    sentence: str
    origin: str = ""
    country: str = ""
    purpose: str = ""
    credits: Amount | None = None
    basis: BasisKind | None = None
    ground: str = ""
    """Why nothing is answered, where nothing is."""
    applies: tuple[Applied, ...] = ()
    """All that applies, what counts first."""
    others: tuple[Other, ...] = ()
    notes: tuple[str, ...] = ()
    contact: Contact | None = None


class Trust(Told, frozen=True, kw_only=True):
    """One of the four trusts: the result, in words why, and on whose word."""

    result: TrustWord
    why: str
    source: str = ""


class Trusts(Told, frozen=True, kw_only=True):
    """The three that concern the credential; the fourth, recognised here, is each institution's outcome."""

    authentic: Trust
    issuer: Trust
    quality: Trust


class StandingTold(Told, frozen=True, kw_only=True):
    """What the awarding log says of the award today."""

    standing: StandingWord
    why: str
    origin: str = ""
    leaf: int | None = None
    faults: tuple[str, ...] = ()
    links: tuple[Source, ...] = ()
    award: Source | None = None


class Described(Told, frozen=True, kw_only=True):
    """An achievement that is asked about, as far as it is known."""

    body: str
    code: str
    title: str = ""
    awarded: str = ""
    published: Source | None = None
    elements: dict[str, Any] | None = None
    """For each of the seven criteria what is published, or 'not shown'."""


class LogUsed(Told, frozen=True, kw_only=True):
    """A log that was asked: how large, how fresh, and how it was read."""

    origin: str
    institution: str
    read: Read
    size: int
    seen: str = ""
    """When a partner's node last showed its checkpoint; now, of an own log."""
    age_seconds: int | None = None
    stale: bool = False
    failure: str = ""
    convicted: str = ""
    """Id of the evidence that it has shown two histories: nothing here rests on it."""
    successor: str = ""
    """The origin that follows a log which has said that it ended; what it holds behind that is not relied on."""


class Precedent(Told, frozen=True, kw_only=True):
    """What another institution says of the same: advisory."""

    institution: str
    origin: str
    name: str
    outcome: str
    credits: Amount | None = None
    leaf: int


class ScopeTold(Told, frozen=True, kw_only=True):
    """Where recognition is wanted."""

    unit: str = ""
    programme: str = ""
    cycle: Cycle | None = None


class Asked(Told, frozen=True, kw_only=True):
    """The question, as it was understood."""

    achievements: tuple[Described, ...]
    purpose: Purpose
    at: str
    known: str
    scope: ScopeTold = msgspec.field(default_factory=ScopeTold)
    award_date: str = ""
    learning_agreement_date: str = ""
    application_date: str = ""


class Answer(Told, frozen=True, kw_only=True):
    """The whole answer."""

    asked: Asked
    institutions: tuple[InstitutionAnswer, ...]
    logs: tuple[LogUsed, ...]
    answered_at: str
    answered_by: str
    legal_effect: Literal["information"] = msgspec.field(default_factory=lambda: "information")
    trusts: Trusts | None = None
    standing: StandingTold | None = None
    precedents: tuple[Precedent, ...] = ()
    notes: tuple[str, ...] = ()
