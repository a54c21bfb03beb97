"""Write a European Digital Credential (ELM v3 JSON-LD, unsigned) for one award.

It carries every element of the Council Recommendation that the achievement states, each where
`node.formats.read_elm` finds it. Before it counts anywhere it has to be sealed, for instance by the EDC tools, which
take it in the wrapper that `uploadable` makes. Not written: which larger achievements a stackable one builds towards,
and a text on assessments whose types need none.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from node.formats import elm_concepts, vocabulary, words
from node.formats.award_details import AwardDetails, Learner, given
from node.formats.dates import duration
from node.formats.elm_organisation import organisation, page
from node.formats.strict_json import JsonObject
from protocol.recognition.achievement import Achievement

_CONTEXTS: Final = ["https://www.w3.org/2018/credentials/v1", "http://data.europa.eu/snb/model/context/edc-ap"]
_MANDATE: Final = "The issuer seals this credential on behalf of the awarding body, which answers for what it says."


def write_elm(award: AwardDetails) -> JsonObject:
    """Return the credential as JSON."""
    achievement, day = award.achievement, f"{award.awarded_on}T00:00:00Z"
    members: JsonObject = {
        "@context": _CONTEXTS,
        "id": award.credential_id,
        "type": ["VerifiableCredential", "EuropeanDigitalCredential"],
        "credentialProfiles": elm_concepts.europass("http://data.europa.eu/snb/credential/", "e34929035b", "Generic"),
        "credentialSchema": {
            "id": "http://data.europa.eu/snb/model/ap/edc-generic-full",
            "type": "ShaclValidator2017",
        },
        "displayParameter": _display(achievement),
        "issuer": organisation(award.sealed_by, "urn:epass:org:issuer", award.issuer_url),
        "issuanceDate": day,
        "issued": day,
        "validFrom": day,
        "credentialSubject": _person(award.learner) | {"hasClaim": _claim(award)},
    }
    if award.valid_until:
        members["validUntil"] = f"{award.valid_until}T23:59:59Z"
    return members | ({"evidence": _mandate()} if award.issuer else {})


def uploadable(credential: JsonObject) -> JsonObject:
    """Return the credential in the wrapper that the EDC tools take in."""
    return {"credential": credential}


def _display(achievement: Achievement) -> JsonObject:
    main = elm_concepts.language(next(iter(achievement.title)))
    display = {"id": "urn:epass:displayParameter:1", "type": "DisplayParameter", "title": dict(achievement.title)}
    return display | {"language": main, "primaryLanguage": main}


def _mandate() -> JsonObject:
    kind = {"id": vocabulary.MANDATE_EVIDENCE, "type": "Concept", "prefLabel": {"en": "Mandate"}}
    return {"id": "urn:epass:evidence:1", "type": "Evidence", "dcType": kind, "evidenceStatement": _MANDATE}


def _person(learner: Learner) -> JsonObject:
    person: JsonObject = {
        "id": "urn:epass:person:1",
        "type": "Person",
        "givenName": {"en": learner.given_name},
        "familyName": {"en": learner.family_name},
        "fullName": {"en": learner.full_name},
    }
    if learner.birth_date:
        person["dateOfBirth"] = f"{learner.birth_date}T00:00:00Z"
    if learner.email:
        mailbox = {"id": f"mailto:{learner.email}", "type": "Mailbox"}
        person["contactPoint"] = {"id": "urn:epass:contactPoint:1", "type": "ContactPoint", "emailAddress": mailbox}
    return person


def _note(text: Mapping[str, str]) -> JsonObject:
    return {"type": "Note", "noteLiteral": dict(text)}


def _claim(award: AwardDetails) -> JsonObject:
    bodies = enumerate(award.achievement.awarding_bodies, start=1)
    organisations = [organisation(body, f"urn:epass:org:{number}") for number, body in bodies]
    process: JsonObject = {
        "id": "urn:epass:awardingProcess:1",
        "type": "AwardingProcess",
        "awardingBody": organisations,
        "awardingDate": f"{award.awarded_on}T00:00:00Z",
    }
    return {
        "id": "urn:epass:learningAchievement:1",
        "type": "LearningAchievement",
        "title": dict(award.achievement.title),
        "awardedBy": process,
        "provenBy": list(_assessments(award, process)),
        "specifiedBy": dict(_specification(award.achievement)),
    }


def _specification(achievement: Achievement) -> Iterator[tuple[str, Any]]:
    """Yield the members of the qualification that specifies the achievement."""
    yield "id", "urn:epass:qualification:1"
    yield "type", "Qualification"
    yield "title", dict(achievement.title)
    yield "identifier", {"type": "Identifier", "schemeName": "Achievement code", "notation": achievement.code}
    yield "learningOutcome", _outcomes(achievement)
    yield "mode", [elm_concepts.named(mode, words.PARTICIPATION) for mode in achievement.participation]
    yield "accreditation", [elm_concepts.accreditation(item) for item in achievement.quality_assurance]
    if credit := given(achievement.workload.credits):
        yield "creditPoint", elm_concepts.credit_point(credit)
    if hours := given(achievement.workload.hours):
        yield "volumeOfLearning", duration(hours)
    if level := given(achievement.eqf_level):
        yield "eqfLevel", elm_concepts.eqf_level(level)
    if cycle := given(achievement.cycle):
        yield "educationLevel", elm_concepts.cycle(cycle)
    if prerequisites := given(achievement.prerequisites):
        yield "entryRequirement", _note(prerequisites)
    if stackability := given(achievement.stackability):
        yield "isPartialQualification", stackability.kind == "stackable"
    if fields := given(achievement.isced_f):
        yield "thematicArea", [elm_concepts.field_of_education(code) for code in fields]
    if languages := given(achievement.languages):
        yield "language", [elm_concepts.language(tag) for tag in languages]
    if url := given(achievement.further_information):
        yield "homepage", page(url)


def _outcomes(achievement: Achievement) -> list[JsonObject]:
    """Return the outcomes; the entry ties skills to the achievement as a whole, so the first outcome bears them."""
    outcomes: list[JsonObject] = [
        {"id": f"urn:epass:learningOutcome:{number}", "type": "LearningOutcome", "title": dict(title)}
        for number, title in enumerate(achievement.learning_outcomes, start=1)
    ]
    if skills := given(achievement.skills):
        outcomes[0]["relatedESCOSkill"] = elm_concepts.skills(skills)
    return outcomes


def _assessments(award: AwardDetails, process: JsonObject) -> Iterator[JsonObject]:
    """Yield one assessment for each type; supervision, scheme and grade are of all of them."""
    achievement = award.achievement
    for number, word in enumerate(achievement.assessment.types, start=1):
        kind = elm_concepts.named(word, words.ASSESSMENT)
        if word == "other":
            kind = elm_concepts.concept("", given(achievement.assessment.text) or {})
        specification: JsonObject = {
            "type": "LearningAssessmentSpecification",
            "title": kind["prefLabel"],
            "dcType": kind,
        }
        if scheme := given(achievement.grading_scheme):
            specification["gradingScheme"] = _grading_scheme(scheme.title, given(scheme.url))
        assessment: JsonObject = {
            "id": f"urn:epass:learningAssessment:{number}",
            "type": "LearningAssessment",
            "title": kind["prefLabel"],
            "awardedBy": process,
            "specifiedBy": specification,
        }
        if supervision := given(achievement.supervision):
            assessment["idVerification"] = elm_concepts.supervision(supervision)
        yield assessment | ({"grade": _note(award.grade)} if award.grade else {})


def _grading_scheme(title: Mapping[str, str], url: str | None) -> JsonObject:
    scheme: JsonObject = {"type": "GradingScheme", "title": dict(title)}
    return scheme | ({"supplementaryDocument": page(url)} if url else {})
