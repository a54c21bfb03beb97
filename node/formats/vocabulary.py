"""Codes of the European vocabularies that credentials point to, read from their addresses.

A concept may come with its address (``http://data.europa.eu/snb/eqf/6``), with a bare code in ``notation`` (``"6"``),
or with a label only. EU tools write the vocabulary's own name into ``notation`` (``"country"``), so a
notation counts only where it is a code.

Sources: EU Vocabularies (Publications Office), ESCO, ISCED-F 2013 (UNESCO); Council Recommendation of 16 June 2022 on
micro-credentials, annex I, for the three values of supervision and identity verification.
"""

import re
from typing import Any, Final

from node.formats.countries import alpha_2
from node.formats.languages import UNDETERMINED, tag
from node.formats.strict_json import JsonObject
from node.formats.values import by_language, first_object, identity, last_part, listed, objects, text

COUNTRY: Final = "http://publications.europa.eu/resource/authority/country/"
LANGUAGE: Final = "http://publications.europa.eu/resource/authority/language/"
EQF: Final = "http://data.europa.eu/snb/eqf/"
ISCED_F: Final = "http://data.europa.eu/snb/isced-f/"
ESCO: Final = "http://data.europa.eu/esco/"
CREDITS: Final = "http://data.europa.eu/snb/education-credit/"
MODES: Final = "http://data.europa.eu/snb/learning-assessment/"
SUPERVISION: Final = "http://data.europa.eu/snb/supervision-verification/"
ACCREDITATION: Final = "http://data.europa.eu/snb/accreditation/"

ECTS_FRAMEWORK: Final = CREDITS + "6fcec5c5af"
ECVET_FRAMEWORK: Final = CREDITS + "60b314e826"
MANDATE_EVIDENCE: Final = "http://data.europa.eu/snb/evidence-type/c_18016257"

UNSUPERVISED: Final = "unsupervised"
SUPERVISED: Final = "supervised-without-identity-check"
SUPERVISED_IDENTIFIED: Final = "supervised-with-identity-check"

_SUPERVISION_CODES: Final = {"c598449d64": UNSUPERVISED, "70be69aaf9": SUPERVISED_IDENTIFIED}
_MODE_CODES: Final = {
    "729f3bed4b": "workbased",
    "7813801c77": "project based",
    "9191af2ed9": "onsite",
    "920fbb3cbe": "online",
    "e92d221e4d": "blended",
    "ed4c557045": "research-lab based",
}
_QUALITY_CODES: Final = {
    "bb4618238e": "institution",
    "003293d2ce": "institution",
    "820101cba6": "programme",
    "e57dddfcf3": "programme",
}
_CYCLES: Final = {"short": "short", "first": "first", "second": "second", "third": "third"}
_LEVEL: Final = re.compile(r"(?:EQF\s*)?(?:level\s*)?([1-8])", re.IGNORECASE)
_FIELD: Final = re.compile(r"[0-9]{2,4}")
_CYCLE: Final = re.compile(r"\b(short|first|second|third)[\s-]+cycle\b", re.IGNORECASE)
_UNSUPERVISED: Final = re.compile(r"\b(unsupervised|not supervised|un-supervised)\b", re.IGNORECASE)
_WITHOUT_IDENTITY: Final = re.compile(r"\b(without|no)\b", re.IGNORECASE)


def concept_words(value: Any) -> dict[str, str]:
    """Return what a concept says to people: its labels by language, else its notation, else the text itself."""
    for item in listed(value):
        if isinstance(item, str) and "://" not in item:
            return by_language(item)
        if isinstance(item, dict):
            return by_language(item.get("prefLabel")) or by_language(item.get("name")) or _notation_words(item)
    return {}


def _notation_words(concept: JsonObject) -> dict[str, str]:
    notation = text(concept.get("notation"))
    return {UNDETERMINED: notation} if notation else {}


def _codes(value: Any) -> list[str]:
    """Return what may be a code, most telling first: the last part of the address, the notation, the string itself."""
    found: list[str] = []
    for item in listed(value):
        found += [last_part(identity(item))] if identity(item) else []
        if isinstance(item, dict):
            found += [text(item.get("notation")), *by_language(item.get("prefLabel")).values()]
    return [code for code in found if code]


def country(value: Any) -> str:
    """Return the alpha-2 code of a country concept, code or location; an empty string if there is none."""
    return next((code for candidate in _codes(value) if (code := alpha_2(candidate))), "")


def languages(value: Any) -> tuple[str, ...]:
    """Return the BCP 47 tags of language concepts or codes."""
    found = [_language(item) for item in listed(value)]
    return tuple(dict.fromkeys(code for code in found if code))


def _language(value: Any) -> str:
    short = [code for code in _codes(value) if len(code) <= 3 or "-" in code]
    return next((tag(code) for code in short if tag(code)), "")


def eqf_level(value: Any) -> int:
    """Return the EQF level 1 to 8, or 0 if the value states none."""
    for code in _codes(value):
        if match := _LEVEL.fullmatch(code):
            return int(match[1])
    return int(value) if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 8 else 0


def cycle(value: Any) -> str:
    """Return the QF-EHEA cycle (short, first, second, third) that a level concept names, or an empty string."""
    for words in (*concept_words(value).values(), *_codes(value)):
        if match := _CYCLE.search(words):
            return _CYCLES[match[1].lower()]
    return ""


def isced_f(value: Any) -> tuple[str, ...]:
    """Return the ISCED-F 2013 codes (2 to 4 digits) of concepts or codes; others of their kind are left out."""
    found = [code for item in listed(value) for code in _codes(item)[:2] if _FIELD.fullmatch(code)]
    return tuple(dict.fromkeys(found))


def esco_links(value: Any) -> tuple[str, ...]:
    """Return the addresses of ESCO skills."""
    return tuple(link for item in listed(value) if (link := identity(item)).startswith(ESCO))


def credit_system(framework: Any) -> str:
    """Return ``ECTS``, ``ECVET``, the framework's own name, or an empty string if the document names none."""
    address = identity(framework)
    if address in (ECTS_FRAMEWORK, ECVET_FRAMEWORK):
        return "ECTS" if address == ECTS_FRAMEWORK else "ECVET"
    words = next(iter(concept_words(framework).values()), "") or text(first_object(framework).get("title"))
    if words.upper() == "ECTS" or words.casefold().startswith("european credit transfer"):
        return "ECTS"
    return words


def mode(value: Any) -> dict[str, str]:
    """Return the form of participation: the document's own labels, else the vocabulary's word."""
    words = concept_words(value)
    known = _MODE_CODES.get(last_part(identity(value)))
    return words or ({"en": known} if known else {})


def supervision(value: Any) -> str:
    """Return one of the three values of supervision and identity verification, or an empty string.

    The vocabulary also knows *unsupervised with identity verification*. The Council Recommendation does not: without
    supervision it counts as unsupervised.
    """
    code = last_part(identity(value))
    if code in _SUPERVISION_CODES:
        return _SUPERVISION_CODES[code]
    words = concept_words(value)
    return supervision_words(words.get("en", "") or next(iter(words.values()), ""))


def supervision_words(words: str) -> str:
    """Return which of the three values an English phrase means, or an empty string."""
    lower = words.casefold()
    if _UNSUPERVISED.search(lower):
        return UNSUPERVISED
    if "supervised" not in lower and "identity" not in lower:
        return ""
    if _WITHOUT_IDENTITY.search(lower):
        return SUPERVISED
    return SUPERVISED_IDENTIFIED if "verif" in lower or "online" in lower else SUPERVISED


def quality_kind(value: Any) -> str:
    """Return ``institution`` or ``programme``: what an accreditation is about; an empty string if not said."""
    code = last_part(identity(value))
    if code in _QUALITY_CODES:
        return _QUALITY_CODES[code]
    words = " ".join(concept_words(value).values()).casefold()
    if "program" in words:
        return "programme"
    return "institution" if "institution" in words else ""


def labels(value: Any) -> tuple[dict[str, str], ...]:
    """Return the words of each concept in a list."""
    return tuple(words for item in objects(value) if (words := concept_words(item)))
