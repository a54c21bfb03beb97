"""Decisions of the tests, as a registrar writes them."""

from typing import Any

from tests.support.statements import ALL_MET, APPEAL

PAPER = {
    "body": {"country": "PE", "name": "Universidad del Altiplano"},
    "title": {"es": "Certificado de hidrología"},
    "number": "2019/0042",
    "holder": "Rosa Quispe Mamani",
    "awarded": "2019-12-20",
}


def a_decision(**changed: Any) -> dict[str, Any]:
    """Return a full recognition of one course."""
    return {
        "fileNumber": "REC/2026/0117",
        "unit": {"en": "Registry"},
        "role": {"en": "Recognition officer"},
        "dates": {"request": "2026-10-01", "completeFile": "2026-10-05", "decision": "2026-10-20"},
        "outcome": "full",
        "purpose": "credit",
        "mapping": [
            {
                "original": [
                    {"title": {"en": "Urban water quality"}, "grade": {"value": "very good", "scheme": "1-5"}}
                ],
                "granted": {"credits": {"points": "5", "system": "ects"}, "electives": {"en": "Elective"}},
            }
        ],
        "basis": {"kind": "case-by-case"},
        "legalEffect": "binding",
    } | changed


def a_refusal(**changed: Any) -> dict[str, Any]:
    """Return a refusal with its ground and appeal."""
    return (
        a_decision(
            fileNumber="REC/2026/0118",
            outcome="refused",
            mapping=[{"original": [{"title": {"en": "Urban water quality"}}]}],
            criteria=ALL_MET | {"level": "not met"},
            grounds=[{"type": "substantial-difference", "difference": "level", "text": {"en": "Two levels below."}}],
            appeal=APPEAL,
        )
        | changed
    )
