"""Documents of the tests' own making."""

import json

from node.formats.award_details import AwardDetails, Learner
from protocol.recognition.achievement import Achievement
from protocol.recognition.arrange import from_plain

ESCO = "http://data.europa.eu/esco/skill/"

FULL = {
    "id": "wat-204",
    "code": "WAT-204",
    "title": {"en": "Urban water quality", "fi": "Kaupunkivesien laatu"},
    "awardingBodies": [
        {
            "name": {"en": "Northern Lake University", "fi": "Pohjoisjärven yliopisto"},
            "country": "FI",
            "region": "FI-11",
            "identifiers": [
                {"scheme": "schac", "value": "northlake.example"},
                {"scheme": "erasmus", "value": "SF NORTH01"},
                {"scheme": "eidas", "value": "NTRFI-1234567-8"},
            ],
        }
    ],
    "learningOutcomes": [
        {"en": "Samples surface water and judges the result", "fi": "Ottaa pintavesinäytteitä ja arvioi tuloksen"},
        {"en": "Models how storm water spreads nutrients"},
    ],
    "workload": {"credits": {"points": "2.5", "system": "ects"}, "hours": "67.5"},
    "assessment": {"types": ["project", "oral-examination"]},
    "participation": ["blended"],
    "qualityAssurance": [
        {"kind": "institutional", "deqar": "DEQARINST0042", "from": "2024-01-01", "until": "2029-12-31"},
        {"kind": "internal"},
    ],
    "eqfLevel": 7,
    "cycle": "second",
    "prerequisites": {"en": "Basic chemistry"},
    "supervision": "supervised-with-identity-check",
    "gradingScheme": {"title": {"en": "Scale 0 to 5"}, "url": "https://northlake.example/grades"},
    "stackability": {"kind": "stackable"},
    "furtherInformation": "https://northlake.example/courses/wat-204",
    "iscedF": ["0521", "0732"],
    "skills": [ESCO + "00000000-1111-4222-8333-444444444444", ESCO + "99999999-1111-4222-8333-444444444444"],
    "languages": ["en", "fi"],
}
"""Every element that an achievement may state."""

LEAST = {
    "id": "poetry",
    "code": "Poëzie 1",
    "title": {"nl": "Poëzie lezen"},
    "awardingBodies": [{"name": {"nl": "Hogeschool aan Zee"}, "country": "NL"}],
    "learningOutcomes": [{"nl": "Leest en duidt gedichten"}],
    "workload": {"hours": "40"},
    "assessment": {"types": ["other"], "text": {"nl": "Voordracht in een café"}},
    "participation": ["on-site", "volunteering"],
    "qualityAssurance": [{"kind": "joint-programme"}],
}
"""No more than an achievement has to state."""

JOINT = LEAST | {
    "awardingBodies": [
        {"name": {"de": "Hochschule am Berg"}, "country": "AT"},
        {"name": {"en": "College of the Bay"}, "country": "IE", "region": "IE-D"},
    ],
    "workload": {"credits": {"points": "3", "system": "vocational-points"}},
    "assessment": {"types": ["prior-learning", "portfolio", "written-examination"]},
    "supervision": "supervised-without-identity-check",
    "stackability": {"kind": "stand-alone"},
    "languages": ["pt-br"],
}
"""Two awarding bodies, credit points of an unusual system."""

LEARNER = Learner("Sirkka-Liisa", "Koivuniemi", birth_date="2001-07-09", email="sirkka.koivuniemi@example.net")
ACHIEVEMENTS = {"full": FULL, "least": LEAST, "joint": JOINT}


def an_achievement(plain=FULL) -> Achievement:
    """Return an achievement from plain values."""
    return from_plain(plain, Achievement)


def an_award(plain=FULL, **changed) -> AwardDetails:
    """Return the award of an achievement to the learner."""
    details = {
        "credential_id": "urn:uuid:5f0c1c9e-0000-4000-8000-0123456789ab",
        "achievement": an_achievement(plain),
        "learner": LEARNER,
        "awarded_on": "2026-06-12",
        "grade": {"en": "very good"},
    }
    return AwardDetails(**details | changed)


def as_bytes(document) -> bytes:
    """Return a document as it would lie in a file."""
    return json.dumps(document, ensure_ascii=False, indent=1).encode()
