"""What an awarding body's log publishes of itself and of an achievement: which entry holds of those found. Pure.

Of an institution, and of an achievement, the highest version holds; of one version the lowest leaf.
"""

from collections.abc import Iterable
from typing import TypeVar

from protocol.recognition.achievement import Achievement
from protocol.recognition.bodies import Identity
from protocol.recognition.institution import Institution
from protocol.recognition.rules_asked import TimedEntry
from protocol.recognition.shape import members
from protocol.recognition.terms import Term, achievement_term

Versioned = TypeVar("Versioned", Institution, Achievement)


def newest(found: Iterable[TimedEntry], kind: type[Versioned]) -> tuple[int, Versioned] | None:
    """Return the entry of a kind that holds of those found, with its leaf index; None where there is none."""
    best: tuple[int, Versioned] | None = None
    for timed in sorted(found, key=lambda one: one.leaf):
        if isinstance(timed.entry, kind) and (best is None or timed.entry.version > best[1].version):
            best = (timed.leaf, timed.entry)
    return best


def achievement_terms(identities: Iterable[Identity], code: str) -> list[Term]:
    """Return the terms under which a body's achievement of this code stands, whichever of its identities is written."""
    return [achievement_term(identity, code) for identity in sorted(identities)] if code else []


def keys_listed(institution: Institution, on: str) -> list[str]:
    """Return the assertion keys (Multikeys) that an institution lists for a date."""
    return [
        one.key
        for one in members(institution.assertion_keys)
        if one.from_ <= on and not (isinstance(one.until, str) and one.until < on)
    ]


def lists_key(institution: Institution, key: str, on: str) -> bool:
    """Return whether an institution lists an assertion key (a Multikey) for a date."""
    return key in keys_listed(institution, on)
