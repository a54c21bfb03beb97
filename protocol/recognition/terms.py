"""The terms under which the index lists an entry (`docs/formats/terms.md`).

A term is a type and its parts, all text. Its key in the index's map is SHA-256 of the canonical JSON
``["nostra/index/v1", type, part, …]``.

=================  =============================  ========================================================
type               parts                          entries
=================  =============================  ========================================================
``tag``            tag                            sealed
``achievement``    scheme, value, code            achievement: every identity of every awarding body
``subject``        scheme, value, code            rule: every achievement of its group
``qualification``  country, code                  rule on a qualification type
``criteria``       –                              rule on criteria
``target``         kind, id                       withdrawal of it; rule that supersedes it
``institution``    –                              institution
``rule``           id                             rule, any version
``mandate``        id                             mandate, any version
``roster``         –                              roster
``key``            –                              key
``succession``     –                              succession
=================  =============================  ========================================================

A version is never part of a term: whoever asks sees all versions and judges.
"""

import hashlib
from functools import lru_cache
from typing import Final

from protocol.encoding import canonical
from protocol.recognition.achievement import Achievement
from protocol.recognition.bodies import Identity, Reference
from protocol.recognition.entry import Entry, NotUnderstood, origin_problems, parse_entry
from protocol.recognition.institution import Institution
from protocol.recognition.key import Key
from protocol.recognition.mandate import Mandate
from protocol.recognition.roster import Roster
from protocol.recognition.rule import AchievementGroup, CommonCriteria, QualificationType, Rule, Subject
from protocol.recognition.sealed_entry import Sealed
from protocol.recognition.shape import members
from protocol.recognition.succession import Succession
from protocol.recognition.withdrawal import Withdrawal

Term = tuple[str, ...]
"""Type, then its parts."""

KEY_DOMAIN: Final = "nostra/index/v1"


@lru_cache(maxsize=1 << 14)
def term_key(term: Term) -> bytes:
    """Return a term's key in the index: 32 bytes."""
    return hashlib.sha256(canonical.encode([KEY_DOMAIN, *term])).digest()


def terms_of(entry: Entry) -> tuple[Term, ...]:
    """Return the terms of an entry, sorted, each once."""
    return tuple(sorted(set(_terms_of(entry))))


def keys_of(data: bytes, *, origin: str) -> frozenset[bytes]:
    """Return the keys under which the index of a log lists an entry, given its bytes.

    They are none where the entry isn't understood, breaks a rule of its kind, or refers into another log where it has
    to stay in its own: nobody relies on such an entry, so nobody need find it.
    """
    return keys_of_entry(parse_entry(data), origin=origin)


def keys_of_entry(entry: Entry | NotUnderstood, *, origin: str) -> frozenset[bytes]:
    """Return the keys under which the index of a log lists an entry that was read from its bytes."""
    # Whatever was read keeps the rules of its kind: only what it refers to is left.
    if isinstance(entry, NotUnderstood) or (not isinstance(entry, Sealed) and origin_problems(entry, origin)):
        return frozenset()
    return frozenset(map(term_key, _terms_of(entry)))


def achievement_term(identity: Identity, code: str) -> Term:
    """Return the term that finds an achievement's entries."""
    return ("achievement", *identity, code)


def subject_term(identity: Identity, code: str) -> Term:
    """Return the term that finds the rules on an achievement."""
    return ("subject", *identity, code)


def _terms_of(entry: Entry) -> list[Term]:
    match entry:
        case Sealed():
            return [("tag", entry.tag)]
        case Institution() | Roster() | Key() | Succession():
            return [(entry.kind,)]
        case Mandate():
            return [("mandate", entry.id)]
        case Withdrawal():
            return [_target(entry.target)]
        case Achievement():
            bodies = [identity for body in entry.awarding_bodies for identity in body.identities()]
            return [achievement_term(identity, entry.code) for identity in bodies]
        case Rule():  # pragma: no branch - the last kind there is
            return [("rule", entry.id), *_subject(entry.subject), *map(_target, members(entry.supersedes))]


def _subject(subject: Subject) -> list[Term]:
    match subject:
        case AchievementGroup():
            return [subject_term(one.body.identity, one.code) for one in subject.group]
        case QualificationType():
            return [("qualification", subject.country, subject.code)]
        case CommonCriteria():  # pragma: no branch - the last type there is
            return [("criteria",)]


def _target(reference: Reference) -> Term:
    return ("target", reference.kind, reference.id)
