"""From the words of foreign documents to the closed lists of our entries.

The tables know the concepts of the EU vocabularies by their addresses and English labels, and the words of the Dutch
Edubadges extension. What no table knows keeps its own text and no word: a person chooses.

Sources: EU Vocabularies (assessment types, modes of learning, accreditation types, methods of supervision and
verification); Council Recommendation of 16 June 2022 on micro-credentials, annex I.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from node.formats.reading import Named, Texts
from node.formats.values import identity, last_part
from node.formats.vocabulary import concept_words

UNSUPERVISED: Final = "unsupervised"
SUPERVISED: Final = "supervised-without-identity-check"
SUPERVISED_IDENTIFIED: Final = "supervised-with-identity-check"

ASSESSMENT: Final[Mapping[str, tuple[str, str]]] = {
    "3484bd7e51": ("continuous", "continuous evaluation"),
    "6e6cb2cc78": ("written-examination", "written examination"),
    "d30284d7df": ("oral-examination", "oral examination"),
    "6a4db9f11d": ("practical", "practical assessment"),
    "2939dae15f": ("coursework", "marked assignment"),
    "4f03b91c0e": ("portfolio", "portfolio"),
    "795dac4096": ("project", "project work"),
}
"""Concepts of ``http://data.europa.eu/snb/assessment/``: our word and the English label."""

PARTICIPATION: Final[Mapping[str, tuple[str, str]]] = {
    "9191af2ed9": ("on-site", "Presential"),
    "920fbb3cbe": ("online", "Online"),
    "e92d221e4d": ("blended", "Blended"),
    "c_3a90b26d": ("blended", "Hybrid"),
    "729f3bed4b": ("work-experience", "Workbased"),
}
"""Concepts of ``http://data.europa.eu/snb/learning-assessment/`` (modes)."""

QUALITY: Final[Mapping[str, tuple[str, str]]] = {
    "bb4618238e": ("institutional", "Institutional Quality Assurance"),
    "003293d2ce": ("institutional", "Institutional License"),
    "820101cba6": ("programme", "Program Quality Assurance"),
    "e57dddfcf3": ("programme", "Program License"),
}
"""Concepts of ``http://data.europa.eu/snb/accreditation/``."""

_OTHER_LABELS: Final[Mapping[str, str]] = {
    "application of a skill": "practical",
    "recognition of prior learning": "prior-learning",
    "continuous assessment": "continuous",
    "written exam": "written-examination",
    "oral exam": "oral-examination",
    "presentation": "presentation",
    "coursework": "coursework",
    "project": "project",
    "onsite": "on-site",
    "on-site": "on-site",
    "on site": "on-site",
    "face-to-face": "on-site",
    "hybrid": "blended",
    "work experience": "work-experience",
    "work-experience": "work-experience",
    "volunteering": "volunteering",
    "joint programme": "joint-programme",
    "internal quality assurance": "internal",
}
_SUPERVISION: Final[Mapping[str, str]] = {"c598449d64": UNSUPERVISED, "70be69aaf9": SUPERVISED_IDENTIFIED}
_UNSUPERVISED: Final = re.compile(r"\b(un-?supervised|not supervised|no supervision)\b")
_WITHOUT_IDENTITY: Final = re.compile(r"\b(without|no)\b")


def named(value: Any, table: Mapping[str, tuple[str, str]]) -> Named | None:
    """Return our word for a concept with the document's text; nothing where it says nothing."""
    word, label = table.get(last_part(identity(value)), ("", ""))
    text = concept_words(value) or ({"en": label} if label else {})
    if not text:
        return None
    return Named(word or _by_label(text, table), text)


def _by_label(text: Texts, table: Mapping[str, tuple[str, str]]) -> str:
    known = {label.casefold(): word for word, label in table.values()}
    words = {word for word, _ in table.values()}
    for spoken in (text.get("en", ""), *text.values()):
        lower = spoken.casefold()
        found = known.get(lower) or (lower if lower in words else _OTHER_LABELS.get(lower, ""))
        if found:
            return found
    return ""


def supervision(value: Any) -> str:
    """Return one of the three values of supervision and identity verification, or an empty string.

    The vocabulary also knows *unsupervised with identity verification*. The Council Recommendation does not: without
    supervision it counts as unsupervised.
    """
    code = last_part(identity(value))
    text = concept_words(value)
    return _SUPERVISION.get(code) or supervision_phrase(text.get("en", "") or next(iter(text.values()), ""))


def supervision_phrase(phrase: str) -> str:
    """Return which of the three values an English phrase means, or an empty string."""
    lower = phrase.casefold()
    if lower in (UNSUPERVISED, SUPERVISED, SUPERVISED_IDENTIFIED):
        return lower
    if _UNSUPERVISED.search(lower):
        return UNSUPERVISED
    if "supervised" not in lower and "identity" not in lower:
        return ""
    if _WITHOUT_IDENTITY.search(lower):
        return SUPERVISED
    return SUPERVISED_IDENTIFIED if "verif" in lower or "online" in lower else SUPERVISED
