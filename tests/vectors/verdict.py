"""Cases of verdicts: the file's bytes, the reader's policy and moment, and what verification finds."""

import base64
import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from protocol.verify.report import instant
from tests.support.verdict_logs import ASKED_AT, NOW, Consortium, make_verdict, signed
from tests.support.verdict_times import BY, known_verdict

LATER = (BY + 7 * 86_400, BY + 7 * 86_400 + 60)
WORLD = Consortium.of(("north", "lake", "bay"))
WORLD.decide(1, "decided", "partial", "credit", 0)
DATA = make_verdict(WORLD)
VALUE = msgspec.json.decode(DATA)
SUBJECT = VALUE["credentialSubject"]
KNOWN = known_verdict(WORLD, "2026-02-20", {(2, 1): LATER})
"""As of a day at which the third institution's rule had not been logged."""
RETROACTIVE = known_verdict(WORLD, "", award="2026-02-01")
"""All rules were logged after the award."""
DATED = msgspec.json.decode(KNOWN)["credentialSubject"]
PARTS = {
    "asked": SUBJECT["asked"],
    "institution": SUBJECT["institutions"][1],
    "issuer": VALUE["issuer"],
    "standing": SUBJECT["standing"],
}
"""For the page of the format."""
POLICY = WORLD.policy()
PRESENTATION = WORLD.presentation().render()


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    """Return the verdict with something changed and signed again."""
    value = msgspec.json.decode(DATA)
    change(value["credentialSubject"])
    return signed(value, WORLD.institutions[1])


def more_credits(subject: dict[str, Any]) -> None:
    """Say that a rule gives more than it does."""
    subject["institutions"][2]["applies"][0]["credits"]["points"] = "50"


def no_excerpt(subject: dict[str, Any]) -> None:
    """Leave out what a log shows."""
    del subject["logs"][2]["excerpt"]


def other_opening(subject: dict[str, Any]) -> None:
    """Say that an entry says another outcome."""
    subject["institutions"][1]["chains"][0]["links"][0]["says"][1] = "full"


def times_changed(change: Callable[[list[dict[str, Any]]], object]) -> bytes:
    """Return the verdict as of an earlier day with the times of the third log changed, and signed again."""
    value = msgspec.json.decode(KNOWN)
    change(value["credentialSubject"]["logs"][2]["times"])
    return signed(value, WORLD.institutions[1])


def swap(times: list[dict[str, Any]]) -> None:
    """Exchange the two checkpoints of a bracket."""
    bracket = times[0]["bracket"]
    bracket["earlier"], bracket["later"] = bracket["later"], bracket["earlier"]


def of_another_log(times: list[dict[str, Any]]) -> None:
    """Give the bracket of the same entry at the same leaf of another log."""
    times[0]["bracket"] = DATED["logs"][1]["times"][0]["bracket"]


REFUSED: dict[str, tuple[str, bytes, int, str]] = {
    "changed-text": (
        "A word for people is another than was signed",
        msgspec.json.encode(VALUE | {"issuer": VALUE["issuer"] | {"name": "Somebody"}}),
        ASKED_AT,
        "signature",
    ),
    "anothers-signature": ("Signed by another institution", signed(VALUE, WORLD.institutions[2]), ASKED_AT, "issuer"),
    "expired": ("A day later", DATA, NOW + 86_400, "now"),
    "too-long": (
        "It claims to hold longer than its logs are fresh",
        signed(VALUE | {"validUntil": "2026-09-22T14:15:01Z"}, WORLD.institutions[1]),
        ASKED_AT,
        "limit",
    ),
    "more-credits": ("More credits than the rule gives", changed(more_credits), ASKED_AT, "institutions"),
    "decision-hidden": (
        "A decision left out, and the rule below it told instead",
        make_verdict(dataclasses.replace(WORLD, decided={})),
        ASKED_AT,
        "decisions",
    ),
    "log-hidden": ("What a log shows left out", changed(no_excerpt), ASKED_AT, "institutions"),
    "time-missing": ("An entry that decides isn't dated", times_changed(list.clear), ASKED_AT, "institutions"),
    "time-swapped": ("The checkpoints of a bracket exchanged", times_changed(swap), ASKED_AT, "times"),
    "time-of-another-log": (
        "The same entry at the same leaf of another log",
        times_changed(of_another_log),
        ASKED_AT,
        "times",
    ),
    "other-opening": ("An opening that isn't the entry's", changed(other_opening), ASKED_AT, "openings"),
}


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every case; `input` and `presentation` are base64."""
    usual = _case("Three institutions; with the presentation all but the trusts is proved", DATA, ASKED_AT)
    yield "verdict/usual", usual | {"gives": {"verdict": "verified"}, "parts": PARTS}
    alone = {name: member for name, member in usual.items() if name != "presentation"}
    yield "verdict/alone", alone | {"description": "Without a presentation", "gives": {"verdict": "verified"}}
    known = _case("What was known on 2026-02-20, when the third had not logged its rule", KNOWN, ASKED_AT)
    time = {name: value for name, value in DATED["logs"][2]["times"][0].items() if name != "bracket"}
    yield "verdict/as-known", known | {"gives": {"verdict": "verified"}, "parts": {"time": time}}
    by_clock = times_changed(lambda times: times[0].pop("bracket"))
    clock = _case("One entry is dated by the answering node's clock alone: a warning", by_clock, ASKED_AT)
    yield "verdict/by-own-clock", clock | {"gives": {"verdict": "verified"}}
    retroactive = _case("A rule logged after the award that it is applied to", RETROACTIVE, ASKED_AT)
    yield "verdict/retroactive", retroactive | {"gives": {"verdict": "verified"}}
    for name, (description, data, at, fails) in REFUSED.items():
        case = _case(description, data, at)
        yield f"verdict/{name}", case | {"gives": {"verdict": "refused", "fails": fails}}


def _case(description: str, data: bytes, at: int) -> dict[str, Any]:
    return {
        "at": instant(at),
        "description": description,
        "input": base64.b64encode(data).decode(),
        "policy": POLICY.render().decode(),
        "presentation": base64.b64encode(PRESENTATION).decode(),
    }
