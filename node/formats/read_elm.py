"""Read a European Digital Credential: JSON-LD of the European Learning Model (ELM v3) on a W3C credential.

A credential's subject is a person who ``hasClaim`` one or more learning achievements (or activities, assessments,
entitlements). Each is ``awardedBy`` an awarding process with its ``awardingBody``, ``specifiedBy`` a specification or
qualification, and ``provenBy`` assessments. The credential's ``issuer`` holds the seal's key and may be another
organisation, by mandate.

Notional workload is ``volumeOfLearning`` of the specification, and its credit points ``creditPoint``. ``workload`` is
the hours a learner actually spent and is not read; ``creditReceived`` is what this learner got, and is kept apart.
Which property gives which element: `docs/formats/credentials-read.md`. Source: ELM ontology 3, EDC application profile
1.1 (European Commission, DG EMPL).
"""

from typing import Final

from node.formats import vocabulary, words
from node.formats.dates import hours, legal_date
from node.formats.elm_body import read_accreditations, read_body
from node.formats.reading import (
    AchievementReading,
    Body,
    Credits,
    Grading,
    LearningOutcome,
    Mandate,
    Named,
    Texts,
    check_count,
)
from node.formats.strict_json import JsonObject
from node.formats.values import by_language, decimal, first_object, identity, listed, objects, text, types

_CLAIMS: Final = {
    "LearningAchievement": "achievement",
    "Qualification": "achievement",
    "LearningActivity": "activity",
    "LearningAssessment": "assessment",
    "LearningEntitlement": "entitlement",
}


def read_claims(credential: JsonObject) -> tuple[AchievementReading, ...]:
    """Return what the credential claims of its subject; empty if nothing is claimed."""
    subjects = objects(credential.get("credentialSubject"))
    claims = [claim for subject in subjects for claim in objects(subject.get("hasClaim"))]
    check_count(claims)
    return tuple(_claim(claim) for claim in claims)


def read_issuer(credential: JsonObject) -> Body:
    """Return the issuer, who need not be the awarding body."""
    issuer = credential.get("issuer")
    return read_body(first_object(issuer), "issuer") if objects(issuer) else Body(id=identity(issuer), said_in="issuer")


def read_mandate(credential: JsonObject) -> Mandate | None:
    """Return the mandate that the issuer claims by an evidence of that type (EDC profile *issued by mandate*)."""
    for evidence in objects(credential.get("evidence")):
        if identity(evidence.get("dcType")) == vocabulary.MANDATE_EVIDENCE:
            document = first_object(evidence.get("embeddedEvidence"))
            return Mandate(text(evidence.get("evidenceStatement")), text(document.get("contentURL")))
    return None


def read_profiles(credential: JsonObject) -> tuple[Texts, ...]:
    """Return the names of the EDC profiles that the credential claims to follow."""
    found = (vocabulary.concept_words(item) for item in listed(credential.get("credentialProfiles")))
    return tuple(name for name in found if name)


def _claim(claim: JsonObject) -> AchievementReading:
    specification = first_object(claim.get("specifiedBy"))
    award = first_object(claim.get("awardedBy"))
    bodies = objects(award.get("awardingBody"))
    assessments = objects(claim.get("provenBy"))
    return AchievementReading(
        claim=next((_CLAIMS[name] for name in sorted(types(claim)) if name in _CLAIMS), "other"),
        title=by_language(claim.get("title")) or by_language(specification.get("title")),
        code=_code(specification),
        awarding_bodies=tuple(read_body(body, "awardedBy.awardingBody") for body in bodies),
        award_date=legal_date(text(award.get("awardingDate"))),
        outcomes=tuple(_outcome(item) for item in objects(specification.get("learningOutcome"))),
        outcome_summary=_note(specification.get("learningOutcomeSummary")),
        credits=_credits(specification.get("creditPoint")),
        credits_received=_credits(claim.get("creditReceived")),
        hours=hours(text(specification.get("volumeOfLearning"))),
        eqf_level=vocabulary.eqf_level(specification.get("eqfLevel")),
        cycle=vocabulary.cycle(specification.get("educationLevel")) or vocabulary.cycle(specification.get("nqfLevel")),
        assessment_types=_assessment_types(assessments),
        participation=_participation(claim, specification),
        quality=tuple(found for holder in (specification, *bodies) for found in read_accreditations(holder)),
        supervision=_supervision(assessments),
        prerequisites=_note(specification.get("entryRequirement")),
        grading=_grading(assessments),
        stackability=_stackability(specification),
        isced_f=_fields(specification),
        languages=vocabulary.languages(specification.get("language")),
        parts=_parts(claim, specification),
        description=by_language(claim.get("description")) or by_language(specification.get("description")),
        url=text(first_object(specification.get("homepage")).get("contentURL")),
    )


def _code(specification: JsonObject) -> str:
    for item in objects(specification.get("identifier")):
        if notation := text(item.get("notation")):
            return notation
    return text(first_object(specification.get("qualificationCode")).get("notation"))


def _note(value: object) -> dict[str, str]:
    """Return the text of a Note, which may also come as a bare language map."""
    for item in listed(value):
        literal = item.get("noteLiteral") if isinstance(item, dict) and "type" in item else item
        if note := by_language(first_object(literal).get("noteLiteral")) or by_language(literal):
            return note
    return {}


def _outcome(item: JsonObject) -> LearningOutcome:
    related = [*listed(item.get("relatedESCOSkill")), *listed(item.get("relatedSkill"))]
    return LearningOutcome(
        title=by_language(item.get("title")) or by_language(item.get("prefLabel")),
        esco=tuple(dict.fromkeys(vocabulary.esco_links(related))),
        skills=vocabulary.labels(related),
    )


def _credits(value: object) -> tuple[Credits, ...]:
    found = []
    for item in objects(value):
        amount = decimal(text(item.get("point")))
        if amount:
            found.append(Credits(amount, vocabulary.credit_system(item.get("framework"))))
    return tuple(found)


def _assessment_types(assessments: list[JsonObject]) -> tuple[Named, ...]:
    """Return the types of the assessments; where none is typed, their titles, for a person to choose by."""
    found = [
        words.named(kind, words.ASSESSMENT)
        for assessment in assessments
        for holder in (assessment, *objects(assessment.get("specifiedBy")))
        for kind in listed(holder.get("dcType"))
    ]
    typed = tuple(item for item in found if item is not None)
    titles = (by_language(item.get("title")) for item in assessments)
    return typed or tuple(Named("", title) for title in titles if title)


def _participation(claim: JsonObject, specification: JsonObject) -> tuple[Named, ...]:
    """Return the modes of the specification, else of the activities that led to the achievement."""
    activities = [spec for item in objects(claim.get("influencedBy")) for spec in objects(item.get("specifiedBy"))]
    for holders in ([specification], activities):
        modes = [words.named(mode, words.PARTICIPATION) for holder in holders for mode in listed(holder.get("mode"))]
        if found := tuple(mode for mode in modes if mode is not None):
            return found
    return ()


def _supervision(assessments: list[JsonObject]) -> str:
    found = (words.supervision(item.get("idVerification")) for item in assessments)
    return next((value for value in found if value), "")


def _grading(assessments: list[JsonObject]) -> Grading:
    schemes = [
        scheme
        for item in assessments
        for specification in objects(item.get("specifiedBy"))
        for scheme in objects(specification.get("gradingScheme"))
    ]
    scheme = next((title for item in schemes if (title := by_language(item.get("title")))), {})
    grade = next((note for item in assessments if (note := _note(item.get("grade")))), {})
    pages = (first_object(item.get("supplementaryDocument")).get("contentURL") for item in schemes)
    return Grading(scheme, grade, next((address for page in pages if (address := text(page))), ""))


def _stackability(specification: JsonObject) -> str:
    """Return whether the achievement is part of a larger one: ELM's *partial qualification*, or ``isPartOf``."""
    if specification.get("isPartialQualification") is True or objects(specification.get("isPartOf")):
        return "stackable"
    return "stand-alone" if specification.get("isPartialQualification") is False else ""


def _fields(specification: JsonObject) -> tuple[str, ...]:
    fields = [*listed(specification.get("thematicArea")), *listed(specification.get("educationSubject"))]
    return vocabulary.isced_f(fields)


def _parts(claim: JsonObject, specification: JsonObject) -> tuple[Texts, ...]:
    whole = objects(claim.get("hasPart")) or objects(specification.get("hasPart"))
    return tuple(title for part in whole if (title := by_language(part.get("title"))))
