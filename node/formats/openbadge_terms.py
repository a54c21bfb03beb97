"""Elements of an achievement that Open Badges 3.0 has no property for, and how badges carry them all the same.

Three habits are read, from the achievement object:

- *alignments* to European vocabularies, by their addresses: ESCO skills, EQF levels, ISCED-F fields;
- the Dutch Edubadges extension: ``ECTS``, ``SBU`` and ``timeInvestment`` (hours of study), ``assessmentType``,
  ``participationType``, ``supervisionType`` with ``identityChecked``;
- terms of the European Learning Model in a badge's own context: ``title``, ``volumeOfLearning``, ``eqfLevel``,
  ``learningOutcome``, ``entryRequirement``, ``accreditation``, ``isPartialQualification``, ``educationLevel``, with or
  without ``elm:`` before them.
"""

import re
from typing import Any

from node.formats import vocabulary, words
from node.formats.dates import hours
from node.formats.elm_body import read_accreditations, read_body
from node.formats.reading import Body, Credits, LearningOutcome, Named, QualityAssurance
from node.formats.strict_json import JsonObject
from node.formats.values import by_language, decimal, first_object, listed, objects, text

_EQF_NAMES = re.compile(r"(?:the )?(?:eqf|european qualifications? framework\b.*)(?: levels?)?")
"""The whole name: national frameworks (SeQF, "SCQF, referenced to the EQF") have levels of their own."""

_ISCED_NAMES = re.compile(r"isced[ -]?f\b.*|isced fields\b.*|isced 2013\b.*|.*\bfields of education and training\b.*")
"""Fields only: ISCED 2011 has levels, written with digits too."""

_CYCLE_NAMES = re.compile(r".*(?:qf-ehea|bologna|european higher education area).*")
_NO_NAME = re.compile(r"(?!)")


def term(achievement: JsonObject, name: str) -> Any:
    """Return an extension's value under its bare or prefixed name."""
    value = achievement.get(name)
    return achievement.get(f"elm:{name}") if value is None else value


def read_bodies(achievement: JsonObject) -> tuple[Body, ...]:
    """Return the awarding bodies by ELM's term: Open Badges knows only one creator."""
    found = objects(term(achievement, "awardingBody"))
    return tuple(read_body(body, "achievement.awardingBody") for body in found)


def read_title(achievement: JsonObject, language: str) -> dict[str, str]:
    """Return the name in the badge's language, and in others by ELM's term."""
    return by_language(achievement.get("name"), language) | by_language(term(achievement, "title"), language)


def read_credits(achievement: JsonObject) -> tuple[Credits, ...]:
    """Return ``ECTS``, ELM credit points, else the format's bare number, whose system nobody can know."""
    if amount := decimal(text(achievement.get("ECTS"))):
        return (Credits(amount, "ECTS"),)
    points = [
        Credits(amount, vocabulary.credit_system(item.get("framework")))
        for item in objects(term(achievement, "creditPoint"))
        if (amount := decimal(text(item.get("point"))))
    ]
    bare = decimal(text(achievement.get("creditsAvailable")))
    return tuple(points) or ((Credits(bare),) if bare else ())


def read_received(subject: JsonObject) -> tuple[Credits, ...]:
    """Return what this learner received: a bare number too."""
    bare = decimal(text(subject.get("creditsEarned")))
    return (Credits(bare),) if bare else ()


def read_hours(achievement: JsonObject) -> str:
    """Return the hours that a learner is expected to need."""
    for name in ("SBU", "timeInvestment"):
        if amount := decimal(text(achievement.get(name))):
            return amount
    return hours(text(term(achievement, "volumeOfLearning")))


def read_supervision(achievement: JsonObject) -> str:
    """Return the value of supervision and identity verification that the extension's two members say together."""
    phrase = text(achievement.get("supervisionType"))
    if not phrase:
        return words.supervision(term(achievement, "idVerification"))
    value = words.supervision_phrase(phrase)
    checked = achievement.get("identityChecked")
    if value == words.SUPERVISED and checked is True and "no identity" not in phrase.casefold():
        return words.SUPERVISED_IDENTIFIED
    if value == words.SUPERVISED_IDENTIFIED and checked is False:
        return words.SUPERVISED
    return value


def read_assessment(achievement: JsonObject) -> tuple[Named, ...]:
    """Return the types of assessment."""
    return _named(achievement, "assessmentType", words.ASSESSMENT)


def read_participation(achievement: JsonObject) -> tuple[Named, ...]:
    """Return the forms of participation, by the extension's term, else by ELM's."""
    extended = _named(achievement, "participationType", words.PARTICIPATION)
    return extended or _named(achievement, "mode", words.PARTICIPATION)


def _named(achievement: JsonObject, name: str, closed: words.ClosedList) -> tuple[Named, ...]:
    found = (words.named(item, closed) for item in listed(term(achievement, name)))
    return tuple(item for item in found if item is not None)


def read_eqf(achievement: JsonObject) -> int:
    """Return the EQF level by ELM's term, else by an alignment."""
    stated = vocabulary.eqf_level(term(achievement, "eqfLevel"))
    levels = (_alignment_level(item) for item in _alignments_to(achievement, vocabulary.EQF, _EQF_NAMES))
    return stated or next((level for level in levels if level), 0)


def _alignment_level(item: JsonObject) -> int:
    candidates = (text(item.get(name)) for name in ("targetUrl", "targetCode", "targetName"))
    return next((level for value in candidates if value and (level := vocabulary.eqf_level(value))), 0)


def read_cycle(achievement: JsonObject) -> str:
    """Return the QF-EHEA cycle that a level concept or an alignment names."""
    stated = vocabulary.cycle(term(achievement, "educationLevel"))
    named = (vocabulary.cycle(item.get("targetName")) for item in _alignments_to(achievement, "", _CYCLE_NAMES))
    return stated or next((value for value in named if value), "")


def read_fields(achievement: JsonObject) -> tuple[str, ...]:
    """Return the ISCED-F codes by ELM's term and by alignments."""
    aligned = [
        candidate
        for item in _alignments_to(achievement, vocabulary.ISCED_F, _ISCED_NAMES)
        for candidate in (item.get("targetUrl"), item.get("targetCode"))
    ]
    return vocabulary.isced_f([*listed(term(achievement, "thematicArea")), *aligned])


def read_outcomes(achievement: JsonObject, language: str) -> tuple[LearningOutcome, ...]:
    """Return the learning outcomes by ELM's term, else one for each ESCO skill that the badge is aligned to."""
    stated = [_outcome(item, language) for item in listed(term(achievement, "learningOutcome"))]
    if found := tuple(item for item in stated if item.title):
        return found
    skills = _alignments_to(achievement, vocabulary.ESCO, _NO_NAME)
    return tuple(LearningOutcome(by_language(item.get("targetName"), language)) for item in skills)


def read_skills(achievement: JsonObject) -> tuple[str, ...]:
    """Return the ESCO skills that the badge is aligned to."""
    aligned = (text(item.get("targetUrl")) for item in _alignments_to(achievement, vocabulary.ESCO, _NO_NAME))
    return tuple(dict.fromkeys(aligned))


def read_languages(achievement: JsonObject) -> tuple[str, ...]:
    """Return the languages of instruction by ELM's term, which may be none, else the language of the badge."""
    stated = term(achievement, "language")
    return vocabulary.languages(achievement.get("inLanguage") if stated is None else stated)


def _outcome(item: Any, language: str) -> LearningOutcome:
    if not isinstance(item, dict):
        return LearningOutcome(by_language(item, language))
    related = [*listed(item.get("relatedESCOSkill")), *listed(item.get("relatedSkill"))]
    title = by_language(item.get("title"), language) or by_language(item.get("name"), language)
    return LearningOutcome(title, vocabulary.esco_links(related), vocabulary.labels(related))


def read_quality(holder: JsonObject) -> tuple[QualityAssurance, ...]:
    """Return what ELM's ``accreditation`` states of an achievement or of a body."""
    return read_accreditations({"accreditation": term(holder, "accreditation")})


def read_prerequisites(achievement: JsonObject, language: str) -> dict[str, str]:
    """Return the entry requirements, a Note or bare text."""
    value = term(achievement, "entryRequirement")
    return by_language(first_object(value).get("noteLiteral"), language) or by_language(value, language)


def read_stackability(achievement: JsonObject) -> str:
    """Return ``stackable`` or ``stand-alone`` by ELM's *partial qualification*."""
    partial = term(achievement, "isPartialQualification")
    return {True: "stackable", False: "stand-alone"}[partial] if isinstance(partial, bool) else ""


def _alignments_to(achievement: JsonObject, address: str, names: re.Pattern[str]) -> list[JsonObject]:
    """Return the alignments to a framework, known by the target's address or by the framework's name."""
    found = []
    for item in objects(achievement.get("alignment")) + objects(achievement.get("alignments")):
        frameworks = (text(item.get(member)).casefold() for member in ("targetFramework", "targetType"))
        by_address = address and text(item.get("targetUrl")).startswith(address)
        if by_address or any(names.fullmatch(framework) for framework in frameworks):
            found.append(item)
    return found
