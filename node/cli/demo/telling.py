"""Answers and reports told in the words that they give themselves."""

from typing import Any

from node.cli.demo.narrator import Narrator
from node.errors import FatalError
from protocol.verify.report import Report


def tell(narrator: Narrator, answer: dict[str, Any]) -> None:
    """Tell an answer: what is trusted, how the award stands, what each institution says, which logs were asked."""
    if trusts := answer.get("trusts"):
        for name, asked in (("authentic", "Genuine"), ("issuer", "Issuer"), ("quality", "Quality-assured")):
            narrator.seen(f"{asked}? {trusts[name]['result']}: {trusts[name]['why']}")
    if standing := answer.get("standing"):
        narrator.seen(f"Standing: {standing['standing']}: {standing['why']}")
    for one in answer["institutions"]:
        narrator.seen(one["sentence"])
    for log in answer["logs"]:
        narrator.seen(log_told(log))


def log_told(log: dict[str, Any]) -> str:
    """Return how a log was asked."""
    age = "" if log["read"] == "own" else f", seen {log.get('ageSeconds', 0)} s ago"
    return f"asked {log['origin']}: {log['read']}, {log['size']} entries{age}"


def tell_report(narrator: Narrator, report: Report, expected: str, *, brief: bool = False) -> None:
    """Tell a report's steps and verdict; briefly, only what failed.

    Raises:
        FatalError: It isn't the verdict that the story tells of.
    """
    for step in report.steps:
        if not brief or step.result == "no":
            narrator.seen(f"{step.result}: {step.text}")
    narrator.seen(f"so the {report.kind} is {report.verdict}")
    check_verdict(report, expected)


def check_verdict(report: Report, expected: str) -> None:
    """Raise FatalError if a verdict isn't the one that the story tells of."""
    if report.verdict != expected:
        raise FatalError(f"the {report.kind} was to be {expected}, and is {report.verdict}")
