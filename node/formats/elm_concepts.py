"""Concepts of the European vocabularies, written as ELM objects: address, scheme, label."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from node.formats import vocabulary, words
from node.formats.languages import SHORT
from node.formats.strict_json import JsonObject
from protocol.recognition.achievement import Credits, QualityAssurance
from protocol.recognition.countries import ALPHA_3

_SCHEME: Final = "25831c2"
"""Last part of the address of every Europass vocabulary."""

_COUNTRY_CODES: Final[Mapping[str, str]] = {two: three for three, two in ALPHA_3.items()}
_LANGUAGE_CODES: Final[Mapping[str, str]] = {two: three for three, two in sorted(SHORT.items(), reverse=True)}
_SUPERVISION: Final[Mapping[str, tuple[str, str]]] = {
    words.UNSUPERVISED: (vocabulary.SUPERVISION + "c598449d64", "Unsupervised without ID Verification"),
    words.SUPERVISED: ("", "Supervised without ID Verification"),
    words.SUPERVISED_IDENTIFIED: (vocabulary.SUPERVISION + "70be69aaf9", "Supervised with ID Verification"),
}


def concept(address: str, label: Mapping[str, str], scheme: str = "") -> JsonObject:
    """Return a concept; one of no vocabulary has a label and no address."""
    members: JsonObject = {"type": "Concept", "prefLabel": dict(label)}
    if address:
        members = {"id": address} | members
    return members | ({"inScheme": {"id": scheme, "type": "ConceptScheme"}} if scheme else {})


def europass(vocabulary_address: str, code: str, label: str) -> JsonObject:
    """Return a concept of a Europass vocabulary."""
    return concept(vocabulary_address + code, {"en": label}, vocabulary_address + _SCHEME)


def named(word: str, closed: words.ClosedList) -> JsonObject:
    """Return the concept that means one of our words; where the vocabulary has none, the word as a label."""
    for code, (known, label) in closed.concepts.items():
        if known == word:
            return europass(closed.vocabulary, code, label)
    labels = {known: label for label, known in closed.labels.items()}
    return concept("", {"en": labels.get(word, word)})


def country(alpha_2: str) -> JsonObject:
    """Return the EU country concept of an alpha-2 code; the code itself where the EU table has none."""
    code = _COUNTRY_CODES.get(alpha_2, alpha_2)
    return concept(vocabulary.COUNTRY + code, {"en": alpha_2}, vocabulary.COUNTRY.rstrip("/"))


def region(code: str) -> JsonObject:
    """Return an ISO 3166-2 region as a concept known by its notation."""
    return {"type": "Concept", "notation": code, "prefLabel": {"en": code}}


def language(tag: str) -> JsonObject:
    """Return the EU language concept of a tag; a tag with subtags, or of no table, keeps its own spelling."""
    code = _LANGUAGE_CODES.get(tag, "").upper()
    if not code:
        return {"type": "Concept", "notation": tag, "prefLabel": {"en": tag}}
    return concept(vocabulary.LANGUAGE + code, {"en": code}, vocabulary.LANGUAGE.rstrip("/"))


def eqf_level(level: int) -> JsonObject:
    """Return the EQF level's concept."""
    return europass(vocabulary.EQF, str(level), f"Level {level}")


def cycle(word: str) -> JsonObject:
    """Return a QF-EHEA cycle as a concept without an address: the EU vocabularies have none."""
    return concept("", {"en": f"{word.capitalize()} cycle (QF-EHEA)"})


def field_of_education(code: str) -> JsonObject:
    """Return the ISCED-F field's concept."""
    return europass(vocabulary.ISCED_F, code, code)


def supervision(word: str) -> JsonObject:
    """Return the concept of supervision and identity verification."""
    address, label = _SUPERVISION[word]
    return concept(address, {"en": label}, vocabulary.SUPERVISION + _SCHEME if address else "")


def credit_point(credits_: Credits) -> JsonObject:
    """Return credit points with their framework."""
    known = {"ects": (vocabulary.ECTS_FRAMEWORK, "European Credit Transfer System")}
    address, label = known.get(credits_.system, ("", credits_.system))
    framework = concept(address, {"en": label}, vocabulary.CREDITS + _SCHEME if address else "")
    return {"type": "CreditPoint", "framework": framework, "point": credits_.points}


def skills(addresses: Iterable[str]) -> list[JsonObject]:
    """Return ESCO skills; their labels are ESCO's, and not repeated."""
    scheme = {"id": vocabulary.ESCO + "concept-scheme/skills", "type": "ConceptScheme"}
    return [{"id": address, "type": "Concept", "inScheme": scheme} for address in addresses]


def accreditation(quality: QualityAssurance) -> JsonObject:
    """Return a quality assurance decision."""
    members: dict[str, Any] = {
        "type": "Accreditation",
        "dcType": named(quality.kind, words.QUALITY),
    }
    if isinstance(quality.deqar, str):
        members["identifier"] = {"type": "Identifier", "schemeName": "DEQAR", "notation": quality.deqar}
    for member, value in (("dateIssued", quality.from_), ("expiryDate", quality.until)):
        if isinstance(value, str):
            members[member] = f"{value}T00:00:00Z"
    return members
