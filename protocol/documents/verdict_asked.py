"""The question of a verdict, as it was understood: part of `protocol.documents.verdict`."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from protocol.errors import MalformedError
from protocol.recognition.logged import moment
from protocol.recognition.words import Cycle, Purpose

NotEmpty: Final = Meta(min_length=1)


class Told(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename="camel", kw_only=True):
    """Base of all parts."""


class BodyAsked(Told, frozen=True, kw_only=True):
    """An awarding body: its identities as the question and the answerer's own register give them, and its log."""

    named: tuple[tuple[str, str], ...]
    name: str = ""
    origin: str = ""
    """The log that speaks for it: whatever its `institution` entry gives counts as its identity too."""


class AchievementAsked(Told, frozen=True, kw_only=True):
    """An achievement that is asked about; `version` where the question names one."""

    bodies: Annotated[tuple[BodyAsked, ...], NotEmpty]
    code: str = ""
    title: str = ""
    awarded: str = ""
    version: int | None = None


class CredentialAsked(Told, frozen=True, kw_only=True):
    """The credential asked about: SHA-256 of its file, or of its paper's canonical JSON (base64url)."""

    file: str = ""
    paper: str = ""


class ScopeAsked(Told, frozen=True, kw_only=True):
    """Where recognition is wanted."""

    unit: str = ""
    programme: str = ""
    cycle: Cycle | None = None


class DatesAsked(Told, frozen=True, kw_only=True):
    """The dates that decide which rule applies, and by when it had to be logged."""

    at: str
    award: str = ""
    learning_agreement: str = ""
    application: str = ""
    known: str = ""
    """A date or an instant: only what had been logged by then counts; empty for all that the logs show."""

    @property
    def known_at(self) -> int | None:
        """The moment by which entries had to be logged, in POSIX seconds; None where none was asked for."""
        return moment(self.known) if self.known else None

    def looks_back(self, made: str) -> bool:
        """Return whether a verdict made at that instant has to date all that applies: it was asked of another day."""
        return bool(self.known) or self.at < made[:10]

    def check_made(self, made: str) -> None:
        """Raise MalformedError where the question is of what will be known after the instant at which it is answered.

        The day itself may be named before it is over: of what is left of it nothing is said.
        """
        if self.known > made[: len(self.known)]:
            raise MalformedError("lies ahead of the moment at which it was answered", "dates.known")


class AskedTold(Told, frozen=True, kw_only=True):
    """The question."""

    dates: DatesAsked
    purpose: Purpose
    scope: ScopeAsked = msgspec.field(default_factory=ScopeAsked)
    achievements: tuple[AchievementAsked, ...] = ()
    qualification: tuple[str, str] | None = None
    credential: CredentialAsked | None = None
