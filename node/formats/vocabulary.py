"""Codes of the European vocabularies that credentials point to, read from their addresses.

A concept may come with its address (``http://data.europa.eu/snb/eqf/6``), with a bare code in ``notation`` (``"6"``),
or with a label only. EU tools write the vocabulary's own name into ``notation`` (``"country"``), so a
notation counts only where it is a code. Levels and fields are bare numbers in many vocabularies: a concept with the
address of another one is none of ours, whatever its number.

Sources: EU Vocabularies (Publications Office), ESCO, ISCED-F 2013 (UNESCO).
"""

import re
from collections.abc import Iterator
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
ASSESSMENT: Final = "http://data.europa.eu/snb/assessment/"
MODES: Final = "http://data.europa.eu/snb/learning-assessment/"
SUPERVISION: Final = "http://data.europa.eu/snb/supervision-verification/"
ACCREDITATION: Final = "http://data.europa.eu/snb/accreditation/"

ECTS_FRAMEWORK: Final = CREDITS + "6fcec5c5af"
ECVET_FRAMEWORK: Final = CREDITS + "60b314e826"
MANDATE_EVIDENCE: Final = "http://data.europa.eu/snb/evidence-type/c_18016257"

_CYCLES: Final = {"short": "short", "first": "first", "second": "second", "third": "third"}
_CREDIT_SYSTEMS: Final = {"ECTS": "european credit transfer", "ECVET": "european credit system for vocational"}
_EQF_NAME: Final = r"(?:EQF|European Qualifications? Framework)[\s,-]*"
_LEVEL: Final = re.compile(rf"(?:{_EQF_NAME})?(?:level\s*)?([1-8])", re.IGNORECASE)
_NAMED_LEVEL: Final = re.compile(rf"{_EQF_NAME}(?:level\s*)?([1-8])", re.IGNORECASE)
_POINTS: Final = re.compile(r"[\s-]+(?:credits?|points?|credit points?)\Z", re.IGNORECASE)
_REGION: Final = re.compile(r"([A-Z]{2}-)?[A-Z0-9]{1,3}")
_FIELD: Final = re.compile(r"[0-9]{2,4}")
_CYCLE: Final = re.compile(r"\b(short|first|second|third)[\s-]+cycle\b", re.IGNORECASE)
_SCHOOL: Final = re.compile(r"primary|secondary|basic|elementary|school|compulsory", re.IGNORECASE)
"""Schools have cycles too, and theirs are none of the QF-EHEA."""


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


def region(value: Any, country_code: str) -> str:
    """Return the ISO 3166-2 code of a region, written whole (``FI-11``) or without its country (``11``).

    A code that begins with its country and has no hyphen (``FI1``) is one of NUTS, and no region here.
    """
    for code in _codes(value):
        if match := _REGION.fullmatch(code.upper()):
            if not country_code or (not match[1] and match[0].startswith(country_code)):
                return ""
            whole = match[0] if match[1] else f"{country_code}-{match[0]}"
            return whole if whole.startswith(f"{country_code}-") else ""
    return ""


def languages(value: Any) -> tuple[str, ...]:
    """Return the BCP 47 tags of language concepts or codes."""
    found = [_language(item) for item in listed(value)]
    return tuple(dict.fromkeys(code for code in found if code))


def _language(value: Any) -> str:
    short = [code for code in _codes(value) if len(code) <= 3 or "-" in code]
    return next((tag(code) for code in short if tag(code)), "")


def eqf_level(value: Any) -> int:
    """Return the EQF level 1 to 8, or 0 if the value states none, or several."""
    found = {match[1] for item in listed(value) for match in _levels(item) if match}
    return int(found.pop()) if len(found) == 1 else 0


def _levels(item: Any) -> Iterator[re.Match[str] | None]:
    """Yield what in a concept may be a level; one of another vocabulary has to name the EQF."""
    if isinstance(item, int) and not isinstance(item, bool):
        yield _LEVEL.fullmatch(str(item)) if 0 <= item <= 9 else None
        return
    pattern = _NAMED_LEVEL if _is_foreign(item, EQF) else _LEVEL
    for code in _codes(item):
        yield pattern.fullmatch(code)


def _is_foreign(item: Any, vocabulary: str) -> bool:
    """Return whether an item has the address of another vocabulary, or of a scheme that is another."""
    scheme = identity(item.get("inScheme")) if isinstance(item, dict) else ""
    own = vocabulary.partition("://")[2]
    return any(
        "://" in address and not address.partition("://")[2].startswith(own) for address in (identity(item), scheme)
    )


def cycle(value: Any) -> str:
    """Return the QF-EHEA cycle (short, first, second, third) that a level concept names, or an empty string."""
    for words in (*concept_words(value).values(), *_codes(value)):
        if (match := _CYCLE.search(words)) and not _SCHOOL.search(words):
            return _CYCLES[match[1].lower()]
    return ""


def isced_f(value: Any) -> tuple[str, ...]:
    """Return the ISCED-F 2013 codes (2 to 4 digits) of concepts or codes; others of their kind are left out."""
    ours = (item for item in listed(value) if not _is_foreign(item, ISCED_F))
    found = [code for item in ours for code in _codes(item)[:2] if _FIELD.fullmatch(code)]
    return tuple(dict.fromkeys(found))


def esco_links(value: Any) -> tuple[str, ...]:
    """Return the addresses of ESCO skills."""
    return tuple(link for item in listed(value) if (link := identity(item)).startswith(ESCO))


def credit_system(framework: Any) -> str:
    """Return ``ECTS``, ``ECVET``, the framework's own name, or an empty string if the document names none.

    An English label that names another system counts more than the address: credentials exist that give ECVET's
    address to a national system.
    """
    words = concept_words(framework)
    spoken = words.get("en") or words.get(UNDETERMINED) or text(first_object(framework).get("title"))
    for system, opening in _CREDIT_SYSTEMS.items():
        if _POINTS.sub("", spoken).upper() == system or spoken.casefold().startswith(opening):
            return system
    by_address = {ECTS_FRAMEWORK: "ECTS", ECVET_FRAMEWORK: "ECVET"}.get(identity(framework), "")
    return spoken or by_address or next(iter(words.values()), "")


def labels(value: Any) -> tuple[dict[str, str], ...]:
    """Return the words of each concept in a list."""
    return tuple(words for item in objects(value) if (words := concept_words(item)))
