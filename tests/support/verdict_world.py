"""Three institutions and a verdict of theirs, with what its tests ask of it: verify, change, sign again."""

import dataclasses
from collections.abc import Callable
from typing import Any

import msgspec

from protocol.verify.checks import Question, run
from protocol.verify.report import Report, Step
from protocol.verify.trust import Trust
from protocol.verify.verdict import VERDICT
from tests.support.examples import CREDENTIAL
from tests.support.verdict_logs import ASKED_AT, Consortium, make_verdict, signed

HOSTS = ("north", "lake", "bay")


def a_consortium(*statuses: str) -> Consortium:
    """Return three institutions: the second gives a decision, the third a rule; the award's statuses as given."""
    made = Consortium.of(HOSTS)
    for status in statuses:
        made.status(status)
    made.decide(1, "decided", "partial", "credit", 0)
    return made


GOOD = a_consortium()
TRUST = Trust(GOOD.policy(), "from the policy ours.policy")
DATA = make_verdict(GOOD)
VALUE = msgspec.json.decode(DATA)
PRESENTATION = GOOD.presentation().render()
WITH_ALL = Question(DATA, TRUST, CREDENTIAL, at=ASKED_AT, presentation=PRESENTATION)
ALONE = Question(DATA, TRUST, at=ASKED_AT)


def verify(data: bytes, **changed: Any) -> Report:
    """Return the report on a verdict, with everything at hand unless that is changed."""
    return run(VERDICT, dataclasses.replace(WITH_ALL, data=data, **changed))


def step(report: Report, name: str) -> Step:
    """Return the step of that name."""
    return next(found for found in report.steps if found.name == name)


def results(report: Report) -> dict[str, str]:
    """Return the results by step."""
    return {step.name: step.result for step in report.steps}


def positive(report: Report) -> set[str]:
    """Return what a reader would take as a yes: steps, and the parts of steps."""
    parts = {f"{step.name}: {part.text}" for step in report.steps for part in step.parts if part.result != "no"}
    return {step.name for step in report.steps if step.result in ("yes", "warning")} | parts


def changed(change: Callable[[dict[str, Any]], object], by: int = 1) -> bytes:
    """Return the verdict with something changed and signed again."""
    value = msgspec.json.decode(DATA)
    change(value["credentialSubject"])
    return signed(value, GOOD.institutions[by])


def is_refused_for(data: bytes, name: str, **changed: Any) -> bool:
    """Whether a verdict is refused, and the named step says no."""
    report = verify(data, **changed)
    return report.verdict == "refused" and step(report, name).result == "no"
