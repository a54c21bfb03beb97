"""Which strings of a document are about the learner: what must never enter a log.

Collected from the subject of the credential: every string that is not part of what was achieved (names, birth dates,
addresses, identifiers, hashes with their salts), and beside it the credential's own id and numbers and the learner's
evidence, which lead to one person. Grades are the learner's too, but are words like *Pass* that prove
nothing about a leak.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, Final

from node.formats.reading import AchievementReading
from node.formats.strict_json import JsonObject
from node.formats.unwrap import unwrap
from node.formats.values import objects, strings

_ACHIEVED: Final = frozenset(
    {"hasClaim", "achievement", "verifiableCredential", "association", "result", "creditsEarned", "alignment", "source"}
)
_VOCABULARY: Final = frozenset({"type", "@type", "@context", "inScheme", "prefLabel", "citizenshipCountry", "gender"})
_CODES: Final = frozenset({"spatial", "countryCode", "country", "language", "identityType", "hashed", "role", "term"})
_NAMES: Final = frozenset(
    {"name", "givenName", "familyName", "fullName", "birthName", "patronymicName", "additionalName", "dateOfBirth"}
    | {"birthDate", "email", "emailAddress", "nationalID", "identifier", "firstName", "lastName", "contactPoint"}
)
_OWN_NAMES: Final = (
    "name",
    "givenName",
    "familyName",
    "fullName",
    "birthName",
    "patronymicName",
    "firstName",
    "lastName",
)
_PLACEHOLDERS: Final = ("urn:epass:", "urn:blank")
_LEAST_LENGTH: Final = 3
"""Shorter strings are initials or counts: they occur everywhere and prove nothing."""


def personal_strings(document: bytes) -> set[str]:
    """Return the strings of a credential that look personal, of any of its subjects.

    Raises:
        NotACredentialError: The bytes hold no credential.
        MalformedError: They are broken.
    """
    credential = unwrap(document).credential
    found = set(_about_subjects(credential)) | set(_about_document(credential))
    return {item for item in found if len(item.strip()) >= _LEAST_LENGTH and not item.startswith(_PLACEHOLDERS)}


def names_learner(credential: JsonObject) -> bool:
    """Return whether any subject is named or identified beyond a bare id."""
    return any(_NAMES & set(subject) for subject in objects(credential.get("credentialSubject")))


def without_learner(achievement: AchievementReading, credential: JsonObject) -> AchievementReading:
    """Return the achievement without any text that names the learner, as badge titles made for one person do.

    The grade is kept as it is: it is the learner's in any case, and never enters an entry.
    """
    names = sorted({name for subject in objects(credential.get("credentialSubject")) for name in _own_names(subject)})
    if not names:
        return achievement
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in names), re.IGNORECASE)
    changed = {
        part.name: _unnamed(getattr(achievement, part.name), pattern)
        for part in fields(achievement)
        if part.name != "grading"
    }
    return replace(achievement, **changed)


def _own_names(subject: JsonObject) -> Iterator[str]:
    for member in _OWN_NAMES:
        for name in strings(subject.get(member)):
            if len(name.strip()) >= _LEAST_LENGTH:
                yield name.strip()


def _unnamed(value: Any, pattern: re.Pattern[str]) -> Any:
    """Return a reading's value without the texts that the pattern finds a name in."""
    if isinstance(value, str):
        return "" if pattern.search(value) else value
    if isinstance(value, Mapping):
        return {language: text for language, text in value.items() if not pattern.search(text)}
    if isinstance(value, tuple):
        return tuple(_unnamed(item, pattern) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{part.name: _unnamed(getattr(value, part.name), pattern) for part in fields(value)})
    return value


def _about_subjects(credential: JsonObject) -> Iterator[str]:
    for subject in objects(credential.get("credentialSubject")):
        yield from _personal_members(subject, _ACHIEVED)
        for inner in objects(subject.get("verifiableCredential")):
            yield from _about_subjects(inner)
            yield from _about_document(inner)


def _personal_members(value: Any, skipped: frozenset[str]) -> Iterator[str]:
    """Yield strings below a value, without what was achieved and without codes of vocabularies."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, dict):
            waiting.extend(inner for name, inner in item.items() if name not in skipped | _VOCABULARY | _CODES)


def _about_document(credential: JsonObject) -> Iterator[str]:
    yield from (item for item in (credential.get("id"),) if isinstance(item, str))
    for name in ("identifier", "evidence"):
        yield from _document_strings(credential.get(name))


def _document_strings(value: Any) -> Iterator[str]:
    for item in objects(value):
        for name in ("id", "notation", "identifier", "narrative", "contentURL"):
            yield from strings(item.get(name))
