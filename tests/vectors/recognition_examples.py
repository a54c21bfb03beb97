"""One plain, admissible value of each kind, as full as it gets, from which the vectors are made.

Tampere University awards an achievement; Dublin City University recognises it by rule. Everything is made up
except the public identifiers of the institutions.
"""

import hashlib
from typing import Any

from protocol.encoding.wire import b64url

TUNI = "ledger.tuni.fi/nostra"
DCU = "ledger.dcu.ie/nostra"
TEXTS_SALT = bytes(range(32))
ALL_MET = {
    "assessment": "met",
    "identification": "met",
    "learningOutcomes": "met",
    "level": "met",
    "quality": "met",
    "verification": "met",
    "workload": "met",
}
APPEAL = {
    "body": {"en": "Recognition Appeals Board"},
    "how": {"en": "Write to the board and name the rule."},
    "url": "https://www.dcu.ie/appeals",
    "withinDays": 30,
}


def hash_text(label: str) -> str:
    """Return the SHA-256 of a label as entries write a 32-byte value."""
    return b64url(hashlib.sha256(label.encode()).digest())


def an_institution() -> dict[str, Any]:
    """Return an institution with every member."""
    return {
        "assertionKeys": [{"from": "2026-01-01", "key": "z6MkeptRcvz2w8AP6VDPjxsKYbm64PXYvKxUSR39jsxGXhPH"}],
        "authority": {
            "mailbox": "recognition@tuni.fi",
            "unit": {"en": "Admissions and Recognition", "fi": "Hakijapalvelut"},
            "url": "https://www.tuni.fi/recognition",
        },
        "country": "FI",
        "id": "tuni",
        "identifiers": [
            {"scheme": "erasmus", "value": "SF TAMPERE17"},
            {"scheme": "name", "until": "2018-12-31", "value": "FI:University of Tampere"},
            {"scheme": "ror", "value": "033003e23"},
            {"scheme": "schac", "value": "tuni.fi"},
        ],
        "kind": "institution",
        "name": {"en": "Tampere University", "fi": "Tampereen yliopisto"},
        "node": "https://ledger.tuni.fi",
        "region": "FI-11",
        "v": 1,
        "version": 2,
    }


def an_achievement() -> dict[str, Any]:
    """Return a micro-credential with every element, mandatory and optional, of annex I."""
    return {
        "assessment": {"text": {"en": "A dive planned and flown"}, "types": ["project", "written-examination"]},
        "awardingBodies": [
            {
                "country": "FI",
                "identifiers": [{"scheme": "ror", "value": "033003e23"}, {"scheme": "schac", "value": "tuni.fi"}],
                "name": {"en": "Tampere University", "fi": "Tampereen yliopisto"},
                "region": "FI-11",
            }
        ],
        "code": "MR-101",
        "cycle": "second",
        "eqfLevel": 7,
        "furtherInformation": "https://www.tuni.fi/mr-101",
        "gradingScheme": {"title": {"en": "0 to 5"}, "url": "https://www.tuni.fi/grades"},
        "id": "mr-101",
        "iscedF": ["0714", "0715"],
        "kind": "achievement",
        "languages": ["en"],
        "learningOutcomes": [
            {"en": "Plans a survey dive of an autonomous vehicle", "fi": "Suunnittelee tutkimussukelluksen"},
            {"en": "Judges the quality of sonar data"},
        ],
        "participation": ["blended"],
        "prerequisites": {"en": "Basic control theory"},
        "qualityAssurance": [
            {"deqar": "DEQARINST0015", "from": "2021-01-01", "kind": "institutional", "until": "2027-12-31"},
            {"kind": "internal"},
        ],
        "skills": ["http://data.europa.eu/esco/skill/00000000-0000-4000-8000-000000000001"],
        "stackability": {
            "kind": "stackable",
            "towards": [{"body": {"scheme": "schac", "value": "tuni.fi"}, "code": "MSc-ROB"}],
        },
        "supervision": "supervised-with-identity-check",
        "title": {"en": "Marine Robotics", "fi": "Merirobotiikka"},
        "v": 1,
        "version": 1,
        "workload": {"credits": {"points": "4.5", "system": "ects"}, "hours": "120"},
    }


def a_mandate() -> dict[str, Any]:
    """Return a mandate to a consortium's log."""
    return {
        "achievements": ["MR-101", "MR-102"],
        "from": "2026-01-01",
        "id": "eciu-seals",
        "kind": "mandate",
        "log": "ledger.eciu.eu/nostra",
        "until": "2028-12-31",
        "v": 1,
        "version": 1,
    }


def rule_texts() -> dict[str, Any]:
    """Return the texts of `a_rule`."""
    return {
        "conditions": {"c1": {"en": "Take the bridging workshop on marine law."}},
        "grounds": {"g1": {"en": "Marine law, a third of our course, is not covered."}},
        "reasons": {"en": "The outcomes on vehicles and data are the same as ours."},
    }


def a_rule() -> dict[str, Any]:
    """Return a conditional rule on one achievement, with every member."""
    return {
        "appeal": dict(APPEAL),
        "appliesBy": "award",
        "basis": {
            "entry": {"id": "eciu-2026", "kind": "agreement", "origin": "ledger.eciu.eu/nostra", "version": 1},
            "kind": "multilateral-agreement",
            "title": {"en": "ECIU agreement on micro-credentials"},
            "url": "https://www.eciu.eu/agreement",
        },
        "conditions": [{"deadline": "2027-06-30", "id": "c1"}],
        "criteria": ALL_MET | {"learningOutcomes": "not met", "identification": "not shown"},
        "effect": {
            "courses": [{"code": "EE402", "title": {"en": "Underwater Vehicles"}}],
            "credits": {"points": "5", "system": "ects"},
        },
        "grounds": [{"difference": "learning-outcomes", "id": "g1", "type": "substantial-difference"}],
        "id": "tuni-marine-robotics",
        "kind": "rule",
        "outcome": "conditional",
        "purposes": ["credit", "exemption"],
        "scope": {"cycles": ["second"], "programmes": ["MEng-EE"], "units": ["Faculty of Engineering"]},
        "subject": {
            "group": [{"body": {"scheme": "schac", "value": "tuni.fi"}, "code": "MR-101", "versions": [1, 2]}],
            "type": "achievements",
        },
        "supersedes": [{"id": "tuni-marine-robotics", "kind": "rule", "origin": DCU, "version": 1}],
        "texts": "dhS9koxklukGEonJKSAFZqAVDaDCaC3wCcsg08XkUAQ",
        "v": 1,
        "validFrom": "2026-09-01",
        "validUntil": "2029-08-31",
        "version": 2,
    }


def a_full_rule() -> dict[str, Any]:
    """Return the shortest rule that gives full recognition of a group."""
    return {
        "appliesBy": "award",
        "basis": {"kind": "case-by-case"},
        "criteria": ALL_MET,
        "effect": {"credits": {"points": "10", "system": "ects"}, "electives": {"en": "Free electives in robotics"}},
        "id": "tuni-robotics-pair",
        "kind": "rule",
        "outcome": "full",
        "purposes": ["credit"],
        "subject": {
            "group": [
                {
                    "awardedFrom": "2025-08-01",
                    "body": {"country": "FI", "name": "Tampere University"},
                    "code": "MR-102",
                },
                {"body": {"scheme": "schac", "value": "tuni.fi"}, "code": "MR-101"},
            ],
            "type": "achievements",
        },
        "v": 1,
        "validFrom": "2026-09-01",
        "version": 1,
    }


def an_access_rule() -> dict[str, Any]:
    """Return a rule on a national qualification type."""
    return {
        "appliesBy": "application",
        "basis": {"kind": "automatic", "title": {"en": "Council Recommendation of 26 November 2018"}},
        "criteria": ALL_MET,
        "id": "finnish-matriculation",
        "kind": "rule",
        "outcome": "full",
        "purposes": ["access"],
        "scope": {"cycles": ["first"]},
        "subject": {"code": "YO", "country": "FI", "title": {"fi": "Ylioppilastutkinto"}, "type": "qualification"},
        "v": 1,
        "validFrom": "2026-01-01",
        "version": 1,
    }


def a_criteria_rule() -> dict[str, Any]:
    """Return a rule on all that meets common criteria."""
    return {
        "appliesBy": "learning-agreement",
        "basis": {"kind": "bilateral-agreement", "url": "https://www.dcu.ie/agreements/tuni"},
        "criteria": ALL_MET,
        "effect": {"credits": {"points": "5", "system": "ects"}, "electives": {"en": "Free electives"}},
        "id": "small-electives",
        "kind": "rule",
        "outcome": "full",
        "purposes": ["credit"],
        "subject": {
            "credits": {"least": "1", "most": "8", "system": "ects"},
            "cycles": ["second"],
            "eqfLevels": [6, 7],
            "iscedF": ["07"],
            "partyTo": {"id": "eciu-2026", "kind": "agreement", "origin": "ledger.eciu.eu/nostra", "version": 1},
            "qualityAssurance": ["institutional", "programme"],
            "type": "criteria",
        },
        "v": 1,
        "validFrom": "2026-09-01",
        "version": 1,
    }


def a_withdrawal() -> dict[str, Any]:
    """Return the withdrawal of a rule."""
    return {
        "from": "2027-09-01",
        "id": "w-2027-03",
        "kind": "withdrawal",
        "target": {"id": "tuni-marine-robotics", "kind": "rule", "origin": DCU, "version": 2},
        "texts": hash_text("texts of the withdrawal"),
        "v": 1,
        "version": 1,
    }


def a_sealed() -> dict[str, Any]:
    """Return a sealed entry."""
    return {
        "document": hash_text("document"),
        "kind": "sealed",
        "statement": hash_text("statement"),
        "tag": hash_text("tag"),
        "v": 1,
    }


def a_mapping() -> list[dict[str, Any]]:
    """Return what a decision grants for one achievement, and for another nothing."""
    return [
        {
            "granted": {
                "courses": [{"code": "EE402"}],
                "credits": {"points": "5", "system": "ects"},
                "grade": {"method": "table", "scheme": "A to F", "table": "EGRACONS 2025", "value": "B"},
            },
            "original": [
                {
                    "body": {"scheme": "schac", "value": "tuni.fi"},
                    "code": "MR-101",
                    "credits": {"points": "4.5", "system": "ects"},
                    "grade": {"scheme": "0 to 5", "value": "4"},
                    "hours": "120",
                    "title": {"en": "Marine Robotics"},
                }
            ],
        },
        {"original": [{"title": {"fi": "Merirobotiikan perusteet"}}]},
    ]


def a_decision() -> dict[str, Any]:
    """Return a decision that grants less than full credit for a pair of credentials."""
    return {
        "appeal": dict(APPEAL),
        "basis": {
            "entry": {"id": "tuni-marine-robotics", "kind": "rule", "origin": DCU, "version": 2},
            "kind": "precedent",
        },
        "conditions": [{"deadline": "2027-06-30", "text": {"en": "Take the bridging workshop on marine law."}}],
        "credentials": [
            {"award": {"origin": TUNI, "tag": hash_text("tag")}, "file": hash_text("file")},
            {
                "paper": {
                    "awarded": "2024-06-15",
                    "body": {"country": "FI", "name": "Tampere University"},
                    "code": "MR-100",
                    "holder": "Aino Esimerkki",
                    "number": "2024/117",
                    "title": {"fi": "Merirobotiikan perusteet"},
                }
            },
        ],
        "criteria": ALL_MET | {"learningOutcomes": "not met"},
        "dates": {
            "completeFile": "2026-10-05",
            "decision": "2026-10-20",
            "effective": "2026-09-01",
            "request": "2026-10-01",
        },
        "fileNumber": "REC/2026/0117",
        "grounds": [
            {
                "difference": "learning-outcomes",
                "text": {"en": "Marine law is not covered."},
                "type": "substantial-difference",
            }
        ],
        "id": "rec-2026-0117",
        "kind": "decision",
        "legalEffect": "binding",
        "mapping": a_mapping(),
        "origin": DCU,
        "outcome": "conditional",
        "purpose": "credit",
        "remarks": {"en": "A place in the workshop is kept."},
        "role": {"en": "Recognition officer"},
        "scope": {"programmes": ["MEng-EE"]},
        "unit": {"en": "Registry"},
        "v": 1,
    }
