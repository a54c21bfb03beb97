"""Which strings of a document are about the learner: what must never enter a log.

Collected from the subject of the credential: every string that is not part of what was achieved (names, birth dates,
addresses, identifiers, hashes with their salts), and beside it the credential's own id and numbers and the learner's
evidence, which lead to one person. Grades are the learner's too, but are words like *Pass* that prove
nothing about a leak.
"""

from collections.abc import Iterator
from typing import Any, Final

from node.formats.dates import legal_date
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
    found = {item.removeprefix("mailto:") for item in (*_about_subjects(credential), *_about_document(credential))}
    found |= {legal_date(date) for subject in objects(credential.get("credentialSubject")) for date in _births(subject)}
    return {item for item in found if len(item.strip()) >= _LEAST_LENGTH and not item.startswith(_PLACEHOLDERS)}


def names_learner(credential: JsonObject) -> bool:
    """Return whether any subject is named or identified beyond a bare id."""
    return any(_NAMES & set(subject) for subject in objects(credential.get("credentialSubject")))


def _births(subject: JsonObject) -> Iterator[str]:
    for member in ("dateOfBirth", "birthDate"):
        yield from strings(subject.get(member))


def _about_subjects(credential: JsonObject) -> Iterator[str]:
    for subject in objects(credential.get("credentialSubject")):
        # Without what was achieved, and without codes of vocabularies.
        yield from strings(subject, without=_ACHIEVED | _VOCABULARY | _CODES)
        for inner in objects(subject.get("verifiableCredential")):
            yield from _about_subjects(inner)
            yield from _about_document(inner)


def _about_document(credential: JsonObject) -> Iterator[str]:
    yield from (item for item in (credential.get("id"),) if isinstance(item, str))
    for name in ("identifier", "evidence"):
        yield from _document_strings(credential.get(name))


def _document_strings(value: Any) -> Iterator[str]:
    for item in objects(value):
        for name in ("id", "notation", "identifier", "narrative", "contentURL"):
            yield from strings(item.get(name))
