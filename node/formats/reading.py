"""What a credential says, whichever format said it.

`CredentialReading` is the document: who signed it, when it holds, what its status is. `AchievementReading` is what was
achieved: the elements of the Council Recommendation of 16 June 2022, annex I. A document may hold several achievements.
Of the learner only the grade is kept, and whether somebody is named: personal data stay in the file.

An empty string, dictionary or tuple, or 0, means: the document does not say.
"""

from collections.abc import Mapping, Sized
from dataclasses import dataclass, field
from typing import Final

from protocol.errors import MalformedError

Texts = Mapping[str, str]
"""Text for people, by BCP 47 language; ``und`` where the document does not say the language."""

ELM = "elm"
OPEN_BADGE = "open-badge-3"
CLR = "clr-2"
W3C_2 = "w3c-vc-2"
W3C_1 = "w3c-vc-1"
KINDS = frozenset({ELM, OPEN_BADGE, CLR, W3C_2, W3C_1})


@dataclass(frozen=True, slots=True)
class Identifier:
    """An institution's identifier: its scheme (``ror``, ``schac``, …; ``other`` if not one we know) and value."""

    scheme: str
    value: str
    label: str = ""
    """What the document calls the scheme."""


@dataclass(frozen=True, slots=True)
class Body:
    """An institution as a document describes it: the awarding body, the issuer, or another."""

    names: Texts = field(default_factory=dict)
    country: str = ""
    """ISO 3166-1 alpha-2."""
    region: str = ""
    """ISO 3166-2."""
    identifiers: tuple[Identifier, ...] = ()
    url: str = ""
    id: str = ""
    """The document's own id for it, such as a DID or ``urn:epass:org:1``."""
    said_in: str = ""
    """Where in the document it stands."""


@dataclass(frozen=True, slots=True)
class Mandate:
    """The issuer says that it acts for the awarding body: its claim, confirmed by nobody here."""

    statement: str
    document: str = ""
    """Address of the mandate, if given."""


@dataclass(frozen=True, slots=True)
class Credits:
    """Credit points with their system; the system is empty where the document gives a bare number."""

    amount: str
    system: str = ""


@dataclass(frozen=True, slots=True)
class LearningOutcome:
    """One statement of what the learner knows or can do."""

    title: Texts
    esco: tuple[str, ...] = ()
    """Addresses of ESCO skills."""
    skills: tuple[Texts, ...] = ()
    """Names of the skills that it is linked to, of any framework."""


@dataclass(frozen=True, slots=True)
class Named:
    """Something that entries name from a closed list: our word for it, and the document's own text.

    The word is empty where the document's text is none of the list.
    """

    word: str = ""
    text: Texts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QualityAssurance:
    """A quality assurance decision or licence that the document states."""

    kind: str = ""
    """``internal``, ``institutional``, ``programme``, ``joint-programme``, or empty."""
    title: Texts = field(default_factory=dict)
    agency: Texts = field(default_factory=dict)
    deqar: str = ""
    """DEQAR report id, if one is given."""
    url: str = ""
    valid_from: str = ""
    valid_until: str = ""


@dataclass(frozen=True, slots=True)
class Grading:
    """How achievement is graded, and the grade: the learner's own, for a decision's document, never for the log."""

    scheme: Texts = field(default_factory=dict)
    grade: Texts = field(default_factory=dict)
    url: str = ""
    """Where the scale is explained."""


@dataclass(frozen=True, slots=True)
class AchievementReading:
    """One achievement, activity, assessment or entitlement that the document claims."""

    claim: str = "achievement"
    """``achievement``, ``activity``, ``assessment``, ``entitlement``, or ``other``."""
    title: Texts = field(default_factory=dict)
    code: str = ""
    """The awarding body's own code for it."""
    awarding_bodies: tuple[Body, ...] = ()
    award_date: str = ""
    outcomes: tuple[LearningOutcome, ...] = ()
    esco: tuple[str, ...] = ()
    """Addresses of ESCO skills that the achievement is linked to as a whole."""
    outcome_summary: Texts = field(default_factory=dict)
    description: Texts = field(default_factory=dict)
    credits: tuple[Credits, ...] = ()
    credits_received: tuple[Credits, ...] = ()
    """What this learner received for it: for a decision's document, never for a draft."""
    hours: str = ""
    """Notional workload in hours: what a learner is expected to need, never the hours actually spent."""
    eqf_level: int = 0
    cycle: str = ""
    """QF-EHEA: ``short``, ``first``, ``second``, ``third``."""
    assessment_types: tuple[Named, ...] = ()
    participation: tuple[Named, ...] = ()
    quality: tuple[QualityAssurance, ...] = ()
    supervision: str = ""
    """``unsupervised``, ``supervised-without-identity-check``, ``supervised-with-identity-check``."""
    prerequisites: Texts = field(default_factory=dict)
    grading: Grading = field(default_factory=Grading)
    stackability: str = ""
    """``stand-alone`` or ``stackable``."""
    isced_f: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    parts: tuple[Texts, ...] = ()
    """Titles of the achievements that it consists of."""
    url: str = ""
    """Where more is told about it."""


@dataclass(frozen=True, slots=True)
class StatusInformation:
    """Where the document says that its status can be asked: nothing is asked here."""

    type: str
    purpose: str = ""
    address: str = ""
    index: str = ""


@dataclass(frozen=True, slots=True)
class CredentialReading:
    """A document, without its learner."""

    kind: str
    envelope: str
    """``plain``, ``uploadable``, ``jades``, ``jwt``, or ``presentation``."""
    id: str
    issuer: Body
    """Holder of the signing key, by the document's own word."""
    achievements: tuple[AchievementReading, ...]
    mandate: Mandate | None = None
    issued: str = ""
    valid_from: str = ""
    valid_until: str = ""
    status: tuple[StatusInformation, ...] = ()
    profiles: tuple[Texts, ...] = ()
    """Names of the profiles that it claims to follow."""
    names_learner: bool = False
    faults: tuple[str, ...] = ()
    """What in its form the W3C data model forbids; it was read all the same."""

    @property
    def main(self) -> AchievementReading:
        """The achievement that the document is about: the first it claims."""
        return self.achievements[0]


MOST_ACHIEVEMENTS: Final = 1000
"""Achievements of one document that are read: more than anybody completes."""


def check_count(claims: Sized) -> None:
    """Raise MalformedError if a document claims more than is read."""
    if len(claims) > MOST_ACHIEVEMENTS:
        raise MalformedError(f"claims more than {MOST_ACHIEVEMENTS} achievements", "credentialSubject")
