"""From the words of foreign documents to the closed lists of our entries.

The tables know the concepts of the EU vocabularies by their addresses and English labels, and the words of the Dutch
Edubadges extension. What no table knows keeps its own text and no word: a person chooses.

Sources: EU Vocabularies (assessment types, modes of learning, accreditation types, methods of supervision and
verification); Council Recommendation of 16 June 2022 on micro-credentials, annex I.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

from node.formats.reading import Named, Texts
from node.formats.values import identity, last_part
from node.formats.vocabulary import concept_words
from protocol.recognition.words import AssessmentType, Participation, QualityAssuranceKind

UNSUPERVISED: Final = "unsupervised"
SUPERVISED: Final = "supervised-without-identity-check"
SUPERVISED_IDENTIFIED: Final = "supervised-with-identity-check"


@dataclass(frozen=True, slots=True)
class ClosedList:
    """A closed list of our entries beside the vocabulary that European documents use for it."""

    vocabulary: str
    """Address that the concepts' codes follow."""
    concepts: Mapping[str, tuple[str, str]]
    """Our word and the English label, by code."""
    words: frozenset[str]
    """Our words that need no further text."""
    labels: Mapping[str, str]
    """Our word, by what other documents call it."""


ASSESSMENT: Final = ClosedList(
    vocabulary="http://data.europa.eu/snb/assessment/",
    concepts={
        "3484bd7e51": ("continuous", "continuous evaluation"),
        "6e6cb2cc78": ("written-examination", "written examination"),
        "d30284d7df": ("oral-examination", "oral examination"),
        "6a4db9f11d": ("practical", "practical assessment"),
        "2939dae15f": ("coursework", "marked assignment"),
        "4f03b91c0e": ("portfolio", "portfolio"),
        "795dac4096": ("project", "project work"),
    },
    words=frozenset(get_args(AssessmentType)) - {"other"},
    labels={
        "application of a skill": "practical",
        "recognition of prior learning": "prior-learning",
        "continuous assessment": "continuous",
        "written exam": "written-examination",
        "oral exam": "oral-examination",
    },
)
PARTICIPATION: Final = ClosedList(
    vocabulary="http://data.europa.eu/snb/learning-assessment/",
    concepts={
        "9191af2ed9": ("on-site", "Presential"),
        "920fbb3cbe": ("online", "Online"),
        "e92d221e4d": ("blended", "Blended"),
        "c_3a90b26d": ("blended", "Hybrid"),
        "729f3bed4b": ("work-experience", "Workbased"),
    },
    words=frozenset(get_args(Participation)),
    labels={"onsite": "on-site", "on site": "on-site", "face-to-face": "on-site", "work experience": "work-experience"},
)
QUALITY: Final = ClosedList(
    vocabulary="http://data.europa.eu/snb/accreditation/",
    concepts={
        "bb4618238e": ("institutional", "Institutional Quality Assurance"),
        "003293d2ce": ("institutional", "Institutional License"),
        "820101cba6": ("programme", "Program Quality Assurance"),
        "e57dddfcf3": ("programme", "Program License"),
    },
    words=frozenset(get_args(QualityAssuranceKind)),
    labels={"joint programme": "joint-programme", "internal quality assurance": "internal"},
)

_SUPERVISION: Final[Mapping[str, str]] = {"c598449d64": UNSUPERVISED, "70be69aaf9": SUPERVISED_IDENTIFIED}
_UNSUPERVISED: Final = re.compile(r"\b(un-?supervised|non?[- ]?supervised|not supervised|(?:no|without) supervision)\b")
_WITHOUT_IDENTITY: Final = re.compile(r"\b(without|no)\b")


def named(value: Any, closed: ClosedList) -> Named | None:
    """Return our word for a concept with the document's text; nothing where it says nothing."""
    word, label = closed.concepts.get(last_part(identity(value)), ("", ""))
    text = concept_words(value) or ({"en": label} if label else {})
    return Named(word or _by_label(text, closed), text) if text else None


def _by_label(text: Texts, closed: ClosedList) -> str:
    labels = {label.casefold(): word for word, label in closed.concepts.values()} | dict(closed.labels)
    for spoken in (text.get("en", ""), *text.values()):
        lower = spoken.casefold()
        if found := labels.get(lower) or (lower if lower in closed.words else ""):
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
    return SUPERVISED_IDENTIFIED if "verif" in lower or "identity check" in lower else SUPERVISED
