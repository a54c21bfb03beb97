"""What a document is written from: one achievement, one learner, one award.

The achievement is our own entry's, so a document that we write says exactly what the log says of the achievement, and
reading the document back gives that entry again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from msgspec import UnsetType

from protocol.recognition.achievement import Achievement
from protocol.recognition.bodies import AwardingBody

Texts = Mapping[str, str]
T = TypeVar("T")


def given(value: T | UnsetType) -> T | None:
    """Return an optional member of an entry, or None where it is absent."""
    return None if isinstance(value, UnsetType) else value


@dataclass(frozen=True, slots=True)
class Learner:
    """The person that a document is about. Goes into the document, and nowhere else."""

    given_name: str
    family_name: str
    birth_date: str = ""
    """``YYYY-MM-DD``."""
    email: str = ""

    @property
    def full_name(self) -> str:
        """Given and family name."""
        return f"{self.given_name} {self.family_name}"


@dataclass(frozen=True, slots=True)
class AwardDetails:
    """One award of one achievement to one learner."""

    credential_id: str
    """A URI of the document's own, such as ``urn:uuid:…``."""
    achievement: Achievement
    learner: Learner
    awarded_on: str
    """``YYYY-MM-DD``."""
    valid_until: str = ""
    """``YYYY-MM-DD``, its last day."""
    grade: Texts = field(default_factory=dict)
    issuer: AwardingBody | None = None
    """Who seals the document, if not the first awarding body: by mandate."""
    issuer_url: str = ""
    """Home page, or DID, of the issuer."""

    @property
    def sealed_by(self) -> AwardingBody:
        """Who seals the document."""
        return self.issuer or self.achievement.awarding_bodies[0]
