"""What the institutions of the tests publish, as a form or file holds it."""

from typing import Any

NORTHLAKE_ORIGIN = "ledger.northlake.example/nostra"
BAY_ORIGIN = "ledger.bay.example/nostra"

ALL_MET = dict.fromkeys(
    ["assessment", "identification", "learningOutcomes", "level", "quality", "verification", "workload"], "met"
)
APPEAL = {"body": {"en": "Appeals Board"}, "how": {"en": "Write to the board."}, "withinDays": 30}


def an_institution(name: str = "Northern Lake University", host: str = "northlake", **changed: Any) -> dict[str, Any]:
    """Return who an institution is."""
    return {
        "kind": "institution",
        "name": {"en": name},
        "country": "FI",
        "identifiers": [
            {"scheme": "schac", "value": f"{host}.example"},
            {"scheme": "erasmus", "value": f"SF {host.upper()[:5]}01"},
        ],
        "node": f"https://ledger.{host}.example",
        "authority": {
            "unit": {"en": "Admissions"},
            "mailbox": f"recognition@{host}.example",
            "url": f"https://{host}.example/recognition",
        },
    } | changed


def a_rule(**changed: Any) -> dict[str, Any]:
    """Return a rule that recognises Northern Lake's course WAT-204 in full."""
    return {
        "kind": "rule",
        "id": "northlake-water",
        "subject": {
            "type": "achievements",
            "group": [{"body": {"scheme": "schac", "value": "northlake.example"}, "code": "WAT-204"}],
        },
        "outcome": "full",
        "purposes": ["credit"],
        "effect": {"electives": {"en": "Elective in environmental engineering"}, "credits": _ects("5")},
        "basis": {"kind": "automatic", "title": {"en": "Council Recommendation of 26 November 2018"}},
        "criteria": ALL_MET,
        "validFrom": "2026-01-01",
        "appliesBy": "award",
    } | changed


def a_partial_rule(**changed: Any) -> dict[str, Any]:
    """Return a rule that gives less than full, with its text and appeal."""
    return (
        a_rule(
            id="northlake-water-partly",
            outcome="partial",
            effect={"electives": {"en": "Elective"}, "credits": _ects("3")},
            criteria=ALL_MET | {"learningOutcomes": "not met"},
            grounds=[
                {
                    "type": "substantial-difference",
                    "difference": "learning-outcomes",
                    "text": {"en": "Groundwater is not covered."},
                }
            ],
            appeal=APPEAL,
            reasons={"en": "Two of three outcomes are ours."},
        )
        | changed
    )


def a_mandate(log: str = BAY_ORIGIN, **changed: Any) -> dict[str, Any]:
    """Return a mandate to another log to award WAT-204."""
    return {
        "kind": "mandate", "id": "bay-seals", "log": log, "achievements": ["WAT-204"], "from": "2026-01-01"
    } | changed  # fmt: skip


def _ects(points: str) -> dict[str, str]:
    return {"points": points, "system": "ects"}
