"""Reports: what was checked about a file, line by line, in words for people and values for programs.

A report is made by checking, never copied from a file: a text or a fact stands in it because a step established it. A
verdict is `verified` only if every step that the kind asks for came out as it should. Each step is one of::

    yes            checked, and so
    no             checked, and not so
    warning        checked, and so, but the reader should know something
    not checked    not checked, and why

A step on several things alike (logs, institutions) has a part for each, and is as good as the worst of them.

As JSON (`docs/formats/report.md`)::

    {"kind":"receipt","steps":[{"name":"signed","number":2,"result":"yes","text":…,"why":…,"facts":{…},
                                "parts":[{"result":"yes","text":…,"why":…},…]},…],
     "verdict":"verified"}
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

from protocol.recognition.logged import instant as instant

Result = Literal["yes", "no", "warning", "not checked"]
Verdict = Literal["verified", "refused", "unreadable"]

MAX_SHOWN: Final = 500
"""Most characters of a text in a report: foreign names are cut, not trusted to be short."""

_WORST_FIRST: Final[tuple[Result, ...]] = ("no", "not checked", "warning", "yes")


class Part(NamedTuple):
    """What a check found of one of several things alike."""

    result: Result
    text: str
    why: str = ""


class Finding(NamedTuple):
    """What one check found."""

    result: Result
    text: str
    """The outcome, in a sentence for people."""

    why: str = ""
    """How it is known, or why it is not so."""

    facts: Mapping[str, Any] = {}
    """What the check established, as JSON values. Kept only with `yes` and `warning`."""

    parts: Sequence[Part] = ()
    """What was found of each of several things alike."""

    def sound(self) -> "Finding":
        """Return the finding with the worst of its own result and its parts'."""
        results = [self.result, *(part.result for part in self.parts)]
        return self._replace(result=min(results, key=_WORST_FIRST.index))


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a report."""

    number: int
    name: str
    result: Result
    text: str
    why: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()

    @classmethod
    def of(cls, number: int, name: str, finding: Finding) -> "Step":
        """Return the line that tells a finding; nothing that failed or was not checked passes on a fact."""
        facts = finding.facts if finding.result in ("yes", "warning") else {}
        parts = tuple(Part(part.result, shown(part.text), shown(part.why)) for part in finding.parts)
        return cls(number, name, finding.result, shown(finding.text), shown(finding.why), facts, parts)


@dataclass(frozen=True, slots=True)
class Report:
    """All that was found out about a file of some kind."""

    kind: str
    verdict: Verdict
    steps: tuple[Step, ...]

    @property
    def facts(self) -> dict[str, Any]:
        """What all steps established, if the file is verified; nothing else may be shown as its content."""
        if self.verdict != "verified":
            return {}
        return {name: value for step in self.steps for name, value in step.facts.items()}

    def plain(self) -> dict[str, Any]:
        """Return the report as a JSON value."""
        return {"kind": self.kind, "steps": [_plain_step(step) for step in self.steps], "verdict": self.verdict}

    def lines(self) -> Iterator[str]:
        """Yield the report as lines of text for a terminal."""
        for step in self.steps:
            yield f"{step.number:2}. {step.result:<12} {step.text}"
            if step.why:
                yield f"{'':17}({step.why})"
            for part in step.parts:
                yield f"{'':6}{part.result:<12} {part.text}" + (f" ({part.why})" if part.why else "")
        yield f"{self.kind}: {self.verdict}"


def _plain_step(step: Step) -> dict[str, Any]:
    value = {"name": step.name, "number": step.number, "result": step.result, "text": step.text, "why": step.why}
    parts = [{"result": part.result, "text": part.text, "why": part.why} for part in step.parts]
    return value | ({"facts": dict(step.facts)} if step.facts else {}) | ({"parts": parts} if parts else {})


def shown(text: str) -> str:
    """Return a text safe to show: cut, and without characters that move a cursor, turn the writing or can't be seen."""
    cut = text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"
    return "".join(mark if mark.isprintable() else f"\\u{ord(mark):04x}" for mark in cut)
