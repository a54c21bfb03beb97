"""What an achievement's published elements show under each of the seven criteria."""

from typing import Any, Final

from protocol.recognition.achievement import Achievement
from protocol.recognition.shape import members, plain

NOT_SHOWN: Final = "not shown"


def elements_of(entry: Achievement | None) -> dict[str, Any]:
    """Return, for each criterion, what is published, or 'not shown': material for whoever decides, not a finding."""
    if entry is None:
        return dict.fromkeys(
            ("quality", "verification", "level", "learningOutcomes", "workload", "assessment", "identification"),
            NOT_SHOWN,
        )
    levels: dict[str, Any] = {"eqfLevel": entry.eqf_level, "cycle": entry.cycle}
    shown: dict[str, Any] = {
        "quality": [plain(one) for one in entry.quality_assurance],
        "verification": NOT_SHOWN,  # concerns the document: see the trusts
        "level": {name: value for name, value in levels.items() if isinstance(value, int | str)} or NOT_SHOWN,
        "learningOutcomes": list(members(entry.learning_outcomes)),
        "workload": plain(entry.workload),
        "assessment": plain(entry.assessment),
        "identification": entry.supervision if isinstance(entry.supervision, str) else NOT_SHOWN,
    }
    return shown
