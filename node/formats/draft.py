"""Turn a reading into the draft of an `achievement` entry, and say what a person still has to fill in.

The draft holds only what the document states, in the members of `protocol.recognition.achievement`; nothing is guessed
but ``id``, which is made from the code or title and may be changed. What is missing is told by the name of the element
of the Council Recommendation of 16 June 2022, annex I, with what the document says instead, where it says something.
"""

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from node.formats.identifiers import OTHER
from node.formats.reading import AchievementReading, Body, Grading, Named, QualityAssurance, Texts
from protocol.errors import MalformedError
from protocol.recognition.identifiers import normalise
from protocol.recognition.scalars import CODE_CHARACTERS, JOINERS, UNSEEN

_ESCO_SKILL: Final = re.compile(r"http://data\.europa\.eu/esco/skill/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_URL: Final = re.compile(r"https?://[a-z0-9.:\[\]-]+(?:[/?#][!-~]*)?")
_MAX_ID: Final = 64
_MOST_REPORT_DIGITS: Final = 8


@dataclass(frozen=True, slots=True)
class Missing:
    """An element that the entry needs or may have and the document does not state in a form that can be taken over."""

    element: str
    """Member of the entry, such as ``learningOutcomes``."""
    name: str
    """The element as the Council Recommendation calls it."""
    mandatory: bool
    hint: str = ""
    """What the document says instead, if anything."""


@dataclass(frozen=True, slots=True)
class AchievementDraft:
    """The members of an `achievement` entry that a document gives, and those that it does not."""

    entry: dict[str, Any]
    missing: tuple[Missing, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing mandatory is missing."""
        return not any(item.mandatory for item in self.missing)


_ELEMENTS: Final = (
    ("title", "title", True),
    ("code", "the awarding body's own code", True),
    ("awardingBodies", "awarding body, with its country", True),
    ("learningOutcomes", "learning outcomes", True),
    ("workload", "notional workload", True),
    ("assessment", "type of assessment", True),
    ("participation", "form of participation", True),
    ("qualityAssurance", "type of quality assurance", True),
    ("eqfLevel", "level (EQF), if applicable", False),
    ("cycle", "cycle (QF-EHEA), if applicable", False),
    ("prerequisites", "prerequisites needed to enrol", False),
    ("supervision", "supervision and identity verification during assessment", False),
    ("gradingScheme", "grading scheme", False),
    ("stackability", "integration and stackability", False),
    ("furtherInformation", "further information", False),
    ("iscedF", "field of education (ISCED-F 2013)", False),
    ("skills", "skills (ESCO)", False),
    ("languages", "languages of instruction", False),
)


def achievement_draft(achievement: AchievementReading) -> AchievementDraft:
    """Return the draft entry for one achievement of a reading."""
    members = {name: value for name, value in _members(achievement) if value}
    hints = dict(_hints(achievement))
    missing = tuple(
        Missing(element, name, mandatory, hints.get(element, ""))
        for element, name, mandatory in _ELEMENTS
        if element not in members or element in hints
    )
    return AchievementDraft({"kind": "achievement", "v": 1, "version": 1} | members, missing)


def _members(achievement: AchievementReading) -> Iterator[tuple[str, Any]]:
    code = _one_line(achievement.code, joiners="")
    code = code if len(code) <= CODE_CHARACTERS else ""
    yield "id", _id(code or next(iter(achievement.title.values()), ""))
    yield "code", code
    yield "title", dict(achievement.title)
    yield (
        "awardingBodies",
        [_awarding_body(body) for body in achievement.awarding_bodies if body.country and body.names],
    )
    yield "learningOutcomes", _outcomes(achievement)
    yield "workload", _workload(achievement)
    yield "assessment", _assessment(achievement.assessment_types)
    yield "participation", _distinct(item.word for item in achievement.participation)
    yield "qualityAssurance", _distinct(_quality(item) for item in achievement.quality if item.kind)
    yield "eqfLevel", achievement.eqf_level
    yield "cycle", achievement.cycle
    yield "prerequisites", dict(achievement.prerequisites)
    yield "supervision", achievement.supervision
    yield "gradingScheme", _grading(achievement.grading)
    yield "stackability", {"kind": achievement.stackability} if achievement.stackability else {}
    yield "furtherInformation", achievement.url if _URL.fullmatch(achievement.url) else ""
    yield "iscedF", _distinct(achievement.isced_f)
    yield "skills", _distinct(_skills(achievement))
    yield "languages", _distinct(achievement.languages)


def _distinct(values: Any) -> list[Any]:
    """Return what says something, each once, in the order it came; the builder of the entry sorts sets."""
    by_text = {json.dumps(value, sort_keys=True): value for value in values if value}
    return list(by_text.values())


def _awarding_body(body: Body) -> dict[str, Any]:
    typed = [{"scheme": item.scheme, "value": item.value} for item in body.identifiers if item.scheme != OTHER]
    identifiers = {"identifiers": _distinct(typed)} if typed else {}
    region = {"region": body.region} if body.region else {}
    names = {language: _one_line(name) for language, name in body.names.items()}
    return {"name": names, "country": body.country} | region | identifiers


def _one_line(text: str, joiners: str = JOINERS) -> str:
    """Return a name or code in its one spelling: single blanks, nothing that can't be seen but these joiners."""
    seen = UNSEEN.sub("", text)
    for mark in set(JOINERS) - set(joiners):
        seen = seen.replace(mark, "")
    return " ".join(seen.split())


def _grading(grading: Grading) -> dict[str, Any]:
    """Return the scheme and where it is explained, never the grade."""
    if not grading.scheme:
        return {}
    return {"title": dict(grading.scheme)} | ({"url": grading.url} if _URL.fullmatch(grading.url) else {})


def _outcomes(achievement: AchievementReading) -> list[dict[str, str]]:
    stated = [dict(item.title) for item in achievement.outcomes if item.title]
    return stated or ([dict(achievement.outcome_summary)] if achievement.outcome_summary else [])


def _skills(achievement: AchievementReading) -> Iterator[str]:
    for address in (*(link for item in achievement.outcomes for link in item.esco), *achievement.esco):
        if _ESCO_SKILL.fullmatch(address):
            yield address


def _workload(achievement: AchievementReading) -> dict[str, Any]:
    """Return credit points with their system (ECTS first), hours, or both; a bare number has no meaning here."""
    with_system = [item for item in achievement.credits if item.system and item.amount != "0"]
    chosen = next((item for item in with_system if item.system == "ECTS"), next(iter(with_system), None))
    found: dict[str, Any] = {}
    if chosen is not None and (system := _id(chosen.system)):
        found["credits"] = {"points": chosen.amount, "system": system}
    return found | ({"hours": achievement.hours} if achievement.hours not in ("", "0") else {})


def _assessment(kinds: tuple[Named, ...]) -> dict[str, Any]:
    """Return the types; one of no list is ``other`` with the document's own words."""
    if not any(item.word or item.text for item in kinds):
        return {}
    types = _distinct(item.word or "other" for item in kinds)
    described = next((dict(item.text) for item in kinds if not item.word and item.text), {})
    return {"types": types} | ({"text": described} if described else {})


def _quality(item: QualityAssurance) -> dict[str, Any]:
    members = {"kind": item.kind, "deqar": _deqar(item.deqar), "from": item.valid_from, "until": item.valid_until}
    if item.valid_from and item.valid_until and item.valid_until < item.valid_from:
        del members["from"], members["until"]
    return {name: value for name, value in members.items() if value}


def _deqar(written: str) -> str:
    """Return a report's number, or an institution's id, in its one spelling; nothing where it is neither."""
    bare = written.strip().lstrip("#").lstrip("0")
    if bare.isascii() and bare.isdigit():
        return bare if len(bare) <= _MOST_REPORT_DIGITS else ""
    try:
        return normalise("deqar", bare)
    except MalformedError:
        return ""


def _id(name: str) -> str:
    """Return an id of ours made from a name: ``INF-101 Bases`` gives ``inf-101-bases``."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9._]+", "-", plain).strip("-._")[:_MAX_ID].rstrip("-._")


def _hints(achievement: AchievementReading) -> Iterator[tuple[str, str]]:
    """Tell what the document says where it says something that cannot be taken over."""
    for body in achievement.awarding_bodies:
        if not body.country:
            yield "awardingBodies", f"no country is stated for {_spoken(body.names)}"
    if not _outcomes(achievement) and achievement.description:
        yield "learningOutcomes", f"the document describes it: {_spoken(achievement.description)}"
    if not _workload(achievement):
        yield from _credit_hints(achievement)
    for mode in achievement.participation:
        if not mode.word:
            yield "participation", f"the document says: {_spoken(mode.text)}"
    for quality in achievement.quality:
        if not quality.kind:
            yield "qualityAssurance", f"the document says: {_spoken(quality.title)}"


def _credit_hints(achievement: AchievementReading) -> Iterator[tuple[str, str]]:
    """Tell credit points that can't be taken over: a bare number, and what this learner received."""
    if achievement.credits:
        yield "workload", f"the document says {achievement.credits[0].amount} credits and not of which system"
    elif received := achievement.credits_received:
        yield (
            "workload",
            f"the document says the learner received {received[0].amount} {received[0].system or 'credits'}",
        )


def _spoken(text: Texts) -> str:
    return text.get("en") or next(iter(text.values()), "")
