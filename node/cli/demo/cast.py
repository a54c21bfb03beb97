"""Who plays in the demonstration: three universities, what they award, what they recognise, and their learners.

The universities' names and identifiers are public facts; courses, rules and people are made up.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from node.formats.award_details import Learner

Plain = dict[str, Any]


@dataclass(frozen=True, slots=True)
class University:
    """One institution of the demonstration and the name of its log."""

    key: str
    name: str
    country: str
    schac: str
    ror: str
    erasmus: str
    origin: str

    @property
    def body(self) -> Plain:
        """How a rule names it."""
        return {"scheme": "schac", "value": self.schac}

    @property
    def identifiers(self) -> list[Plain]:
        """What documents name it by."""
        return [
            {"scheme": "schac", "value": self.schac},
            {"scheme": "ror", "value": self.ror},
            {"scheme": "erasmus", "value": self.erasmus},
        ]

    @property
    def awarding_body(self) -> Plain:
        """How an achievement names it."""
        return {"name": {"en": self.name}, "country": self.country, "identifiers": self.identifiers}

    def institution(self, node_url: str) -> Plain:
        """Return its `institution` entry."""
        return {
            "kind": "institution",
            "id": self.key,
            "name": {"en": self.name},
            "country": self.country,
            "identifiers": self.identifiers,
            "node": node_url,
            "authority": {
                "unit": {"en": "Recognition Office"},
                "mailbox": f"recognition@{self.schac}",
                "url": f"https://www.{self.schac}/recognition",
            },
        }


TAMPERE: Final = University(
    "tuni", "Tampere University", "FI", "tuni.fi", "033003e23", "SF TAMPERE17", "ledger.tuni.fi/demo"
)
DUBLIN: Final = University(
    "dcu", "Dublin City University", "IE", "dcu.ie", "04a1a1e81", "IRLDUBLIN04", "ledger.dcu.ie/demo"
)
TWENTE: Final = University(
    "utwente", "University of Twente", "NL", "utwente.nl", "006hf6230", "NL ENSCHED01", "ledger.utwente.nl/demo"
)
UNIVERSITIES: Final = (TAMPERE, DUBLIN, TWENTE)

AINO: Final = Learner("Aino", "Esimerkki", birth_date="2001-05-17", email="aino.esimerkki@example.org")
BRIAN: Final = Learner("Brian", "Sampla", birth_date="1999-11-02", email="brian.sampla@example.org")
CHIARA: Final = Learner("Chiara", "Esempio", birth_date="2000-02-29", email="chiara.esempio@example.org")
DAAN: Final = Learner("Daan", "Voorbeeld", birth_date="2002-08-30", email="daan.voorbeeld@example.org")


def marine_robotics() -> Plain:
    """Return Tampere's micro-credential, with every element that the Council Recommendation asks for."""
    return {
        "kind": "achievement",
        "id": "mr-101",
        "code": "MR-101",
        "title": {"en": "Marine Robotics", "fi": "Merirobotiikka"},
        "awardingBodies": [TAMPERE.awarding_body],
        "learningOutcomes": [
            {"en": "Plans a survey dive of an autonomous underwater vehicle"},
            {"en": "Judges the quality of sonar data and says what it is good for"},
        ],
        "workload": {"credits": {"system": "ects", "points": "5"}, "hours": "135"},
        "assessment": {"types": ["project", "written-examination"]},
        "participation": ["blended"],
        "qualityAssurance": [{"kind": "institutional", "deqar": "DEQARINST0015", "from": "2021-01-01"}],
        "eqfLevel": 7,
        "cycle": "second",
        "prerequisites": {"en": "Basic control theory"},
        "supervision": "supervised-with-identity-check",
        "gradingScheme": {"title": {"en": "0 to 5"}},
        "stackability": {"kind": "stackable"},
        "furtherInformation": "https://www.tuni.fi/en/marine-robotics",
        "iscedF": ["0714"],
        "languages": ["en"],
    }


def data_ethics() -> Plain:
    """Return Dublin's micro-credential."""
    return {
        "kind": "achievement",
        "id": "de-210",
        "code": "DE-210",
        "title": {"en": "Data Ethics in Practice"},
        "awardingBodies": [DUBLIN.awarding_body],
        "learningOutcomes": [{"en": "Weighs the interests that a use of data touches, and defends a decision"}],
        "workload": {"credits": {"system": "ects", "points": "3"}, "hours": "75"},
        "assessment": {"types": ["portfolio"]},
        "participation": ["online"],
        "qualityAssurance": [{"kind": "internal"}],
        "eqfLevel": 6,
        "cycle": "first",
        "supervision": "supervised-without-identity-check",
        "gradingScheme": {"title": {"en": "pass or fail"}},
        "stackability": {"kind": "stand-alone"},
        "prerequisites": {"en": "None"},
        "furtherInformation": "https://www.dcu.ie/data-ethics",
        "iscedF": ["0223"],
        "languages": ["en"],
    }


_ALL_MET: Final = dict.fromkeys(
    ("quality", "verification", "level", "learningOutcomes", "workload", "assessment", "identification"), "met"
)


def twente_recognises_robotics() -> Plain:
    """Return Twente's rule: Marine Robotics counts in full, as a course of its own."""
    return {
        "kind": "rule",
        "id": "tuni-mr-101",
        "subject": {"type": "achievements", "group": [{"body": TAMPERE.body, "code": "MR-101"}]},
        "outcome": "full",
        "purposes": ["credit"],
        "effect": {
            "courses": [{"code": "191211650", "title": {"en": "Underwater Robotics"}}],
            "credits": {"system": "ects", "points": "5"},
        },
        "basis": {"kind": "automatic", "title": {"en": "Council Recommendation of 16 June 2022"}},
        "criteria": dict(_ALL_MET),
        "validFrom": "2025-09-01",
        "appliesBy": "award",
    }


def dublin_recognises_robotics() -> Plain:
    """Return Dublin's rule on the same achievement: partly, with its ground, and where to appeal."""
    return {
        "kind": "rule",
        "id": "tuni-mr-101",
        "subject": {"type": "achievements", "group": [{"body": TAMPERE.body, "code": "MR-101"}]},
        "outcome": "partial",
        "purposes": ["credit"],
        "effect": {"electives": {"en": "Free elective in engineering"}, "credits": {"system": "ects", "points": "3"}},
        "basis": {"kind": "case-by-case"},
        "criteria": _ALL_MET | {"learningOutcomes": "not met"},
        "grounds": [
            {
                "id": "g1",
                "type": "substantial-difference",
                "difference": "learning-outcomes",
                "text": {"en": "Marine law, two fifths of our own course, is not covered."},
            }
        ],
        "reasons": {"en": "The outcomes on vehicles and data are the same as ours."},
        "appeal": {
            "body": {"en": "Recognition Appeals Board"},
            "withinDays": 30,
            "how": {"en": "Write to the board and name the rule."},
        },
        "validFrom": "2025-09-01",
        "appliesBy": "award",
    }


def dublin_recognises_fully() -> Plain:
    """Return Dublin's next version of that rule, as it is shown to Tampere: in full."""
    return twente_recognises_robotics() | {
        "effect": {"electives": {"en": "Free elective in engineering"}, "credits": {"system": "ects", "points": "5"}}
    }


def dublin_withdraws() -> Plain:
    """Return the end of Dublin's rule, as it is shown to Twente."""
    return {
        "target": {"kind": "rule", "id": dublin_recognises_robotics()["id"]},
        "reasons": {"en": "The course has changed."},
    }


def twente_decides(today: str, number: int = 1) -> Plain:
    """Return Twente's decision on a credential that was shown to it: full recognition, as an elective."""
    return {
        "fileNumber": f"UT/{today[:4]}/{number:04d}",
        "unit": {"en": "Recognition Office"},
        "role": {"en": "Recognition officer"},
        "dates": {"request": today, "completeFile": today, "decision": today},
        "outcome": "full",
        "purpose": "credit",
        "mapping": [
            {
                "original": [{"title": {"en": "The achievement shown"}}],
                "granted": {
                    "electives": {"en": "Free elective"},
                    "credits": {"system": "ects", "points": "5"},
                },
            }
        ],
        "basis": {"kind": "case-by-case"},
        "legalEffect": "binding",
    }


_FOREIGN: Final = (
    "elm/Credentials/JSON-LD_Examples_ELM_v3/Sample-MC-Annex1-signed.jsonld",
    "openbadges3/complete.json",
    "dcc/verifiableCredentials/v2/dataIntegrityProof/didKey/legacyRegistry-noStatus-noExpiry-OBSpecExample.json",
)


def foreign_documents(samples: Path) -> list[Path]:
    """Return those of some real documents of others that are in a folder of samples."""
    return [samples / name for name in _FOREIGN if (samples / name).is_file()]
