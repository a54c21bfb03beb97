"""What a registrar reads: one sentence for each institution's answer, from the answer's own values."""

from typing import Final

from node.recognition.answer import Amount, Applied

_BASIS: Final = {
    "automatic": "automatically",
    "multilateral-agreement": "by a multilateral agreement",
    "bilateral-agreement": "by a bilateral agreement",
    "learning-agreement": "by a learning agreement",
    "precedent": "following a precedent",
    "case-by-case": "by assessment of the case",
    "recognition-of-prior-learning": "as prior learning",
}

_VERBS: Final = {
    "full": "recognises {what}",
    "partial": "partly recognises {what}",
    "conditional": "recognises {what} on conditions",
    "alternative": "gives {what} alternative recognition",
    "refused": "has refused to recognise {what}",
}

_FOR: Final = {
    "credit": "",
    "exemption": " as an exemption",
    "access": " for access: whoever holds it may apply and be considered, no place is promised",
    "professional": " for professional purposes",
}


def recognised(institution: str, what: str, applied: Applied) -> str:
    """Return the sentence of an answer that a rule or decision gives."""
    verb = _VERBS[applied.outcome].format(what=what)
    return f"{institution} {verb}{_as_what(applied)}{_on_what_basis(applied)}, {_under(applied)}{_limits(applied)}."


def none_found(institution: str, what: str, ground: str) -> str:
    """Return the sentence of an answer that nothing gives; never to be read as a refusal."""
    return f"{institution} has no statement on {what} that can be relied on: {ground}. That is not a refusal."


def unknown(institution: str, what: str, ground: str) -> str:
    """Return the sentence where it can't be known what an institution says."""
    return f"What {institution} says of {what} can't be known: {ground}."


def unreachable(institution: str, failure: str) -> str:
    """Return the sentence where nothing of a log could be read."""
    told = f": {failure}" if failure else ""
    return f"The log of {institution} could not be reached, and nothing of it is kept here{told}."


def credits_told(amount: Amount) -> str:
    """Return credits as people say them."""
    return f"{amount.points} {'ECTS' if amount.system == 'ects' else amount.system}"


def english(text: dict[str, str]) -> str:
    """Return a text in English, or in the first language that there is."""
    return text.get("en") or next(iter(text.values()), "")


def _as_what(applied: Applied) -> str:
    if applied.outcome == "refused":
        return f" for {applied.purpose}"
    effect = applied.effect or {}
    courses = [course["code"] for course in effect.get("courses", [])]
    electives = english(effect.get("electives", {}))
    parts = []
    if applied.credits is not None:
        parts.append(credits_told(applied.credits))
    if courses:
        parts.append(f"course {' and '.join(courses)}" if not parts else f"for course {' and '.join(courses)}")
    elif electives:
        parts.append(f"({electives})" if parts else electives)
    granted = f" as {' '.join(parts)}" if parts else ""
    return granted + _FOR[applied.purpose]


def _on_what_basis(applied: Applied) -> str:
    kind = (applied.basis or {}).get("kind", "")
    return f", {_BASIS[kind]}" if kind in _BASIS else ""


def _under(applied: Applied) -> str:
    logged = applied.source.logged.by[:10] if applied.source is not None else ""
    if applied.type == "decision":
        return f"by decision {applied.name}" + (f", entered by {logged}" if logged else "")
    name, _, version = applied.name.rpartition(" ")
    return f"under rule {name}, version {version}, in force since {applied.since}" + (
        f", logged by {logged}" if logged else ""
    )


def _limits(applied: Applied) -> str:
    return f", limited to {' and '.join(applied.limits)}" if applied.limits else ""
