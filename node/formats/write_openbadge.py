"""Write an Open Badge 3.0 (JSON, unsigned) for one award.

Open Badges has no place for most elements of the Council Recommendation. They are written as terms of the European
Learning Model, to which the badge's own context gives their meaning, and where badges have a habit of their own
(alignments to ESCO, EQF and ISCED-F; ``ECTS``; the Dutch extension's form of assessment, participation, supervision) in
that way.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from node.formats import elm_concepts, vocabulary, words
from node.formats.award_details import AwardDetails, Learner, given
from node.formats.dates import duration
from node.formats.elm_organisation import organisation
from node.formats.strict_json import JsonObject
from protocol.recognition.achievement import Achievement
from protocol.recognition.bodies import AwardingBody

_BY_LANGUAGE: Final = {"@container": "@language"}
_CONTEXTS: Final = [
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    {
        "@vocab": "http://data.europa.eu/snb/model/elm/",
        "title": {"@id": "http://purl.org/dc/terms/title"} | _BY_LANGUAGE,
        "prefLabel": {"@id": "http://www.w3.org/2004/02/skos/core#prefLabel"} | _BY_LANGUAGE,
        "noteLiteral": {"@id": "http://data.europa.eu/snb/model/elm/noteLiteral"} | _BY_LANGUAGE,
    },
]
_SUPERVISION: Final[Mapping[str, tuple[str, bool]]] = {
    words.UNSUPERVISED: ("unsupervised with no identity verification", False),
    words.SUPERVISED: ("supervised with no identity verification", False),
    words.SUPERVISED_IDENTIFIED: ("onsite with identity verification", True),
}
_RESULT: Final = "urn:result-description:grade"


def write_openbadge(award: AwardDetails) -> JsonObject:
    """Return the badge as JSON."""
    day = f"{award.awarded_on}T00:00:00Z"
    language = _main_language(award.achievement)
    members: JsonObject = {
        "@context": _CONTEXTS,
        "id": award.credential_id,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": award.achievement.title[language],
        "issuer": _profile(award.sealed_by, language, award.issuer_url or "urn:profile:issuer"),
        "validFrom": day,
        "awardedDate": day,
        "credentialSubject": _subject(award, language),
    }
    return members | ({"validUntil": f"{award.valid_until}T23:59:59Z"} if award.valid_until else {})


def _main_language(achievement: Achievement) -> str:
    return "en" if "en" in achievement.title else next(iter(achievement.title))


def _in(language: str, text: Mapping[str, str]) -> str:
    return text.get(language) or next(iter(text.values()))


def _subject(award: AwardDetails, language: str) -> JsonObject:
    subject: JsonObject = {
        "type": ["AchievementSubject"],
        "identifier": list(_identity(award.learner)),
        "achievement": dict(_achievement(award.achievement, language)),
    }
    if award.grade:
        grade = _in(language, award.grade)
        subject["result"] = [{"type": ["Result"], "resultDescription": _RESULT, "value": grade}]
    return subject


def _identity(learner: Learner) -> Iterator[JsonObject]:
    for kind, value in (("name", learner.full_name), ("emailAddress", learner.email)):
        if value:
            yield {"type": "IdentityObject", "identityHash": value, "identityType": kind, "hashed": False}


def _profile(body: AwardingBody, language: str, id_: str) -> JsonObject:
    address: JsonObject = {"type": ["Address"], "addressCountryCode": body.country}
    if region := given(body.region):
        address["addressRegion"] = region
    profile: JsonObject = {"id": id_, "type": ["Profile"], "name": _in(language, body.name), "address": address}
    profile |= {"legalName": dict(body.name)} if len(body.name) > 1 else {}
    others = [
        {"type": "IdentifierEntry", "identifierType": f"ext:{alias.scheme}", "identifier": alias.value}
        for alias in given(body.identifiers) or ()
    ]
    return profile | ({"otherIdentifier": others} if others else {})


def _achievement(achievement: Achievement, language: str) -> Iterator[tuple[str, Any]]:
    """Yield the members that Open Badges defines, then those that it does not."""
    url = given(achievement.further_information)
    yield "id", url or f"urn:achievement:{achievement.id}:{achievement.version}"
    yield "type", ["Achievement"]
    yield "achievementType", "MicroCredential"
    yield "name", achievement.title[language]
    yield "description", "; ".join(_in(language, outcome) for outcome in achievement.learning_outcomes)
    yield "criteria", {"narrative": ", ".join(word.replace("-", " ") for word in achievement.assessment.types)}
    yield "humanCode", achievement.code
    yield "inLanguage", language
    yield "creator", _profile(achievement.awarding_bodies[0], language, "urn:profile:1")
    yield "alignment", list(_alignments(achievement))
    if scheme := given(achievement.grading_scheme):
        yield "resultDescription", [_result_description(dict(scheme.title), given(scheme.url), language)]
    yield from _extended(achievement)


def _result_description(title: dict[str, str], url: str | None, language: str) -> JsonObject:
    members: JsonObject = {"id": _RESULT, "type": ["ResultDescription"], "resultType": "Result"}
    members |= {"name": title[language] if language in title else next(iter(title.values())), "title": title}
    return members | ({"supplementaryDocument": {"type": "WebResource", "contentURL": url}} if url else {})


def _alignments(achievement: Achievement) -> Iterator[JsonObject]:
    for skill in given(achievement.skills) or ():
        yield _alignment(skill, "ESCO", skill.rsplit("/", 1)[-1])
    if level := given(achievement.eqf_level):
        yield _alignment(f"{vocabulary.EQF}{level}", "European Qualifications Framework", f"Level {level}")
    for code in given(achievement.isced_f) or ():
        yield _alignment(f"{vocabulary.ISCED_F}{code}", "ISCED-F 2013", code)


def _alignment(url: str, framework: str, name: str) -> JsonObject:
    return {"type": ["Alignment"], "targetUrl": url, "targetFramework": framework, "targetName": name}


def _extended(achievement: Achievement) -> Iterator[tuple[str, Any]]:
    yield "title", dict(achievement.title)
    if len(achievement.awarding_bodies) > 1:
        bodies = enumerate(achievement.awarding_bodies, start=1)
        yield "awardingBody", [organisation(body, f"urn:profile:{number}") for number, body in bodies]
    yield "learningOutcome", [{"type": "LearningOutcome", "title": dict(one)} for one in achievement.learning_outcomes]
    yield "assessmentType", [_assessment(achievement, word) for word in achievement.assessment.types]
    yield "participationType", list(achievement.participation)
    yield "accreditation", [elm_concepts.accreditation(item) for item in achievement.quality_assurance]
    if credit := given(achievement.workload.credits):
        yield (
            ("ECTS", float(credit.points))
            if credit.system == "ects"
            else ("creditPoint", elm_concepts.credit_point(credit))
        )
    if hours := given(achievement.workload.hours):
        yield "volumeOfLearning", duration(hours)
    if cycle := given(achievement.cycle):
        yield "educationLevel", elm_concepts.cycle(cycle)
    if prerequisites := given(achievement.prerequisites):
        yield "entryRequirement", {"type": "Note", "noteLiteral": dict(prerequisites)}
    if supervision := given(achievement.supervision):
        phrase, checked = _SUPERVISION[supervision]
        yield "supervisionType", phrase
        yield "identityChecked", checked
    if stackability := given(achievement.stackability):
        yield "isPartialQualification", stackability.kind == "stackable"
    yield "language", list(given(achievement.languages) or ())


def _assessment(achievement: Achievement, word: str) -> str | JsonObject:
    if word == "other":
        return elm_concepts.concept("", given(achievement.assessment.text) or {})
    return word
