"""What is read from where, in the shapes that documents really have."""

import pytest

from node.formats.credential import read_credential
from node.formats.draft import achievement_draft
from protocol.errors import MalformedError
from tests.node.formats.documents import as_bytes


def elm(**members):
    """Return what is read of an ELM credential whose achievement has only these members."""
    subject = {"type": "Person", "hasClaim": {"type": "LearningAchievement"} | members}
    return read_credential(as_bytes(credential("EuropeanDigitalCredential", subject))).main


def badge(subject=None, **members):
    """Return what is read of a badge whose achievement has only these members."""
    inner = {"type": ["AchievementSubject"], "achievement": {"type": ["Achievement"]} | members} | (subject or {})
    return read_credential(as_bytes(credential("OpenBadgeCredential", inner))).main


def credential(kind, subject, **members):
    """Return a credential about a subject."""
    base = {"type": ["VerifiableCredential", kind], "issuer": {"id": "https://uni.example", "name": "Uni"}}
    return base | {"credentialSubject": subject} | members


SPECIFICATION = {
    "credit-point-in-a-list": (
        {"creditPoint": [{"framework": {"notation": "ECTS"}, "point": "5"}]},
        lambda read: [(item.amount, item.system) for item in read.credits] == [("5", "ECTS")],
    ),
    "credit-point-as-number": (
        {"creditPoint": {"point": 7.5}},
        lambda read: [(item.amount, item.system) for item in read.credits] == [("7.5", "")],
    ),
    "volume-of-learning": ({"volumeOfLearning": "PT25H"}, lambda read: read.hours == "25"),
    "workload-is-hours-spent": ({"workload": "PT25H"}, lambda read: read.hours == ""),
    "months-are-no-hours": ({"volumeOfLearning": "P3M"}, lambda read: read.hours == ""),
    "prerequisites-as-note": (
        {"entryRequirement": [{"type": "Note", "noteLiteral": {"en": "Algebra"}}]},
        lambda read: read.prerequisites == {"en": "Algebra"},
    ),
    "prerequisites-as-map": (
        {"entryRequirement": {"en": "Algebra"}},
        lambda read: read.prerequisites == {"en": "Algebra"},
    ),
    "summary-of-outcomes": (
        {"learningOutcomeSummary": {"type": "Note", "noteLiteral": {"en": ["Reads", "Writes"]}}},
        lambda read: read.outcome_summary == {"en": "Reads; Writes"},
    ),
    "outcome-with-skills-of-two-frameworks": (
        {
            "learningOutcome": {
                "title": {"en": "Makes maps"},
                "relatedESCOSkill": {"id": "http://data.europa.eu/esco/skill/1", "prefLabel": {"en": "cartography"}},
                "relatedSkill": [{"id": "http://other.example/2", "prefLabel": {"en": "drawing"}}],
            }
        },
        lambda read: (
            (read.outcomes[0].esco, read.outcomes[0].skills)
            == (("http://data.europa.eu/esco/skill/1",), ({"en": "cartography"}, {"en": "drawing"}))
        ),
    ),
    "code": ({"identifier": [{"schemeName": "Course", "notation": "MAT-1"}]}, lambda read: read.code == "MAT-1"),
    "code-of-a-qualification": ({"qualificationCode": {"notation": "Q-9"}}, lambda read: read.code == "Q-9"),
    "whole-qualification": ({"isPartialQualification": False}, lambda read: read.stackability == "stand-alone"),
    "part-of-another": ({"isPartOf": [{"title": {"en": "BSc"}}]}, lambda read: read.stackability == "stackable"),
    "title-of-the-specification": ({"title": {"en": "Maps"}}, lambda read: read.title == {"en": "Maps"}),
    "parts": ({"hasPart": [{"title": {"en": "One"}}, {"title": {"en": "Two"}}]}, lambda read: len(read.parts) == 2),
    "accreditation": (
        {
            "accreditation": {
                "dcType": {"prefLabel": {"en": "Program Quality Assurance"}},
                "accreditingAgent": {"legalName": {"en": "Agency"}},
                "identifier": {"schemeName": "DEQAR report", "notation": "777"},
                "report": {"contentURL": "https://agency.example/777"},
                "expiryDate": "2030-01-01T00:00:00Z",
            }
        },
        lambda read: (
            [(q.kind, q.agency, q.deqar, q.valid_until, q.url) for q in read.quality]
            == [("programme", {"en": "Agency"}, "777", "2030-01-01", "https://agency.example/777")]
        ),
    ),
}


@pytest.mark.parametrize(("specification", "holds"), SPECIFICATION.values(), ids=SPECIFICATION)
def test_the_specification_of_a_learning_achievement_is_read(specification, holds):
    """One value or a list, concepts with or without addresses: the element is found."""
    assert holds(elm(specifiedBy=specification))
    assert holds(elm(specifiedBy=[specification]))


def test_a_mode_of_the_activities_stands_in_where_the_achievement_has_none():
    """Form of participation may be stated of the course that led to the achievement."""
    mode = {"id": "http://data.europa.eu/snb/learning-assessment/920fbb3cbe"}
    read = elm(influencedBy=[{"specifiedBy": {"mode": [mode]}}])
    assert [item.word for item in read.participation] == ["online"]


RECEIVED = {
    "elm": (elm(creditReceived={"framework": {"notation": "ECTS"}, "point": "3"}, specifiedBy={}), "3", "ECTS"),
    "badge": (badge({"creditsEarned": 3}), "3", ""),
}


@pytest.mark.parametrize(("read", "amount", "system"), RECEIVED.values(), ids=RECEIVED)
def test_what_a_learner_received_is_not_what_the_achievement_is_worth(read, amount, system):
    """One learner's credit points are told apart, shown to whoever completes the draft, and not taken over."""
    assert [(item.amount, item.system) for item in read.credits_received] == [(amount, system)]
    assert read.credits == ()
    draft = achievement_draft(read)
    hints = {item.element: item.hint for item in draft.missing}
    assert hints["workload"] == f"the document says the learner received {amount} {system or 'credits'}"
    assert "workload" not in draft.entry


CLAIMS = {
    "LearningAchievement": "achievement",
    "LearningActivity": "activity",
    "LearningAssessment": "assessment",
    "LearningEntitlement": "entitlement",
    "Something": "other",
}


@pytest.mark.parametrize(("kind", "claim"), CLAIMS.items())
def test_the_kind_of_claim_is_told(kind, claim):
    """Taking part is not achieving: an activity is read as one."""
    assert elm(type=kind).claim == claim


def test_several_claims_give_several_achievements():
    """A document may hold more than one."""
    subject = {"hasClaim": [{"type": "LearningAchievement", "title": {"en": word}} for word in ("One", "Two")]}
    reading = read_credential(as_bytes(credential("EuropeanDigitalCredential", subject)))
    assert [item.title["en"] for item in reading.achievements] == ["One", "Two"]


BADGES = {
    "bare-number-of-credits": (
        {"creditsAvailable": 5},
        lambda read: [(c.amount, c.system) for c in read.credits] == [("5", "")],
    ),
    "ects": (
        {"ECTS": 2.5, "creditsAvailable": 9},
        lambda read: [(c.amount, c.system) for c in read.credits] == [("2.5", "ECTS")],
    ),
    "hours-of-study": ({"SBU": 240}, lambda read: read.hours == "240"),
    "time-investment": ({"timeInvestment": 12}, lambda read: read.hours == "12"),
    "eqf-by-address": (
        {"alignment": [{"targetUrl": "http://data.europa.eu/snb/eqf/6", "targetName": "Bachelor"}]},
        lambda read: read.eqf_level == 6,
    ),
    "level-of-a-framework-that-refers-to-the-eqf": (
        {"alignment": [{"targetFramework": "SCQF, referenced to the EQF", "targetCode": "8"}]},
        lambda read: read.eqf_level == 0,
    ),
    "level-of-a-framework-with-the-eqf-in-its-name": (
        {"alignment": [{"targetFramework": "SeQF", "targetCode": "6"}]},
        lambda read: read.eqf_level == 0,
    ),
    "level-of-isced-2011-is-no-field": (
        {"alignment": [{"targetFramework": "ISCED 2011", "targetCode": "665"}]},
        lambda read: read.isced_f == (),
    ),
    "eqf-by-framework-name": (
        {"alignment": {"targetFramework": "EQF", "targetCode": "7", "targetUrl": "https://europass.example"}},
        lambda read: read.eqf_level == 7,
    ),
    "cycle-by-framework-name": (
        {"alignment": [{"targetFramework": "QF-EHEA", "targetName": "First cycle"}]},
        lambda read: read.cycle == "first",
    ),
    "field-of-education": (
        {"alignment": [{"targetFramework": "ISCED-F 2013", "targetCode": "0613"}]},
        lambda read: read.isced_f == ("0613",),
    ),
    "skills": (
        {"alignment": [{"targetUrl": "http://data.europa.eu/esco/skill/1", "targetName": "draw"}]},
        lambda read: (read.esco, read.outcomes[0].title) == (("http://data.europa.eu/esco/skill/1",), {"und": "draw"}),
    ),
    "language": (
        {"inLanguage": "nl", "name": "Kaarten"},
        lambda read: (read.title, read.languages) == ({"nl": "Kaarten"}, ("nl",)),
    ),
    "code": ({"humanCode": "GEO-1"}, lambda read: read.code == "GEO-1"),
    "code-of-another-system": ({"otherIdentifier": [{"identifier": "9"}]}, lambda read: read.code == "9"),
    "supervision-with-identity": (
        {"supervisionType": "onsite with identity verification"},
        lambda read: read.supervision == "supervised-with-identity-check",
    ),
    "supervised-online-and-checked": (
        {"supervisionType": "supervised online", "identityChecked": True},
        lambda read: read.supervision == "supervised-with-identity-check",
    ),
    "supervised-online-and-not-checked": (
        {"supervisionType": "supervised online", "identityChecked": False},
        lambda read: read.supervision == "supervised-without-identity-check",
    ),
    "supervised-somehow-and-checked": (
        {"supervisionType": "supervised in a hall", "identityChecked": True},
        lambda read: read.supervision == "supervised-with-identity-check",
    ),
    "outcomes-as-strings": (
        {"learningOutcome": ["Draws maps"], "inLanguage": "en"},
        lambda read: [item.title for item in read.outcomes] == [{"en": "Draws maps"}],
    ),
    "supervised-online-and-nothing-more-said": (
        {"supervisionType": "supervised online"},
        lambda read: read.supervision == "supervised-without-identity-check",
    ),
    "non-supervised": ({"supervisionType": "non-supervised"}, lambda read: read.supervision == "unsupervised"),
    "without-supervision": (
        {"supervisionType": "online, without supervision"},
        lambda read: read.supervision == "unsupervised",
    ),
    "supervised-without-identity": (
        {"supervisionType": "supervised with no identity verification", "identityChecked": True},
        lambda read: read.supervision == "supervised-without-identity-check",
    ),
    "prefixed-terms": (
        {"elm:eqfLevel": {"id": "http://data.europa.eu/snb/eqf/5"}, "elm:volumeOfLearning": "PT30H"},
        lambda read: (read.eqf_level, read.hours) == (5, "30"),
    ),
    "creator": (
        {"creator": {"id": "https://other.example", "name": "Other"}},
        lambda read: (
            [(b.names, b.said_in) for b in read.awarding_bodies] == [({"und": "Other"}, "achievement.creator")]
        ),
    ),
    "creator-without-name": (
        {"creator": {"id": "https://other.example"}},
        lambda read: [(b.names, b.said_in) for b in read.awarding_bodies] == [({"und": "Uni"}, "issuer")],
    ),
}


@pytest.mark.parametrize(("members", "holds"), BADGES.values(), ids=BADGES)
def test_a_badge_is_read_in_each_of_its_habits(members, holds):
    """What the format has no place for is found where badges put it."""
    assert holds(badge(**members))


COUNTRIES = {
    "address": {"location": {"address": {"countryCode": {"id": ".../country/IRL"}}}},
    "address-of-the-second-location": {"location": [{}, {"address": [{"countryCode": {"notation": "IE"}}]}]},
    "place-without-address": {"location": {"spatial": {"notation": "IE"}}},
    "legal-identifier": {"registration": {"notation": "123", "spatial": {"id": ".../country/IRL"}}},
}


@pytest.mark.parametrize("organisation", COUNTRIES.values(), ids=COUNTRIES)
def test_the_country_of_an_awarding_body_is_found(organisation):
    """An address, a place, or the register that the body stands in."""
    read = elm(awardedBy={"awardingBody": [{"legalName": {"en": "Uni"}} | organisation]})
    assert [body.country for body in read.awarding_bodies] == ["IE"]


def test_a_badges_result_gives_grade_and_scheme():
    """The result of this learner is read with the description it refers to."""
    description = {"id": "urn:r", "name": "Mark", "allowedValue": ["pass", "fail"]}
    subject = {"result": [{"resultDescription": "urn:r", "value": "pass"}]}
    read = badge(subject, resultDescription=[description]).grading
    assert (read.scheme, read.grade) == ({"und": "Mark (pass; fail)"}, {"und": "pass"})


def test_status_and_validity_are_told_as_the_document_gives_them():
    """Where a status can be asked is read; nothing is asked."""
    status = {
        "id": "https://uni.example/status#7",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": 7,
        "statusListCredential": "https://uni.example/status",
    }
    members = {"credentialStatus": [status], "validUntil": "2027-01-01T00:00:00+01:00"}
    reading = read_credential(as_bytes(credential("OpenBadgeCredential", {"achievement": {}}, **members)))
    assert reading.valid_until == "2026-12-31T23:00:00Z"
    (found,) = reading.status
    assert (found.type, found.purpose, found.index) == ("BitstringStatusListEntry", "revocation", "7")
    assert found.address == "https://uni.example/status"


def test_a_bare_date_of_expiry_includes_its_day():
    """Legal dates are inclusive."""
    members = {"validUntil": "2026-12-31"}
    reading = read_credential(as_bytes(credential("OpenBadgeCredential", {"achievement": {}}, **members)))
    assert reading.valid_until == "2026-12-31T23:59:59Z"


LACKING = {
    "no-issuer": {"issuer": None},
    "issuer-a-number": {"issuer": 5},
    "no-subject": {"credentialSubject": {}},
}


@pytest.mark.parametrize("members", LACKING.values(), ids=LACKING)
def test_a_credential_without_issuer_or_subject_is_malformed(members):
    """Without these nothing is certain, so nothing is read."""
    with pytest.raises(MalformedError):
        read_credential(as_bytes(credential("OpenBadgeCredential", {"id": "urn:x"}) | members))
