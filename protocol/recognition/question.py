"""What is asked: which achievements, for which purpose and scope, as of when."""

from dataclasses import dataclass, field

from protocol.recognition.achievement import Achievement
from protocol.recognition.bodies import Identity
from protocol.recognition.words import AppliesBy, Cycle, Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedScope:
    """Where recognition is wanted; what is empty isn't limited."""

    unit: str = ""
    programme: str = ""
    cycle: Cycle | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedDates:
    """The dates that decide which rule applies (YYYY-MM-DD); empty where one isn't known."""

    at: str
    award: str = ""
    learning_agreement: str = ""
    application: str = ""

    def of(self, applies_by: AppliesBy) -> str:
        """Return the date that a rule looks at: the one it names, or `at` where that isn't known."""
        named = {"award": self.award, "learning-agreement": self.learning_agreement, "application": self.application}
        return named[applies_by] or self.at


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAchievement:
    """One achievement: by its awarding body and that body's code, with what is published of it."""

    identities: frozenset[Identity]
    code: str
    title: str = ""
    body: str = ""
    """The awarding body's name, for sentences."""
    awarded: str = ""
    versions: frozenset[int] = frozenset()
    """Versions that it may be of; empty where none is known."""
    entry: Achievement | None = None
    """What the awarding body's log publishes of it."""
    origin: str = ""
    """Log of that entry."""
    leaf: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question to the network."""

    achievements: tuple[AskedAchievement, ...]
    dates: AskedDates
    purpose: Purpose = "credit"
    scope: AskedScope = field(default_factory=AskedScope)
    qualification: tuple[str, str] | None = None
    """Country and code of a national qualification type."""
    known: int | None = None
    """POSIX seconds: only what had been logged by then counts; None for now."""
